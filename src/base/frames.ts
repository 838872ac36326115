/**
 * The one structure that every source fills and every later stage reads: many frames in one buffer,
 * described by parallel columns. Row i of every column is one frame.
 */
import type { InterfaceIndex } from './units.ts';

/** The most frames a batch describes. */
export const FRAMES_MAX = 4096;

/** The longest frame accepted from any source, bytes; what tcpdump and Wireshark accept too. */
export const CAPLEN_MAX = 262_144;

/** Direction bits of a frame's flags: the two low bits of pcapng's epb_flags. */
export const DIRECTION_MASK = 3;
export const DIRECTION_IN = 1;
export const DIRECTION_OUT = 2;
/** epb_flags: the transport checksum was not yet computed (offload); it means nothing. */
export const CHECKSUM_NOT_READY = 1 << 9;
/** epb_flags: the receiver has verified the transport checksum; the frame is several segments still to be cut (GSO, GRO). */
export const CHECKSUM_VALID = 1 << 10;
export const SEGMENTED_LATER = 1 << 11;

/** Where frames were seen: one per pcap file, one per interface block of a pcapng section. */
export interface CaptureInterface {
  readonly index: InterfaceIndex;
  /** LINKTYPE_* of the file format (tcpdump.org/linktypes), never a DLT_* number. */
  readonly linktype: number;
  /** 0 = not limited or not known. */
  readonly snaplen: number;
  /** Device name as captured (`eth0`), or undefined when the file holds none. */
  readonly name: string | undefined;
  readonly description: string | undefined;
  /** Path as given by the user; "-" for standard input, "" for a live capture. */
  readonly file: string;
  /** Index of the file among those given. */
  readonly fileIndex: number;
  /** Node name, where the file or the user tells one. */
  readonly node: string | undefined;
  /** if_filter, as text, where the file tells one. */
  readonly filter: string | undefined;
  /** Bytes of frame check sequence at the end of each frame, -1 = not told. */
  readonly fcsLen: number;
  /** Nanoseconds between two times that the file can tell apart, where its format fixes that (pcap: 1 or 1000). */
  readonly tickNanoseconds?: number;
  /** What kind of device it is, and the system that it is of, where the file tells (if_hardware, if_os). */
  readonly hardware?: string | undefined;
  readonly os?: string | undefined;
  /** Comments on the interface, where the file holds any. */
  readonly comments?: readonly string[];
  /** Frames the capturing side says it lost here (pcapng ISB); -1 = it does not say. */
  dropped: number;
  /** Frames that the capture filter let through, lost ones included (isb_filteraccept), where that is told. */
  received?: number;
}

/**
 * Frames borrowed from a source until its next batch.
 * `bytes`, `view` cover the same memory, which may be much larger than the frames in it.
 */
export class FrameBatch {
  bytes: Uint8Array;
  view: DataView;
  count = 0;
  /** First captured byte. */
  readonly at: Int32Array;
  /** Bytes captured. */
  readonly caplen: Int32Array;
  /** Bytes on the wire; may be below caplen in odd files. */
  readonly len: Int32Array;
  /** Time, whole seconds since 1970 UTC (may exceed 32 bits). */
  readonly seconds: Float64Array;
  /** Time, 0..999_999_999. */
  readonly nanoseconds: Int32Array;
  /** Row of `interfaces`. */
  readonly iface: Int32Array;
  /** epb_flags where the source has them, else 0. */
  readonly flags: Int32Array;
  /** 1-based number of the frame in its own file, as Wireshark counts. */
  readonly number: Float64Array;
  /**
   * Where the frame's record starts in its file, bytes, for whoever wants to read it again; -1 = it cannot be.
   * Undefined = not asked for.
   */
  position: Float64Array | undefined = undefined;
  /** Comments by row, of the few frames that carry one; undefined when none in this batch does. */
  comments: Map<number, string> | undefined = undefined;
  /** All interfaces met so far; grows while reading. */
  interfaces: readonly CaptureInterface[] = [];

  /** `capacity`: rows, at most FRAMES_MAX; a merge of many files holds many small batches. */
  constructor(bytes: Uint8Array, capacity = FRAMES_MAX) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.at = new Int32Array(capacity);
    this.caplen = new Int32Array(capacity);
    this.len = new Int32Array(capacity);
    this.seconds = new Float64Array(capacity);
    this.nanoseconds = new Int32Array(capacity);
    this.iface = new Int32Array(capacity);
    this.flags = new Int32Array(capacity);
    this.number = new Float64Array(capacity);
  }
}
