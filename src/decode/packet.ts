/**
 * One decoded frame: the layers that were found, as columns, and the few facts that later stages ask
 * of every frame. One object is refilled for each frame; nothing here outlives the next `refill`.
 */
import type { FrameBatch } from '../base/frames.ts';
import { NONE } from '../base/protocol-numbers.ts';
import type { Offset, Protocol } from '../base/units.ts';

/** The most layers one frame may hold; what follows is left undecoded and noted TOO_DEEP. */
export const LAYERS_MAX = 32;
/** The most encapsulations around one packet; one more is left undecoded and noted TOO_DEEP. */
export const TUNNELS_MAX = 8;

/** Notes: bits of `packet.notes`. */
/** The capture holds fewer bytes than the layer needs (snaplen). */
export const CUT = 1;
/** A length or value that the protocol forbids, or fewer bytes than needed in an uncut frame. */
export const MALFORMED = 2;
/** Part of a fragmented datagram: the first part, with the upper header. */
export const FIRST_FRAGMENT = 4;
/** Part of a fragmented datagram without an upper header. */
export const LATER_FRAGMENT = 8;
/** More layers or tunnels than the bounds above. */
export const TOO_DEEP = 16;
/** IP total length 0: a GSO/BIG TCP frame whose length is the frame's. */
export const GSO_LENGTH = 32;
/** The interface's link type is not one that netlens decodes. */
export const UNKNOWN_LINKTYPE = 64;
/** The payload's protocol is named by number only: nothing decodes it. */
export const UNKNOWN_PAYLOAD = 128;

export class Packet {
  bytes: Uint8Array = new Uint8Array(0);
  view: DataView = new DataView(new ArrayBuffer(0));
  /** The frame is captured bytes [frameAt, captureEnd) and was wireLen bytes long. */
  frameAt = 0;
  captureEnd = 0;
  wireLen = 0;
  /** Captured bytes end before the frame does. */
  cut = false;
  /** epb_flags of the frame. */
  flags = 0;
  notes = 0;

  /** Layers found, outermost first: row i of these columns is layer i, for i < depth. */
  depth = 0;
  readonly protocol = new Int32Array(LAYERS_MAX);
  /** The header is [at, payloadAt), the payload [payloadAt, end); all within the captured bytes. */
  readonly at = new Int32Array(LAYERS_MAX);
  readonly payloadAt = new Int32Array(LAYERS_MAX);
  readonly end = new Int32Array(LAYERS_MAX);
  /** Payload of the layer pushed last: where the next layer starts and ends. */
  nextAt = 0;
  nextEnd = 0;

  /** Layer rows, -1 = none. Rows at or after `quoted` are the packet inside an ICMP error and never count here. */
  outerIp = -1;
  /** The innermost IP layer. */
  ip = -1;
  /** The transport layer (TCP, UDP, SCTP, ICMP, ICMPv6) of the innermost IP layer. */
  transport = -1;
  /** The first row of an ICMP error's quoted packet. */
  quoted = -1;
  /** The innermost application layer. */
  application = -1;
  /** Tunnels met so far around the packet. */
  tunnels = 0;

  /** IP protocol number of the innermost IP layer after extension headers. */
  ipProtocol = 0;
  /** Where the innermost IP packet ends on the wire: beyond captureEnd when the capture is cut. */
  wireEnd = 0;
  /** Ports of `transport`; for ICMP echo both are the identifier; 0 when there are none. */
  srcPort = 0;
  dstPort = 0;
  /** The IP layer that is a fragment, its datagram's identification; -1 = none. */
  fragment = -1;
  fragmentId = 0;
  /** Offset of the fragment's payload in its datagram, bytes. */
  fragmentOffset = 0;

  /** Start over with frame i of the batch. */
  refill(frames: FrameBatch, i: number): void {
    this.bytes = frames.bytes;
    this.view = frames.view;
    const at = frames.at[i]!;
    const caplen = frames.caplen[i]!;
    const len = frames.len[i]!;
    this.frameAt = at;
    this.captureEnd = at + caplen;
    this.wireLen = Math.max(len, caplen);
    this.cut = len > caplen;
    this.flags = frames.flags[i]!;
    this.notes = 0;
    this.depth = 0;
    this.protocol[0] = NONE; // a frame without layers must not pass for the one before it
    this.nextAt = at;
    this.nextEnd = at + caplen;
    this.outerIp = -1;
    this.ip = -1;
    this.transport = -1;
    this.quoted = -1;
    this.application = -1;
    this.tunnels = 0;
    this.ipProtocol = 0;
    this.wireEnd = at + this.wireLen;
    this.srcPort = 0;
    this.dstPort = 0;
    this.fragment = -1;
    this.fragmentId = 0;
    this.fragmentOffset = 0;
  }

