/** Kubernetes objects, as kubectl prints and the API sends them, to facts. One object at a time; kinds of Calico, Cilium and AWS are in their own files. */

import { type FactSource, type Facts, type NodeFact, noFacts, type SourceKind } from './facts.ts';
import { canonicalIp, canonicalPrefix, parsePrefix, showIp } from './ip.ts';
import { at, listAt, numberAt, parsed, textAt, textsAt, timeAt } from './json-value.ts';
import { readBlockAffinity, readCalicoNode, readIpamBlock, readIpPool } from './kube-calico.ts';
import { nodeCapacity, readVpcCniDaemonSet, readVpcCniPod } from './kube-capacity.ts';
import {
  readCiliumEndpoint,
  readCiliumEndpointSlice,
  readCiliumIdentity,
  readCiliumNode,
} from './kube-cilium.ts';
import { readEndpointSlice, readEndpoints, readService } from './kube-services.ts';

/** One object on its way into the facts. */
export interface KubeObject {
  readonly value: unknown;
  readonly source: FactSource;
  readonly facts: Facts;
  /** The address in its one spelling, or undefined and a problem that names file, object and field. */
  ip(text: string | undefined, field: string): string | undefined;
  prefix(text: string | undefined, field: string): string | undefined;
  readonly name: string;
  readonly namespace: string;
  problem(field: string, what: string): void;
}

const READERS: Record<string, (object: KubeObject) => void> = {
  Pod: readPod,
  Node: readNode,
  Service: readService,
  EndpointSlice: readEndpointSlice,
  Endpoints: readEndpoints,
  IPPool: readIpPool,
  BlockAffinity: readBlockAffinity,
  IPAMBlock: readIpamBlock,
  CiliumNode: readCiliumNode,
  CiliumEndpoint: readCiliumEndpoint,
  CiliumEndpointSlice: readCiliumEndpointSlice,
  CiliumIdentity: readCiliumIdentity,
  ConfigMap: readConfigMap,
  ServiceCIDR: readServiceCidr,
  DaemonSet: readVpcCniDaemonSet,
};

/** Kinds that become facts. */
export const KUBE_KINDS: readonly string[] = Object.keys(READERS);

/** Collects facts from objects of any kind, in any order. */
export class KubeObjects {
  /** Objects used, by kind; and those of kinds that say nothing of addresses. */
  readonly used = new Map<string, number>();
  readonly ignored = new Map<string, number>();
  private readonly collected = noFacts();
  private readonly kind: SourceKind;
  private readonly lists = new Set<string>();

  constructor(kind: SourceKind) {
    this.kind = kind;
  }

  /** Take one object; `where` tells a reader where it stands (`pods.json: items[3]`). */
  add(value: unknown, where: string, kindOfList?: string): void {
    const kind = textAt(value, 'kind') ?? kindOfList;
    const read = kind !== undefined && Object.hasOwn(READERS, kind) ? READERS[kind] : undefined;
    if (kind === undefined) {
      this.collected.problems.push(`${where}: no "kind", so not a Kubernetes object`);
      return;
    }
    count(read === undefined ? this.ignored : this.used, kind);
    if (read !== undefined)
      read(toObject(value, kind, { kind: this.kind, detail: where }, this.collected));
  }

  /** Note that every object of a kind was listed, even if there is none. */
  listed(kind: string): void {
    this.lists.add(kind);
  }

  facts(): Facts {
    const facts = this.collected;
    if (this.lists.has('Node')) facts.complete.add('nodes');
    if (this.lists.has('Pod') && manyNamespaces(facts.pods)) facts.complete.add('pods');
    if (this.lists.has('Service') && manyNamespaces(facts.services)) facts.complete.add('services');
    if (this.lists.has('EndpointSlice') || this.lists.has('Endpoints'))
      facts.complete.add('endpoints');
    return facts;
  }
}

/** Whether a list looks like one of all namespaces: `kubectl get pods` without -A prints the same kind of list. */
function manyNamespaces(list: readonly { readonly namespace: string }[]): boolean {
  const first = list[0]?.namespace;
  return list.some((item) => item.namespace === 'kube-system' || item.namespace !== first);
}

function count(map: Map<string, number>, key: string): void {
  map.set(key, (map.get(key) ?? 0) + 1);
}

