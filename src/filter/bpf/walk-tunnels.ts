/** From what an IP layer carries to the layer inside it: IPIP, GRE, and the tunnels over UDP. */

import { ADD, AND, JEQ, JGE, JGT, JSET, LSH, RSH } from '../../base/bpf.ts';
import type { Label } from './assembler.ts';
import { END, PAYLOAD, PROTOCOL, SCRATCH } from './slots.ts';
import type { Walk } from './walk.ts';
import { noteOutside, noteTunnel } from './walk-ip.ts';
import { askHere } from './walk-link.ts';

const TCP = 6;
const IP4 = 4;
const UDP = 17;
const IP6 = 41;
const GRE = 47;
const ESP = 50;
const MPLS = 137;
/** Extension headers behind IPv4, which netlens looks past. */
const V4_EXTENSIONS = [0, 43, 44, 60, 135, 139, 140];
const ESP_LEN = 8;

const TYPE_IP4 = 0x0800;
const TYPE_IP6 = 0x86dd;
const TYPE_ETHERNET = 0x6558;
const TYPE_EOIP = 0x6400;

const UDP_LEN = 8;
const UDP_LENGTH = 4;
const VXLAN_PORTS = [4789, 8472, 6784];
const GENEVE_PORT = 6081;
/** VXLAN-GPE, GRE, MPLS, flannel's and Weave's own: netlens looks into them, a program does not. */
const UNKNOWN_PORTS = [4790, 4754, 6635, 8285, 6783];
/** WireGuard and ESP. */
const ENCRYPTED_PORTS = [51_820, 51_821, 51_871, 4500];
/** Bytes of UDP and VXLAN header, or Geneve header without options. */
const TUNNEL_LEN = 16;
const PROXY_SIGNATURE = 0x0d0a_0d0a;

/** A step to the layers of depth + 1, from PROTOCOL at PAYLOAD; without that depth, what is inside is uncertain. */
export function emitNext(walk: Walk, depth: number): void {
  const { assembler, exits } = walk;
  const { complete, uncertain } = exits;
  const inner = walk.entrances[depth + 1];
  const udp = assembler.label();
  const gre = assembler.label();
  const direct4 = assembler.label();
  const direct6 = assembler.label();
  const esp = assembler.label();
  assembler.loadSlot(PROTOCOL);
  assembler.when(JEQ, TCP, complete);
  assembler.when(JEQ, UDP, udp);
  assembler.when(JEQ, IP4, inner === undefined ? uncertain : direct4);
  assembler.when(JEQ, IP6, inner === undefined ? uncertain : direct6);
  assembler.when(JEQ, GRE, inner === undefined ? uncertain : gre);
  assembler.when(JEQ, ESP, walk.wants('esp', 'any') ? esp : complete);
  for (const number of [MPLS, ...V4_EXTENSIONS]) assembler.when(JEQ, number, uncertain);
  assembler.goto(complete);
  assembler.place(esp);
  assembler.loadSlotX(PAYLOAD);
  assembler.loadRoom(END);
  assembler.unless(JGE, ESP_LEN, complete);
  askTunnel(walk, 'esp');
  assembler.goto(complete);
  assembler.place(udp);
  emitUdp(walk, depth);
  if (inner === undefined) return;
  assembler.place(gre);
  emitGre(walk, inner);
  for (const [label, entrance] of [
    [direct4, inner.ip4],
    [direct6, inner.ip6],
  ] as const) {
    assembler.place(label);
    noteOutside(walk);
    assembler.loadSlotX(PAYLOAD);
    assembler.goto(entrance);
  }
}

/** A header of this tunnel is at hand. A is lost. */
function askTunnel(walk: Walk, ...types: readonly string[]): void {
  for (const [q, { test }] of walk.asking('tunnel')) {
    if (test.type === 'any' || types.includes(test.type)) walk.judge.yes(q);
  }
}

