/** One payload in one frame, decoded: what the tests of application protocols look at. */
import { FrameBatch } from '../../src/base/frames.ts';
import { decode } from '../../src/decode/decode.ts';
import { eachField, showValue } from '../../src/decode/fields.ts';
import { Packet } from '../../src/decode/packet.ts';
import { dissectorOf } from '../../src/decode/protocols/index.ts';
import { type FrameOptions, reload } from '../support/frames.ts';
import { ipv4, tcp, udp } from '../support/headers.ts';
import { assertNested, enumerate } from '../support/invariants.ts';

const IPV4_LINKTYPE = 228;
const TCP_HEADERS_LEN = 40;
const UDP_HEADERS_LEN = 28;

export interface Ports {
  readonly src?: number;
  readonly dst?: number;
  /** Captured bytes of the payload; all when not given. */
  readonly captured?: number;
}

/** The payload in a TCP segment, alone in its buffer. */
export function overTcp(payload: Uint8Array, ports: Ports = {}): Packet {
  const frame = ipv4(6, tcp(ports.src ?? 40_000, ports.dst ?? 8443, payload));
  return decodeOnce(frame, captured(ports, TCP_HEADERS_LEN));
}

/** The payload in a UDP datagram, alone in its buffer. */
export function overUdp(payload: Uint8Array, ports: Ports = {}): Packet {
  const frame = ipv4(17, udp(ports.src ?? 40_000, ports.dst ?? 8443, payload));
  return decodeOnce(frame, captured(ports, UDP_HEADERS_LEN));
}

function captured(ports: Ports, headersLen: number): FrameOptions {
  return ports.captured === undefined ? {} : { caplen: headersLen + ports.captured };
}

/** Longer frames are not tried at every length. */
const CUT_LEN_MAX = 400;
const cut = { frames: new FrameBatch(new Uint8Array(0)), packet: new Packet() };

/**
 * The frame at every shorter length, cut by the capture and shorter in itself, alone in its buffer:
 * nothing throws, layers nest, every field lies within its layer. So each frame of these tests is
 * also one for every length check on its way.
 */
function assertHoldsWhenShort(frame: Uint8Array, linktype: number): void {
  if (frame.length > CUT_LEN_MAX) return;
  for (let caplen = 0; caplen <= frame.length; caplen++) {
    for (const len of [frame.length, caplen]) {
      decode(reload(cut.frames, frame, { linktype, caplen, len }), 0, cut.packet);
      assertNested(cut.packet);
      enumerate(cut.packet);
    }
  }
}

/** The frame decoded, and tried at every shorter length. */
export function decodeFrame(frame: Uint8Array, options: FrameOptions = {}): Packet {
  assertHoldsWhenShort(frame, options.linktype ?? IPV4_LINKTYPE);
  return decodeOnce(frame, options);
}

function decodeOnce(frame: Uint8Array, options: FrameOptions): Packet {
  const packet = new Packet();
  const frames = reload(new FrameBatch(new Uint8Array(0)), frame, {
    linktype: IPV4_LINKTYPE,
    ...options,
  });
  decode(frames, 0, packet);
  return packet;
}

/** Names of the layers, outermost first. */
export function layers(packet: Packet): string {
  return [...packet.protocol.subarray(0, packet.depth)]
    .map((protocol) => dissectorOf[protocol]!.name)
    .join(' ');
}

/** The values of one field, as shown. */
export function values(packet: Packet, name: string): string[] {
  const found: string[] = [];
  eachField(packet, {
    layer() {},
    open() {},
    close() {},
    field(field, value, at, len) {
      if (field.name === name) found.push(showValue(field, value, packet.view, at, len));
    },
  });
  return found;
}

/** A view of exactly these bytes: a read beyond them throws. */
export function viewOf(bytes: Uint8Array): DataView {
  const own = bytes.slice();
  return new DataView(own.buffer);
}
