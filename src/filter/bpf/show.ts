/** A program as text: the notation of `tcpdump -d` and `bpf_asm`, or C structures (`-dd`). */
import {
  ABS,
  ALU,
  type BpfInstruction,
  IMM,
  IND,
  JA,
  JMP,
  LD,
  LDX,
  LEN,
  MEM,
  NEG,
  RET,
  SIZE_B,
  SIZE_H,
  ST,
  STX,
  TXA,
  X,
} from '../../base/bpf.ts';
import type { BpfProgram } from './compile.ts';

const OPERATIONS = 'add sub mul div or and lsh rsh neg mod xor'.split(' ');
const TESTS = 'ja jeq jgt jge jset'.split(' ');
const OPERATION_WIDTH = 8;
const OPERAND_WIDTH = 16;

/** One instruction a line, numbered from 0; jumps name the lines they go to. */
export function showBpf({ instructions }: BpfProgram): string {
  return instructions.map((instruction, at) => `${showLine(instruction, at)}\n`).join('');
}

/** As initialisers of struct sock_filter. */
export function showBpfStructs({ instructions }: BpfProgram): string {
  return instructions
    .map(({ code, jt, jf, k }) => `{ 0x${code.toString(16)}, ${jt}, ${jf}, 0x${hex(k)} },\n`)
    .join('');
}

/** As numbers: how many instructions, then one a line. */
export function showBpfNumbers({ instructions }: BpfProgram): string {
  const lines = instructions.map(({ code, jt, jf, k }) => `${code} ${jt} ${jf} ${k}\n`);
  return `${instructions.length}\n${lines.join('')}`;
}

function showLine(instruction: BpfInstruction, at: number): string {
  const { code, jt, jf, k } = instruction;
  const number = `(${String(at).padStart(3, '0')})`;
  const operation = nameOf(code).padEnd(OPERATION_WIDTH);
  if (code === (JMP | JA)) return `${number} ${operation} ${at + 1 + k}`;
  const operand = operandOf(code, k);
  if ((code & 7) !== JMP) return `${number} ${operation} ${operand}`.trimEnd();
  const targets = `jt ${at + 1 + jt}\tjf ${at + 1 + jf}`;
  return `${number} ${operation} ${operand.padEnd(OPERAND_WIDTH)} ${targets}`;
}

function nameOf(code: number): string {
  const size = (code & 0x18) === SIZE_H ? 'h' : (code & 0x18) === SIZE_B ? 'b' : '';
  switch (code & 7) {
    case LD:
      return `ld${size}`;
    case LDX:
      return `ldx${size}`;
    case ST:
      return 'st';
    case STX:
      return 'stx';
    case ALU:
      return OPERATIONS[(code & 0xf0) >> 4] ?? 'unknown';
    case JMP:
      return TESTS[(code & 0xf0) >> 4] ?? 'unknown';
    case RET:
      return 'ret';
    default:
      return (code & 0xf8) === TXA ? 'txa' : 'tax';
  }
}

function operandOf(code: number, k: number): string {
  switch (code & 7) {
    case LD:
    case LDX:
      return loadOperand(code, k);
    case ST:
    case STX:
      return `M[${k}]`;
    case ALU:
      if ((code & 0xf0) === NEG) return '';
      return (code & X) === 0 ? `#0x${hex(k)}` : 'x';
    case JMP:
      return (code & X) === 0 ? `#0x${hex(k)}` : 'x';
    case RET:
      return `#${k}`;
    default:
      return '';
  }
}

function loadOperand(code: number, k: number): string {
  switch (code & 0xe0) {
    case IMM:
      return `#0x${hex(k)}`;
    case ABS:
      return `[${k | 0}]`;
    case IND:
      return (k | 0) < 0 ? `[x - ${-(k | 0)}]` : `[x + ${k}]`;
    case MEM:
      return `M[${k}]`;
    case LEN:
      return '#pktlen';
    default:
      return `${k}`;
  }
}

const hex = (k: number): string => k.toString(16);