/** The UDP header at PAYLOAD, and by its ports or its payload a tunnel. */
function emitUdp(walk: Walk, depth: number): void {
  const { assembler, exits } = walk;
  const { complete, uncertain } = exits;
  const isLast = walk.entrances[depth + 1] === undefined;
  const vxlanPort = assembler.label();
  const vxlan = assembler.label();
  const genevePort = assembler.label();
  const geneve = assembler.label();
  narrowToDatagram(walk);
  const unknown = walk.wants('wireguard', 'esp', 'any')
    ? [...UNKNOWN_PORTS, ...ENCRYPTED_PORTS]
    : UNKNOWN_PORTS;
  assembler.load(2, 2);
  for (const port of VXLAN_PORTS) assembler.when(JEQ, port, isLast ? uncertain : vxlanPort);
  assembler.when(JEQ, GENEVE_PORT, isLast ? uncertain : genevePort);
  for (const port of unknown) assembler.when(JEQ, port, uncertain);
  assembler.load(2, 0); // a NAT may have left the tunnel's port at the source alone
  for (const port of [...VXLAN_PORTS, GENEVE_PORT, ...unknown])
    assembler.when(JEQ, port, uncertain);
  const mayFollow = walk.mayGuess && !isLast;
  emitGuess(walk, mayFollow ? vxlan : uncertain, mayFollow ? geneve : uncertain);
  if (isLast) return;
  assembler.place(vxlanPort);
  assembler.loadRoom(END);
  assembler.unless(JGE, TUNNEL_LEN, complete);
  assembler.load(1, UDP_LEN + 7);
  assembler.unless(JEQ, 0, uncertain);
  assembler.load(4, UDP_LEN);
  const withPolicy = assembler.label();
  assembler.unless(JEQ, 0x0800_0000, withPolicy);
  assembler.place(vxlan);
  emitVxlan(walk, depth + 1);
  assembler.place(withPolicy);
  assembler.alu(AND, 0xffb7_0000);
  assembler.unless(JEQ, 0x8800_0000, uncertain);
  emitVxlan(walk, depth + 1);
  assembler.place(genevePort);
  assembler.loadRoom(END);
  assembler.unless(JGE, TUNNEL_LEN, complete);
  assembler.load(1, UDP_LEN);
  assembler.unless(JGE, 0x40, geneve); // version 0
  assembler.goto(uncertain);
  assembler.place(geneve);
  emitGeneve(walk, depth + 1);
}

/** END as the datagram's length says; on, with X at its header, when it has a payload. */
function narrowToDatagram({ assembler, exits }: Walk): void {
  const done = assembler.label();
  assembler.loadSlotX(PAYLOAD);
  assembler.loadRoom(END);
  assembler.unless(JGE, UDP_LEN, exits.complete);
  assembler.load(2, UDP_LENGTH);
  assembler.when(JEQ, 0, done);
  assembler.unless(JGE, UDP_LEN, exits.complete);
  assembler.aluX(ADD);
  assembler.loadSlotX(END);
  assembler.whenX(JGE, done);
  assembler.store(END);
  assembler.place(done);
  assembler.loadSlotX(PAYLOAD);
  assembler.loadRoom(END);
  assembler.unless(JGT, UDP_LEN, exits.complete);
}

/**
 * Tunnels on other ports, which netlens knows by their headers (decode/tunnel-guess.ts): the same marks,
 * without the proof that it asks for.
 */
function emitGuess(walk: Walk, vxlan: Label, geneve: Label): void {
  const { assembler, exits } = walk;
  const { complete, uncertain } = exits;
  const lastByte = assembler.label();
  const lastOfGeneve = assembler.label();
  assembler.loadRoom(END);
  assembler.unless(JGE, TUNNEL_LEN, complete);
  assembler.load(4, UDP_LEN);
  assembler.when(JEQ, PROXY_SIGNATURE, uncertain);
  if (walk.wants('wireguard', 'any')) assembler.unless(JSET, 0x00ff_ffff, uncertain);
  assembler.when(JEQ, 0x0800_0000, lastByte);
  assembler.alu(AND, 0xffb7_0000);
  assembler.when(JEQ, 0x8800_0000, lastByte);
  assembler.load(4, UDP_LEN);
  assembler.when(JSET, 0xc03f_0000, complete);
  assembler.alu(AND, 0xffff);
  for (const type of [TYPE_ETHERNET, TYPE_IP4, TYPE_IP6]) assembler.when(JEQ, type, lastOfGeneve);
  assembler.goto(complete);
  assembler.place(lastByte);
  assembler.load(1, UDP_LEN + 7);
  assembler.jumpIf(JEQ, 0, vxlan, complete);
  assembler.place(lastOfGeneve);
  assembler.load(1, UDP_LEN + 7);
  assembler.jumpIf(JEQ, 0, geneve, complete);
}

