/**
 * Answers of the AWS CLI that tell who owns addresses of a VPC (`aws ec2 describe-network-interfaces`,
 * `describe-instances`, `describe-vpcs`, `aws elbv2 describe-load-balancers`), and the VPC CNI's own
 * bookkeeping (ipamd's /v1/enis, /var/run/aws-node/ipam.json).
 */

import type { Sentence } from '../words/sentence.ts';
import { type AddressKind, type FactSource, type Facts, noFacts } from './facts.ts';
import { canonicalIp, canonicalPrefix } from './ip.ts';
import { at, entriesAt, listAt, numberAt, textAt, timeAt } from './json-value.ts';

const READERS: Record<string, (item: unknown, aws: Aws) => void> = {
  NetworkInterfaces: readInterface,
  Reservations: readReservation,
  Vpcs: readVpc,
  LoadBalancers: readLoadBalancer,
  Subnets: () => {}, // their ranges are inside the VPC's
};

interface Aws {
  readonly facts: Facts;
  readonly source: FactSource;
  /** Main address of each instance: what its other interfaces and prefixes belong to. */
  readonly mainOf: Map<string, string>;
  /** Instances that the VPC CNI runs on. */
  readonly nodes: Set<string>;
}

/** Whether a JSON document is one that readAwsDocument knows. */
export function isAwsDocument(document: unknown): boolean {
  return (
    Object.keys(READERS).some((key) => Array.isArray(at(document, key))) ||
    cardsOf(document).length > 0 ||
    textAt(document, 'version')?.startsWith('vpc-cni-ipam/') === true
  );
}

/** Facts of one document; `where` names it. What it lacks is left out. */
export function readAwsDocument(document: unknown, where: string): Facts {
  const source: FactSource = { kind: 'kubectl', detail: where };
  const aws: Aws = { facts: noFacts(), source, mainOf: new Map(), nodes: new Set() };
  for (const item of interfacesIn(document)) noteInstance(item, aws);
  for (const [key, read] of Object.entries(READERS))
    for (const item of listAt(document, key)) read(item, aws);
  for (const [address, instance] of [...aws.mainOf].map(([id, main]) => [main, id] as const)) {
    if (!aws.nodes.has(instance)) continue;
    const why = { code: 'aws-instance-main', source: where, instance } as const;
    aws.facts.nodes.push({
      addresses: [{ address, role: 'InternalIP' }],
      providerId: instance,
      source,
      score: 0.98,
      why,
    });
  }
  for (const eni of cardsOf(document)) readIpamEni(eni, aws);
  for (const allocation of listAt(document, 'allocations')) {
    const metadata = at(allocation, 'metadata');
    for (const family of ['ipv4', 'ipv6'])
      addPod(aws, textAt(allocation, family), metadata, undefined);
  }
  return aws.facts;
}

/** Every interface of the document, wherever it stands. */
function interfacesIn(document: unknown): unknown[] {
  const ofInstances = listAt(document, 'Reservations').flatMap((reservation) =>
    listAt(reservation, 'Instances').flatMap((instance) =>
      listAt(instance, 'NetworkInterfaces').map((eni) => withInstance(eni, instance)),
    ),
  );
  return [...listAt(document, 'NetworkInterfaces'), ...ofInstances];
}

/** describe-instances leaves out of an interface whose it is. */
function withInstance(eni: unknown, instance: unknown): unknown {
  const attachment = at(eni, 'Attachment');
  const InstanceId = textAt(instance, 'InstanceId');
  return typeof eni === 'object'
    ? { ...eni, Attachment: { ...(attachment as object), InstanceId } }
    : eni;
}

const CNI_TAGS =
  /^(node\.k8s\.amazonaws\.com|cluster\.k8s\.amazonaws\.com|kubernetes\.io\/cluster)\//;

/** Remember the main address of the instance, and whether it is a node: the VPC CNI marks the interfaces it makes. */
function noteInstance(eni: unknown, aws: Aws): void {
  const instance = textAt(eni, 'Attachment', 'InstanceId');
  if (instance === undefined) return;
  const isMarked =
    textAt(eni, 'Description')?.startsWith('aws-K8S-') === true ||
    listAt(eni, 'TagSet').some((tag) => CNI_TAGS.test(textAt(tag, 'Key') ?? ''));
  if (isMarked) aws.nodes.add(instance);
  if (numberAt(eni, 'Attachment', 'DeviceIndex') !== 0) return;
  const main = canonicalIp(textAt(eni, 'PrivateIpAddress') ?? '');
  if (main !== undefined) aws.mainOf.set(instance, main);
}

