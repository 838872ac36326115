/** The start of a frame and its Ethernet headers: to the first IP or ARP layer of a depth. */

import {
  AD_HARDWARE_TYPE,
  AD_VLAN_PROTOCOL,
  AD_VLAN_TAG,
  AD_VLAN_TAG_PRESENT,
  ADD,
  ANCILLARY,
  AND,
  JEQ,
  JGE,
  JGT,
  JSET,
} from '../../base/bpf.ts';
import { ETHERNET_HARDWARE, RAW_IP_HARDWARE } from '../../base/hardware-types.ts';
import type { Label } from './assembler.ts';
import { movesWithTag } from './relation-condition.ts';
import { END, OUTSIDE } from './slots.ts';
import type { Walk } from './walk.ts';

const ETHERNET_LEN = 14;
const TAG_LEN = 4;
const TYPE_IP4 = 0x0800;
const TYPE_IP6 = 0x86dd;
const TYPE_ARP = 0x0806;
const TYPE_RARP = 0x8035;
const TYPES_TAG = [0x8100, 0x88a8, 0x9100, 0x9200];
/** VLAN tags in the outermost header's bytes that are looked past; the kernel keeps one more aside. */
const TAGS_MAX = 1;
/** Up to here the type field is a length, and an LLC header follows. */
const LENGTH_MAX = 1500;
/** Types of headers that netlens looks into and a program does not: MPLS, PPPoE, LLC, Ethernet, PPP, ERSPAN. */
const TYPES_UNKNOWN = [0x8847, 0x8848, 0x8863, 0x8864, 0x8870, 0x6558, 0x880b, 0x88be, 0x22eb];

const VLAN_ID = 0x0fff;

/** From the first instruction to the first header. */
export function startWalk(walk: Walk): void {
  const { assembler, judge, exits } = walk;
  judge.begin();
  assembler.loadLength();
  assembler.store(END);
  if (walk.wants('ipip', '6in4', '4in6', '6in6')) {
    assembler.loadConstant(0);
    assembler.store(OUTSIDE);
  }
  for (const [, { test }] of walk.asking('frame')) {
    if (test.kind !== 'relation' || !movesWithTag(test)) continue;
    assembler.loadAbsolute(4, ANCILLARY + AD_VLAN_TAG_PRESENT);
    assembler.unless(JEQ, 0, exits.unasked);
  }
  walk.askFrame();
  askOuterTag(walk);
}

/** By the type of the device: an Ethernet header, or an IP header at once. */
export function emitFirstHeader(walk: Walk): void {
  const { assembler, exits, entrances } = walk;
  const raw = assembler.label();
  const ethernet = assembler.label();
  assembler.loadAbsolute(4, ANCILLARY + AD_HARDWARE_TYPE);
  for (const type of ETHERNET_HARDWARE) assembler.when(JEQ, type, ethernet);
  for (const type of RAW_IP_HARDWARE) assembler.when(JEQ, type, raw);
  assembler.goto(exits.unseen);
  assembler.place(raw);
  emitRawIp(walk);
  assembler.place(ethernet);
  assembler.loadConstantX(0);
  assembler.goto(entrances[0]!.ethernet);
}

/** The version in the first four bits says which IP it is. */
function emitRawIp(walk: Walk): void {
  const { assembler, exits, entrances } = walk;
  assembler.loadSlot(END);
  assembler.when(JEQ, 0, exits.none);
  assembler.loadConstantX(0);
  assembler.load(1, 0);
  assembler.alu(AND, 0xf0);
  const [ip4, ip6] = [assembler.label(), assembler.label()];
  assembler.when(JEQ, 0x40, ip4);
  assembler.when(JEQ, 0x60, ip6);
  assembler.goto(exits.unseen); // some device has a header all the same, which is left out of the capture
  for (const [label, type, entrance] of [
    [ip4, TYPE_IP4, entrances[0]!.ip4],
    [ip6, TYPE_IP6, entrances[0]!.ip6],
  ] as const) {
    assembler.place(label);
    for (const [q, { test }, { bound }] of walk.asking('ethertype')) {
      if (test.type === type && bound === 'upper') walk.judge.yes(q);
    }
    assembler.loadConstantX(0);
    assembler.goto(entrance);
  }
}