/** The VXLAN header behind the UDP header at X. */
function emitVxlan(walk: Walk, depth: number): void {
  const { assembler, exits } = walk;
  askVni(walk, 'vxlan', UDP_LEN + 4);
  askTunnel(walk, 'vxlan');
  noteTunnel(walk);
  assembler.txa();
  assembler.alu(ADD, TUNNEL_LEN);
  assembler.tax();
  assembler.loadRoom(END);
  assembler.when(JEQ, 0, exits.complete);
  assembler.goto(walk.entrances[depth]!.ethernet);
}

/** The Geneve header behind the UDP header at X. */
function emitGeneve(walk: Walk, depth: number): void {
  const { assembler, exits } = walk;
  assembler.load(1, UDP_LEN);
  assembler.alu(AND, 0x3f);
  assembler.alu(LSH, 2);
  assembler.alu(ADD, TUNNEL_LEN);
  assembler.aluX(ADD);
  assembler.store(SCRATCH);
  assembler.loadSlotX(END);
  assembler.whenX(JGT, exits.complete);
  assembler.loadSlotX(PAYLOAD);
  const known = assembler.label();
  assembler.load(2, UDP_LEN + 2);
  for (const type of [TYPE_ETHERNET, TYPE_IP4, TYPE_IP6, 0]) assembler.when(JEQ, type, known);
  assembler.goto(exits.uncertain); // netlens takes it for Geneve when it knows the type
  assembler.place(known);
  askVni(walk, 'geneve', UDP_LEN + 4);
  askTunnel(walk, 'geneve');
  noteTunnel(walk);
  assembler.load(2, UDP_LEN + 2);
  assembler.when(JEQ, 0, exits.complete); // nothing follows
  emitCarried(walk, depth, [TYPE_ETHERNET]);
}

/** On from the type in A to the header at SCRATCH, when there is one. */
function emitCarried(walk: Walk, depth: number, ethernetTypes: readonly number[]): void {
  const { assembler, exits } = walk;
  const { ethernet, ip4, ip6 } = walk.entrances[depth]!;
  assembler.loadSlotX(SCRATCH);
  for (const type of ethernetTypes) assembler.when(JEQ, type, ethernet);
  assembler.when(JEQ, TYPE_IP4, ip4);
  assembler.when(JEQ, TYPE_IP6, ip6);
  assembler.goto(exits.uncertain);
}

/** Of the network identifier, 24 bits at X + at. X is kept. */
function askVni(walk: Walk, tag: 'vxlan' | 'geneve', at: number): void {
  for (const [q, { test }] of walk.asking('tag')) {
    if (test.kind !== 'tag' || test.tag !== tag) continue;
    const { id } = test;
    askHere(walk, q, (no) => {
      if (id === undefined) return;
      walk.assembler.load(4, at);
      walk.assembler.alu(RSH, 8);
      walk.assembler.unless(JEQ, id, no);
    });
  }
}

/** Flags of GRE, by what each makes the header longer: checksum, key, sequence number. */
const GRE_FIELDS = [0x8000, 0x2000, 0x1000];
const GRE_LEN_MIN = 4;
const GRE_ROUTING = 0x4000;
const GRE_VERSION = 0x0007;

/** The GRE header at PAYLOAD: version 0 without source routes. */
function emitGre(walk: Walk, inner: Walk['entrances'][number]): void {
  const { assembler, exits } = walk;
  const { complete, uncertain } = exits;
  assembler.loadSlotX(PAYLOAD);
  assembler.loadRoom(END);
  assembler.unless(JGE, GRE_LEN_MIN, complete);
  assembler.load(2, 0);
  assembler.when(JSET, GRE_ROUTING | GRE_VERSION, uncertain);
  assembler.txa();
  assembler.alu(ADD, GRE_LEN_MIN);
  assembler.store(SCRATCH);
  for (const flag of GRE_FIELDS) {
    const absent = assembler.label();
    assembler.load(2, 0);
    assembler.unless(JSET, flag, absent);
    assembler.loadSlot(SCRATCH);
    assembler.alu(ADD, 4);
    assembler.store(SCRATCH);
    assembler.place(absent);
  }
  assembler.loadSlot(SCRATCH);
  assembler.loadSlotX(END);
  assembler.whenX(JGT, complete);
  askTunnel(walk, 'gre');
  noteTunnel(walk);
  const depth = walk.entrances.indexOf(inner);
  assembler.loadSlot(SCRATCH);
  assembler.whenX(JEQ, complete);
  assembler.loadSlotX(PAYLOAD);
  assembler.load(2, 2);
  emitCarried(walk, depth, [TYPE_ETHERNET, TYPE_EOIP]);
}
