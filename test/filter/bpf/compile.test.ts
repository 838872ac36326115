/** The program in the kernel never rejects a frame that the filter lets through, and rejects nearly all others. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Expression } from '../../../src/filter/ast.ts';
import { compileBpf, compileBpfBySize } from '../../../src/filter/bpf/compile.ts';
import { compileFilter, type Filter } from '../../../src/filter/filter.ts';
import { compileFrame } from '../../../src/filter/frame.ts';
import { showFilter } from '../../../src/filter/show.ts';
import { capturesIn } from '../../oracle/survey.ts';
import { anyFrame } from '../../support/arbitrary-frames.ts';
import { checkBpf, runBpf } from '../../support/bpf-machine.ts';
import { samples } from '../../support/samples.ts';
import { framesOf } from '../capture-pool.ts';
import { anyExpression } from '../random-filters.ts';
import { ETHERNET_EXPRESSIONS, EXPRESSIONS } from '../tcpdump-expressions.ts';
import { asSeen, byNetlens, compareOn, type LiveFrame, liveFrame } from './both-sides.ts';

/** Frames of each fixture's captures that are compared. */
const FRAMES_PER_FILE = 150;

/** What netlens adds to tcpdump's words, and what is asked of several layers at once. */
const OWN = [
  'outer tcp port 80',
  'inner tcp port 80',
  'outer host 192.168.10.101 and inner tcp port 80',
  'inner (host 10.0.0.1 and not port 80)',
  'not inner icmp',
  'outer not arp',
  'host 10.0.0.1 and not port 80',
  'not (host 10.0.0.1 and tcp)',
  'tcp or vlan',
  'vlan 100 or (udp and not vlan)',
  'vlan 10 and vlan 20',
  'vxlan',
  'vxlan 4096 and host 10.0.0.1',
  'not vxlan 1',
  'geneve 7',
  'not geneve',
  'mpls or pppoes or llc',
  'not mpls',
  'encap any',
  'encap none',
  'encap ipip',
  'not encap ipip',
  'encap 6in4 or encap 4in6 or encap 6in6',
  'encap gre and tcp',
  'encap vxlan',
  'encap geneve',
  'encap esp or encap wireguard',
  'inbound and tcp',
  'outbound or icmp',
  'greater 200 and tcp',
  'ether host 02:00:00:00:00:0a',
  'not ether src 02:00:00:00:00:0a',
  'ether proto 0x8100',
  'ether[14:2] & 0xfff = 100',
  'tcp[tcpflags] & (tcp-syn|tcp-fin) != 0',
  'not tcp[13] & 2 = 0',
  'tcp[((tcp[12] & 0xf0) >> 2):4] = 0x47455420',
  'ip.ttl < 5 and tcp',
  'dns * or proxy',
  'not sni *',
  'iface cali* and not port 22',
];

const sampleFrames = samples.flatMap(({ bytes, linktype }, i) => {
  const frame = liveFrame(bytes, linktype, i % 2 === 1);
  return frame === undefined ? [] : [frame];
});

function show({ bytes, linktype }: LiveFrame): string {
  return `link type ${linktype}, ${Buffer.from(bytes).toString('hex')}`;
}

function filterOf(expression: Expression): Filter {
  return { ...compileFilter(''), expression, frame: compileFrame(expression) };
}

function isOfFrames(expression: Expression): boolean {
  switch (expression.kind) {
    case 'and':
    case 'or':
      return expression.of.every(isOfFrames);
    case 'not':
    case 'pin':
      return isOfFrames(expression.of);
    default:
      return !['label', 'object', 'nat'].includes(expression.kind);
  }
}

/** Trees over words that hold of some of the samples. */
const combined: fc.Arbitrary<Expression> = fc.letrec<{ tree: Expression }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    fc.constantFrom(...OWN, ...EXPRESSIONS).map((text) => compileFilter(text).expression),
    fc
      .record({
        kind: fc.constantFrom('and' as const, 'or' as const),
        of: fc.array(tie('tree'), { minLength: 2, maxLength: 3 }),
      })
      .map((rest): Expression => rest),
    tie('tree').map((of): Expression => ({ kind: 'not', of })),
    fc
      .record({ layer: fc.constantFrom('outer' as const, 'inner' as const), of: tie('tree') })
      .map((rest): Expression => ({ kind: 'pin', ...rest })),
  ),
})).tree;

