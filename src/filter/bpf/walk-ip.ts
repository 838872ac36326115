/** One IP or ARP layer of the walk: its header checked, where its payload starts and ends, its questions asked. */

import { ADD, AND, JEQ, JGE, JGT, JSET, LSH, OR, RSH } from '../../base/bpf.ts';
import type { Label } from './assembler.ts';
import { AT, ELSEWHERE, END, NOWHERE, OUTSIDE, PAYLOAD, PROTOCOL, SCRATCH } from './slots.ts';
import type { Walk } from './walk.ts';
import { askHere } from './walk-link.ts';

const V4_LEN_MIN = 20;
const V4_TOTAL_LENGTH = 2;
const V4_FRAGMENT = 6;
const V4_PROTOCOL = 9;
const V4_OFFSET_BLOCKS = 0x1fff;
/** Version 4, no options. */
const V4_PLAIN = 0x45;

const V6_LEN = 40;
const V6_PAYLOAD_LENGTH = 4;
const V6_NEXT_HEADER = 6;

const HOP_BY_HOP = 0;
const ROUTING = 43;
const FRAGMENT = 44;
const AH = 51;
const NO_NEXT_HEADER = 59;
const DESTINATION_OPTIONS = 60;
/** Extension headers of the common form. */
const COMMON = [HOP_BY_HOP, DESTINATION_OPTIONS, ROUTING];
/** AH, and those that nobody sends. */
const RARE = [AH, 135, 139, 140];
/** Extension headers of one packet that are walked. */
const CHAIN_MAX = 2;
const EXTENSION_LEN_MIN = 8;
const V6_OFFSET_MASK = 0xfff8;

const ARP_LEN_MIN = 8;
const ARP_HARDWARE_LEN = 4;
const ARP_PROTOCOL_LEN = 5;

/** All layers of this depth; what an IP layer carries is gone into at `next`. X holds where they start. */
export function emitLayers(walk: Walk, depth: number, next: Label): void {
  const { arp, rarp, ip4, ip6 } = walk.entrances[depth]!;
  walk.assembler.place(arp);
  const isAlike = walk.asksAlike('arp', 'rarp');
  if (isAlike) walk.assembler.place(rarp);
  emitArp(walk, depth, 'arp');
  if (!isAlike) {
    walk.assembler.place(rarp);
    emitArp(walk, depth, 'rarp');
  }
  walk.assembler.place(ip6);
  emitIp6(walk, depth);
  walk.assembler.goto(next);
  walk.assembler.place(ip4);
  emitIp4(walk, depth);
  walk.assembler.goto(next);
}

function emitArp(walk: Walk, depth: number, version: 'arp' | 'rarp'): void {
  const { assembler } = walk;
  const noLayer = walk.noLayer(depth);
  if (!walk.asksOf(version)) {
    assembler.goto(walk.exits.complete);
    return;
  }
  assembler.storeX(AT);
  assembler.loadRoom(END);
  assembler.unless(JGE, ARP_LEN_MIN, noLayer);
  assembler.load(1, ARP_HARDWARE_LEN);
  assembler.store(SCRATCH);
  assembler.load(1, ARP_PROTOCOL_LEN);
  assembler.loadSlotX(SCRATCH);
  assembler.aluX(ADD);
  assembler.alu(LSH, 1);
  assembler.alu(ADD, ARP_LEN_MIN);
  assembler.loadSlotX(AT);
  assembler.aluX(ADD);
  assembler.loadSlotX(END);
  assembler.whenX(JGT, noLayer);
  walk.askLayer(depth, version);
  assembler.goto(walk.exits.complete);
}

