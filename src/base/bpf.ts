/**
 * A program for the kernel's packet filter: classic BPF (linux/filter.h, Documentation/networking/filter.rst).
 * Two 32-bit registers A and X, sixteen 32-bit memory slots, jumps that only go forward. A load beyond
 * the frame ends the program and rejects the frame.
 */

/** struct sock_filter. */
export interface BpfInstruction {
  /** 16 bits. */
  readonly code: number;
  /** How many instructions to skip when the test holds and when it does not, 0 to 255. */
  readonly jt: number;
  readonly jf: number;
  /** Unsigned, 32 bits. */
  readonly k: number;
}

/** The most instructions the kernel takes (BPF_MAXINSNS). */
export const INSTRUCTIONS_MAX = 4096;
/** Memory slots. */
export const SLOTS = 16;

/** Instruction classes, sizes and modes: the bits that make up a code. */
export const LD = 0x00;
export const LDX = 0x01;
export const ST = 0x02;
export const STX = 0x03;
export const ALU = 0x04;
export const JMP = 0x05;
export const RET = 0x06;
export const MISC = 0x07;

export const SIZE_W = 0x00;
export const SIZE_H = 0x08;
export const SIZE_B = 0x10;

export const IMM = 0x00;
export const ABS = 0x20;
export const IND = 0x40;
export const MEM = 0x60;
export const LEN = 0x80;

export const ADD = 0x00;
export const SUB = 0x10;
export const MUL = 0x20;
export const DIV = 0x30;
export const OR = 0x40;
export const AND = 0x50;
export const LSH = 0x60;
export const RSH = 0x70;
export const NEG = 0x80;
export const MOD = 0x90;
export const XOR = 0xa0;

export const JA = 0x00;
export const JEQ = 0x10;
export const JGT = 0x20;
export const JGE = 0x30;
export const JSET = 0x40;

/** Operand of ALU and JMP: the constant k or the register X. */
export const K = 0x00;
export const X = 0x08;

export const TAX = 0x00;
export const TXA = 0x80;

/** Absolute loads of what the kernel knows beside the frame's bytes: SKF_AD_OFF and the offsets from it. */
export const ANCILLARY = 0xffff_f000;
export const AD_PACKET_TYPE = 4;
export const AD_INTERFACE = 8;
export const AD_HARDWARE_TYPE = 28;
export const AD_VLAN_TAG = 44;
export const AD_VLAN_TAG_PRESENT = 48;
export const AD_VLAN_PROTOCOL = 60;

/** Packet type of a frame that this machine sent (PACKET_OUTGOING). */
export const PACKET_OUTGOING = 4;
