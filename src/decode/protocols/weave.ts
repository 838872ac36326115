/**
 * Weave Net's sleeve overlay on UDP port 6783 (weave router/sleeve.go): Ethernet frames, several in a
 * datagram, between named peers.
 *
 *     plaintext   sender 6 | frames: source peer 6, destination peer 6, length 2, Ethernet frame
 *     encrypted   sender 6 | sequence number 8, its top bit = don't fragment | secretbox
 *
 * Nothing tells them apart but that the frames of a plaintext datagram fill it exactly; an encrypted
 * one has only its ports, the same at both ends. The layers of the first frame follow this one; how
 * many more there are, `weaveFrames` counts.
 */
import { ETHERNET, NONE, UDP, WEAVE_SLEEVE } from '../../base/protocol-numbers.ts';
import type { Offset, Protocol } from '../../base/units.ts';
import { type Dissector, type FieldSink, fixed, found } from '../dissector.ts';
import type { Packet } from '../packet.ts';
import { notTunnel } from '../tunnel-guess.ts';
import { give, wide } from '../walk.ts';

const PORT = 6783;
const SENDER_LEN = 6;
const FRAME_HEADER_LEN = 14;
const FRAME_LENGTH = 12;
const SEQUENCE_LEN = 8;
/** Least length of an Ethernet frame in a sleeve: its header. */
const FRAME_LEN_MIN = 14;
/** Secretbox: at least its 16 bytes of authenticator. */
const BOX_LEN_MIN = 16;

/** Whether frames fill [at, at + wireLen), as far as [at, end) is captured. */
function framesFill(view: DataView, at: Offset, end: Offset, wireLen: number): boolean {
  let left = wireLen;
  let next = at;
  while (left > 0) {
    if (left < FRAME_HEADER_LEN + FRAME_LEN_MIN) return false;
    if (end - next < FRAME_HEADER_LEN) return next > at;
    const len = view.getUint16(next + FRAME_LENGTH);
    if (len < FRAME_LEN_MIN || len > left - FRAME_HEADER_LEN) return false;
    next += FRAME_HEADER_LEN + len;
    left -= FRAME_HEADER_LEN + len;
  }
  return next > at;
}

/** Frames in the plaintext layer [at, end); as far as captured. */
export function weaveFrames(view: DataView, at: Offset, end: Offset): number {
  let count = 0;
  let next = at + SENDER_LEN;
  while (end - next >= FRAME_HEADER_LEN) {
    count++;
    next += FRAME_HEADER_LEN + view.getUint16(next + FRAME_LENGTH);
  }
  return count;
}

/** Whether the UDP layer pushed last goes from Weave's port to Weave's port. */
function isBetweenPeers(packet: Packet): boolean {
  const row = packet.depth - 1;
  if (row < 0 || packet.protocol[row] !== UDP) return false;
  const at = packet.at[row]!;
  return packet.view.getUint16(at) === PORT && packet.view.getUint16(at + 2) === PORT;
}

export function dissectWeave(packet: Packet, at: Offset, end: Offset): Protocol {
  if (end - at < SENDER_LEN) return packet.short(end);
  const framesAt = at + SENDER_LEN;
  const wireLen = packet.wireBytes(framesAt, end);
  if (framesFill(packet.view, framesAt, end, wireLen)) {
    const frameAt = framesAt + FRAME_HEADER_LEN;
    packet.push(WEAVE_SLEEVE, at, frameAt, end);
    const frameEnd = frameAt + packet.view.getUint16(framesAt + FRAME_LENGTH);
    packet.nextEnd = Math.min(frameEnd, end);
    return ETHERNET;
  }
  if (!isBetweenPeers(packet) || wireLen < SEQUENCE_LEN + BOX_LEN_MIN) {
    return notTunnel(packet, WEAVE_SLEEVE);
  }
  packet.push(WEAVE_SLEEVE, at, Math.min(framesAt + SEQUENCE_LEN, end), end);
  if (end - framesAt < SEQUENCE_LEN) packet.short(end);
  return NONE;
}

const SOURCE = found('weave.src', 'Source peer', 'mac');
const DESTINATION = found('weave.dst', 'Destination peer', 'mac');
const LENGTH = found('weave.length', 'Frame length', 'uint');
const FRAMES = found('weave.frames', 'Frames', 'uint');
const SEQUENCE = found('weave.sequence', 'Sequence number', 'uint');
const DONT_FRAGMENT = found('weave.df', "Don't fragment", 'boolean', 0x80);

/** Names are ours: Wireshark does not know the protocol. */
function walk(packet: Packet, row: number, sink: FieldSink): void {
  const view = packet.view;
  const at = packet.at[row]! + SENDER_LEN;
  if (packet.payloadAt[row]! - at === FRAME_HEADER_LEN) {
    sink.field(SOURCE, 0, at, 6);
    sink.field(DESTINATION, 0, at + 6, 6);
    give(sink, view, LENGTH, at + FRAME_LENGTH, 2);
    sink.field(FRAMES, weaveFrames(view, packet.at[row]!, packet.end[row]!), at, 0);
    return;
  }
  if (packet.payloadAt[row]! - at < SEQUENCE_LEN) return;
  give(sink, view, DONT_FRAGMENT, at, 1);
  sink.field(SEQUENCE, wide(view.getUint32(at) & 0x7fff_ffff, view.getUint32(at + 4)), at, 8);
}

export const weave: Dissector = {
  protocol: WEAVE_SLEEVE,
  name: 'weave',
  reference: 'weave router/sleeve.go',
  on: { udpPort: [PORT] },
  dissect: dissectWeave,
  fields: [
    fixed('weave.sender', 'Sender peer', 'mac', 0, SENDER_LEN),
    SOURCE,
    DESTINATION,
    LENGTH,
    FRAMES,
    SEQUENCE,
    DONT_FRAGMENT,
  ],
  walk,
};
