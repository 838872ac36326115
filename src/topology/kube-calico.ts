/** Calico's objects and annotations to facts (projectcalico/calico: crd.projectcalico.org/v1 and projectcalico.org/v3). */
import type { TunnelMode } from './facts.ts';
import { addressAt, parsePrefix } from './ip.ts';
import { at, listAt, textAt, textsAt, timeAt } from './json-value.ts';
import type { KubeObject, NodeDraft } from './kube-objects.ts';

function mode(text: string | undefined): TunnelMode | undefined {
  const modes: Record<string, TunnelMode> = {
    never: 'Never',
    always: 'Always',
    crosssubnet: 'CrossSubnet',
    'cross-subnet': 'CrossSubnet',
  };
  return text === undefined ? undefined : modes[text.toLowerCase()];
}

export function readIpPool(object: KubeObject): void {
  const { value, facts, source } = object;
  const cidr = object.prefix(textAt(value, 'spec', 'cidr'), 'spec.cidr');
  if (cidr === undefined) {
    if (textAt(value, 'spec', 'cidr') === undefined) object.problem('spec.cidr', 'missing');
    return;
  }
  const uses = textsAt(value, 'spec', 'allowedUses');
  const kind =
    uses.length === 0 || uses.includes('Workload')
      ? 'pods'
      : uses.includes('LoadBalancer')
        ? 'services'
        : 'nodes';
  facts.ranges.push({
    cidr,
    kind,
    name: object.name,
    natOutgoing:
      at(value, 'spec', 'natOutgoing') === true || at(value, 'spec', 'nat-outgoing') === true,
    ipipMode:
      mode(textAt(value, 'spec', 'ipipMode') ?? textAt(value, 'spec', 'ipip', 'mode')) ?? 'Never',
    vxlanMode: mode(textAt(value, 'spec', 'vxlanMode')) ?? 'Never',
    source,
    score: 1,
  });
}

/** Go's json marks booleans of these CRDs as text ("true") or as booleans, by version. */
function isTrue(value: unknown): boolean {
  return value === true || value === 'true';
}

export function readBlockAffinity(object: KubeObject): void {
  const { value, facts, source } = object;
  const state = textAt(value, 'spec', 'state');
  if (isTrue(at(value, 'spec', 'deleted')) || state === 'pendingDeletion') return;
  const cidr = object.prefix(textAt(value, 'spec', 'cidr'), 'spec.cidr');
  const node = textAt(value, 'spec', 'node');
  const type = textAt(value, 'spec', 'type');
  if (cidr === undefined || node === undefined || (type !== undefined && type !== 'host')) return;
  const score = state === 'pending' ? 0.8 : 1;
  facts.ranges.push({
    cidr,
    kind: 'block',
    node,
    source,
    score,
    why: { code: 'calico-gave-block', node },
  });
}

/** A block: its node, and who has each address in it. */
export function readIpamBlock(object: KubeObject): void {
  const { value, facts, source } = object;
  if (isTrue(at(value, 'spec', 'deleted'))) return;
  const cidr = object.prefix(textAt(value, 'spec', 'cidr'), 'spec.cidr');
  if (cidr === undefined) return;
  const affinity = textAt(value, 'spec', 'affinity');
  const node = affinity?.startsWith('host:') ? affinity.slice('host:'.length) : undefined;
  if (node !== undefined) {
    facts.ranges.push({
      cidr,
      kind: 'block',
      node,
      source,
      score: 1,
      why: { code: 'calico-gave-block', node },
    });
  }
  const prefix = parsePrefix(cidr)!;
  const attributes = listAt(value, 'spec', 'attributes');
  for (const [ordinal, index] of listAt(value, 'spec', 'allocations').entries()) {
    if (typeof index !== 'number') continue;
    const address = addressAt(prefix, ordinal);
    if (address === undefined) {
      object.problem(`spec.allocations[${ordinal}]`, `past the end of ${cidr}`);
      return;
    }
    readAllocation(object, address, attributes[index]);
  }
}

const TUNNEL_HANDLE = /^(ipip|vxlan|vxlan-v6|wireguard|wireguard-v6)-tunnel-addr-(.+)$/;

function readAllocation(object: KubeObject, address: string, attribute: unknown): void {
  const { facts, source } = object;
  const handle = textAt(attribute, 'handle_id');
  const node = textAt(attribute, 'secondary', 'node');
  const pod = textAt(attribute, 'secondary', 'pod');
  const namespace = textAt(attribute, 'secondary', 'namespace');
  const tunnelNode = handle === undefined ? undefined : TUNNEL_HANDLE.exec(handle)?.[2];
  const type = textAt(attribute, 'secondary', 'type');
  if (pod !== undefined && namespace !== undefined) {
    facts.addresses.push({
      address,
      kind: 'pod',
      role: 'pod',
      namespace,
      name: pod,
      node,
      from: timeAt(attribute, 'secondary', 'timestamp'),
      source,
      score: 0.98, // an allocation may outlive its pod for a while
      why: { code: 'allocated-to-pod', source: source.detail, pod: `${namespace}/${pod}` },
    });
  } else if (
    tunnelNode !== undefined ||
    (type?.endsWith('TunnelAddress') === true && node !== undefined)
  ) {
    const owner = node ?? tunnelNode;
    const why = {
      code: 'allocated-to-tunnel-device',
      source: source.detail,
      node: owner!,
    } as const;
    facts.addresses.push({
      address,
      kind: 'node',
      role: 'tunnel',
      node: owner,
      source,
      score: 1,
      why,
    });
  }
}

const TUNNELS = [
  'IPv4IPIPTunnelAddr',
  'IPv4VXLANTunnelAddr',
  'IPv6VXLANTunnelAddr',
  'IPv4WireguardInterfaceAddr',
  'IPv6WireguardInterfaceAddr',
];

/** Calico's annotations on a Node; true when there are any. */
export function readCalicoNode(object: KubeObject, draft: NodeDraft): boolean {
  const note = (key: string) =>
    textAt(object.value, 'metadata', 'annotations', `projectcalico.org/${key}`);
  let found = false;
  for (const key of ['IPv4Address', 'IPv6Address']) {
    const text = note(key); // 192.168.10.101/24
    const address = object.ip(text?.split('/')[0], `projectcalico.org/${key}`);
    if (text === undefined || address === undefined) continue;
    found = true;
    draft.subnets.push(text);
    if (!draft.addresses.some((a) => a.address === address))
      draft.addresses.push({ address, role: 'address' });
  }
  for (const key of TUNNELS) {
    const address = object.ip(note(key), `projectcalico.org/${key}`);
    if (address === undefined) continue;
    found = true;
    if (!draft.addresses.some((a) => a.address === address))
      draft.addresses.push({ address, role: 'tunnel' });
  }
  for (const key of ['VXLANTunnelMACAddr', 'VXLANTunnelMACAddrV6']) {
    const mac = note(key);
    if (mac !== undefined) draft.vtepMacs.push(mac.toLowerCase());
  }
  const asNumber = Number(note('ASNumber'));
  if (Number.isInteger(asNumber) && asNumber > 0) draft.asNumber = asNumber;
  return found;
}
