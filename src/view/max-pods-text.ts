/** Pod limits of instance types and nodes, as tables with what follows from them in sentences. */
import type { AddressMode, MaxPods } from '../topology/max-pods.ts';
import type { Density, NodeDensity } from '../topology/pod-density.ts';
import { showColumns, type TextColumn } from './columns-text.ts';
import { escapeText } from './escape.ts';

const TYPE_COLUMNS: readonly TextColumn<MaxPods>[] = [
  { heading: 'TYPE', cell: ({ limits }) => limits.instanceType },
  { heading: 'ENIS', right: true, cell: ({ limits }) => String(limits.enis) },
  { heading: 'IPV4/ENI', right: true, cell: ({ limits }) => String(limits.ipv4PerEni) },
  {
    heading: 'MAX PODS',
    cell: ({ formula, maxPods, problem }) => problem ?? `${formula} = ${maxPods}`,
  },
  {
    heading: 'RECOMMENDED',
    right: true,
    cell: ({ problem, recommended }) => (problem === undefined ? String(recommended) : '-'),
  },
];

/** A line a type, then what the figures mean. */
export function showMaxPods(list: readonly MaxPods[], mode: AddressMode): string {
  return `${showColumns(TYPE_COLUMNS, list)}\n${legend(mode)}`;
}

function legend(mode: AddressMode): string {
  const lines = [
    'ENIs x (addresses of each - 1) + 2: one address of an ENI is its own, and two pods of every node',
    "(aws-node, kube-proxy) are on the node's network. Recommended is that, but at most 110 pods, or 250",
    'with more than 30 vCPUs.',
  ];
  if (mode.prefixDelegation) {
    lines.push(
      'Prefix delegation: each address is a /28 of 16; max-pods of the kubelet must be raised too.',
    );
  } else {
    lines.push('More fit with --prefix-delegation (Nitro instances).');
  }
  if (mode.customNetworking) {
    lines.push('Custom networking: no pod on the primary ENI.');
  }
  return `${lines.join('\n')}\n`;
}

const NODE_COLUMNS: readonly TextColumn<NodeDensity>[] = [
  { heading: 'NODE', cell: ({ node }) => node },
  { heading: 'TYPE', cell: ({ instanceType }) => instanceType ?? '?' },
  { heading: 'PODS', right: true, cell: ({ pods }) => String(pods) },
  { heading: 'HOST NET', right: true, cell: ({ hostNetworkPods }) => String(hostNetworkPods) },
  {
    heading: 'KUBELET MAX',
    right: true,
    cell: ({ kubeletMax }) => (kubeletMax === undefined ? '?' : String(kubeletMax)),
  },
  {
    heading: 'MAX PODS',
    cell: ({ limit }) => (limit === undefined ? '?' : `${limit.formula} = ${limit.maxPods}`),
  },
  {
    heading: 'RECOMMENDED',
    right: true,
    cell: ({ limit }) => (limit === undefined ? '?' : String(limit.recommended)),
  },
];

const MODE_SOURCES: Readonly<Record<Density['modeFrom'], string>> = {
  asked: 'as asked',
  'aws-node': 'by the settings of aws-node',
  default: 'as nothing says otherwise; see --prefix-delegation, --custom-networking',
};

/** A line a node, then a line for each thing that is to be said of one, or of all. */
export function showDensity({ mode, modeFrom, nodes }: Density): string {
  const lines: string[] = [];
  if (nodes.some(({ limit }) => limit !== undefined)) {
    const addresses = mode.prefixDelegation ? 'prefixes of 16 addresses' : 'single addresses';
    const custom = mode.customNetworking ? ', none on the primary ENI' : '';
    lines.push(`Pods have ${addresses}${custom} (${MODE_SOURCES[modeFrom]}).`);
  }
  const ofAll = (finding: string): boolean =>
    nodes.length > 1 && nodes.every(({ findings }) => findings.includes(finding));
  for (const finding of nodes[0]?.findings ?? []) {
    if (ofAll(finding)) lines.push(`Every node: ${finding}`);
  }
  for (const { findings, node } of nodes) {
    for (const finding of findings) if (!ofAll(finding)) lines.push(`${node}: ${finding}`);
  }
  const said = lines.map((line) => `${escapeText(line)}\n`).join('');
  return `${showColumns(NODE_COLUMNS, nodes)}${said === '' ? '' : `\n${said}`}`;
}
