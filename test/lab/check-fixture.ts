/** What is wrong with a fixture: its truth held against its captures as tshark reads them, frame by frame. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Truth, TruthConversation } from '../../lab/blocks/truth.ts';

/** One frame: every IP address and port in it, outermost first. */
interface Row {
  file: string;
  timeMs: number;
  src: string[];
  dst: string[];
  sport: number[];
  dport: number[];
}

const FIELDS = [
  ['frame.interface_id'],
  ['frame.time_epoch'],
  ['ip.src', 'ipv6.src'],
  ['ip.dst', 'ipv6.dst'],
  ['tcp.srcport', 'udp.srcport', 'icmp.ident', 'icmpv6.echo.identifier'],
  ['tcp.dstport', 'udp.dstport', 'icmp.ident', 'icmpv6.echo.identifier'],
];
const NOT_ERRORS =
  'not icmp.type in {3, 11} and not icmpv6.type in {1 .. 4} and (ip or ipv6) and not arp';

/** Every frame with an IP layer of all captures: joined first, as each start of tshark takes half a second. */
function rowsOf(folder: string): Row[] {
  const files = readdirSync(folder).sort();
  const work = mkdtempSync(join(tmpdir(), 'netlens-joined-'));
  try {
    const joined = join(work, 'joined.pcapng');
    tool('mergecap', [
      '-F',
      'pcapng',
      '-I',
      'none',
      '-w',
      joined,
      ...files.map((f) => join(folder, f)),
    ]);
    // tshark fills one column of a field asked for twice
    const names = [...new Set(FIELDS.flat())];
    const argv = ['-n', '-r', joined, '-Y', NOT_ERRORS, '-T', 'fields', '-E', 'separator=|'];
    argv.push('-E', 'occurrence=a', '-d', 'udp.port==8472,vxlan', '-o', 'ip.defragment:FALSE');
    argv.push('-d', 'udp.port==6784,vxlan');
    const text = tool('tshark', [...argv, ...names.flatMap((name) => ['-e', name])]);
    return text
      .split('\n')
      .filter(Boolean)
      .map((line) => rowOf(line.split('|'), names, files));
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

function rowOf(
  columns: readonly string[],
  names: readonly string[],
  files: readonly string[],
): Row {
  const all = (wanted: readonly string[]): string[] =>
    wanted.flatMap((name) => (columns[names.indexOf(name)] ?? '').split(',').filter(Boolean));
  const [[id] = [], [time] = [], src = [], dst = [], sport = [], dport = []] = FIELDS.map(all);
  const ports = { sport: sport.map(Number), dport: dport.map(Number) };
  return { file: files[Number(id)] ?? '', timeMs: Number(time) * 1000, src, dst, ...ports };
}

function tool(name: string, argv: readonly string[]): string {
  const done = spawnSync(name, argv, { encoding: 'utf8', maxBuffer: 1 << 28 });
  if (done.status !== 0) throw new Error(`${name}: ${done.stderr}`);
  return done.stdout;
}

function carries(row: Row, src: string, sport: number, dst: string, dport: number): boolean {
  // inside VXLAN the tunnel's own ports come first; inside IPIP there are none
  return (
    row.src.at(-1) === src &&
    row.dst.at(-1) === dst &&
    row.sport.includes(sport) &&
    row.dport.includes(dport)
  );
}

/** Where a fixture contradicts itself, one line each; empty when all of the truth can be seen. */
export function problemsOf(directory: string, truth = readTruth(directory)): string[] {
  const folder = join(directory, 'captures');
  const rows = rowsOf(folder);
  const skews = new Map(
    truth.nodes.flatMap(({ captures, clockSkewNs }) =>
      captures.map((file) => [file, clockSkewNs / 1e6] as const),
    ),
  );
  const problems = truth.conversations.flatMap((one) => problemsOfOne(one, rows, skews));
  const files = new Set(readdirSync(folder));
  for (const { captures, name } of truth.nodes) {
    const missing = captures.filter((file) => !files.has(file));
    if (missing.length > 0) problems.push(`${name}: no ${missing.join(', ')}`);
  }
  return [...problems, ...problemsOfFiles(directory)];
}

function problemsOfOne(
  wanted: TruthConversation,
  rows: readonly Row[],
  skews: ReadonlyMap<string, number>,
): string[] {
  const { dialled, encapsulation, id, translations } = wanted;
  const from = Date.parse(wanted.start) - 200;
  const to = Date.parse(wanted.end) + 1000;
  const now = rows.filter(({ file, timeMs }) => {
    const lab = timeMs - (skews.get(file) ?? 0);
    return lab >= from && lab <= to;
  });
  const problems: string[] = [];
  const last = translations.at(-1)?.after ?? wanted.beyond.at(-1)?.after ?? dialled;
  // a node that answers for a Service of its own rewrites both ways where no device sees it
  const ways = wanted.server.node === translations.at(-1)?.node ? [last, dialled] : [last];
  const there = ways.flatMap(({ src, sport, dst, dport }) =>
    now.filter((row) => carries(row, src, sport, dst, dport)),
  );
  const back = ways.flatMap(({ src, sport, dst, dport }) =>
    now.filter((row) => carries(row, dst, dport, src, sport)),
  );
  if (there.length === 0) problems.push(`${id}: nothing goes to the server`);
  if (back.length === 0 && wanted.trouble === null) problems.push(`${id}: nothing comes back`);
  for (const { outer } of encapsulation) {
    const wrapped = there.filter(({ src, dst }) => src[0] === outer.src && dst[0] === outer.dst);
    if (wrapped.length === 0) problems.push(`${id}: never inside ${outer.src} > ${outer.dst}`);
  }
  const tunnelled = there.filter(({ src }) => src.length > 1);
  if (encapsulation.length === 0 && tunnelled.length > 0) problems.push(`${id}: in a tunnel`);
  for (const { after, before, node, visible } of translations) {
    if (!visible) continue;
    const whole = translations.filter((one) => one.node === node);
    const first = whole[0]?.before ?? before;
    if (!now.some((row) => carries(row, first.src, first.sport, first.dst, first.dport))) {
      problems.push(`${id}: ${node} rewrote ${first.dst} to ${after.dst}, not seen before that`);
    }
  }
  return problems;
}

/** Lists shaped as kubectl's, no path of a machine in any text. */
function problemsOfFiles(directory: string): string[] {
  const problems: string[] = [];
  for (const name of ['pods.json', 'nodes.json', 'services.json', 'endpointslices.json']) {
    const value = JSON.parse(readFileSync(join(directory, 'kube', name), 'utf8'));
    if (value.kind !== 'List' || value.items.length === 0) problems.push(`kube/${name}: no List`);
    for (const { metadata } of value.items) {
      if (metadata.uid === undefined) problems.push(`kube/${name}: ${metadata.name} has no uid`);
    }
  }
  const files = readdirSync(directory, { recursive: true, withFileTypes: true });
  for (const file of files) {
    if (!file.isFile() || !/\.(json|md|txt)$/.test(file.name)) continue;
    const text = readFileSync(join(file.parentPath, file.name), 'utf8');
    const found = /(?<![\w.:])\/(work|home|root|tmp|run\/netlens)\/\S*/.exec(text);
    if (found !== null) problems.push(`${file.name}: holds a path, ${found[0]}`);
  }
  if (!existsSync(join(directory, 'README.md'))) problems.push('no README.md');
  return problems;
}

export function readTruth(directory: string): Truth {
  return JSON.parse(readFileSync(join(directory, 'truth.json'), 'utf8')) as Truth;
}
