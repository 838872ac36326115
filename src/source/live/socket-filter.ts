/**
 * The program that the kernel runs on each frame before it enters the ring: which devices, which
 * direction, the user's filter, and how many bytes are kept. Classic BPF (linux/filter.h).
 */
import {
  ABS,
  AD_HARDWARE_TYPE,
  AD_INTERFACE,
  AD_PACKET_TYPE,
  ANCILLARY,
  type BpfInstruction,
  JA,
  JEQ,
  JMP,
  K,
  LD,
  PACKET_OUTGOING,
  RET,
} from '../../base/bpf.ts';
import { LOOPBACK_HARDWARE } from './device-types.ts';

export type Direction = 'in' | 'out' | 'inout';

export interface SocketFilter {
  /** Devices by interface index; empty = all. */
  readonly devices: readonly number[];
  readonly direction: Direction;
  /**
   * The user's filter: it returns 0 for frames that are not wanted. Of several, each lets through what the
   * one before it does and more, for a kernel that takes only a shorter one; none = all frames.
   */
  readonly programs: readonly (readonly BpfInstruction[])[];
  /** Bytes kept of a frame. */
  readonly snaplen: number;
}

const INSTRUCTION_LEN = 8;

const LD_W_ABS = LD | ABS;
const JMP_JA = JMP | JA;
const JMP_JEQ_K = JMP | JEQ | K;
const RET_K = RET | K;

const REJECT: BpfInstruction = { code: RET_K, jt: 0, jf: 0, k: 0 };

/** The whole program, with the user's filter in one of its forms. */
export function assemble(
  filter: SocketFilter,
  program: readonly BpfInstruction[] | undefined,
): BpfInstruction[] {
  const whole = [...devicesOf(filter.devices), ...directionOf(filter.direction)];
  if (program === undefined) whole.push({ code: RET_K, jt: 0, jf: 0, k: filter.snaplen });
  for (const one of program ?? []) {
    const accepts = one.code === RET_K && one.k !== 0;
    whole.push(accepts ? { code: RET_K, jt: 0, jf: 0, k: filter.snaplen } : one);
  }
  return whole;
}

/** Each device in turn leads past the rejection at the end; JA reaches further than the byte of JEQ. */
function devicesOf(devices: readonly number[]): BpfInstruction[] {
  if (devices.length === 0) return [];
  const all: BpfInstruction[] = [{ code: LD_W_ABS, jt: 0, jf: 0, k: ANCILLARY + AD_INTERFACE }];
  devices.forEach((ifindex, i) => {
    all.push({ code: JMP_JEQ_K, jt: 0, jf: 1, k: ifindex });
    all.push({ code: JMP_JA, jt: 0, jf: 0, k: 2 * (devices.length - i - 1) + 1 });
  });
  all.push(REJECT);
  return all;
}

/**
 * One way, where asked for. Otherwise what leaves through a loopback device is left out: it comes in
 * again at once, and would be there twice.
 */
function directionOf(direction: Direction): BpfInstruction[] {
  const type: BpfInstruction = { code: LD_W_ABS, jt: 0, jf: 0, k: ANCILLARY + AD_PACKET_TYPE };
  const isOutgoing = { code: JMP_JEQ_K, k: PACKET_OUTGOING };
  if (direction === 'in') return [type, { ...isOutgoing, jt: 0, jf: 1 }, REJECT];
  if (direction === 'out') return [type, { ...isOutgoing, jt: 1, jf: 0 }, REJECT];
  return [
    { code: LD_W_ABS, jt: 0, jf: 0, k: ANCILLARY + AD_HARDWARE_TYPE },
    { code: JMP_JEQ_K, jt: 0, jf: 3, k: LOOPBACK_HARDWARE },
    type,
    { ...isOutgoing, jt: 0, jf: 1 },
    REJECT,
  ];
}

/** As the kernel takes it: struct sock_filter after struct sock_filter. */
export function encode(program: readonly BpfInstruction[]): Uint8Array {
  const bytes = new Uint8Array(program.length * INSTRUCTION_LEN);
  const view = new DataView(bytes.buffer);
  program.forEach(({ code, jt, jf, k }, i) => {
    const at = i * INSTRUCTION_LEN;
    view.setUint16(at, code, true);
    view.setUint8(at + 2, jt);
    view.setUint8(at + 3, jf);
    view.setUint32(at + 4, k, true);
  });
  return bytes;
}
