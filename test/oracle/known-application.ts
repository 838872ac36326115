/** Where netlens and tshark read DNS, TLS, HTTP, PROXY and BGP differently on purpose. */
import { BGP, DNS, HTTP, PROXY, TLS } from '../../src/base/protocol-numbers.ts';
import type { Packet } from '../../src/decode/packet.ts';
import { bgpMessages, readBgpUpdate } from '../../src/decode/protocols/bgp.ts';
import { readDnsMessage } from '../../src/decode/protocols/dns.ts';
import { readProxyHeader } from '../../src/decode/protocols/proxy.ts';
import type { Difference, KnownDifference } from './known-differences.ts';

/** The row of the packet's last layer of this protocol, or -1. */
function rowOf(packet: Packet, protocol: number): number {
  for (let row = packet.depth - 1; row >= 0; row--) {
    if (packet.protocol[row] === protocol) return row;
  }
  return -1;
}

/** `theirs` is what ours starts with. */
function goesOn({ ours, theirs }: Difference): boolean {
  return theirs.every((value, i) => ours[i] === value);
}

/** The last TLS record of the frame, or a message in it, is not finished. */
function endsInRecord(packet: Packet): boolean {
  const row = rowOf(packet, TLS);
  if (row < 0) return false;
  const end = packet.end[row]!;
  let at = packet.at[row]!;
  while (end - at >= 5) at += 5 + packet.view.getUint16(at + 3);
  return at > end;
}

/** A handshake message of the frame is longer than its record. */
function splitsMessage(packet: Packet): boolean {
  const row = rowOf(packet, TLS);
  if (row < 0) return false;
  const { view } = packet;
  const end = packet.end[row]!;
  for (let at = packet.at[row]!; end - at >= 9; at += 5 + view.getUint16(at + 3)) {
    const length = view.getUint32(at + 5) & 0xff_ffff;
    if (view.getUint8(at) === 22 && length + 4 > view.getUint16(at + 3)) return true;
  }
  return false;
}

function withoutApplicationData(values: readonly string[]): string {
  return values.filter((value) => value !== '23').join();
}

function last(protocols: string): string {
  return protocols.slice(protocols.lastIndexOf(':') + 1);
}

const DNS_FLAVOURS = new Set(['dns', 'mdns', 'llmnr']);

const dns: readonly KnownDifference[] = [
  {
    because:
      'Bytes on a port of DNS that cannot be a DNS message (counts beyond the length, unknown ' +
      'opcode), and NetBIOS names, are not DNS; tshark goes by the port alone',
    covers: ({ field, ours, packet, protocols }) =>
      field.startsWith('dns.') &&
      ours.length === 0 &&
      DNS_FLAVOURS.has(last(protocols)) &&
      packet.find(DNS) < 0,
  },
  {
    because:
      'A label type that was never defined ends the name and so the message; tshark goes on from ' +
      'the byte after it',
    covers: ({ field, ours, packet, theirs }) => {
      const row = rowOf(packet, DNS);
      if (!field.startsWith('dns.') || row < 0 || ours.length > theirs.length) return false;
      if (theirs.includes('<Unknown extended label>')) return true;
      return readDnsMessage(packet.view, packet.at[row]!, packet.end[row]!)?.complete === false;
    },
  },
  {
    because:
      'Bytes of a name that are not ASCII are escaped as RFC 4343 says, so that two names never ' +
      'look alike; tshark shows U+FFFD or a C escape',
    covers: ({ ours, theirs }) =>
      ours.length === theirs.length && ours.some((text) => /\\\\\d{3}/.test(text)),
  },
  {
    because:
      'tshark gives the types in the bit map of an NSEC or NSEC3 record as dns.resp.type too',
    covers: ({ field, ours }) =>
      field === 'dns.resp.type' && (ours.includes('47') || ours.includes('50')),
  },
  {
    because: 'tshark 4.0 fails in an A6 record and leaves the rest of the message out',
    covers: ({ field, ours, packet, theirs }) => {
      const row = rowOf(packet, DNS);
      if (!field.startsWith('dns.') || row < 0 || theirs.length >= ours.length) return false;
      const message = readDnsMessage(packet.view, packet.at[row]!, packet.end[row]!);
      return message?.records.some((record) => record.type === 38) ?? false;
    },
  },
];

const tls: readonly KnownDifference[] = [
  {
    because:
      'A record, or a message in it, that goes on in the next segment is told as far as it is ' +
      'there; without reassembly tshark leaves all of it out',
    covers: (difference) =>
      difference.field.startsWith('tls.') && endsInRecord(difference.packet) && goesOn(difference),
  },
  {
    because:
      'A hello over several records is told by its first part, in the frame that has it; tshark ' +
      'tells it in the frame that has the last part',
    covers: ({ field, packet, file }) =>
      field.startsWith('tls.handshake.') &&
      (splitsMessage(packet) || file.endsWith('tls-fragmented-handshakes.pcap.gz')),
  },
  {
    because:
      'In a session that it knows to be TLS 1.3 tshark calls the type of application data ' +
      'tls.record.opaque_type; the record alone does not tell the version',
    covers: ({ field, ours, theirs }) =>
      field === 'tls.record.content_type' &&
      withoutApplicationData(ours) === withoutApplicationData(theirs),
  },
  {
    because: 'tshark decrypts with the secrets in the file',
    covers: ({ field, file, protocols }) =>
      (field.startsWith('tls.') || field.startsWith('http2.') || field.startsWith('dns.')) &&
      (file.includes('with-secrets') || /-dsb\.|:wg:/.test(`${file} ${protocols}`)),
  },
  {
    because:
      'tshark reads a version from beyond an empty supported_versions extension, and says so',
    covers: ({ field, ours, theirs }) =>
      field === 'tls.handshake.extensions.supported_version' &&
      ours.length === 0 &&
      theirs.length === 1,
  },
];