  /** Add a layer: header [at, payloadAt), payload [payloadAt, end). The caller has checked the order. */
  push(protocol: Protocol, at: Offset, payloadAt: Offset, end: Offset): void {
    const row = this.depth++;
    this.protocol[row] = protocol;
    this.at[row] = at;
    this.payloadAt[row] = payloadAt;
    this.end[row] = end;
    this.nextAt = payloadAt;
    this.nextEnd = end;
  }

  /** Fewer bytes than the layer needs before `end`: blame the capture, then fragmentation, then the sender. */
  short(end: Offset): Protocol {
    if (this.quoted >= 0) return NONE; // an ICMP error quotes only the start of a packet (RFC 792)
    if (this.cut && end === this.captureEnd) this.notes |= CUT;
    else if ((this.notes & (FIRST_FRAGMENT | LATER_FRAGMENT)) === 0) this.notes |= MALFORMED;
    return NONE;
  }

  /** A value that the protocol forbids: nothing below this layer is decoded. */
  malformed(): Protocol {
    if (this.quoted >= 0) return NONE;
    this.notes |= MALFORMED;
    return NONE;
  }

  /** Where a layer that ends at `end` ends on the wire: beyond it where the capture cut the layer. */
  wireLimit(end: Offset): Offset {
    return this.cut && end === this.captureEnd && this.quoted < 0 ? this.wireEnd : end;
  }

  /** Bytes on the wire from `at` to where the layer that ends at `end` ends. */
  wireBytes(at: Offset, end: Offset): number {
    return this.wireLimit(end) - at;
  }

  /** Nobody decodes the payload of the layer pushed last. */
  unknown(): Protocol {
    if (this.quoted < 0) this.notes |= UNKNOWN_PAYLOAD;
    return NONE;
  }

  /** The header pushed last (IPv6 extension, AH) names what the innermost IP layer carries. */
  carries(ipProtocol: number): void {
    if (this.quoted < 0) this.ipProtocol = ipProtocol;
  }

  /**
   * Count the IP layer pushed last. An IP layer inside another is in a tunnel: what the outer one had
   * said of ports and transport no longer holds. Returns false when that is one tunnel too many.
   */
  enterIp(ipProtocol: number, wireEnd: Offset): boolean {
    if (this.quoted >= 0) return true;
    if (this.outerIp < 0) this.outerIp = this.depth - 1;
    else if (this.tunnels++ === TUNNELS_MAX) {
      this.notes |= TOO_DEEP;
      return false;
    }
    this.ip = this.depth - 1;
    this.ipProtocol = ipProtocol;
    this.wireEnd = wireEnd;
    this.transport = -1;
    this.application = -1;
    this.srcPort = 0;
    this.dstPort = 0;
    return true;
  }

  /** The layer pushed last is the transport of the innermost IP layer. */
  enterTransport(srcPort: number, dstPort: number): void {
    if (this.quoted >= 0) return;
    this.transport = this.depth - 1;
    this.srcPort = srcPort;
    this.dstPort = dstPort;
  }

  /** IP layer `row` is part of a fragmented datagram; `offset` in bytes. */
  enterFragment(row: number, id: number, offset: number): void {
    if (this.quoted >= 0) return;
    this.notes |= offset === 0 ? FIRST_FRAGMENT : LATER_FRAGMENT;
    if (this.fragment >= 0 && offset === 0) return; // the outermost first part names the datagram
    this.fragment = row;
    this.fragmentId = id;
    this.fragmentOffset = offset;
  }

  /** Row of the first layer of this protocol at or after `from`, or -1. */
  find(protocol: Protocol, from = 0): number {
    for (let row = from; row < this.depth; row++) if (this.protocol[row] === protocol) return row;
    return -1;
  }
}
