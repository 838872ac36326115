/** Observations of a capture as tshark reads it: inference is tested apart from our own decoders. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import type { SeenAt, TrafficObservation } from '../../src/topology/observation.ts';

export function hasTshark(): boolean {
  return spawnSync('tshark', ['--version']).status === 0;
}

const FIELDS = [
  'frame.interface_name',
  'sll.ifindex',
  'sll.pkttype',
  'sll.src.eth',
  'eth.src',
  'eth.dst',
  'ip.src',
  'ip.dst',
  'ip.ttl',
  'ip.proto',
  'tcp.srcport',
  'tcp.dstport',
  'udp.srcport',
  'udp.dstport',
  'vxlan.vni',
  'arp.src.proto_ipv4',
  'arp.src.hw_mac',
  'arp.dst.proto_ipv4',
  'bgp.nlri_prefix',
  'bgp.prefix_length',
  'bgp.update.path_attribute.next_hop',
  'dns.qry.name',
  'dns.resp.name',
  'dns.a',
  'http.user_agent',
] as const;
type Row = Record<(typeof FIELDS)[number], string[]>;

function rowsOf(file: string): Row[] {
  const run = spawnSync(
    'tshark',
    [
      '-n',
      '-r',
      file,
      '-d',
      'udp.port==8472,vxlan',
      '-T',
      'fields',
      '-E',
      'occurrence=a',
      '-E',
      'aggregator=|',
      ...FIELDS.flatMap((f) => ['-e', f]),
    ],
    { encoding: 'utf8', maxBuffer: 1 << 30 },
  );
  return run.stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const cells = line.split('\t');
      return Object.fromEntries(
        FIELDS.map((f, i) => [f, cells[i] ? cells[i].split('|') : []]),
      ) as Row;
    });
}

/** Interface names by index, from `ip -j address`. */
export function interfaceNames(file: string): Map<string, string> {
  const links = JSON.parse(readFileSync(file, 'utf8')) as { ifindex: number; ifname: string }[];
  return new Map(links.map((link) => [String(link.ifindex), link.ifname]));
}

/** One observation a frame: inference counts them as packets. `vantage` defaults to the file. */
export function* observe(
  file: string,
  options: { names?: Map<string, string>; vantage?: string } = {},
): Generator<TrafficObservation> {
  for (const row of rowsOf(file)) yield* observeRow(row, file, options);
}

function* observeRow(
  row: Row,
  file: string,
  options: { names?: Map<string, string>; vantage?: string },
): Generator<TrafficObservation> {
  const index = row['sll.ifindex'][0];
  const type = row['sll.pkttype'][0];
  const at: SeenAt = {
    vantage: options.vantage ?? file,
    interface:
      index === undefined
        ? row['frame.interface_name'][0]
        : (options.names?.get(index) ?? `#${index}`),
    direction: type === '4' ? 'out' : type === '0' ? 'in' : undefined,
  };
  const [asker] = row['arp.src.proto_ipv4'];
  if (asker !== undefined) {
    yield {
      kind: 'arp',
      ...at,
      asker,
      askerMac: row['arp.src.hw_mac'][0]!,
      target: row['arp.dst.proto_ipv4'][0]!,
    };
  }
  const src = row['ip.src'];
  const dst = row['ip.dst'];
  if (src.length === 0) return;
  const last = src.length - 1;
  const isVxlan = row['vxlan.vni'].length > 0 && last > 0;
  const isIpip = !isVxlan && row['ip.proto'][0] === '4' && last > 0;
  const macs = { src: row['eth.src'], dst: row['eth.dst'] };
  const inner = isVxlan || isIpip ? 1 : 0; // what follows is quoted by an ICMP error
  const ttl = Number(row['ip.ttl'][inner] ?? 0);
  if (isVxlan || isIpip) {
    yield {
      kind: 'tunnel',
      ...at,
      type: isVxlan ? 'vxlan' : 'ipip',
      outerSrc: src[0]!,
      outerDst: dst[0]!,
      outerPort: isVxlan ? Number(row['udp.dstport'][0]) : 0,
      id: isVxlan ? Number(row['vxlan.vni'][0]) : undefined,
      innerSrc: src[1],
      innerDst: dst[1],
      innerSrcMac: isVxlan ? macs.src.at(-1) : undefined,
      innerDstMac: isVxlan ? macs.dst.at(-1) : undefined,
      innerTtl: ttl,
      packets: 1,
    };
  } else {
    const isTcp = row['tcp.srcport'].length > 0;
    yield {
      kind: 'flow',
      ...at,
      src: src[0]!,
      dst: dst[0]!,
      protocol: isTcp ? 'tcp' : row['udp.srcport'].length > 0 ? 'udp' : 'icmp',
      sport: Number(row[isTcp ? 'tcp.srcport' : 'udp.srcport'][0] ?? 0),
      dport: Number(row[isTcp ? 'tcp.dstport' : 'udp.dstport'][0] ?? 0),
      ttl,
      srcMac: row['sll.src.eth'][0] ?? macs.src[0],
      dstMac: macs.dst[0],
      packets: 1,
    };
  }
  const [nextHop] = row['bgp.update.path_attribute.next_hop'];
  for (const [i, prefix] of row['bgp.nlri_prefix'].entries()) {
    if (nextHop === undefined) break;
    const length = row['bgp.prefix_length'][i];
    yield {
      kind: 'bgp',
      prefix: `${prefix}/${length}`,
      nextHop,
      speaker: src[inner]!,
      peer: dst[inner]!,
    };
  }
  for (const address of row['dns.a']) {
    const question = row['dns.qry.name'][0] ?? '';
    yield { kind: 'dns', question, owner: row['dns.resp.name'].at(-1) ?? question, address };
  }
  if (row['http.user_agent'][0]?.startsWith('kube-probe/') === true) {
    yield { kind: 'probe', ...at, src: src[inner]!, dst: dst[inner]! };
  }
}