function toObject(value: unknown, kind: string, source: FactSource, facts: Facts): KubeObject {
  const name = textAt(value, 'metadata', 'name') ?? '';
  const namespace = textAt(value, 'metadata', 'namespace') ?? '';
  const problem = (field: string, what: string) => {
    const full = namespace === '' ? name : `${namespace}/${name}`;
    facts.problems.push(`${source.detail} (${kind} ${full}): ${field}: ${what}`);
  };
  const checked =
    (parse: (text: string) => string | undefined, what: string) =>
    (text: string | undefined, field: string) => {
      if (text === undefined) return undefined;
      const good = parse(text);
      if (good === undefined) problem(field, `not an IP ${what}: ${JSON.stringify(text)}`);
      return good;
    };
  if (name === '') problem('metadata.name', 'missing');
  return {
    value,
    source,
    facts,
    name,
    namespace,
    problem,
    ip: checked(canonicalIp, 'address'),
    prefix: checked(canonicalPrefix, 'prefix'),
  };
}

/** Addresses of an annotation or status field, unusable ones left out with a problem. */
function ips(object: KubeObject, texts: readonly (string | undefined)[], field: string): string[] {
  const found: string[] = [];
  for (const text of texts) {
    const address = object.ip(text?.split('/')[0]?.trim(), field);
    if (address !== undefined && !found.includes(address)) found.push(address);
  }
  return found;
}

function readPod(object: KubeObject): void {
  const { value, facts, source } = object;
  const node = textAt(value, 'spec', 'nodeName');
  const hostNetwork = at(value, 'spec', 'hostNetwork') === true;
  const phase = textAt(value, 'status', 'phase');
  const ended = phase === 'Succeeded' || phase === 'Failed';
  const from =
    timeAt(value, 'status', 'startTime') ?? timeAt(value, 'metadata', 'creationTimestamp');
  const to = ended ? endOf(value) : undefined;
  readHostOf(object, node);
  if (hostNetwork) {
    readComponent(object);
    readVpcCniPod(object);
  }
  // The address of a pod that ended may be another's by now; only a known span makes it worth keeping.
  if (ended && (from === undefined || to === undefined)) return;
  const listed = [
    textAt(value, 'status', 'podIP'),
    ...listAt(value, 'status', 'podIPs').map((ip) => textAt(ip, 'ip')),
  ];
  const annotated = podAnnotations(object);
  facts.pods.push({
    namespace: object.namespace,
    name: object.name,
    uid: textAt(value, 'metadata', 'uid'),
    addresses: [...new Set([...ips(object, listed, 'status.podIP'), ...annotated.addresses])],
    node,
    hostNetwork,
    mac: annotated.mac,
    ports: listAt(value, 'spec', 'containers').flatMap((container) =>
      listAt(container, 'ports').map((port) => ({
        name: textAt(port, 'name'),
        port: numberAt(port, 'containerPort') ?? 0,
        protocol: (textAt(port, 'protocol') ?? 'TCP').toLowerCase(),
      })),
    ),
    from,
    to,
    ended,
    source,
    score: 1,
  });
}

/** When the last container of an ended pod finished. */
function endOf(value: unknown): number | undefined {
  let last: number | undefined;
  for (const status of listAt(value, 'status', 'containerStatuses')) {
    const finished = timeAt(status, 'state', 'terminated', 'finishedAt');
    if (finished !== undefined) last = Math.max(last ?? finished, finished);
  }
  return last;
}

/** What CNI plugins write on the pod: further addresses (Calico, VPC CNI branch ENIs, Multus networks) and its MAC. */
function podAnnotations(object: KubeObject): { addresses: string[]; mac: string | undefined } {
  const note = (key: string) => textAt(object.value, 'metadata', 'annotations', key);
  const calico = note('cni.projectcalico.org/podIPs') ?? note('cni.projectcalico.org/podIP');
  const addresses = ips(object, calico?.split(',') ?? [], 'cni.projectcalico.org/podIPs');
  let mac = note('cni.cilium.io/mac-address');
  const branches = parsed(note('vpc.amazonaws.com/pod-eni'));
  for (const branch of Array.isArray(branches) ? branches : []) {
    const texts = [textAt(branch, 'privateIp'), textAt(branch, 'ipv6Addr')];
    addresses.push(...ips(object, texts, 'vpc.amazonaws.com/pod-eni'));
    mac ??= textAt(branch, 'ifAddress');
  }
  addresses.push(
    ...ips(
      object,
      note('vpc.amazonaws.com/pod-ips')?.split(',') ?? [],
      'vpc.amazonaws.com/pod-ips',
    ),
  );
  const networks = parsed(note('k8s.v1.cni.cncf.io/network-status'));
  for (const network of Array.isArray(networks) ? networks : []) {
    addresses.push(...ips(object, textsAt(network, 'ips'), 'k8s.v1.cni.cncf.io/network-status'));
    if (at(network, 'default') === true) mac ??= textAt(network, 'mac');
  }
  return { addresses, mac };
}