function readReservation(reservation: unknown, aws: Aws): void {
  for (const instance of listAt(reservation, 'Instances')) {
    for (const eni of listAt(instance, 'NetworkInterfaces'))
      readInterface(withInstance(eni, instance), aws);
  }
}

function add(
  aws: Aws,
  text: string | undefined,
  kind: AddressKind,
  role: string,
  name: string,
  why: Sentence,
  score = 1,
): void {
  const address = canonicalIp(text ?? '');
  if (address === undefined) return;
  const { source } = aws;
  aws.facts.addresses.push({
    address,
    kind,
    role,
    name,
    source,
    score,
    why,
  });
}

interface Purpose {
  readonly kind: AddressKind;
  readonly role: string;
  readonly name: string;
}

/** What an interface that is no instance's is for, by its type and description. */
function purposeOf(eni: unknown): Purpose {
  const id = textAt(eni, 'NetworkInterfaceId') ?? 'eni';
  const description = textAt(eni, 'Description') ?? '';
  const type = textAt(eni, 'InterfaceType') ?? 'interface';
  const balancer = /^ELB (?:(net|app|gwy)\/)?([^/]+)/.exec(description);
  if (balancer !== null) {
    const roles: Record<string, string> = { net: 'nlb', app: 'alb', gwy: 'gwlb' };
    return { kind: 'loadbalancer', role: roles[balancer[1] ?? ''] ?? 'elb', name: balancer[2]! };
  }
  if (type.endsWith('load_balancer'))
    return { kind: 'loadbalancer', role: 'nlb', name: description || id };
  const cluster = /^Amazon EKS (.+)$/.exec(description)?.[1];
  if (cluster !== undefined)
    return { kind: 'external', role: 'eks-control-plane', name: `API server of ${cluster}` };
  return { kind: 'external', role: type.replaceAll('_', '-'), name: description || id };
}

function readInterface(eni: unknown, aws: Aws): void {
  const instance = textAt(eni, 'Attachment', 'InstanceId');
  if (instance !== undefined) {
    readInstanceInterface(eni, instance, aws);
    return;
  }
  const { kind, role, name } = purposeOf(eni);
  const id = textAt(eni, 'NetworkInterfaceId') ?? '?';
  const { detail: source } = aws.source;
  const why = { code: 'aws-eni-purpose', source, eni: id, role, name } as const;
  for (const entry of listAt(eni, 'PrivateIpAddresses')) {
    add(aws, textAt(entry, 'PrivateIpAddress'), kind, role, name, why);
    add(aws, textAt(entry, 'Association', 'PublicIp'), kind, role, name, why);
  }
  for (const entry of listAt(eni, 'Ipv6Addresses'))
    add(aws, textAt(entry, 'Ipv6Address'), kind, role, name, why);
}

/** The first address of each interface is the node's; the others and the prefixes are for its pods. */
function readInstanceInterface(eni: unknown, instance: string, aws: Aws): void {
  const id = textAt(eni, 'NetworkInterfaceId') ?? '?';
  const { detail: source } = aws.source;
  const isNode = aws.nodes.has(instance);
  const node = aws.mainOf.get(instance);
  for (const entry of listAt(eni, 'PrivateIpAddresses')) {
    const address = canonicalIp(textAt(entry, 'PrivateIpAddress') ?? '');
    if (address === undefined) continue;
    if (!isNode)
      add(
        aws,
        address,
        'external',
        'ec2',
        instance,
        { code: 'aws-eni-of-instance', source, eni: id, instance },
        0.65,
      );
    else if (at(entry, 'Primary') !== true)
      addShare(aws, `${address}/${address.includes(':') ? 128 : 32}`, id, node);
    else if (address !== node) {
      const why = { code: 'aws-eni-main', source, eni: id, instance } as const;
      aws.facts.addresses.push({
        address,
        kind: 'node',
        role: 'eni',
        node,
        source: aws.source,
        score: 0.98,
        why,
      });
    }
  }
  if (!isNode) return;
  for (const entry of listAt(eni, 'Ipv4Prefixes'))
    addShare(aws, textAt(entry, 'Ipv4Prefix'), id, node);
  for (const entry of listAt(eni, 'Ipv6Prefixes'))
    addShare(aws, textAt(entry, 'Ipv6Prefix'), id, node);
}

