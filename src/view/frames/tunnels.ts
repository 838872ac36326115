/** Tunnels and labels between the layers of a frame's line: GRE, VXLAN, Geneve, MPLS and their like. */
import type { Packet } from '../../decode/packet.ts';
import { erspanSession } from '../../decode/protocols/erspan.ts';
import {
  geneveFlags,
  geneveOptionsLen,
  geneveProtocol,
  geneveVni,
} from '../../decode/protocols/geneve.ts';
import {
  greChecksumAndOffset,
  greFlags,
  greKey,
  greProtocol,
  greSequence,
} from '../../decode/protocols/gre.ts';
import {
  mplsIsBottom,
  mplsLabel,
  mplsNextAt,
  mplsTrafficClass,
  mplsTtl,
} from '../../decode/protocols/mpls.ts';
import { pppoeSession } from '../../decode/protocols/pppoe.ts';
import { vxlanFlags, vxlanGroup, vxlanVni } from '../../decode/protocols/vxlan.ts';
import { vxlanGpeVni } from '../../decode/protocols/vxlan-gpe.ts';
import {
  WIREGUARD_COOKIE,
  WIREGUARD_INITIATION,
  WIREGUARD_RESPONSE,
  wireguardReceiver,
  wireguardSender,
  wireguardType,
} from '../../decode/protocols/wireguard.ts';
import type { FrameContext } from './context.ts';
import { fieldValues } from './field-values.ts';
import { claimedEnd } from './ip.ts';
import { showEtherType } from './link.ts';

const VALID_VNI = 0x08;
const GRE_VERSION = 7;
const GRE_FLAGS: readonly [bit: number, word: string][] = [
  [0x8000, 'checksum present'],
  [0x4000, 'routing present'],
  [0x2000, 'key present'],
  [0x1000, 'sequence# present'],
  [0x0800, 'source routing present'],
  [0x0080, 'ack present'],
];
/** Who an option class of Geneve belongs to (IANA, Network Virtualization Overlay). */
const GENEVE_CLASSES: Record<number, string> = {
  256: 'Linux',
  257: 'Open vSwitch',
  258: 'Open Virtual Networking (OVN)',
  259: 'In-band Network Telemetry (INT)',
  260: 'VMware',
  264: 'Amazon.com',
  331: 'Cilium',
};
const GENEVE_EXPERIMENTAL = 0xff00;

/** Nothing above the tunnel was decoded. */
const isLast = (packet: Packet, row: number): boolean => row + 1 >= packet.depth;

export function showGre(line: FrameContext, packet: Packet, row: number): void {
  const out = line.out;
  const view = packet.view;
  const at = packet.at[row]!;
  out.ascii('GREv');
  const flags = greFlags(view, at);
  out.uint(flags & GRE_VERSION);
  if (line.verbosity > 0) {
    const set = GRE_FLAGS.filter(([bit]) => (flags & bit) !== 0).map(([, word]) => word);
    out.ascii(`, Flags [${set.join(', ') || 'none'}]`);
    const sum = greChecksumAndOffset(view, at);
    if (sum >= 0)
      out.ascii(`, sum 0x${(sum >>> 16).toString(16)}, off 0x${(sum & 0xffff).toString(16)}`);
  }
  const key = greKey(view, at);
  if (key >= 0) {
    out.ascii(', key=0x');
    out.hexShort(key);
  }
  const sequence = greSequence(view, at);
  if (sequence >= 0) {
    out.ascii(', seq ');
    out.uint(sequence);
  }
  if (line.link) {
    out.ascii(', proto ');
    showEtherType(line, greProtocol(view, at));
  }
  out.ascii(', length ');
  out.uint(Math.max(0, claimedEnd(line, packet, row) - at));
  line.demarcation();
  if (!isLast(packet, row)) return;
  out.ascii('gre-proto-0x');
  out.hexShort(greProtocol(view, at));
}

export function showVxlan(line: FrameContext, packet: Packet, row: number): void {
  const out = line.out;
  const at = packet.at[row]!;
  const flags = vxlanFlags(packet.view, at);
  out.ascii('VXLAN, flags [');
  out.ascii((flags & VALID_VNI) !== 0 ? 'I' : 'invalid');
  out.ascii('] (0x');
  out.hex(flags, 2);
  out.ascii('), vni ');
  out.uint(vxlanVni(packet.view, at));
  const group = vxlanGroup(packet.view, at);
  if (group >= 0) {
    out.ascii(', group ');
    out.uint(group);
  }
  line.demarcation();
}

