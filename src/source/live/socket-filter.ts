/**
 * The program that the kernel runs on each frame before it enters the ring: which devices, which
 * direction, the user's filter, and how many bytes are kept. Classic BPF (linux/filter.h).
 */
import { LOOPBACK_HARDWARE } from './device-types.ts';

/** One instruction, as in struct sock_filter. */
export interface BpfInstruction {
  readonly code: number;
  /** Instructions to skip when a condition holds, and when it does not; 0..255. */
  readonly jt: number;
  readonly jf: number;
  readonly k: number;
}

export type Direction = 'in' | 'out' | 'inout';

export interface SocketFilter {
  /** Devices by interface index; empty = all. */
  readonly devices: readonly number[];
  readonly direction: Direction;
  /** The user's filter: it returns 0 for frames that are not wanted. */
  readonly program: readonly BpfInstruction[] | undefined;
  /** Bytes kept of a frame. */
  readonly snaplen: number;
}

/** The most instructions the kernel takes. */
export const BPF_MAXINSNS = 4096;
const INSTRUCTION_LEN = 8;

const LD_W_ABS = 0x20;
const JMP_JA = 0x05;
const JMP_JEQ_K = 0x15;
const RET_K = 0x06;

/** Ancillary data, at negative offsets (linux/filter.h: SKF_AD_*). */
const SKF_AD_PKTTYPE = 0xffff_f004;
const SKF_AD_IFINDEX = 0xffff_f008;
const SKF_AD_HATYPE = 0xffff_f01c;
const PACKET_OUTGOING = 4;

const REJECT: BpfInstruction = { code: RET_K, jt: 0, jf: 0, k: 0 };

/** The whole program. */
export function assemble(filter: SocketFilter): BpfInstruction[] {
  const whole = [...devicesOf(filter.devices), ...directionOf(filter.direction)];
  if (filter.program === undefined) whole.push({ code: RET_K, jt: 0, jf: 0, k: filter.snaplen });
  for (const one of filter.program ?? []) {
    const accepts = one.code === RET_K && one.k !== 0;
    whole.push(accepts ? { code: RET_K, jt: 0, jf: 0, k: filter.snaplen } : one);
  }
  return whole;
}

/** Each device in turn leads past the rejection at the end; JA reaches further than the byte of JEQ. */
function devicesOf(devices: readonly number[]): BpfInstruction[] {
  if (devices.length === 0) return [];
  const all: BpfInstruction[] = [{ code: LD_W_ABS, jt: 0, jf: 0, k: SKF_AD_IFINDEX }];
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
  const type: BpfInstruction = { code: LD_W_ABS, jt: 0, jf: 0, k: SKF_AD_PKTTYPE };
  const isOutgoing = { code: JMP_JEQ_K, k: PACKET_OUTGOING };
  if (direction === 'in') return [type, { ...isOutgoing, jt: 0, jf: 1 }, REJECT];
  if (direction === 'out') return [type, { ...isOutgoing, jt: 1, jf: 0 }, REJECT];
  return [
    { code: LD_W_ABS, jt: 0, jf: 0, k: SKF_AD_HATYPE },
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