function addShare(
  aws: Aws,
  text: string | undefined,
  name: string,
  node: string | undefined,
): void {
  const cidr = canonicalPrefix(text ?? '');
  if (cidr === undefined) return;
  aws.facts.ranges.push({ cidr, kind: 'eni-prefix', name, node, source: aws.source, score: 1 });
}

function readVpc(vpc: unknown, aws: Aws): void {
  const name = textAt(vpc, 'VpcId');
  const cidrs = [textAt(vpc, 'CidrBlock')];
  for (const entry of listAt(vpc, 'CidrBlockAssociationSet'))
    cidrs.push(textAt(entry, 'CidrBlock'));
  for (const entry of listAt(vpc, 'Ipv6CidrBlockAssociationSet'))
    cidrs.push(textAt(entry, 'Ipv6CidrBlock'));
  for (const text of new Set(cidrs)) {
    const cidr = canonicalPrefix(text ?? '');
    if (cidr !== undefined)
      aws.facts.ranges.push({ cidr, kind: 'vpc', name, source: aws.source, score: 1 });
  }
}

function readLoadBalancer(balancer: unknown, aws: Aws): void {
  const name = textAt(balancer, 'LoadBalancerName') ?? '?';
  const host = textAt(balancer, 'DNSName');
  const types: Record<string, string> = { network: 'nlb', application: 'alb', gateway: 'gwlb' };
  const role = types[textAt(balancer, 'Type') ?? ''] ?? 'elb';
  for (const zone of listAt(balancer, 'AvailabilityZones')) {
    for (const entry of listAt(zone, 'LoadBalancerAddresses')) {
      for (const key of ['IpAddress', 'PrivateIPv4Address', 'IPv6Address']) {
        const address = canonicalIp(textAt(entry, key) ?? '');
        if (address === undefined) continue;
        const why = { code: 'aws-balancer-has', source: aws.source.detail, name } as const;
        add(aws, address, 'loadbalancer', role, name, why);
        if (host !== undefined)
          aws.facts.names.push({ address, name: host, kind: 'dns', source: aws.source, score: 1 });
      }
    }
  }
}

/** ipamd's interfaces in all three shapes: by network card (1.20 on), flat, and as pools (up to 1.8). */
function cardsOf(document: unknown): unknown[] {
  const flat = entriesAt(document, 'ENIs');
  const pools = entriesAt(document, 'ENIIPPools');
  const cards = entriesAt(document).flatMap(([card, value]) =>
    /^\d+$/.test(card) ? entriesAt(value, 'ENIs') : [],
  );
  return [...flat, ...pools, ...cards].map(([, eni]) => eni);
}

function readIpamEni(eni: unknown, aws: Aws): void {
  for (const key of ['AvailableIPv4Cidrs', 'IPv6Cidrs', 'IPv4Addresses']) {
    for (const [text, entry] of entriesAt(eni, key)) {
      if (at(entry, 'IsPrefix') === true)
        addShare(aws, text, textAt(eni, 'ID') ?? 'eni', undefined);
      const addresses = entriesAt(entry, 'IPAddresses');
      for (const [address, use] of addresses.length > 0 ? addresses : [[text, entry] as const]) {
        addPod(
          aws,
          textAt(use, 'Address') ?? address,
          at(use, 'IPAMMetadata'),
          timeAt(use, 'AssignedTime'),
        );
      }
    }
  }
}

/** An address given to a pod; one that is free, or whose pod is not told, says nothing. */
function addPod(
  aws: Aws,
  text: string | undefined,
  metadata: unknown,
  from: number | undefined,
): void {
  const address = canonicalIp(text ?? '');
  const namespace = textAt(metadata, 'k8sPodNamespace');
  const name = textAt(metadata, 'k8sPodName');
  if (address === undefined || namespace === undefined || name === undefined) return;
  aws.facts.addresses.push({
    address,
    kind: 'pod',
    role: 'pod',
    namespace,
    name,
    from: from !== undefined && from > 0 ? from : undefined, // year 1 means never
    source: aws.source,
    score: 0.98,
    why: { code: 'aws-cni-gave', source: aws.source.detail, pod: `${namespace}/${name}` },
  });
}
