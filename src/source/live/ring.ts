/**
 * TPACKET_V3 (linux/if_packet.h): blocks of memory that the kernel fills and hands over, and takes back when
 * they are read. Frames stay where the kernel put them; a batch only says where they are.
 *
 * Row by row: a block begins with its status and the number of its frames; each frame with 48 bytes that
 * say when it came and how long it is, and a sockaddr_ll that says from where.
 */
import {
  CHECKSUM_NOT_READY,
  CHECKSUM_VALID,
  DIRECTION_IN,
  DIRECTION_OUT,
  FRAMES_MAX,
  type FrameBatch,
  SEGMENTED_LATER,
} from '../../base/frames.ts';
import { LINKTYPE_RAW } from '../../base/hardware-types.ts';
import { linktypeOf } from './device-types.ts';
import type { Devices } from './devices.ts';

/** Ints of a block's header. */
const BLOCK_STATUS = 2;
const NUM_PKTS = 3;
const OFFSET_TO_FIRST = 4;
const TP_STATUS_USER = 1;

/** Ints of a frame's header, which begins at a multiple of 8; the kernel and we have the same byte order, little-endian. */
const NEXT_OFFSET = 0;
const SEC = 1;
const NSEC = 2;
const SNAPLEN = 3;
const LEN = 4;
const STATUS = 5;
/** Where the frame begins, 16 bits, and where its packet does. */
const MAC_NET = 6;
const SLL_IFINDEX = 13;
/** sll_hatype, 16 bits, and sll_pkttype, 8 bits. */
const SLL_HATYPE_PKTTYPE = 14;
/** Bytes of it. */
const VLAN_TCI = 32;
const VLAN_TPID = 36;
const FRAME_HEADER_LEN = 48 + 20;

const TP_STATUS_CSUMNOTREADY = 1 << 3;
const TP_STATUS_VLAN_VALID = 1 << 4;
const TP_STATUS_VLAN_TPID_VALID = 1 << 6;
const TP_STATUS_CSUM_VALID = 1 << 7;
const TP_STATUS_GSO_TCP = 1 << 8;
const STATUS_OF_FLAGS = TP_STATUS_CSUMNOTREADY | TP_STATUS_CSUM_VALID | TP_STATUS_GSO_TCP;
const ETH_P_8021Q = 0x8100;
const MACS_LEN = 12;
const TAG_LEN = 4;

/** epb_flags by packet type (if_packet.h: PACKET_HOST, BROADCAST, MULTICAST, OTHERHOST, OUTGOING): direction, and how it was addressed. */
const FLAGS_BY_TYPE = Int32Array.of(
  DIRECTION_IN | (1 << 2),
  DIRECTION_IN | (3 << 2),
  DIRECTION_IN | (2 << 2),
  DIRECTION_IN | (4 << 2),
  DIRECTION_OUT,
);

export interface RingMemory {
  /** Of all rings of the capture. */
  readonly bytes: Uint8Array;
  /** Where this ring's blocks begin in it. */
  readonly at: number;
  readonly blockLen: number;
  readonly blocks: number;
}

export class Ring {
  /** Frames that the kernel's own records contradict: never seen, but not trusted either. */
  damaged = 0;
  /** Captured bytes of all frames. */
  bytesSeen = 0;
  private readonly ints: Int32Array;
  private readonly view: DataView;
  private readonly bytes: Uint8Array;
  private readonly memory: RingMemory;
  private readonly devices: Devices;
  /** The block being read, and the next one to give back. */
  private block = 0;
  private oldest = 0;
  /** Blocks read and not yet given back. */
  private held = 0;
  /** Frames of the block still to be read, and where the next one's header begins. */
  private left = 0;
  private frameAt = 0;
  private blockEnd = 0;
  /** The device met last. */
  private lastIfindex = -1;
  private lastRow = -1;
  private lastIsRaw = false;

