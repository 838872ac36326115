/** What stands before the user's filter in the kernel: devices, direction, length. Run by hand, a step at a time. */
import assert from 'node:assert/strict';
import type { BpfInstruction } from '../../src/base/bpf.ts';
import {
  assemble,
  type Direction,
  encode,
  type SocketFilter,
} from '../../src/source/live/socket-filter.ts';

interface Frame {
  readonly ifindex: number;
  /** 0 = for this host, 4 = outgoing. */
  readonly type: number;
  /** 1 Ethernet, 772 loopback. */
  readonly hardware: number;
}

const ANCILLARY: ReadonlyMap<number, keyof Frame> = new Map([
  [0xffff_f004, 'type'],
  [0xffff_f008, 'ifindex'],
  [0xffff_f01c, 'hardware'],
]);

/** Bytes of the frame that are kept. Understands the few instructions that are used. */
function kept(program: readonly BpfInstruction[], frame: Frame): number {
  let a = 0;
  for (let at = 0; at < program.length; at++) {
    const { code, jt, jf, k } = program[at]!;
    if (code === 0x20) a = frame[ANCILLARY.get(k)!];
    else if (code === 0x15) at += a === k ? jt : jf;
    else if (code === 0x05) at += k;
    else if (code === 0x06) return k;
    else assert.fail(`instruction 0x${code.toString(16)}`);
  }
  return assert.fail('no return');
}

function filterOf(devices: readonly number[], direction: Direction): SocketFilter {
  return { devices, direction, programs: [], snaplen: 96 };
}

const IN = { type: 0, hardware: 1, ifindex: 3 };
const OUT = { ...IN, type: 4 };

describe('the filter of a packet socket', () => {
  it('lets all through, to the length asked for, but what leaves through a loopback device', () => {
    const program = assemble(filterOf([], 'inout'), undefined);
    assert.equal(kept(program, IN), 96);
    assert.equal(kept(program, OUT), 96);
    assert.equal(kept(program, { ...IN, hardware: 772 }), 96);
    assert.equal(kept(program, { ...OUT, hardware: 772 }), 0);
  });

  it('takes one direction, also of a loopback device', () => {
    const inwards = assemble(filterOf([], 'in'), undefined);
    const outwards = assemble(filterOf([], 'out'), undefined);
    assert.deepEqual([kept(inwards, IN), kept(inwards, OUT)], [96, 0]);
    assert.deepEqual([kept(outwards, IN), kept(outwards, OUT)], [0, 96]);
    assert.equal(kept(outwards, { ...OUT, hardware: 772 }), 96);
  });

  it('takes the devices listed, hundreds of them too', () => {
    const devices = Array.from({ length: 400 }, (_, i) => 2 * i);
    const program = assemble(filterOf(devices, 'inout'), undefined);
    for (let ifindex = 0; ifindex < 800; ifindex++) {
      assert.equal(kept(program, { ...IN, ifindex }), ifindex % 2 === 0 ? 96 : 0, `${ifindex}`);
    }
  });

  it('asks the user filter last, and keeps no more than asked for of what that takes', () => {
    const user = [
      { code: 0x20, jt: 0, jf: 0, k: 0xffff_f008 },
      { code: 0x15, jt: 0, jf: 1, k: 3 },
      { code: 0x06, jt: 0, jf: 0, k: 0xffff_ffff },
      { code: 0x06, jt: 0, jf: 0, k: 0 },
    ];
    const program = assemble(filterOf([3, 4], 'inout'), user);
    assert.equal(kept(program, IN), 96);
    assert.equal(kept(program, { ...IN, ifindex: 4 }), 0);
    assert.equal(kept(program, { ...IN, ifindex: 5 }), 0);
  });

  it('is encoded as struct sock_filter', () => {
    const bytes = encode([{ code: 0x15, jt: 1, jf: 2, k: 0xffff_f004 }]);
    assert.equal(Buffer.from(bytes).toString('hex'), '1500010204f0ffff');
  });
});