function assertSuperset(filter: Filter, frames: readonly LiveFrame[]): void {
  for (const program of compileBpfBySize(filter)) {
    checkBpf(program.instructions);
    for (const frame of frames) {
      const wanted = byNetlens(filter, frame);
      for (const seen of asSeen(frame)) {
        const passed = runBpf(program.instructions, seen) > 0;
        const text = `${showFilter(filter.expression)}: ${show(frame)}`;
        assert.ok(passed || !wanted, `lost by ${text}`);
        if (program.exact) assert.equal(passed, wanted, `not exact: ${text}`);
      }
    }
  }
}

describe('filter in the kernel', function () {
  this.timeout(120_000);

  it('rejects no sample that the filter lets through, in any of its sizes', () => {
    for (const text of [...EXPRESSIONS, ...ETHERNET_EXPRESSIONS, ...OWN]) {
      assertSuperset(compileFilter(text), sampleFrames);
    }
  });

  it('rejects no damaged frame that any filter lets through', () => {
    fc.assert(
      fc.property(
        fc.oneof(combined, anyExpression.filter(isOfFrames)),
        fc.array(anyFrame(), { minLength: 5, maxLength: 30 }),
        (expression, frames) => {
          const live = frames.flatMap(({ bytes, linktype, len }) => {
            return liveFrame(bytes, linktype, len % 2 === 1) ?? [];
          });
          assertSuperset(filterOf(expression), live);
        },
      ),
      { numRuns: 600 },
    );
  });

  it('lets through just what the filter does, of the traffic of the labs', async () => {
    const frames = (await framesOf(capturesIn('fixtures', ''), FRAMES_PER_FILE)).flatMap(
      ({ bytes, linktype }, i) => liveFrame(bytes, linktype, i % 2 === 1) ?? [],
    );
    for (const text of [
      'tcp port 80',
      'not port 80',
      'net 10.0.0.0/8',
      'icmp or arp',
      'outer host 192.168.10.101 and inner tcp',
      'src net 10 and not dst port 53',
      'inner udp port 53',
      'encap ipip or encap vxlan',
      'tcp[tcpflags] & tcp-syn != 0',
      'ip6 and not icmp6',
      'host 192.168.10.101 or host 192.168.20.100',
      'greater 100 and udp',
    ]) {
      const result = compareOn(compileFilter(text), frames);
      const told = (frame: LiveFrame | undefined): string =>
        frame === undefined ? '' : show(frame);
      assert.equal(result.lost, undefined, `${text}: lost ${told(result.lost)}`);
      assert.equal(result.extra, 0, `${text}: also ${told(result.firstExtra)}`);
      assert.ok(result.passed > 0 && result.passed < result.asked, `${text}: ${result.passed}`);
    }
  });

  it('is exact only where it is asked of nothing but the frame', () => {
    const exact = (text: string): boolean => compileBpf(compileFilter(text)).exact;
    for (const text of ['', 'greater 100', 'len = 60 or outbound', 'label cross-node']) {
      assert.equal(exact(text), true, text);
    }
    for (const text of [
      'tcp',
      'sni *',
      'ether[14] = 0',
      'outer ip',
      'iface eth0',
      'len << len = 0',
    ]) {
      assert.equal(exact(text), false, text);
    }
  });

  it('lets every frame through where conversations are chosen: their labels need all evidence', () => {
    const [program, ...others] = compileBpfBySize(compileFilter('label external and tcp port 80'));
    assert.deepEqual(program!.instructions, [{ code: 6, jt: 0, jf: 0, k: 0xffff_ffff }]);
    assert.deepEqual(others, []);
  });

  it('takes a filter that is too large for the kernel as one that looks less deep, in the end not at all', () => {
    const hosts = (count: number): string =>
      Array.from({ length: count }, (_, i) => `host 10.${i >> 8}.${i & 255}.1`).join(' or ');
    const lengths = [100, 500, 3000].map(
      (count) => compileBpf(compileFilter(hosts(count))).instructions.length,
    );
    assert.ok(lengths[0]! > 1000 && lengths[1]! > 1000 && lengths[1]! <= 4096, `${lengths}`);
    assert.equal(lengths[2], 1);
    assertSuperset(compileFilter(hosts(500)), sampleFrames);
  });

  it('takes any number of alternatives and questions', () => {
    const many = Array.from({ length: 40 }, (_, i) => `(host 10.0.0.${i} and not port ${i})`);
    assertSuperset(compileFilter(many.join(' or ')), sampleFrames.slice(0, 20));
    const product = Array.from({ length: 12 }, (_, i) => `(tcp or vlan ${i})`).join(' and ');
    assertSuperset(compileFilter(product), sampleFrames.slice(0, 20));
  });
});