function emitIp4(walk: Walk, depth: number): void {
  const { assembler } = walk;
  const noLayer = walk.noLayer(depth);
  const plain = assembler.label();
  const hasPayload = assembler.label();
  assembler.storeX(AT);
  assembler.loadRoom(END);
  assembler.unless(JGE, V4_LEN_MIN, noLayer);
  assembler.load(1, 0);
  assembler.when(JEQ, V4_PLAIN, plain);
  assembler.alu(AND, 0xf0);
  assembler.unless(JEQ, 0x40, noLayer);
  assembler.load(1, 0);
  assembler.alu(AND, 0x0f);
  assembler.alu(LSH, 2);
  assembler.unless(JGE, V4_LEN_MIN, noLayer);
  assembler.aluX(ADD);
  assembler.store(PAYLOAD);
  assembler.loadSlotX(END);
  assembler.whenX(JGT, noLayer);
  assembler.loadSlotX(AT);
  assembler.goto(hasPayload);
  assembler.place(plain);
  assembler.loadConstant(V4_LEN_MIN);
  assembler.aluX(ADD);
  assembler.store(PAYLOAD);
  assembler.place(hasPayload);
  narrowToTotalLength(walk, noLayer);
  takeV4Protocol(walk, depth);
  askNested(walk, depth, { ipip: 4, '4in6': 6 });
  walk.askLayer(depth, 'ip4');
}

/** END as the total length says, where it is not 0 (GSO) and not beyond the END so far. */
function narrowToTotalLength({ assembler }: Walk, noLayer: Label): void {
  const done = assembler.label();
  assembler.load(2, V4_TOTAL_LENGTH);
  assembler.when(JEQ, 0, done);
  assembler.aluX(ADD);
  assembler.loadSlotX(END);
  assembler.whenX(JGE, done);
  assembler.loadSlotX(PAYLOAD);
  assembler.unlessX(JGE, noLayer);
  assembler.store(END);
  assembler.place(done);
}

function takeV4Protocol(walk: Walk, depth: number): void {
  const { assembler } = walk;
  const first = assembler.label();
  const done = assembler.label();
  assembler.loadSlotX(AT);
  assembler.load(2, V4_FRAGMENT);
  assembler.alu(AND, V4_OFFSET_BLOCKS);
  assembler.when(JEQ, 0, first);
  assembler.load(1, V4_PROTOCOL);
  assembler.alu(OR, ELSEWHERE);
  assembler.goto(done);
  assembler.place(first);
  assembler.load(1, V4_PROTOCOL);
  assembler.when(JEQ, AH, walk.unknown(depth));
  assembler.place(done);
  assembler.store(PROTOCOL);
}

function emitIp6(walk: Walk, depth: number): void {
  const { assembler } = walk;
  const noLayer = walk.noLayer(depth);
  assembler.storeX(AT);
  assembler.loadRoom(END);
  assembler.unless(JGE, V6_LEN, noLayer);
  assembler.load(1, 0);
  assembler.alu(AND, 0xf0);
  assembler.unless(JEQ, 0x60, noLayer);
  assembler.txa();
  assembler.alu(ADD, V6_LEN);
  assembler.store(PAYLOAD);
  narrowToPayloadLength(walk, walk.unknown(depth));
  assembler.loadSlotX(AT);
  assembler.load(1, V6_NEXT_HEADER);
  assembler.store(PROTOCOL);
  const done = assembler.label();
  for (let i = 0; i < CHAIN_MAX; i++) emitExtension(walk, depth, done);
  for (const extension of [...COMMON, FRAGMENT, ...RARE]) {
    assembler.when(JEQ, extension, walk.unknown(depth));
  }
  assembler.place(done);
  askNested(walk, depth, { '6in4': 4, '6in6': 6 });
  walk.askLayer(depth, 'ip6');
}

/** END as the payload length says; a length of 0 is GSO's, or a jumbogram's, which the program does not read. */
function narrowToPayloadLength({ assembler }: Walk, unknown: Label): void {
  const zero = assembler.label();
  const narrow = assembler.label();
  const done = assembler.label();
  assembler.load(2, V6_PAYLOAD_LENGTH);
  assembler.when(JEQ, 0, zero);
  assembler.aluX(ADD);
  assembler.alu(ADD, V6_LEN);
  assembler.goto(narrow);
  assembler.place(zero);
  assembler.load(1, V6_NEXT_HEADER);
  assembler.when(JEQ, HOP_BY_HOP, unknown);
  assembler.unless(JEQ, NO_NEXT_HEADER, done);
  assembler.loadSlot(PAYLOAD);
  assembler.place(narrow);
  assembler.loadSlotX(END);
  assembler.whenX(JGE, done);
  assembler.store(END);
  assembler.place(done);
}

