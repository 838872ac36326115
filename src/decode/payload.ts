/**
 * Which application protocol a transport payload starts with. Asked of every frame with payload, so: a
 * look at the first byte, then at the few that decide, and the port where the port says more. A guess
 * proves itself in the dissector or yields nothing.
 */
import {
  BGP,
  DNS,
  HTTP,
  HTTP2,
  NONE,
  PROXY,
  SCTP,
  TCP,
  TLS,
  UDP,
} from '../base/protocol-numbers.ts';
import type { Offset, Protocol } from '../base/units.ts';
import { byTcpPort, byUdpPort } from './next.ts';
import type { Packet } from './packet.ts';
import { udpTunnelGuess } from './tunnel-guess.ts';

/** The twelve bytes that every PROXY protocol version 2 header starts with, as three words. */
export const PROXY_SIGNATURE_0 = 0x0d0a_0d0a;
export const PROXY_SIGNATURE_1 = 0x000d_0a51;
export const PROXY_SIGNATURE_2 = 0x5549_540a;
export const PROXY_SIGNATURE_LEN = 12;

/** 'PROX' and 'PRI ', the first words of a PROXY version 1 line and of the HTTP/2 preface. */
const PROX = 0x5052_4f58;
const PRI = 0x5052_4920;

/** By first byte: the protocols that can start with it over TCP on any port. */
const byFirstByte = new Uint8Array(256);
for (let type = 0x14; type <= 0x17; type++) byFirstByte[type] = TLS;
for (const letter of 'ABCDGHLMNOPRSTU') byFirstByte[letter.charCodeAt(0)] = HTTP;
byFirstByte[0x0d] = PROXY;
byFirstByte[0xff] = BGP;
byFirstByte[0x00] = HTTP2;

/** Does a PROXY protocol version 2 signature stand at [at, end)? */
export function startsProxyV2(view: DataView, at: Offset, end: Offset): boolean {
  return (
    end - at >= PROXY_SIGNATURE_LEN &&
    view.getInt32(at) === PROXY_SIGNATURE_0 &&
    view.getInt32(at + 4) === PROXY_SIGNATURE_1 &&
    view.getInt32(at + 8) === PROXY_SIGNATURE_2
  );
}

/** The protocol that the first bytes of [at, end) suggest over TCP, whatever the port; NONE = none. */
export function guessByBytes(view: DataView, at: Offset, end: Offset): Protocol {
  if (at >= end) return NONE;
  const guess = byFirstByte[view.getUint8(at)]!;
  if (guess === NONE || end - at < 4) return NONE;
  switch (guess) {
    case TLS:
      return view.getUint8(at + 1) === 3 && view.getUint8(at + 2) <= 4 ? TLS : NONE;
    case PROXY:
      return startsProxyV2(view, at, end) ? PROXY : NONE;
    case HTTP: {
      const word = view.getInt32(at);
      return word === PROX ? PROXY : word === PRI ? HTTP2 : HTTP;
    }
    case BGP:
      return view.getInt32(at) === -1 ? BGP : NONE;
    default: // a server's HTTP/2 starts with a SETTINGS frame: type 4 after a length of 24 bits
      return view.getUint8(at + 3) === 4 ? guess : NONE;
  }
}

/** The application protocol to try on the TCP payload [packet.nextAt, packet.nextEnd); NONE = none. */
export function onTcpPayload(packet: Packet, srcPort: number, dstPort: number): Protocol {
  const at = packet.nextAt;
  const end = packet.nextEnd;
  if (at >= end) return NONE;
  return tcpApplication(packet.view, at, end, srcPort, dstPort);
}

/** The same for the payload [at, end), not empty, of any view. */
export function tcpApplication(
  view: DataView,
  at: Offset,
  end: Offset,
  srcPort: number,
  dstPort: number,
): Protocol {
  const byPort = byTcpPort[dstPort]! || byTcpPort[srcPort]!;
  if (byPort === NONE) return guessByBytes(view, at, end);
  return startsProxy(view, at, end) ? PROXY : byPort;
}

/**
 * The protocol to try on the UDP payload [packet.nextAt, packet.nextEnd), tunnels among them; NONE = none.
 * What has a port comes by the port, a PROXY header by its signature before any of them, a tunnel on
 * another port by its header.
 */
export function onUdpPayload(packet: Packet, srcPort: number, dstPort: number): Protocol {
  const at = packet.nextAt;
  const end = packet.nextEnd;
  if (at >= end) return NONE;
  if (packet.view.getUint8(at) === 0x0d && startsProxyV2(packet.view, at, end)) return PROXY;
  return byUdpPort[dstPort]! || byUdpPort[srcPort]! || udpTunnelGuess(packet, at, end);
}

function startsProxy(view: DataView, at: Offset, end: Offset): boolean {
  const first = view.getUint8(at);
  if (first === 0x0d) return startsProxyV2(view, at, end);
  return first === 0x50 && end - at >= 4 && view.getInt32(at) === PROX;
}

/** Push an application layer: header [at, payloadAt), payload [payloadAt, end). */
export function pushApplication(
  packet: Packet,
  protocol: Protocol,
  at: Offset,
  payloadAt: Offset,
  end: Offset,
): void {
  packet.push(protocol, at, payloadAt, end);
  if (packet.quoted < 0) packet.application = packet.depth - 1;
}

/** The row of the transport layer that carries the layer about to be pushed, or -1. */
export function transportRow(packet: Packet): number {
  for (let row = packet.depth - 1; row >= 0; row--) {
    const protocol = packet.protocol[row]!;
    if (protocol === TCP || protocol === UDP || protocol === SCTP) return row;
    if (protocol !== PROXY && protocol !== TLS && protocol !== DNS) return -1;
  }
  return -1;
}

/** What to try after a PROXY header that was pushed last: the same question again, of what follows it. */
export function afterProxy(packet: Packet): Protocol {
  const row = transportRow(packet);
  if (row < 0) return NONE;
  const at = packet.at[row]!;
  const srcPort = packet.view.getUint16(at);
  const dstPort = packet.view.getUint16(at + 2);
  return packet.protocol[row] === UDP
    ? onUdpPayload(packet, srcPort, dstPort)
    : onTcpPayload(packet, srcPort, dstPort);
}
