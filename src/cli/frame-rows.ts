/** Single frames as evidence: the lines of those that sheets ask for, by one more read of the captures. */
import type { FrameBatch } from '../base/frames.ts';
import type { Conversations } from '../classify/conversations.ts';
import type { Packet } from '../decode/packet.ts';
import { compileFilter } from '../filter/filter.ts';
import { FlowStage } from '../flow/observe.ts';
import { type FrameFilter, run, type Stage, Tally } from '../pipeline.ts';
import type { Source } from '../source/source.ts';
import { placesOf } from '../view/diagram/sightings.ts';
import { BARE_LINES, FrameLines } from '../view/frames/line.ts';
import type { Row, RowRequest } from '../view/homework/sheet.ts';

/** Characters of a line; what a sheet shows of it is less. */
const TEXT_MAX = 600;

interface Wanted {
  readonly request: number;
  readonly saying: string;
  remaining: number;
}

/**
 * The rows of each request, in the order of the capture. `source` is a new one of the same files that
 * `conversations` were made of: flows are followed as the first read did.
 */
export async function frameRows(
  source: Source,
  requests: readonly RowRequest[],
  conversations: Conversations,
  signal: AbortSignal,
): Promise<Row[][]> {
  const stage = new RowsStage(requests, conversations);
  if (!stage.isDone) {
    const options = { filter: undefined, limit: Number.POSITIVE_INFINITY, signal };
    await run(source, stage, new Tally(), options);
  }
  await source.close();
  return stage.rows;
}

class RowsStage implements Stage {
  readonly wantsAll = true;
  readonly rows: Row[][];
  private readonly flows = new FlowStage();
  private readonly byFlow = new Map<number, Wanted[]>();
  private readonly byFilter: { readonly frame: FrameFilter; readonly wanted: Wanted }[] = [];
  /** Requests of one frame each that are still open. */
  private open = 0;
  private readonly lines = new FrameLines({ ...BARE_LINES, time: 'time', files: true });

  constructor(requests: readonly RowRequest[], conversations: Conversations) {
    this.rows = requests.map(() => []);
    requests.forEach((request, i) => {
      if (request.kind === 'frames') {
        const wanted = { request: i, saying: request.saying ?? '', remaining: request.limit };
        const filter = compileFilter(request.filter);
        this.byFilter.push({
          frame: (packet, frames, n) => filter.frame(packet, frames, n),
          wanted,
        });
        this.open += request.limit;
        return;
      }
      const { hops } = conversations.case(request.record.id - 1);
      for (const { hop } of placesOf(request.record.hops)) {
        const flow = hops[request.record.hops.indexOf(hop)]!.flow;
        const wanted = { request: i, saying: '', remaining: request.perPlace };
        this.byFlow.set(flow, [...(this.byFlow.get(flow) ?? []), wanted]);
        this.open += request.perPlace;
      }
    });
  }

  get isDone(): boolean {
    return this.open === 0;
  }

  take(packet: Packet, frames: FrameBatch, i: number): void {
    this.flows.observe(packet, frames, i);
    const wanting = this.byFlow.get(this.flows.row)?.filter(({ remaining }) => remaining > 0) ?? [];
    for (const { frame, wanted } of this.byFilter) {
      if (wanted.remaining > 0 && frame(packet, frames, i)) wanting.push(wanted);
    }
    if (wanting.length === 0) return;
    this.lines.add(packet, frames, i);
    const text = new TextDecoder().decode(this.lines.context.out.take()).trimEnd();
    const row = {
      frame: frames.number[i]!,
      file: frames.interfaces[frames.iface[i]!]!.file,
      text: text.slice(0, TEXT_MAX),
    };
    for (const wanted of wanting) {
      if (!text.includes(wanted.saying)) continue;
      wanted.remaining--;
      this.open--;
      this.rows[wanted.request]!.push(row);
    }
  }

  async flush(): Promise<boolean> {
    return !this.isDone;
  }
}
