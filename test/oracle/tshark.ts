/**
 * tshark as a second opinion: set up to dissect exactly the protocols that netlens decodes, frame by
 * frame, without reassembly, names or checksum verdicts, and asked for fields by name.
 */
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';

/** Between the values of a field that occurs more than once: never part of a value, which is escaped. */
const BETWEEN_VALUES = '\x1f';

/**
 * What stays enabled: our protocols under Wireshark's names, and what Wireshark puts between them.
 * All else is off, so that both stop at the same layer (no GTP, no QUIC, no vendor's guess at a port).
 */
const PROTOCOLS = [
  ...['frame', 'pcap_pktdata', 'data', 'data-text-lines', 'ethertype', 'raw', '_ws.malformed'],
  ...['eth', 'vlan', 'ieee8021ad', 'llc', 'mpls', 'arp', 'ppp', 'pppoed', 'pppoes', 'chdlc'],
  ...['sll', 'null', 'nflog', 'pktap'],
  ...['ip', 'ipv6', 'ipv6.hopopts', 'ipv6.dstopts', 'ipv6.fraghdr', 'ipv6.routing'],
  ...['ipv6.routing.type.rt0', 'ipv6.routing.type.mipv6', 'ipv6.routing.type.srh'],
  ...['ipv6.routing.type.crh', 'ipv6.routing.type.rpl', 'ip.options', 'tcp.options'],
  ...['ah', 'esp', 'udpencap', 'gre', 'erspan', 'vxlan', 'geneve', 'wg'],
  ...['tcp', 'mptcp', 'udp', 'sctp', 'icmp', 'icmpv6', 'igmp'],
  ...['dns', 'mdns', 'llmnr', 'tls', 'http', 'http2', 'proxy', 'bgp'],
];
/** Protocol names that are options of the ones above (`tcp.options.mss`, `geneve.option…`). */
const PROTOCOL_FAMILIES = /^(ip|tcp|ipv6|geneve|sctp)\.(opt|option|options|chunk)/;
/** Guesses by content that stay on: ours guess the same. */
const HEURISTICS = ['wg', 'proxy_tcp', 'proxy_udp', 'http_tcp', 'http2_tcp', 'tls_tcp', 'ssl_tcp'];

const PREFERENCES = [
  'ip.defragment:FALSE',
  'ipv6.defragment:FALSE',
  'tcp.try_heuristic_first:TRUE', // a PROXY header stands before any port's protocol
  'tcp.desegment_tcp_streams:FALSE',
  'tcp.no_subdissector_on_error:FALSE',
  'tcp.analyze_sequence_numbers:FALSE',
  'tcp.check_checksum:FALSE',
  'udp.check_checksum:FALSE',
  'ip.check_checksum:FALSE',
  'sctp.reassembly:FALSE',
  'tls.desegment_ssl_records:FALSE',
  'tls.desegment_ssl_application_data:FALSE',
  'http.desegment_headers:FALSE',
  'http.desegment_body:FALSE',
  'http.dechunk_body:FALSE',
  'http.decompress_body:FALSE',
  'bgp.desegment:FALSE',
  'dns.desegment_dns_messages:FALSE',
  'eth.fcs:Never',
  'wg.dissect_packet:FALSE',
];

/** Ports that carry these on Kubernetes nodes and that tshark does not know by itself. */
const DECODE_AS = ['udp.port==8472,vxlan', 'udp.port==6784,vxlan'];

export interface Tshark {
  readonly version: string;
  /** Fields asked for that this tshark has. */
  readonly fields: readonly string[];
  readonly unknownFields: readonly string[];
  /**
   * A row a frame: Wireshark's protocol chain, then the values of each of `fields` in order.
   * Rejects with tshark's words when it cannot read the file.
   */
  read(
    file: string,
    decodeAs: readonly string[],
    row: (protocols: string, values: string[][]) => void,
  ): Promise<void>;
  /** Remove the temporary configuration. */
  close(): void;
}

/** Set tshark up for these fields; needs it on the path. */
export function openTshark(names: readonly string[]): Tshark {
  const config = mkdtempSync(path.join(tmpdir(), 'netlens-oracle-'));
  const env = { ...process.env, WIRESHARK_CONFIG_DIR: config, LC_ALL: 'C', TZ: 'UTC' };
  const report = (name: string): string[] =>
    spawnSync('tshark', ['-G', name], { env, encoding: 'utf8', maxBuffer: 1 << 28 })
      .stdout.split('\n')
      .filter((line) => line !== '');

  const known = new Set<string>();
  for (const line of report('fields')) if (line.startsWith('F\t')) known.add(line.split('\t')[2]!);
  const off = report('protocols')
    .map((line) => line.split('\t')[2]!)
    .filter((name) => !PROTOCOLS.includes(name) && !PROTOCOL_FAMILIES.test(name));
  const guesses = report('heuristic-decodes').map((line) => line.split('\t')[1]!);
  writeFileSync(path.join(config, 'disabled_protos'), `${off.join('\n')}\n`);
  const heuristics = [...new Set(guesses)].map((g) => `${g},${HEURISTICS.includes(g) ? 1 : 0}`);
  writeFileSync(path.join(config, 'heuristic_protos'), `${heuristics.join('\n')}\n`);

  const fields = names.filter((name) => known.has(name));
  const version = spawnSync('tshark', ['--version'], { env, encoding: 'utf8' });
  return {
    version: /\d+\.\d+\.\d+/.exec(version.stdout)?.[0] ?? 'unknown',
    fields,
    unknownFields: names.filter((name) => !known.has(name)),
    read: (file, decodeAs, row) => read(file, fields, decodeAs, env, row),
    close: () => rmSync(config, { recursive: true }),
  };
}

async function read(
  file: string,
  fields: readonly string[],
  decodeAs: readonly string[],
  env: NodeJS.ProcessEnv,
  row: (protocols: string, values: string[][]) => void,
): Promise<void> {
  const args = ['-n', '-r', file, '-T', 'fields', '-E', 'occurrence=a', '-E', 'separator=/t'];
  args.push(
    '-E',
    `aggregator=${BETWEEN_VALUES}`,
    '-e',
    'frame.encap_type',
    '-e',
    'frame.protocols',
  );
  for (const preference of PREFERENCES) args.push('-o', preference);
  for (const rule of [...DECODE_AS, ...decodeAs]) args.push('-d', rule);
  for (const field of fields) args.push('-e', field);
  const tshark = spawn('tshark', args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let complaint = '';
  tshark.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaint += text;
  });
  const exit = new Promise<number | null>((resolve) => tshark.on('close', resolve));
  let rows = 0;
  for await (const line of createInterface({ input: tshark.stdout, crlfDelay: Infinity })) {
    const [encapsulation, protocols, ...columns] = line.split('\t');
    rows++;
    if (encapsulation === '') continue; // a block of a pcapng file that is no packet
    row(
      protocols!,
      columns.map((text) => (text === '' ? [] : text.split(BETWEEN_VALUES))),
    );
  }
  const code = await exit;
  if (code !== 0 && rows === 0) throw new Error(complaint.trim().split('\n').at(-1));
}
