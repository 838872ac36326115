/** Real proxies and servers inside a lab: HAProxy, nginx, an AWS-like load balancer; and what their headers said. */
import type { ChildProcess } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { attempt, inside, LabError, PYTHON, programPath, run, start, until } from './command.ts';
import type { Tuple } from './conntrack.ts';
import { background, type Network, namespaceOf } from './network.ts';
import type { Endpoint } from './traffic.ts';
import type { TruthProxy } from './truth.ts';

const READY_TIMEOUT_MS = 8000;

/** One proxied connection as the proxy itself logged it. */
export interface Relayed {
  client: Endpoint;
  front: Endpoint;
  source: Endpoint;
  server: Endpoint;
  uniqueId: string | null;
}

/** A proxy that runs, with what it has logged. */
export interface RunningProxy {
  child: ChildProcess | undefined;
  relayed: Relayed[];
}

const LOG = `'{"client":["%ci",%cp],"front":["%fi",%fp],"source":["%bi",%bp],"server":["%si",%sp],"id":"%ID"}'`;

/** HAProxy in a place with these sections; its log, one JSON line a connection, becomes `relayed`. */
export async function startHaproxy(
  network: Network,
  place: string,
  sections: string,
): Promise<RunningProxy> {
  const file = join(network.folder, `haproxy-${place}.cfg`);
  const text = `global
  log stdout format raw local0 info
  maxconn 200
defaults
  mode tcp
  log global
  log-format ${LOG}
  timeout connect 3s
  timeout client 15s
  timeout server 15s
${sections}`;
  writeFileSync(file, text);
  const argv = ['haproxy', '-db', '-f', file];
  if (network.stays) {
    background(network, place, argv);
    return { child: undefined, relayed: [] };
  }
  const proxy = collect(network, place, argv);
  await listening(network, place, 'haproxy', proxy);
  return proxy;
}

/** The AWS-like load balancer (lab/programs/nlb.py) in a place. */
export async function startNlb(
  network: Network,
  place: string,
  configuration: Record<string, unknown>,
): Promise<RunningProxy> {
  const argv = [PYTHON, '-I', '-S', programPath('nlb.py'), JSON.stringify(configuration)];
  if (network.stays) {
    background(network, place, argv);
    return { child: undefined, relayed: [] };
  }
  const proxy = collect(network, place, argv);
  await listening(network, place, 'python', proxy);
  return proxy;
}

function collect(network: Network, place: string, argv: readonly string[]): RunningProxy {
  const child = start(inside(namespaceOf(network, place), argv));
  network.children.push(child);
  const proxy: RunningProxy = { child, relayed: [] };
  child.stderr?.resume();
  createInterface({ input: child.stdout! }).on('line', (line) => {
    if (!line.startsWith('{"client"')) return;
    const { client, front, id, server, source } = JSON.parse(line) as Record<string, unknown>;
    const end = (value: unknown): Endpoint => {
      const [ip, port] = value as [string, number];
      return { ip: ip.replace(/^::ffff:/, ''), port };
    };
    proxy.relayed.push({
      client: end(client),
      front: end(front),
      source: end(source),
      server: end(server),
      uniqueId: typeof id === 'string' && id !== '-' && id !== '' ? id : null,
    });
  });
  return proxy;
}

/** Waits until the process of a proxy has a listening socket in its place. */
async function listening(
  network: Network,
  place: string,
  what: string,
  { child }: RunningProxy,
): Promise<void> {
  await until(`${what} in ${place}`, READY_TIMEOUT_MS, () => {
    if (child?.exitCode !== null && child?.exitCode !== undefined) {
      throw new LabError(`${what} in ${place} ended with ${child.exitCode}`);
    }
    const sockets = attempt(inside(namespaceOf(network, place), ['ss', '-Hltnp'])) ?? '';
    return sockets.includes(`pid=${child?.pid},`) ? true : undefined;
  });
}

/** nginx in a place with these `server` blocks, answering in the lab's own words. */
export async function startNginx(network: Network, place: string, servers: string): Promise<void> {
  const folder = join(network.folder, `nginx-${place}`);
  mkdirSync(folder, { recursive: true });
  const paths = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((name) => `  ${name}_temp_path ${folder}/${name};`)
    .join('\n');
  writeFileSync(
    join(folder, 'nginx.conf'),
    `daemon off;
master_process off;
user root;
pid ${folder}/pid;
error_log ${folder}/error.log;
events { worker_connections 64; }
http {
  access_log off;
  default_type text/plain;
${paths}
${servers}
}
`,
  );
  const file = join(folder, 'nginx.conf');
  background(network, place, ['nginx', '-e', join(folder, 'error.log'), '-c', file]);
  await until(`nginx in ${place}`, READY_TIMEOUT_MS, () => {
    const sockets = attempt(inside(namespaceOf(network, place), ['ss', '-Hltnp'])) ?? '';
    return sockets.includes('"nginx"') ? true : undefined;
  });
}

/** A key and self-signed certificate in one PEM file of the network's folder. */
export function makeCertificate(network: Network, name: string): string {
  const key = join(network.folder, `${name}.key`);
  const crt = join(network.folder, `${name}.crt`);
  run([
    'openssl',
    'req',
    '-x509',
    ...['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'],
    ...['-subj', `/CN=${name}`, '-days', '3650', '-keyout', key, '-out', crt],
  ]);
  const pem = join(network.folder, `${name}.pem`);
  writeFileSync(pem, run(['cat', crt, key]));
  return pem;
}