/** An Ethernet header at X, its VLAN tags, and on to what its type says. */
export function emitEthernet(walk: Walk, depth: number): void {
  const { assembler } = walk;
  const { ethernet, ip4, ip6, arp, rarp } = walk.entrances[depth]!;
  const noLayer = walk.noLayer(depth);
  const unknown = walk.unknown(depth);
  assembler.place(ethernet);
  assembler.loadRoom(END);
  assembler.unless(JGE, ETHERNET_LEN, noLayer);
  askAddresses(walk);
  skip(walk, ETHERNET_LEN);
  for (let tags = 0; ; tags++) {
    askType(walk);
    assembler.load(2, -2);
    assembler.when(JEQ, TYPE_IP4, ip4);
    assembler.when(JEQ, TYPE_IP6, ip6);
    assembler.when(JEQ, TYPE_ARP, arp);
    assembler.when(JEQ, TYPE_RARP, rarp);
    if (depth > 0 || tags === TAGS_MAX) {
      assembler.goto(unknown);
      return;
    }
    const tag = assembler.label();
    for (const type of TYPES_TAG) assembler.when(JEQ, type, tag);
    if (tags === 0) emitOtherTypes(walk);
    else assembler.goto(unknown);
    assembler.place(tag);
    assembler.loadRoom(END);
    assembler.unless(JGE, TAG_LEN, noLayer);
    askTag(walk, () => assembler.load(2, 0));
    skip(walk, TAG_LEN);
  }
}

/** The outermost type, in A, of no header that the program knows: does netlens? */
function emitOtherTypes({ assembler, exits }: Walk): void {
  assembler.unless(JGT, LENGTH_MAX, exits.unseen);
  for (const type of TYPES_UNKNOWN) assembler.when(JEQ, type, exits.unseen);
  assembler.goto(exits.none);
}

/** X = X + len. */
function skip({ assembler }: Walk, len: number): void {
  assembler.txa();
  assembler.alu(ADD, len);
  assembler.tax();
}

/** The tag that the kernel took out of the frame. */
function askOuterTag(walk: Walk): void {
  const { assembler } = walk;
  const asksTag = [...walk.asking('tag')].some(([, { test }]) => isVlan(test));
  const types = [...walk.asking('ethertype')];
  if (!asksTag && types.length === 0) return;
  const untagged = assembler.label();
  assembler.loadAbsolute(4, ANCILLARY + AD_VLAN_TAG_PRESENT);
  assembler.when(JEQ, 0, untagged);
  askTag(walk, () => assembler.loadAbsolute(4, ANCILLARY + AD_VLAN_TAG));
  for (const [q, { test }] of types) {
    askHere(walk, q, (no) => {
      assembler.loadAbsolute(4, ANCILLARY + AD_VLAN_PROTOCOL);
      assembler.unless(JEQ, test.type, no);
    });
  }
  assembler.place(untagged);
}

const isVlan = (test: { kind: string; tag?: string }): boolean =>
  test.kind === 'tag' && test.tag === 'vlan';

/** `load` brings the tag's control information into A. X is kept. */
function askTag(walk: Walk, load: () => void): void {
  for (const [q, { test }] of walk.asking('tag')) {
    if (test.kind !== 'tag' || test.tag !== 'vlan') continue;
    const { id } = test;
    askHere(walk, q, (no) => {
      if (id === undefined) return;
      load();
      walk.assembler.alu(AND, VLAN_ID);
      walk.assembler.unless(JEQ, id, no);
    });
  }
}

/** Of the type field right before X. X is kept. */
function askType(walk: Walk): void {
  for (const [q, { test }] of walk.asking('ethertype')) {
    if (test.type <= LENGTH_MAX) continue; // a DSAP: behind a length, the walk ends as uncertain
    askHere(walk, q, (no) => {
      walk.assembler.load(2, -2);
      walk.assembler.unless(JEQ, test.type, no);
    });
  }
}

/** Of the addresses of the Ethernet header at X. X is kept. */
function askAddresses(walk: Walk): void {
  const { assembler } = walk;
  for (const [q, { test }] of walk.asking('ethernet')) {
    if (test.kind === 'link-cast') {
      askHere(walk, q, (no) => {
        if (test.to === 'multicast') {
          assembler.load(1, 0);
          assembler.unless(JSET, 1, no);
        } else emitMac(walk, 0, 0xffff, 0xffff_ffff, no);
      });
      continue;
    }
    const { direction, high, low } = test;
    askHere(walk, q, (no) => {
      const yes = assembler.label();
      if (direction === 'src' || direction === 'both') emitMac(walk, 6, high, low, no);
      if (direction === 'either') {
        const other = assembler.label();
        emitMac(walk, 6, high, low, other);
        assembler.goto(yes);
        assembler.place(other);
      }
      if (direction !== 'src') emitMac(walk, 0, high, low, no);
      assembler.place(yes);
    });
  }
}

/** Go on when the address at X + at is this one. */
function emitMac({ assembler }: Walk, at: number, high: number, low: number, no: Label): void {
  assembler.load(4, at + 2);
  assembler.unless(JEQ, low >>> 0, no);
  assembler.load(2, at);
  assembler.unless(JEQ, high, no);
}

/** Ask question q of the header at hand: `test` goes on when the answer is yes. */
export function askHere(walk: Walk, q: number, test: (no: Label) => void): void {
  const no = walk.assembler.label();
  test(no);
  walk.judge.yes(q);
  walk.assembler.place(no);
}