const http: readonly KnownDifference[] = [
  {
    because:
      'The rest of a head whose start line was in an earlier segment; tshark goes by the port',
    covers: ({ field, packet, protocols }) =>
      field.startsWith('http.') && last(protocols) === 'http' && packet.find(HTTP) < 0,
  },
  {
    because: 'A target may not hold a space; one that does is taken whole, up to the version',
    covers: ({ field, ours, theirs }) =>
      (field === 'http.request.uri' && ours[0]?.startsWith(`${theirs[0]} `) === true) ||
      (field === 'http.request.version' && theirs[0]?.endsWith(` ${ours[0]}`) === true),
  },
  {
    because: 'HTTP/2 without TLS and without an upgrade: tshark does not guess it on any port',
    covers: ({ field, theirs, protocols }) =>
      field.startsWith('http2.') && theirs.length === 0 && !protocols.includes(':http2'),
  },
];

const bgp: readonly KnownDifference[] = [
  {
    because:
      'A message that goes on in the next segment is told as far as it is there; without ' +
      'reassembly tshark leaves its body out',
    covers: ({ field, ours, packet, theirs }) => {
      const row = rowOf(packet, BGP);
      if (!field.startsWith('bgp.') || row < 0 || theirs.length > ours.length) return false;
      const messages = [...bgpMessages(packet.view, packet.at[row]!, packet.end[row]!)];
      return messages.at(-1)!.end > packet.end[row]!;
    },
  },
  {
    because:
      'tshark also tells prefixes with labels (SAFI 4) and of VPNs (SAFI 128); they route nothing here',
    covers: ({ field, packet, theirs, ours }) =>
      /^bgp\.(prefix_length|nlri_path_id|mp_(un)?reach_nlri_ipv[46]_prefix)$/.test(field) &&
      theirs.length > ours.length &&
      packet.find(BGP) >= 0,
  },
  {
    because: 'RFC 9072, optional parameters with two-byte lengths, is not known to tshark 4.0',
    covers: ({ field, packet }) => {
      const row = rowOf(packet, BGP);
      if (!field.startsWith('bgp.cap.') || row < 0 || packet.end[row]! - packet.at[row]! < 30) {
        return false;
      }
      return packet.view.getUint8(packet.at[row]! + 29) === 255;
    },
  },
  {
    because: 'What lies beyond a capability’s parameter or an attribute’s list is not part of it',
    covers: ({ field, packet, file }) => {
      const row = rowOf(packet, BGP);
      if (
        !/^bgp\.(cap|update|length|prefix_length|withdrawn)/.test(field) ||
        row < 0 ||
        !/oobr/.test(file)
      )
        return false;
      const messages = [...bgpMessages(packet.view, packet.at[row]!, packet.end[row]!)];
      return messages.some(
        ({ at, end, type }) =>
          type === 1 || readBgpUpdate(packet.view, at, end)?.malformed === true,
      );
    },
  },
];

const proxy: readonly KnownDifference[] = [
  {
    because:
      'A LOCAL header names no addresses, and the AWS load balancer leaves the block out: tshark ' +
      'reads its TLVs as addresses and what is left as TLVs',
    covers: ({ field, packet }) => {
      const row = packet.find(PROXY);
      if (!field.startsWith('proxy.') || row < 0) return false;
      const header = readProxyHeader(packet.view, packet.at[row]!, packet.payloadAt[row]!);
      return header?.command === 'LOCAL';
    },
  },
];

const afterProxy: readonly KnownDifference[] = [
  {
    because: 'tshark looks at one PROXY header and not at what follows it: another one, TLS, HTTP',
    covers: (difference) =>
      last(difference.protocols) === 'proxy' &&
      /^(proxy|http|http2|tls|dns)\./.test(difference.field) &&
      goesOn(difference) &&
      difference.packet.find(PROXY) < difference.packet.depth - 1,
  },
  {
    because:
      'tshark 4.0 looks for TLVs only up to the length field counted from the start of the header, ' +
      'so those in its last 16 bytes and those of an unfinished header are left out',
    covers: (difference) =>
      difference.field.startsWith('proxy.v2.tlv.') &&
      difference.packet.find(PROXY) >= 0 &&
      difference.theirs.length < difference.ours.length &&
      goesOn(difference),
  },
];

export const knownApplicationDifferences: readonly KnownDifference[] = [
  ...dns,
  ...tls,
  ...http,
  ...bgp,
  ...proxy,
  ...afterProxy,
];
