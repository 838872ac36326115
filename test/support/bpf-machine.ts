/**
 * Runs a packet filter program as the kernel does: its checker's rules (net/core/filter.c,
 * bpf_check_classic) and its arithmetic, loads and ancillary values.
 */
import assert from 'node:assert/strict';
import {
  ABS,
  ALU,
  ANCILLARY,
  AND,
  type BpfInstruction,
  DIV,
  IMM,
  IND,
  INSTRUCTIONS_MAX,
  JA,
  JEQ,
  JGE,
  JGT,
  JMP,
  JSET,
  LD,
  LDX,
  LEN,
  LSH,
  MEM,
  MISC,
  MOD,
  MUL,
  NEG,
  OR,
  RET,
  RSH,
  SIZE_B,
  SIZE_H,
  SLOTS,
  ST,
  STX,
  SUB,
  TXA,
  X,
  XOR,
} from '../../src/base/bpf.ts';

/** What a packet socket's filter sees of a frame. */
export interface Seen {
  readonly bytes: Uint8Array;
  readonly hardwareType: number;
  /** 4: sent by this machine. */
  readonly packetType?: number;
  /** The tag that the kernel took out of the frame. */
  readonly vlan?: { readonly protocol: number; readonly control: number };
}

/** Bytes let through, 0 = rejected. Throws where a program does what the kernel does not allow. */
export function runBpf(program: readonly BpfInstruction[], seen: Seen): number {
  const { bytes } = seen;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const slots = new Int32Array(SLOTS);
  let a = 0;
  let x = 0;
  for (let at = 0; ; at++) {
    const { code, jt, jf, k } = program[at]!;
    switch (code & 7) {
      case LD: {
        const value = load(code, k, x);
        if (value === undefined) return 0;
        a = value;
        break;
      }
      case LDX:
        x = (code & 0xe0) === MEM ? slots[k]! : k | 0;
        break;
      case ST:
        slots[k] = a;
        break;
      case STX:
        slots[k] = x;
        break;
      case ALU: {
        const operand = (code & X) === 0 ? k | 0 : x;
        if (((code & 0xf0) === DIV || (code & 0xf0) === MOD) && operand === 0) return 0;
        a = compute(code & 0xf0, a, operand);
        break;
      }
      case JMP:
        if (code === (JMP | JA)) at += k;
        else at += holds(code & 0xf0, a, (code & X) === 0 ? k | 0 : x) ? jt : jf;
        break;
      case RET:
        return k;
      default:
        if ((code & 0xf8) === TXA) a = x;
        else x = a;
    }
  }

  function load(code: number, k: number, index: number): number | undefined {
    switch (code & 0xe0) {
      case IMM:
        return k | 0;
      case MEM:
        return slots[k]!;
      case LEN:
        return bytes.length;
      case ABS:
        return k >= ANCILLARY ? ancillary(seen, k - ANCILLARY) : bytesAt(code & 0x18, k | 0);
      default:
        return bytesAt(code & 0x18, (index + k) | 0);
    }
  }

  function bytesAt(size: number, at: number): number | undefined {
    const len = size === SIZE_B ? 1 : size === SIZE_H ? 2 : 4;
    if (at < 0 || at + len > bytes.length) return undefined;
    return len === 1 ? view.getUint8(at) : len === 2 ? view.getUint16(at) : view.getInt32(at);
  }
}

function ancillary({ hardwareType, packetType = 0, vlan }: Seen, offset: number): number {
  switch (offset) {
    case 4:
      return packetType;
    case 28:
      return hardwareType;
    case 44:
      return vlan?.control ?? 0;
    case 48:
      return vlan === undefined ? 0 : 1;
    case 60:
      return vlan?.protocol ?? 0;
    default:
      throw new Error(`ancillary load ${offset} is not one of those that programs may use here`);
  }
}

function compute(operation: number, a: number, operand: number): number {
  switch (operation) {
    case SUB:
      return (a - operand) | 0;
    case MUL:
      return Math.imul(a, operand);
    case DIV:
      return ((a >>> 0) / (operand >>> 0)) | 0;
    case MOD:
      return ((a >>> 0) % (operand >>> 0)) | 0;
    case OR:
      return a | operand;
    case AND:
      return a & operand;
    case XOR:
      return a ^ operand;
    case LSH:
      return a << operand;
    case RSH:
      return a >>> operand;
    case NEG:
      return -a | 0;
    default:
      return (a + operand) | 0;
  }
}

function holds(test: number, a: number, operand: number): boolean {
  switch (test) {
    case JEQ:
      return a === operand;
    case JGT:
      return a >>> 0 > operand >>> 0;
    case JGE:
      return a >>> 0 >= operand >>> 0;
    default:
      assert.equal(test, JSET);
      return (a & operand) !== 0;
  }
}

/** What the kernel refuses when a program is attached. */
export function checkBpf(program: readonly BpfInstruction[]): void {
  assert.ok(
    program.length > 0 && program.length <= INSTRUCTIONS_MAX,
    `${program.length} instructions`,
  );
  assert.equal(program.at(-1)!.code & 7, RET);
  const stored = new Int32Array(program.length).fill(-1);
  let valid = 0;
  program.forEach(({ code, jt, jf, k }, at) => {
    valid &= stored[at]!;
    assert.ok(k >= 0 && k <= 0xffff_ffff && jt <= 255 && jf <= 255);
    const usesSlot = ((code & 7) === LD || (code & 7) === LDX) && (code & 0xe0) === MEM;
    switch (code & 7) {
      case ST:
      case STX:
        assert.ok(k < SLOTS);
        valid |= 1 << k;
        break;
      case JMP: {
        const targets = code === (JMP | JA) ? [at + 1 + k] : [at + 1 + jt, at + 1 + jf];
        for (const target of targets) {
          assert.ok(target < program.length, `jump from ${at} to ${target}`);
          stored[target]! &= valid;
        }
        valid = -1;
        break;
      }
      case ALU:
        if ((code & X) === 0 && [DIV, MOD].includes(code & 0xf0)) assert.notEqual(k, 0);
        if ((code & X) === 0 && [LSH, RSH].includes(code & 0xf0)) assert.ok(k < 32);
        break;
      case RET:
        valid = -1;
        break;
      default:
        if (usesSlot)
          assert.ok((valid & (1 << k)) !== 0, `slot ${k} is read before it is set, at ${at}`);
        assert.ok(
          ((code & 7) !== LD && (code & 7) !== LDX) ||
            [IMM, ABS, IND, MEM, LEN].includes(code & 0xe0),
        );
        assert.ok((code & 7) !== MISC || (code & 0x7f) === MISC || (code & 0xf8) === TXA);
    }
  });
}
