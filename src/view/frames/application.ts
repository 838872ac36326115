/** What the application layer of a frame says, in a frame's line: DNS, HTTP, TLS, PROXY, BGP. */
import { DNS, HTTP, HTTP2, PROXY, TCP, TLS } from '../../base/protocol-numbers.ts';
import type { Packet } from '../../decode/packet.ts';
import {
  BGP_KEEPALIVE,
  BGP_NOTIFICATION,
  BGP_OPEN,
  BGP_ROUTE_REFRESH,
  BGP_UPDATE,
  type BgpMessage,
  bgpMessages,
  readBgpOpen,
  readBgpUpdate,
} from '../../decode/protocols/bgp.ts';
import { type HttpHead, readHttpHead } from '../../decode/protocols/http.ts';
import { readHttp2Start } from '../../decode/protocols/http2.ts';
import { type ProxyHeader, readProxyHeader } from '../../decode/protocols/proxy.ts';
import {
  readClientHello,
  readServerHello,
  showTlsVersion,
  tlsContentType,
} from '../../decode/protocols/tls.ts';
import type { FrameContext } from './context.ts';
import { showDns } from './dns.ts';

/** The most prefixes of one UPDATE, or values of one list, on a line; how many more there are is said. */
const LIST_MAX = 8;

/** The words of application layer `row`, with what separates them from the transport's. */
export function showApplicationLayer(line: FrameContext, packet: Packet, row: number): void {
  if (line.quiet) return;
  const protocol = packet.protocol[row]!;
  const overTcp = row > 0 && packet.protocol[row - 1] === TCP;
  const afterProxy = row > 0 && packet.protocol[row - 1] === PROXY;
  if (overTcp || afterProxy) line.out.ascii(protocol === DNS ? ' ' : ': ');
  switch (protocol) {
    case DNS:
      showDns(line, packet, row, overTcp || afterProxy);
      break;
    case HTTP:
      showHttp(line, packet, row);
      break;
    case TLS:
      showTls(line, packet, row);
      break;
    case HTTP2:
      showHttp2(line, packet, row);
      break;
    case PROXY:
      showProxy(line, packet, row);
      break;
    default:
      showBgp(line, packet, row);
  }
}

function showHttp(line: FrameContext, packet: Packet, row: number): void {
  const head = readHttpHead(packet.view, packet.at[row]!, packet.end[row]!);
  line.out.ascii('HTTP');
  if (head === undefined) return;
  line.out.ascii(': ');
  line.out.text(startLine(head));
  if (line.verbosity === 0) return;
  for (const { name, value } of head.headers) {
    line.out.ascii('\n\t');
    line.out.text(`${name}: ${value}`);
  }
}

function startLine(head: HttpHead): string {
  const words = head.isRequest
    ? [head.method, head.target, head.version]
    : [head.version, String(head.status), head.phrase];
  return words.filter((word) => word !== '').join(' ');
}

const TLS_CONTENT: Record<number, string> = {
  20: 'change cipher spec',
  21: 'alert',
  22: 'handshake',
  23: 'application data',
  24: 'heartbeat',
};

function showTls(line: FrameContext, packet: Packet, row: number): void {
  const out = line.out;
  const view = packet.view;
  const at = packet.at[row]!;
  const end = packet.end[row]!;
  const client = readClientHello(view, at, end);
  if (client !== undefined) {
    out.ascii(`TLS ClientHello, ${showTlsVersion(client.version)}`);
    if (client.serverName !== undefined) out.text(`, SNI ${client.serverName}`);
    if (client.alpn.length > 0) out.text(`, ALPN ${some(client.alpn).join(',')}`);
    return;
  }
  const server = readServerHello(view, at, end);
  if (server !== undefined) {
    out.ascii(`TLS ServerHello, ${showTlsVersion(server.version)}`);
    if (server.alpn.length > 0) out.text(`, ALPN ${some(server.alpn).join(',')}`);
    return;
  }
  out.ascii('TLS ');
  out.ascii(TLS_CONTENT[tlsContentType(view, at)] ?? 'record');
}

function showHttp2(line: FrameContext, packet: Packet, row: number): void {
  const start = readHttp2Start(packet.view, packet.at[row]!, packet.end[row]!);
  line.out.ascii(start === 'client' ? 'HTTP/2 preface' : 'HTTP/2 settings');
}

function showProxy(line: FrameContext, packet: Packet, row: number): void {
  const header = readProxyHeader(packet.view, packet.at[row]!, packet.end[row]!);
  line.out.ascii('PROXY');
  if (header === undefined) return;
  line.out.ascii(` v${header.version} ${header.command}`);
  for (const part of proxyParts(header)) line.out.text(part);
}

function proxyParts(header: ProxyHeader): string[] {
  const parts: string[] = [];
  const { source, destination } = header;
  if (source !== null && destination !== null) {
    parts.push(` ${source.ip}.${source.port} > ${destination.ip}.${destination.port}`);
  }
  for (const tlv of header.tlvs.slice(0, LIST_MAX)) {
    if (tlv.name === 'NOOP' || tlv.name === 'CRC32C') continue;
    const value = typeof tlv.value === 'object' ? JSON.stringify(tlv.value) : String(tlv.value);
    parts.push(`, ${tlv.name} ${value}`);
  }
  if (header.checksum !== 'absent') parts.push(`, CRC32C ${header.checksum}`);
  if (!header.complete) parts.push(', unfinished');
  return parts;
}

const BGP_NAMES: Record<number, string> = {
  [BGP_OPEN]: 'Open',
  [BGP_UPDATE]: 'Update',
  [BGP_NOTIFICATION]: 'Notification',
  [BGP_KEEPALIVE]: 'Keepalive',
  [BGP_ROUTE_REFRESH]: 'Route Refresh',
};

function showBgp(line: FrameContext, packet: Packet, row: number): void {
  const end = packet.end[row]!;
  line.out.ascii('BGP');
  let separator = ': ';
  for (const message of bgpMessages(packet.view, packet.at[row]!, end)) {
    line.out.ascii(separator);
    line.out.ascii(BGP_NAMES[message.type] ?? `type ${message.type}`);
    line.out.text(bgpDetail(packet.view, message, end));
    separator = '; ';
  }
}

function bgpDetail(view: DataView, message: BgpMessage, end: number): string {
  const messageEnd = Math.min(message.end, end);
  if (message.type === BGP_OPEN) {
    const open = readBgpOpen(view, message.at, messageEnd);
    return open === undefined ? '' : ` AS ${open.as}, id ${open.identifier}`;
  }
  if (message.type !== BGP_UPDATE) return '';
  const update = readBgpUpdate(view, message.at, messageEnd);
  if (update === undefined) return '';
  if (update.isEndOfRib) return ' End-of-RIB';
  const parts: string[] = [];
  const { announced, withdrawn } = update;
  if (announced.length > 0) {
    const via = announced[0]!.nextHop === undefined ? '' : ` via ${announced[0]!.nextHop}`;
    parts.push(` ${some(announced.map(({ prefix }) => prefix)).join(' ')}${via}`);
  }
  if (withdrawn.length > 0) {
    parts.push(` withdrawn ${some(withdrawn.map(({ prefix }) => prefix)).join(' ')}`);
  }
  return parts.join(',');
}

/** The first LIST_MAX of a list, and how many more there are. */
function some(list: readonly string[]): string[] {
  if (list.length <= LIST_MAX) return [...list];
  return [...list.slice(0, LIST_MAX), `and ${list.length - LIST_MAX} more`];
}
