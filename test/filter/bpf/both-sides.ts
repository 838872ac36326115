/** The same frame asked of a filter twice: decoded, as netlens does, and by the program, as the kernel does. */
import { DIRECTION_IN, DIRECTION_OUT, FrameBatch } from '../../../src/base/frames.ts';
import { decode } from '../../../src/decode/decode.ts';
import { Packet } from '../../../src/decode/packet.ts';
import { type BpfProgram, compileBpf } from '../../../src/filter/bpf/compile.ts';
import type { Filter } from '../../../src/filter/filter.ts';
import { runBpf, type Seen } from '../../support/bpf-machine.ts';
import { reload } from '../../support/frames.ts';

/** A whole frame, of Ethernet (linktype 1) or raw IP (101). */
export interface LiveFrame {
  readonly bytes: Uint8Array;
  readonly linktype: 1 | 101;
  readonly isOut: boolean;
}

const packet = new Packet();
const frames = new FrameBatch(new Uint8Array(0));

/** What the frame filter says. */
export function byNetlens(filter: Filter, { bytes, linktype, isOut }: LiveFrame): boolean {
  reload(frames, bytes, { linktype });
  frames.flags[0] = isOut ? DIRECTION_OUT : DIRECTION_IN;
  decode(frames, 0, packet);
  return filter.frame(packet, frames, 0);
}

/** Every form in which the kernel may have the frame: with a VLAN tag beside its bytes or among them. */
export function* asSeen({ bytes, linktype, isOut }: LiveFrame): Generator<Seen> {
  const packetType = isOut ? 4 : 0;
  if (linktype === 101) {
    yield { bytes, hardwareType: 768, packetType };
    yield { bytes, hardwareType: 65_534, packetType };
    return;
  }
  yield { bytes, hardwareType: 1, packetType };
  const protocol = bytes.length >= 18 ? (bytes[12]! << 8) | bytes[13]! : 0;
  if (protocol !== 0x8100 && protocol !== 0x88a8) return;
  const control = (bytes[14]! << 8) | bytes[15]!;
  const untagged = Uint8Array.from([...bytes.subarray(0, 12), ...bytes.subarray(16)]);
  yield { bytes: untagged, hardwareType: 1, packetType, vlan: { protocol, control } };
}

/** Frames of captures and samples as a socket would see them; undefined for other link types. */
export function liveFrame(
  bytes: Uint8Array,
  linktype: number,
  isOut = false,
): LiveFrame | undefined {
  if (linktype === 1) return { bytes, linktype, isOut };
  return [101, 228, 229].includes(linktype) ? { bytes, linktype: 101, isOut } : undefined;
}

export interface Comparison {
  readonly program: BpfProgram;
  /** Frames that the program rejects though the filter lets them through. */
  lost: LiveFrame | undefined;
  /** Frames, in each form that the kernel may have them in; those that the filter lets through. */
  asked: number;
  passed: number;
  /** Frames that only the program lets through. */
  extra: number;
  firstExtra: LiveFrame | undefined;
}

export function compareOn(filter: Filter, all: Iterable<LiveFrame>): Comparison {
  const program = compileBpf(filter);
  const result: Comparison = {
    program,
    lost: undefined,
    asked: 0,
    passed: 0,
    extra: 0,
    firstExtra: undefined,
  };
  for (const frame of all) {
    const wanted = byNetlens(filter, frame);
    for (const seen of asSeen(frame)) {
      const isThrough = runBpf(program.instructions, seen) > 0;
      result.asked++;
      if (wanted) result.passed++;
      if (wanted && !isThrough) result.lost ??= frame;
      if (isThrough && !wanted) {
        result.extra++;
        result.firstExtra ??= frame;
      }
    }
  }
  return result;
}
