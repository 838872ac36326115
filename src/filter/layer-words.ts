/** Tests of one IP or ARP header and what it carries: addresses, ports, protocols. */
import { ARP, IPV4, IPV6 } from '../base/protocol-numbers.ts';
import type { Offset } from '../base/units.ts';
import { arpSenderIp, arpTargetIp, isArpIpv4 } from '../decode/protocols/arp.ts';
import { destination, source } from '../decode/protocols/ipv4.ts';
import { ipv6DestinationAt, ipv6SourceAt } from '../decode/protocols/ipv6.ts';
import type { LayerWord, Network } from './ast.ts';
import {
  ABSENT,
  headerOf,
  isRarp,
  type LayerTest,
  portsAt,
  SCTP_NUMBER,
  TCP_NUMBER,
  UDP_NUMBER,
} from './layers.ts';

type Word<Kind extends LayerWord['kind']> = Extract<LayerWord, { kind: Kind }>;

export function addressTest(word: Word<'address'>): LayerTest {
  return word.words.length === 4 ? sixTest(word) : fourTest(word);
}

function fourTest({ direction, network, words, mask }: Word<'address'>): LayerTest {
  const want = words[0]!;
  const bits = mask[0]!;
  const ofSrc = direction !== 'dst';
  const ofDst = direction !== 'src';
  const both = direction === 'both';
  const inArp = arpTest(network, (view, at) => {
    const src = ofSrc && (arpSenderIp(view, at) & bits) === want;
    if (both ? !src : src) return src;
    return ofDst && (arpTargetIp(view, at) & bits) === want;
  });
  if (network === 'arp' || network === 'rarp') return inArp;
  return (packet, row) => {
    if (row < 0) return false;
    if (packet.protocol[row] !== IPV4) return inArp(packet, row);
    const view = packet.view;
    const at = packet.at[row]!;
    const src = ofSrc && (source(view, at) & bits) === want;
    if (both ? !src : src) return src;
    return ofDst && (destination(view, at) & bits) === want;
  };
}

/** Addresses of ARP, of RARP, or of either where the network is any. */
function arpTest(
  network: Word<'address'>['network'],
  holds: (view: DataView, at: Offset) => boolean,
): LayerTest {
  if (network === 'ip' || network === 'ip6') return () => false;
  return (packet, row) => {
    if (row < 0 || packet.protocol[row] !== ARP) return false;
    if (network !== 'any' && isRarp(packet, row) !== (network === 'rarp')) return false;
    const at = packet.at[row]!;
    return isArpIpv4(packet.view, at) && holds(packet.view, at);
  };
}

function sixTest({ direction, words, mask }: Word<'address'>): LayerTest {
  const fits = (view: DataView, at: Offset): boolean => {
    for (let i = 0; i < 4; i++) {
      if ((view.getInt32(at + 4 * i) & mask[i]!) !== words[i]!) return false;
    }
    return true;
  };
  const ofSrc = direction !== 'dst';
  const ofDst = direction !== 'src';
  const both = direction === 'both';
  return (packet, row) => {
    if (row < 0 || packet.protocol[row] !== IPV6) return false;
    const view = packet.view;
    const at = packet.at[row]!;
    const src = ofSrc && fits(view, ipv6SourceAt(at));
    if (both ? !src : src) return src;
    return ofDst && fits(view, ipv6DestinationAt(at));
  };
}

const TRANSPORT_NUMBERS = { tcp: TCP_NUMBER, udp: UDP_NUMBER, sctp: SCTP_NUMBER };

export function portTest({ direction, transport, first, last }: Word<'port'>): LayerTest {
  const number = transport === 'any' ? -1 : TRANSPORT_NUMBERS[transport];
  const ofSrc = direction !== 'dst';
  const ofDst = direction !== 'src';
  const both = direction === 'both';
  return (packet, row) => {
    const at = number < 0 ? portsAt(packet, row) : headerOf(packet, row, number);
    if (at < 0 || packet.end[row]! - at < 4) return false;
    const src = packet.view.getUint16(at);
    const fitsSrc = ofSrc && src >= first && src <= last;
    if (both ? !fitsSrc : fitsSrc) return fitsSrc;
    const dst = packet.view.getUint16(at + 2);
    return ofDst && dst >= first && dst <= last;
  };
}

export function networkTest(network: Network): LayerTest {
  switch (network) {
    case 'ip':
      return (packet, row) => row >= 0 && packet.protocol[row] === IPV4;
    case 'ip6':
      return (packet, row) => row >= 0 && packet.protocol[row] === IPV6;
    default: {
      const reverse = network === 'rarp';
      return (packet, row) =>
        row >= 0 && packet.protocol[row] === ARP && isRarp(packet, row) === reverse;
    }
  }
}

export function protocolTest({ network, number }: Word<'protocol'>): LayerTest {
  const only = network === 'any' ? -1 : network === 'ip' ? IPV4 : IPV6;
  return (packet, row) => {
    if (row < 0 || (only >= 0 && packet.protocol[row] !== only)) return false;
    return headerOf(packet, row, number) !== ABSENT;
  };
}

/** Of the destination address: 224.0.0.0 and above, as tcpdump has it; 255.255.255.255 or 0.0.0.0; ff00::/8. */
export function castTest({ network, to }: Word<'cast'>): LayerTest {
  if (network === 'ip6') {
    return (packet, row) =>
      row >= 0 &&
      packet.protocol[row] === IPV6 &&
      packet.view.getUint8(ipv6DestinationAt(packet.at[row]!)) === 0xff;
  }
  if (to === 'multicast') {
    return (packet, row) =>
      row >= 0 &&
      packet.protocol[row] === IPV4 &&
      destination(packet.view, packet.at[row]!) >>> 28 >= 0xe;
  }
  return (packet, row) => {
    if (row < 0 || packet.protocol[row] !== IPV4) return false;
    const address = destination(packet.view, packet.at[row]!);
    return address === -1 || address === 0;
  };
}