/** A pod's status tells its node's address, even where no Node object is at hand. */
function readHostOf(object: KubeObject, node: string | undefined): void {
  if (node === undefined) return;
  const texts = [
    textAt(object.value, 'status', 'hostIP'),
    ...listAt(object.value, 'status', 'hostIPs').map((ip) => textAt(ip, 'ip')),
  ];
  const addresses = ips(object, texts, 'status.hostIP').map((address) => ({
    address,
    role: 'InternalIP' as const,
  }));
  const last = object.facts.nodes[object.facts.nodes.length - 1];
  const same =
    last?.name === node &&
    last.addresses.length === addresses.length &&
    last.addresses.every((a, i) => a.address === addresses[i]!.address);
  if (addresses.length === 0 || same) return;
  object.facts.nodes.push({ name: node, addresses, source: object.source, score: 0.99 });
}

const RANGE_FLAGS = [
  { flag: '--service-cluster-ip-range=', kind: 'services' },
  { flag: '--cluster-cidr=', kind: 'pods' },
] as const;

/** The flags of the control plane's own pods hold the cluster's ranges. */
function readComponent(object: KubeObject): void {
  if (
    object.namespace !== 'kube-system' ||
    !/^kube-(apiserver|controller-manager|proxy)/.test(object.name)
  )
    return;
  for (const container of listAt(object.value, 'spec', 'containers')) {
    for (const argument of [...textsAt(container, 'command'), ...textsAt(container, 'args')]) {
      for (const { flag, kind } of RANGE_FLAGS) {
        if (argument.startsWith(flag))
          addRanges(object, argument.slice(flag.length), kind, flag.slice(0, -1));
      }
    }
  }
}

function addRanges(
  object: KubeObject,
  list: string,
  kind: 'pods' | 'services',
  field: string,
): void {
  for (const text of list.split(',')) {
    const cidr = object.prefix(text.trim(), field);
    if (cidr === undefined) continue;
    const of = `${object.namespace}/${object.name}`;
    const why = { code: 'value-of', field, object: of } as const;
    object.facts.ranges.push({ cidr, kind, source: object.source, score: 1, why });
  }
}

/** kubeadm keeps the cluster's ranges as YAML inside a ConfigMap; the two lines are enough. */
function readConfigMap(object: KubeObject): void {
  if (object.name !== 'kubeadm-config' || object.namespace !== 'kube-system') return;
  const text = textAt(object.value, 'data', 'ClusterConfiguration') ?? '';
  const pods = /^\s*podSubnet:\s*"?([^"\s]+)"?\s*$/m.exec(text)?.[1];
  const services = /^\s*serviceSubnet:\s*"?([^"\s]+)"?\s*$/m.exec(text)?.[1];
  if (pods !== undefined) addRanges(object, pods, 'pods', 'podSubnet');
  if (services !== undefined) addRanges(object, services, 'services', 'serviceSubnet');
}

function readServiceCidr(object: KubeObject): void {
  for (const text of textsAt(object.value, 'spec', 'cidrs')) {
    const cidr = object.prefix(text, 'spec.cidrs');
    if (cidr !== undefined)
      object.facts.ranges.push({
        cidr,
        kind: 'services',
        name: object.name,
        source: object.source,
        score: 1,
      });
  }
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };
/** A node fact while the annotations of each CNI add to it. */
export interface NodeDraft
  extends Omit<Writable<NodeFact>, 'addresses' | 'subnets' | 'vtepMacs' | 'podCidrs'> {
  addresses: { address: string; role: NodeFact['addresses'][number]['role'] }[];
  subnets: string[];
  vtepMacs: string[];
  podCidrs: string[];
}

