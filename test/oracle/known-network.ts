/** Where netlens and tshark read link layers, IP, tunnels and transport differently on purpose. */
import {
  FLANNEL_UDP,
  IGMP,
  IPV6,
  LLC,
  UDP,
  VXLAN_GPE,
  WEAVE_SLEEVE,
} from '../../src/base/protocol-numbers.ts';
import {
  CUT,
  GSO_LENGTH,
  MALFORMED,
  type Packet,
  TOO_DEEP,
  UNKNOWN_PAYLOAD,
} from '../../src/decode/packet.ts';
import type { Difference, KnownDifference } from './known-differences.ts';

/** `ours` is what theirs starts with. */
function stopsEarlier({ ours, theirs }: Difference): boolean {
  return ours.length < theirs.length && ours.every((value, i) => theirs[i] === value);
}

/** `theirs` is what ours starts with. */
function goesOn({ ours, theirs }: Difference): boolean {
  return theirs.length < ours.length && theirs.every((value, i) => ours[i] === value);
}

/** The values of `some` all stand in `all`, in order. */
function isPart(some: readonly string[], all: readonly string[]): boolean {
  let next = 0;
  for (const value of all) if (value === some[next]) next++;
  return next === some.length;
}

function without(values: readonly string[], left: string): readonly string[] {
  return values.filter((value) => value !== left);
}

function equal(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((value, i) => value === b[i]);
}

/** The last protocol of Wireshark's chain that is one of ours. */
function lastOf(protocols: string): string {
  return protocols.replace(/(:(data|ethertype|_ws\.malformed))+$/, '').replace(/^.*:/, '');
}

/** The field belongs to the protocol, by Wireshark's names. */
function isOf(field: string, protocol: string): boolean {
  if (field.startsWith(`${protocol}.`)) return true;
  return protocol.startsWith('ipv6.') && field.startsWith('ipv6.opt.');
}

/** One value for each run of zeros: the end of a list of options, and its padding. */
function withoutPadding(kinds: readonly string[]): string {
  return kinds.join().replace(/\b0(,0)+\b/g, '0');
}

const versions: readonly KnownDifference[] = [
  {
    because: 'tshark gives the version of an IPv6 header as ip.version too; here ip.* is IPv4',
    covers: ({ field, ours, theirs }) =>
      field === 'ip.version' && equal(without(theirs, '6'), ours),
  },
  {
    because:
      'What cannot be an IPv4 header (another version, a header length below 20) is no layer; ' +
      'tshark shows both values before it stops',
    covers: ({ field, ours, theirs, packet }) =>
      (field === 'ip.version' || field === 'ip.hdr_len') &&
      ((packet.notes & MALFORMED) !== 0 || packet.quoted >= 0) &&
      without(theirs, '6').length === ours.length + 1 &&
      isPart(ours, theirs),
  },
  {
    because:
      'An IPv6 packet where an IPv4 packet was announced (EtherType 0x0800, link type 228): every ' +
      'receiver drops it, so it is malformed; tshark goes by the version alone',
    covers: (difference) => {
      const { protocols, packet } = difference;
      if (!/(^|:)ip:ipv6/.test(protocols) || !stopsEarlier(difference)) return false;
      const announced = protocols.split(':').filter((name) => name === 'ipv6').length;
      let found = 0;
      for (let row = 0; row < packet.depth; row++) if (packet.protocol[row] === IPV6) found++;
      return found < announced;
    },
  },
];