/** Look past the extension header that PROTOCOL, also in A, says is at PAYLOAD; to `done` when it is none. */
function emitExtension(walk: Walk, depth: number, done: Label): void {
  const { assembler } = walk;
  const common = assembler.label();
  const fragment = assembler.label();
  const pushed = assembler.label();
  const nowhere = assembler.label();
  const next = assembler.label();
  for (const number of COMMON) assembler.when(JEQ, number, common);
  assembler.when(JEQ, FRAGMENT, fragment);
  for (const number of RARE) assembler.when(JEQ, number, walk.unknown(depth));
  assembler.goto(done);

  assembler.place(fragment);
  assembler.loadSlotX(PAYLOAD);
  assembler.loadRoom(END);
  assembler.unless(JGE, EXTENSION_LEN_MIN, nowhere);
  assembler.load(2, 2);
  const first = assembler.label();
  assembler.unless(JSET, V6_OFFSET_MASK, first);
  assembler.load(1, 0);
  assembler.alu(OR, ELSEWHERE);
  assembler.store(PROTOCOL);
  assembler.goto(done);
  assembler.place(first);
  assembler.loadConstant(EXTENSION_LEN_MIN);
  assembler.goto(pushed);

  assembler.place(common);
  assembler.loadSlotX(PAYLOAD);
  assembler.loadRoom(END);
  assembler.unless(JGE, EXTENSION_LEN_MIN, nowhere);
  assembler.load(1, 1);
  assembler.alu(ADD, 1);
  assembler.alu(LSH, 3);

  assembler.place(pushed); // A: length of the header at X
  assembler.aluX(ADD);
  assembler.store(PAYLOAD);
  assembler.load(1, 0);
  assembler.store(PROTOCOL);
  assembler.loadSlot(PAYLOAD);
  assembler.loadSlotX(END);
  const beyond = assembler.label();
  assembler.whenX(JGT, beyond);
  assembler.goto(next);
  assembler.place(beyond);
  assembler.loadSlot(PROTOCOL);
  assembler.alu(OR, ELSEWHERE);
  assembler.store(PROTOCOL);
  assembler.goto(done);

  assembler.place(nowhere);
  assembler.loadSlot(PROTOCOL);
  assembler.alu(OR, NOWHERE);
  assembler.store(PROTOCOL);
  assembler.goto(done);
  assembler.place(next);
  assembler.loadSlot(PROTOCOL);
}

/** `encap` of an IP layer right inside another: by type, the version of the one outside. */
function askNested(walk: Walk, depth: number, outside: Readonly<Record<string, number>>): void {
  if (depth === 0) return;
  const { assembler } = walk;
  for (const [q, { test }] of walk.asking('tunnel')) {
    if (test.type === 'any') walk.judge.yes(q);
    const version = outside[test.type];
    if (version === undefined) continue;
    askHere(walk, q, (no) => {
      assembler.loadSlot(OUTSIDE);
      assembler.unless(JEQ, version, no);
    });
  }
}

/** OUTSIDE = version of the layer at AT, for the layer right inside it. */
export function noteOutside(walk: Walk): void {
  if (!walk.wants('ipip', '6in4', '4in6', '6in6')) return;
  walk.assembler.loadSlotX(AT);
  walk.assembler.load(1, 0);
  walk.assembler.alu(RSH, 4);
  walk.assembler.store(OUTSIDE);
}

/** OUTSIDE = none, behind a tunnel's header. A is lost. */
export function noteTunnel(walk: Walk): void {
  if (!walk.wants('ipip', '6in4', '4in6', '6in6')) return;
  walk.assembler.loadConstant(0);
  walk.assembler.store(OUTSIDE);
}