function readNode(object: KubeObject): void {
  const { value, source } = object;
  const draft: NodeDraft = {
    name: object.name,
    addresses: [],
    podCidrs: [],
    subnets: [],
    vtepMacs: [],
    zone: textAt(value, 'metadata', 'labels', 'topology.kubernetes.io/zone'),
    providerId: textAt(value, 'spec', 'providerID'),
    capacity: nodeCapacity(value),
    source,
    score: 1,
  };
  for (const entry of listAt(value, 'status', 'addresses')) {
    const type = textAt(entry, 'type');
    if (type !== 'InternalIP' && type !== 'ExternalIP') continue; // the others are names
    const address = object.ip(textAt(entry, 'address'), 'status.addresses');
    if (address !== undefined) draft.addresses.push({ address, role: type });
  }
  const cidrs = [...textsAt(value, 'spec', 'podCIDRs')];
  const first = textAt(value, 'spec', 'podCIDR');
  if (first !== undefined && !cidrs.includes(first)) cidrs.unshift(first);
  const podCidrs = cidrs
    .map((text) => object.prefix(text, 'spec.podCIDR'))
    .filter((c) => c !== undefined);
  const calico = readCalicoNode(object, draft);
  const flannel = readFlannelNode(object, draft, podCidrs);
  readCiliumAnnotations(object, draft);
  if (calico && !flannel) {
    // Calico's own IPAM does not follow podCIDR: its blocks, cut from the same range, go to any node.
    for (const cidr of podCidrs) {
      const why = { code: 'pod-cidr-beside-blocks', node: object.name } as const;
      object.facts.ranges.push({ cidr, kind: 'pods', source, score: 0.9, why });
    }
  } else {
    draft.podCidrs.push(...podCidrs);
  }
  object.facts.nodes.push(draft);
}

/** Flannel's annotations (`pkg/subnet/kube`); its tunnel devices take the first address of the node's podCIDR, bridge cni0 the second. */
function readFlannelNode(
  object: KubeObject,
  draft: NodeDraft,
  podCidrs: readonly string[],
): boolean {
  const note = (key: string) =>
    textAt(object.value, 'metadata', 'annotations', `flannel.alpha.coreos.com/${key}`);
  const backend = note('backend-type');
  if (backend === undefined) return false;
  for (const key of ['public-ip', 'public-ipv6', 'public-ip-overwrite', 'node-public-ip']) {
    const address = object.ip(note(key), `flannel.alpha.coreos.com/${key}`);
    if (address !== undefined && !draft.addresses.some((a) => a.address === address)) {
      draft.addresses.push({ address, role: 'address' });
    }
  }
  for (const key of ['backend-data', 'backend-v6-data']) {
    const mac = textAt(parsed(note(key)), 'VtepMAC');
    if (mac !== undefined) draft.vtepMacs.push(mac.toLowerCase());
  }
  if (['vxlan', 'ipip', 'wireguard', 'udp'].includes(backend)) {
    for (const cidr of podCidrs)
      draft.addresses.push({ address: showIp(parsePrefix(cidr)!.words), role: 'tunnel' });
  }
  return true;
}

/** Often unset; CiliumNode objects say more. */
function readCiliumAnnotations(object: KubeObject, draft: NodeDraft): void {
  for (const family of ['ipv4', 'ipv6']) {
    const note = (key: string) =>
      textAt(object.value, 'metadata', 'annotations', `network.cilium.io/${family}-${key}`) ??
      textAt(object.value, 'metadata', 'annotations', `io.cilium.network.${family}-${key}`);
    const host = object.ip(note('cilium-host'), `network.cilium.io/${family}-cilium-host`);
    const health = object.ip(note('health-ip'), `network.cilium.io/${family}-health-ip`);
    const cidr = object.prefix(note('pod-cidr'), `network.cilium.io/${family}-pod-cidr`);
    if (host !== undefined) draft.addresses.push({ address: host, role: 'bridge' });
    if (health !== undefined) draft.addresses.push({ address: health, role: 'health' });
    if (cidr !== undefined) draft.podCidrs.push(cidr);
  }
}