const TLV_NAMES: Record<number, string> = {
  1: 'ALPN',
  2: 'AUTHORITY',
  3: 'CRC32C',
  4: 'NOOP',
  5: 'UNIQUE_ID',
  32: 'SSL',
  48: 'NETNS',
  234: 'AWS',
};
const SSL_NAMES: Record<number, string> = {
  33: 'version',
  34: 'cn',
  35: 'cipher',
  36: 'sigAlg',
  37: 'keyAlg',
};
const SIGNATURE = '0d0a0d0a000d0a515549540a';

/** PROXY headers in a capture: the tuple of the frame that begins with one, and the header with those behind it. */
export function headersIn(path: string): { tuple: Tuple; header: TruthProxy }[] {
  const fields = ['ip.src', 'tcp.srcport', 'ip.dst', 'tcp.dstport', 'tcp.payload'];
  const filter = `tcp.payload contains "PROXY " or tcp.payload contains ${(SIGNATURE.match(/../g) ?? []).join(':')}`;
  const argv = ['tshark', '-n', '-r', path, '-Y', filter, '-T', 'fields', '-E', 'separator=|'];
  const text = run([...argv, ...fields.flatMap((field) => ['-e', field])]);
  return text
    .split('\n')
    .filter(Boolean)
    .flatMap((line) => {
      const [src = '', sport, dst = '', dport, hex = ''] = line.split('|');
      const header = headerOf(Buffer.from(hex, 'hex'));
      const tuple = { src, sport: Number(sport), dst, dport: Number(dport) };
      return header === undefined
        ? []
        : [{ tuple, header: { ...header, hex: hex.slice(0, 2 * lengthOf(hex)) } }];
    });
}

/** Bytes of the header at the start of a payload, given as hex. */
function lengthOf(hex: string): number {
  const bytes = Buffer.from(hex, 'hex');
  if (hex.startsWith(SIGNATURE)) return 16 + bytes.readUInt16BE(14);
  return bytes.indexOf('\r\n') + 2;
}

/** The header at the start of a payload; undefined when there is none. */
function headerOf(bytes: Buffer): TruthProxy | undefined {
  if (bytes.toString('latin1', 0, 6) === 'PROXY ') return versionOne(bytes);
  if (bytes.toString('hex', 0, 12) !== SIGNATURE) return undefined;
  const end = 16 + bytes.readUInt16BE(14);
  const isProxy = (bytes[12] ?? 0) % 16 === 1;
  const six = (bytes[13] ?? 0) >> 4 === 2;
  const size = six ? 16 : 4;
  // AWS's LOCAL has a family, yet no addresses: of LOCAL the rest is TLVs or nothing to read
  const at = isProxy ? 16 + 2 * size + 4 : 16;
  const address = (from: number): string => showAddress(bytes.subarray(from, from + size));
  const behind = headerOf(bytes.subarray(end));
  return {
    version: 2,
    command: isProxy ? 'PROXY' : 'LOCAL',
    source: isProxy ? { ip: address(16), port: bytes.readUInt16BE(16 + 2 * size) } : null,
    destination: isProxy
      ? { ip: address(16 + size), port: bytes.readUInt16BE(18 + 2 * size) }
      : null,
    tlvs: tlvsOf(bytes.subarray(at, end), TLV_NAMES),
    stacked: behind === undefined ? [] : [behind],
  };
}

function versionOne(bytes: Buffer): TruthProxy {
  const line = bytes.toString('latin1', 0, bytes.indexOf('\r\n'));
  const [, , src = '', dst = '', sport, dport] = line.split(' ');
  return {
    version: 1,
    command: 'PROXY',
    source: { ip: src, port: Number(sport) },
    destination: { ip: dst, port: Number(dport) },
    tlvs: [],
    stacked: [],
  };
}

function showAddress(bytes: Buffer): string {
  if (bytes.length === 4) return bytes.join('.');
  const words = (bytes.toString('hex').match(/.{4}/g) ?? []).map((word) =>
    word.replace(/^0{1,3}/, ''),
  );
  const text = words.join(':');
  const zeros = text.match(/(^|:)0(:0)+(:|$)/g)?.sort((a, b) => b.length - a.length)[0];
  return zeros === undefined ? text : text.replace(zeros, '::');
}

function tlvsOf(bytes: Buffer, names: Record<number, string>): TruthProxy['tlvs'] {
  const tlvs: TruthProxy['tlvs'] = [];
  for (let at = 0; at + 3 <= bytes.length; ) {
    const type = bytes[at] ?? 0;
    const value = bytes.subarray(at + 3, at + 3 + bytes.readUInt16BE(at + 1));
    tlvs.push({
      type,
      name: names[type] ?? `0x${type.toString(16)}`,
      value: tlvValue(type, value),
    });
    at += 3 + value.length;
  }
  return tlvs;
}

function tlvValue(type: number, value: Buffer): unknown {
  if (type === 3) return `0x${value.toString('hex')}`;
  if (type === 4) return { length: value.length };
  if (type === 32) {
    const parts = tlvsOf(value.subarray(5), SSL_NAMES).map(({ name, value: v }) => [name, v]);
    return { client: value[0], verify: value.readUInt32BE(1), ...Object.fromEntries(parts) };
  }
  if (type === 234) return { subtype: value[0], vpcEndpointId: value.toString('latin1', 1) };
  return value.toString('latin1');
}
