/** The sentence: source -> decode -> filter -> stage, and what is counted on the way. */
import type { FrameBatch } from './base/frames.ts';
import type { Ledger } from './classify/record.ts';
import { decode } from './decode/decode.ts';
import { MALFORMED, Packet, TOO_DEEP, UNKNOWN_LINKTYPE } from './decode/packet.ts';
import type { Source } from './source/source.ts';

/** What takes the frames: flows, lines of text, a capture file. */
export interface Stage {
  /** Frames that the filter does not match are wanted too. */
  readonly wantsAll: boolean;
  /** Frame i of the batch, which `packet` holds decoded; both are borrowed. */
  take(packet: Packet, frames: FrameBatch, i: number, matches: boolean): void;
  /**
   * Take the frames from `from` on without their being decoded, as long as that is enough for them, up to `to`
   * (exclusive). Yields the first that it did not take. Asked only when there is no filter.
   */
  takePlain?(frames: FrameBatch, from: number, to: number): number;
  /** It holds nothing of the batch's memory, and not so much else that `flush` could not wait for more frames at hand. */
  canWait?(): boolean;
  /** The batch is at its end. Resolves false when nobody wants more. */
  flush(): Promise<boolean>;
}

export type FrameFilter = (packet: Packet, frames: FrameBatch, i: number) => boolean;

export interface RunOptions {
  /** Undefined = every frame matches. */
  readonly filter: FrameFilter | undefined;
  /** Stop after this many matching frames; Infinity = read all. */
  readonly limit: number;
  /** Stop after the batch in hand. */
  readonly signal: AbortSignal;
  /** Called between batches. */
  readonly onBatch?: () => void;
}

/** Read the source to its end, or until the limit, the signal or the stage ends it. */
export async function run(
  source: Source,
  stage: Stage,
  tally: Tally,
  options: RunOptions,
): Promise<void> {
  const packet = new Packet();
  const { limit, signal } = options;
  const next = interruptible(source, signal);
  let frames = await next();
  while (frames !== undefined) {
    takeBatch(frames, packet, stage, tally, options);
    const isOver = tally.matched >= limit || signal.aborted;
    const more = !isOver && stage.canWait?.() === true ? source.nextNow?.() : undefined;
    if (more === undefined) {
      if (!(await stage.flush()) || isOver || signal.aborted) return;
      options.onBatch?.();
    }
    frames = more ?? source.nextNow?.() ?? (await next());
  }
}

/** After so many frames in a row that a stage does not take undecoded, it is asked about one in as many. */
const REFUSALS_MAX = 8;

function takeBatch(
  frames: FrameBatch,
  packet: Packet,
  stage: Stage,
  tally: Tally,
  { filter, limit }: RunOptions,
): void {
  const { wantsAll } = stage;
  const takesPlain = filter === undefined && stage.takePlain !== undefined;
  let refusals = 0;
  for (let i = 0; i < frames.count && tally.matched < limit; i++) {
    if (takesPlain && (refusals < REFUSALS_MAX || i % REFUSALS_MAX === 0)) {
      const from = i;
      i = stage.takePlain!(frames, from, Math.min(frames.count, from + limit - tally.matched));
      tally.countPlain(frames, from, i);
      refusals = i === from ? refusals + 1 : 0;
      if (i === frames.count || tally.matched >= limit) return;
    }
    decode(frames, i, packet);
    tally.count(packet, frames, i);
    const matches = filter === undefined || filter(packet, frames, i);
    if (matches) tally.matched++;
    if (matches || wantsAll) stage.take(packet, frames, i, matches);
  }
}

/** The source's `next`, but undefined as soon as the signal is aborted, even while a pipe is silent. */
function interruptible(source: Source, signal: AbortSignal): () => Promise<FrameBatch | undefined> {
  let giveUp: (nothing: undefined) => void = () => {};
  signal.addEventListener('abort', () => giveUp(undefined));
  return () =>
    new Promise((resolve, reject) => {
      if (signal.aborted) return resolve(undefined);
      giveUp = resolve;
      source.next().then(resolve, reject);
    });
}

/** A ledger in which nothing has happened yet. */
export const NOTHING_READ: Ledger = {
  files: 0,
  frames: 0,
  matched: 0,
  bytes: 0,
  truncated: 0,
  malformed: 0,
  tooDeep: 0,
  unknownLinktypes: {},
  nonIp: 0,
  orphanFragments: 0,
  captureDrops: -1,
  flows: 0,
  conversations: 0,
  evictedFlows: 0,
  untrackedFrames: 0,
  joinedFlows: 0,
  aloneFlows: 0,
  ties: 0,
  clocks: [],
  conflicts: [],
  damage: [],
};

/** The ledger's part that every run has, whatever the stage. */
export class Tally {
  frames = 0;
  matched = 0;
  bytes = 0;
  truncated = 0;
  malformed = 0;
  tooDeep = 0;
  readonly unknownLinktypes = new Map<number, number>();

  /** Frames [from, to) that the stage took undecoded: they match, and nothing is wrong with them. */
  countPlain(frames: FrameBatch, from: number, to: number): void {
    const { caplen, len } = frames;
    this.frames += to - from;
    this.matched += to - from;
    let bytes = 0;
    for (let i = from; i < to; i++) {
      bytes += Math.max(caplen[i]!, len[i]!);
      if (len[i]! > caplen[i]!) this.truncated++;
    }
    this.bytes += bytes;
  }

  count(packet: Packet, frames: FrameBatch, i: number): void {
    this.frames++;
    this.bytes += packet.wireLen;
    if (packet.cut) this.truncated++;
    if (packet.notes === 0) return;
    if ((packet.notes & MALFORMED) !== 0) this.malformed++;
    if ((packet.notes & TOO_DEEP) !== 0) this.tooDeep++;
    if ((packet.notes & UNKNOWN_LINKTYPE) === 0) return;
    const linktype = frames.interfaces[frames.iface[i]!]!.linktype;
    this.unknownLinktypes.set(linktype, (this.unknownLinktypes.get(linktype) ?? 0) + 1);
  }

  /** The counts as the ledger's fields, with what the source says of itself. */
  ledgerOf(source: Source): Partial<Ledger> {
    const drops = source.interfaces.map((iface) => iface.dropped).filter((count) => count >= 0);
    return {
      files: new Set(source.interfaces.map((iface) => iface.fileIndex)).size,
      frames: this.frames,
      matched: this.matched,
      bytes: this.bytes,
      truncated: this.truncated,
      malformed: this.malformed,
      tooDeep: this.tooDeep,
      unknownLinktypes: Object.fromEntries(this.unknownLinktypes),
      captureDrops: drops.length === 0 ? -1 : drops.reduce((sum, count) => sum + count, 0),
      damage: source.damage.map((error) => error.message),
    };
  }
}