  constructor(memory: RingMemory, devices: Devices) {
    const { bytes } = memory;
    this.memory = memory;
    this.bytes = bytes;
    this.ints = new Int32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength >> 2);
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.devices = devices;
  }

  /** Is there a frame to be read? */
  get ready(): boolean {
    while (this.left === 0) if (!this.openBlock()) return false;
    return true;
  }

  /** Time of the next frame; only when `ready`. */
  get seconds(): number {
    return this.ints[(this.frameAt >> 2) + SEC]! >>> 0;
  }

  get nanoseconds(): number {
    return this.ints[(this.frameAt >> 2) + NSEC]!;
  }

  /** Take the next block, if the kernel has handed it over and it is not one that is still held. */
  private openBlock(): boolean {
    const { at, blockLen, blocks } = this.memory;
    if (this.held === blocks) return false;
    const start = at + this.block * blockLen;
    const word = start >> 2;
    if ((Atomics.load(this.ints, word + BLOCK_STATUS) & TP_STATUS_USER) === 0) return false;
    this.left = this.ints[word + NUM_PKTS]!;
    this.frameAt = start + this.ints[word + OFFSET_TO_FIRST]!;
    this.blockEnd = start + blockLen;
    this.block = this.block + 1 === blocks ? 0 : this.block + 1;
    this.held++;
    return true;
  }

  /** Give back the blocks whose frames were all read; what was read of them is gone. */
  release(): void {
    const { at, blockLen, blocks } = this.memory;
    const keep = this.left > 0 ? 1 : 0;
    while (this.held > keep) {
      Atomics.store(this.ints, ((at + this.oldest * blockLen) >> 2) + BLOCK_STATUS, 0);
      this.oldest = this.oldest + 1 === blocks ? 0 : this.oldest + 1;
      this.held--;
    }
  }

  /** The names of devices may have changed. */
  forgetDevice(): void {
    this.lastIfindex = -1;
  }

  /**
   * Frames into the batch until it is full, the ring is empty, or the next one is later than this time.
   * `before` is how many frames the capture had before this batch.
   */
  fill(batch: FrameBatch, before: number, untilSeconds: number, untilNanoseconds: number): void {
    const { ints } = this;
    let i = batch.count;
    while (i < FRAMES_MAX && this.ready) {
      const at = this.frameAt;
      if (at + FRAME_HEADER_LEN > this.blockEnd) {
        this.giveUpBlock();
        continue;
      }
      const word = at >> 2;
      const seconds = ints[word + SEC]! >>> 0;
      const nanoseconds = ints[word + NSEC]!;
      if (seconds > untilSeconds) break;
      if (seconds === untilSeconds && nanoseconds > untilNanoseconds) break;
      this.left--;
      if (!this.describe(batch, i, at, word)) {
        this.giveUpBlock();
        continue;
      }
      batch.seconds[i] = seconds;
      batch.nanoseconds[i] = nanoseconds;
      i++;
      batch.number[i - 1] = before + i;
      this.frameAt = at + ints[word + NEXT_OFFSET]!;
    }
    batch.count = i;
  }

  /** What follows in the block cannot be found. */
  private giveUpBlock(): void {
    this.damaged++;
    this.left = 0;
  }

  /** Where frame i is, and what it is; false when its header makes no sense. */
  private describe(batch: FrameBatch, i: number, at: number, word: number): boolean {
    const { ints } = this;
    const ifindex = ints[word + SLL_IFINDEX]!;
    const kind = ints[word + SLL_HATYPE_PKTTYPE]!;
    if (ifindex !== this.lastIfindex) this.turnTo(ifindex, kind & 0xffff);
    const status = ints[word + STATUS]!;
    const macAndNet = ints[word + MAC_NET]!;
    const mac = macAndNet & 0xffff;
    let start = at + mac;
    let caplen = ints[word + SNAPLEN]!;
    let len = ints[word + LEN]! >>> 0;
    if (this.lastIsRaw) {
      // where a link layer stands before the packet all the same, it is left out
      const header = Math.min((macAndNet >>> 16) - mac, caplen);
      if (header > 0) {
        start += header;
        caplen -= header;
        len -= header;
      }
    } else if ((status & TP_STATUS_VLAN_VALID) !== 0 && caplen >= MACS_LEN) {
      this.putBackTag(at, start, status);
      start -= TAG_LEN;
      caplen += TAG_LEN;
      len += TAG_LEN;
    }
    if (caplen < 0 || start + caplen > this.blockEnd) return false;
    let flags = FLAGS_BY_TYPE[(kind >>> 16) & 0xff] ?? 0;
    if ((status & STATUS_OF_FLAGS) !== 0) flags |= flagsOf(status);
    batch.at[i] = start;
    batch.caplen[i] = caplen;
    batch.len[i] = len;
    batch.iface[i] = this.lastRow;
    batch.flags[i] = flags;
    this.bytesSeen += caplen;
    return true;
  }

  private turnTo(ifindex: number, hatype: number): void {
    this.lastIfindex = ifindex;
    this.lastRow = this.devices.rowOf(ifindex, hatype);
    this.lastIsRaw = linktypeOf(hatype) === LINKTYPE_RAW;
  }

  /** The VLAN tag that the kernel took out of the frame at `mac`, back between addresses and type. */
  private putBackTag(at: number, mac: number, status: number): void {
    const { view, bytes } = this;
    bytes.copyWithin(mac - TAG_LEN, mac, mac + MACS_LEN);
    const tpid = view.getUint16(at + VLAN_TPID, true);
    const hasTpid = (status & TP_STATUS_VLAN_TPID_VALID) !== 0 && tpid !== 0;
    view.setUint16(mac + MACS_LEN - TAG_LEN, hasTpid ? tpid : ETH_P_8021Q);
    view.setUint16(mac + MACS_LEN - TAG_LEN + 2, view.getUint32(at + VLAN_TCI, true));
  }
}

/** epb_flags by what the kernel says of the checksum and of segments. */
function flagsOf(status: number): number {
  let flags = 0;
  if ((status & TP_STATUS_CSUMNOTREADY) !== 0) flags |= CHECKSUM_NOT_READY;
  if ((status & TP_STATUS_CSUM_VALID) !== 0) flags |= CHECKSUM_VALID;
  if ((status & TP_STATUS_GSO_TCP) !== 0) flags |= SEGMENTED_LATER;
  return flags;
}