const options: readonly KnownDifference[] = [
  {
    because:
      'The end-of-options byte ends the list (RFC 9293 section 3.1); tshark names each byte of ' +
      'padding after it as one more option',
    covers: ({ field, ours, theirs }) =>
      field === 'tcp.option_kind' && withoutPadding(ours) === withoutPadding(theirs),
  },
  {
    because:
      'An option that goes past the header, and an IP option that tshark does not know, are named ' +
      'by their type; tshark gives neither a field',
    covers: ({ field, ours, theirs }) =>
      ['ip.opt.type', 'ip.opt.len', 'tcp.option_kind'].includes(field) &&
      theirs.length < ours.length &&
      isPart(theirs, ours),
  },
  {
    because: 'A PadN option without bytes has no value; tshark says <none>',
    covers: ({ field, ours, theirs }) =>
      field === 'ipv6.opt.padn' && equal(without(theirs, '<none>'), ours),
  },
];

/** Membership queries, reports of three versions, leave. */
const IGMP_TYPES: ReadonlySet<number> = new Set([0x11, 0x12, 0x16, 0x17, 0x22]);

function igmpType(packet: Packet, row: number): number {
  return packet.view.getUint8(packet.at[row]!);
}

/** What no lawful sender writes, and few tools agree on. */
const oddities: readonly KnownDifference[] = [
  {
    because:
      'A record route option whose pointer stands in the middle of an address: all slots before ' +
      'it are shown; tshark takes none for recorded',
    covers: (difference) => difference.field === 'ip.rec_rt' && goesOn(difference),
  },
  {
    because:
      'An IPv6 option in an IPv4 packet (protocol 0) that goes past the header is not shown; ' +
      'tshark shows what follows as its value',
    covers: ({ field, file, frame }) =>
      field === 'ipv6.opt.unknown' && file.endsWith('fuzz-2020-02-16-11740.pcap') && frame === 189,
  },
  {
    because: 'An option without bytes has no value; tshark says <MISSING>',
    covers: ({ field, ours, theirs }) =>
      field === 'ipv6.opt.unknown' && equal(without(theirs, '<MISSING>'), ours),
  },
  {
    because:
      'An experimental TCP option of a length that its experiment forbids keeps its bytes; ' +
      'tshark only warns',
    covers: ({ field, file, frame }) =>
      field === 'tcp.options.experimental.data' &&
      file.endsWith('tcp-exp-option-tarr.pcap.gz') &&
      frame === 4,
  },
  {
    because:
      'Four bytes that no system uses for an address family: tshark takes two of them, for a ' +
      'type or for the family',
    covers: ({ field, packet }) =>
      (field === 'null.family' || field === 'null.type') && (packet.notes & UNKNOWN_PAYLOAD) !== 0,
  },
  {
    because: 'A PadN option that goes past its header has no value; tshark shows what follows',
    covers: (difference) =>
      difference.field === 'ipv6.opt.padn' && isPart(difference.ours, difference.theirs),
  },
  {
    because:
      'Of IGMP messages of other kinds (RFC 988, DVMRP, mtrace) type and checksum are shown; ' +
      'tshark knows their layouts, or names the checksum otherwise',
    covers: ({ field, packet }) => {
      const row = packet.find(IGMP);
      return field.startsWith('igmp.') && row >= 0 && !IGMP_TYPES.has(igmpType(packet, row));
    },
  },
  {
    because: 'A SNAP header follows unnumbered information alone; tshark looks at the SAPs',
    covers: ({ field, packet }) =>
      (field === 'llc.oui' || field === 'llc.pid') &&
      packet.view.getUint8(packet.at[packet.find(LLC)]! + 2) !== 3,
  },
  {
    because: 'An SCTP chunk that is not understood is passed over; tshark stops there',
    covers: (difference) => difference.field.startsWith('sctp.') && goesOn(difference),
  },
  {
    because: 'A TCP option kind that tshark knows and netlens does not keeps its bytes as they are',
    covers: (difference) =>
      difference.field === 'tcp.options.unknown.payload' && goesOn(difference),
  },
];