export function showVxlanGpe(line: FrameContext, packet: Packet, row: number): void {
  line.out.ascii('VXLAN-GPE, vni ');
  line.out.uint(vxlanGpeVni(packet.view, packet.at[row]!));
  line.demarcation();
}

export function showGeneve(line: FrameContext, packet: Packet, row: number): void {
  const out = line.out;
  const view = packet.view;
  const at = packet.at[row]!;
  const flags = geneveFlags(view, at) >> 6;
  out.ascii('Geneve, Flags [');
  out.ascii(['none', 'C', 'O', 'OC'][flags]!);
  out.ascii('], vni 0x');
  out.hexShort(geneveVni(view, at));
  if (line.link) {
    out.ascii(', proto ');
    showEtherType(line, geneveProtocol(view, at));
  }
  const optionsLen = geneveOptionsLen(at, packet.payloadAt[row]!);
  if (optionsLen > 0) {
    out.ascii(', options [');
    if (line.verbosity > 0) showGeneveOptions(line, packet, row);
    else out.ascii(`${optionsLen} bytes`);
    out.char(93);
  }
  line.demarcation();
  if (!isLast(packet, row)) return;
  out.ascii('geneve-proto-0x');
  out.hexShort(geneveProtocol(view, at));
}

/** `class Open Virtual Networking (OVN) (0x102) type 0x80(C) len 8`, with -vv the data too. */
function showGeneveOptions(line: FrameContext, packet: Packet, row: number): void {
  const options = fieldValues(packet, row).parts.map((option) => {
    const number = option.number('geneve.option.class') ?? 0;
    const type = option.number('geneve.option.type') ?? 0;
    const len = option.number('geneve.option.length') ?? 0;
    const data = option.texts('geneve.option.unknown.data')[0]?.match(/.{8}/g) ?? [];
    const words = [
      `class ${geneveClass(number)} (0x${number.toString(16)})`,
      `type 0x${type.toString(16)}${option.number('geneve.option.type.critical') === 1 ? '(C)' : ''}`,
      `len ${len}`,
    ];
    if (len > option.length) words.push('[bad length]');
    if (line.verbosity > 1 && data.length > 0) words.push('data', ...data);
    return words.join(' ');
  });
  line.out.ascii(options.join(', '));
}

function geneveClass(number: number): string {
  const name = GENEVE_CLASSES[number];
  if (name !== undefined) return name;
  if (number < 256) return 'Standard';
  return number >= GENEVE_EXPERIMENTAL ? 'Experimental' : 'Unknown';
}

export function showMpls(line: FrameContext, packet: Packet, row: number): void {
  const out = line.out;
  const view = packet.view;
  out.ascii('MPLS');
  const end = packet.payloadAt[row]!;
  for (let at = packet.at[row]!; at < end; at = mplsNextAt(at)) {
    out.ascii(' (label ');
    out.uint(mplsLabel(view, at));
    out.ascii(', tc ');
    out.uint(mplsTrafficClass(view, at));
    if (mplsIsBottom(view, at)) out.ascii(', [S]');
    out.ascii(', ttl ');
    out.uint(mplsTtl(view, at));
    out.char(41);
    if (mplsIsBottom(view, at)) break; // a control word may follow in this layer
  }
  out.char(32);
}

export function showPppoe(line: FrameContext, packet: Packet, row: number): void {
  line.out.ascii('PPPoE [ses 0x');
  line.out.hexShort(pppoeSession(packet.view, packet.at[row]!));
  line.out.ascii('] ');
}

export function showErspan(line: FrameContext, packet: Packet, row: number): void {
  line.out.ascii('ERSPAN session ');
  line.out.uint(erspanSession(packet.view, packet.at[row]!));
  line.demarcation();
}

export function showWireguard(line: FrameContext, packet: Packet, row: number): void {
  const out = line.out;
  const at = packet.at[row]!;
  const end = packet.end[row]!;
  const type = wireguardType(packet.view, at);
  out.ascii('WireGuard ');
  if (type === WIREGUARD_INITIATION) out.ascii('handshake initiation');
  else if (type === WIREGUARD_RESPONSE) out.ascii('handshake response');
  else out.ascii(type === WIREGUARD_COOKIE ? 'cookie reply' : 'data');
  const sender = wireguardSender(packet.view, at, end);
  const receiver = wireguardReceiver(packet.view, at, end);
  if (sender >= 0) {
    out.ascii(', sender 0x');
    out.hex(sender, 8);
  }
  if (receiver >= 0) {
    out.ascii(', receiver 0x');
    out.hex(receiver, 8);
  }
}
