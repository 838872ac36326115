import assert from 'node:assert/strict';
import fc from 'fast-check';
import { type Option, PcapngBytes, payload, pcap } from './capture-bytes.ts';
import { readBytes } from './memory-input.ts';

/** A file to be built: short when printed as a counterexample. */
interface Recipe {
  readonly format: 'pcap' | 'pcapng';
  readonly little: boolean;
  readonly steps: readonly { readonly kind: string; readonly length: number }[];
}

interface Built {
  readonly bytes: Uint8Array;
  /** By frame: where its record ends. */
  readonly ends: readonly number[];
}

const KINDS = [
  'frame',
  'options',
  'simple',
  'obsolete',
  'unknown',
  'names',
  'face',
  'statistics',
  'section',
];

function buildPcap({ little, steps }: Recipe): Built {
  const frames = steps.map(({ length }, i) => ({
    seconds: 1e9 + i,
    fraction: i,
    bytes: payload(length, i),
  }));
  let end = 24;
  const ends = frames.map(({ bytes }) => {
    end += 16 + bytes.length;
    return end;
  });
  const magic = steps.length % 2 === 0 ? 0xa1b2c3d4 : 0xa1b23c4d;
  return { bytes: pcap(frames, { little, magic, snaplen: 262_144 }), ends };
}

function addStep(file: PcapngBytes, kind: string, length: number, i: number): boolean {
  const bytes = payload(length, i);
  const options: Option[] = [
    [1, `comment ${i}`],
    [2, payload(4, i)],
    [77, payload(length % 5000)],
  ];
  const host = new Uint8Array([10, 1, 2, 3, ...Buffer.from(`name${i}\0other\0`)]);
  if (kind === 'frame') file.frame(BigInt(i), bytes);
  else if (kind === 'options') file.frame(BigInt(i) << 31n, bytes, { options });
  else if (kind === 'simple') file.simple(bytes);
  else if (kind === 'obsolete') file.obsolete(BigInt(i), bytes);
  else if (kind === 'unknown') file.block(0x1234, payload(length & ~3));
  else if (kind === 'names') file.names(Array.from({ length: length % 50 }, () => [1, host]));
  else if (kind === 'face')
    file.face(113, 50, [
      [2, 'eth1'],
      [9, Uint8Array.of(9)],
    ]);
  else if (kind === 'statistics') file.statistics(0, [[5, payload(8)]]);
  else file.section([[1, 'again']]).face();
  return ['frame', 'options', 'simple', 'obsolete'].includes(kind);
}

function build(recipe: Recipe): Built {
  if (recipe.format === 'pcap') return buildPcap(recipe);
  const file = new PcapngBytes(recipe.little).section().face();
  const ends: number[] = [];
  recipe.steps.forEach(({ kind, length }, i) => {
    if (addStep(file, kind, length, i)) ends.push(file.done().length);
  });
  return { bytes: file.done(), ends };
}

const lengths = fc.oneof(
  { weight: 5, arbitrary: fc.nat(90) },
  { weight: 3, arbitrary: fc.nat(4000) },
  { weight: 1, arbitrary: fc.constant(90_000) },
);
const recipes: fc.Arbitrary<Recipe> = fc.record({
  format: fc.constantFrom('pcap' as const, 'pcapng' as const),
  little: fc.boolean(),
  steps: fc.array(fc.record({ kind: fc.constantFrom(...KINDS), length: lengths }), {
    maxLength: 12,
  }),
});
const sizes = fc.array(
  fc.oneof(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 90_000 })),
  { minLength: 1, maxLength: 6 },
);

/** The sizes, but at most some thousand pieces for this many bytes. */
function fewer(pieces: readonly number[], length: number): number[] {
  return pieces.map((size) => Math.max(size, Math.ceil(length / 3000), 1));
}

describe('source/properties', () => {
  it('reads the same frames whatever the pieces the bytes come in, and whether they are waited for', async () => {
    const ahead = fc.integer({ min: 0, max: 3 });
    const atOnce = fc.array(fc.boolean(), { maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(recipes, sizes, ahead, atOnce, async (recipe, pieces, readsAhead, now) => {
        const { bytes, ends } = build(recipe);
        const whole = await readBytes(bytes);
        assert.equal(whole.fault, undefined);
        assert.equal(whole.frames.length, ends.length);
        const read = await readBytes(bytes, fewer(pieces, bytes.length), readsAhead, now);
        assert.deepEqual(read.frames, whole.frames);
        assert.deepEqual(read.findings.names, whole.findings.names);
        assert.equal(read.fault, undefined);
      }),
      { numRuns: 300 },
    );
  });

  it('throws nothing but a CaptureError on mutated files, ends, and keeps what precedes the change', async () => {
    const mutation = fc.record({
      at: fc.nat(1000),
      hex: fc.constantFrom(
        '00',
        'ff',
        '80',
        'ffffffff',
        '00000000',
        '00000400',
        '0a0d0d0a',
        '06000000',
        '00000020',
      ),
    });
    const mutations = fc.array(mutation, { minLength: 1, maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(recipes, mutations, sizes, async (recipe, changes, pieces) => {
        const { bytes, ends } = build(recipe);
        const sound = await readBytes(bytes);
        const broken = bytes.slice();
        let first = broken.length;
        for (const change of changes) {
          const at = Math.floor((change.at / 1001) * broken.length);
          const value = Buffer.from(change.hex, 'hex');
          broken.set(value.subarray(0, broken.length - at), at);
          first = Math.min(first, at);
        }
        const read = await readBytes(broken, fewer(pieces, bytes.length));
        assert.ok(read.frames.length <= broken.length / 12);
        const before = ends.filter((end) => end <= first).length;
        if (recipe.format === 'pcap' && before < 3) return; // the layout is guessed from these
        assert.deepEqual(read.frames.slice(0, before), sound.frames.slice(0, before));
      }),
      { numRuns: 1000 },
    );
  });

  it('reads bytes at random after a good header without a throw', async () => {
    const headers = [
      pcap([]),
      pcap([], { little: false }),
      new PcapngBytes().section().face().done(),
      new PcapngBytes(false).section().face().done(),
    ];
    const noise = fc.uint8Array({ maxLength: 400 });
    await fc.assert(
      fc.asyncProperty(fc.nat(3), noise, async (which, bytes) => {
        await readBytes(new Uint8Array([...headers[which]!, ...bytes]));
      }),
      { numRuns: 1000 },
    );
  });
});