const lengths: readonly KnownDifference[] = [
  {
    because:
      'A header that is cut short, or that no lawful sender writes, is no layer; tshark shows ' +
      'those of its fields that are there',
    covers: (difference) =>
      stopsEarlier(difference) &&
      isOf(difference.field, lastOf(difference.protocols)) &&
      ((difference.packet.notes & (CUT | MALFORMED)) !== 0 ||
        difference.packet.quoted >= 0 ||
        difference.packet.fragment >= 0),
  },
  {
    because:
      'A total length of 0 is shown as it stands (TSO, BIG TCP); tshark shows what it computed',
    covers: ({ field, ours, theirs, packet }) =>
      field === 'ip.len' &&
      (packet.notes & GSO_LENGTH) !== 0 &&
      ours.length === theirs.length &&
      ours.every((value, i) => value === '0' || value === theirs[i]),
  },
  {
    because:
      'A UDP length of 0 is lawful in jumbograms and GSO frames (RFC 2675 section 4), so what ' +
      'follows is shown; tshark calls it bogus and stops',
    covers: (difference) =>
      goesOn(difference) &&
      lastOf(difference.protocols) === 'udp' &&
      difference.packet.find(UDP) >= 0 &&
      difference.packet.view.getUint16(difference.packet.at[difference.packet.find(UDP)]! + 4) ===
        0,
  },
  {
    because: 'Headers beyond the limit of layers are not shown, and the frame is noted too deep',
    covers: (difference) => (difference.packet.notes & TOO_DEEP) !== 0 && stopsEarlier(difference),
  },
  {
    because:
      'An authentication header of less than 12 bytes cannot be one (RFC 4302 section 2.2); ' +
      'tshark takes 8',
    covers: (difference) =>
      difference.file.endsWith('ipv6_zero_len_ah.pcap') && stopsEarlier(difference),
  },
];

const tunnels: readonly KnownDifference[] = [
  {
    because: 'tshark knows neither the sleeve of Weave Net nor the UDP tunnel of Flannel',
    covers: (difference) =>
      goesOn(difference) &&
      (difference.packet.find(WEAVE_SLEEVE) >= 0 || difference.packet.find(FLANNEL_UDP) >= 0) &&
      lastOf(difference.protocols) === 'udp',
  },
  {
    because:
      'With the P bit the header is VXLAN GPE whatever the port; on port 4789 tshark shows the ' +
      'same bytes as group policy flags',
    covers: ({ field, packet }) => field.startsWith('vxlan.') && packet.find(VXLAN_GPE) >= 0,
  },
  {
    because:
      'Ethernet directly in MPLS (a pseudowire without control word) is recognised by what ' +
      'follows; tshark needs to be told of the label',
    covers: (difference) => goesOn(difference) && lastOf(difference.protocols) === 'mpls',
  },
  {
    because: 'ERSPAN under its EtherType without GRE is decoded; tshark looks for it in GRE alone',
    covers: (difference) =>
      difference.file.endsWith('arkime_synthetic.pcap') &&
      difference.frame === 304 &&
      (goesOn(difference) || difference.field.startsWith('erspan.')),
  },
  {
    because:
      'Not WireGuard, though the first byte could be (a game, and L2TP): the lengths or the ' +
      'neighbours do not fit; tshark looks at the first four bytes',
    covers: ({ field, file, ours }) =>
      field.startsWith('wg.') &&
      ours.length === 0 &&
      (file.endsWith('lol_wild_rift_udp.pcap') || file.endsWith('nb6-http.pcap')),
  },
];

const transport: readonly KnownDifference[] = [
  {
    because:
      'In the packet that an ICMP error quotes tshark gives the sequence number under its ' +
      'relative name alone once the connection was seen',
    covers: (difference) =>
      difference.field === 'tcp.seq_raw' &&
      difference.packet.quoted >= 0 &&
      isPart(difference.theirs, difference.ours),
  },
];

export const knownNetworkDifferences: readonly KnownDifference[] = [
  ...versions,
  ...options,
  ...oddities,
  ...lengths,
  ...tunnels,
  ...transport,
];
