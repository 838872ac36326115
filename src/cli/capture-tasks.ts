/** What `netlens capture` does with the frames: a stage that takes them, and how it ends. */
import { isatty } from 'node:tty';
import type { Ledger } from '../classify/record.ts';
import type { LiveKnowledge } from '../engine/live-knowledge.ts';
import type { Filter } from '../filter/filter.ts';
import { type FrameFilter, NOTHING_READ, type Stage } from '../pipeline.ts';
import type { LiveSource } from '../source/live/live-source.ts';
import { countOf, showCount, showSpan } from '../view/amounts.ts';
import { Painter } from '../view/color.ts';
import { escapeText } from '../view/escape.ts';
import { LiveOutput } from '../view/live-output.ts';
import type { Output } from '../view/output.ts';
import { loadWidths } from '../view/width.ts';
import type { CaptureFormat, CaptureOptions } from './capture-options.ts';
import { wantsColor } from './conversations.ts';
import { UsageError } from './errors.ts';
import type { Interrupt } from './interrupt.ts';
import type { LiveView } from './live-conversations.ts';
import { placesOf } from './namespaces.ts';
import type { Notices } from './notices.ts';

export interface CaptureContext {
  readonly options: CaptureOptions;
  readonly knowledge: LiveKnowledge;
  readonly source: LiveSource;
  readonly output: Output;
  readonly filter: Filter | undefined;
  /** The kernel lets through just what the filter does: it need not be asked again. */
  readonly isExact: boolean;
  readonly interrupt: Interrupt;
  readonly notices: Notices;
  /** performance.now() when capturing began. */
  readonly began: number;
}

export interface CaptureTask {
  readonly stage: Stage;
  readonly filter: FrameFilter | undefined;
  /** All frames were taken: show what is left to show. Yields the ledger of the run. */
  finish(counted: Partial<Ledger>): Promise<Ledger>;
}

/** The task that the options ask for. Rejects with what cannot be written to. */
export async function captureTaskOf(context: CaptureContext): Promise<CaptureTask> {
  const { options } = context;
  const shows = options.write === undefined || options.print || options.format !== undefined;
  const shown = shows ? await shownTask(context) : undefined;
  if (options.write === undefined) return shown!;
  const { writeTask } = await import('./capture-writing.ts');
  return writeTask(options.write, context, shown, frameFilterOf(context));
}

function frameFilterOf({ filter, isExact }: CaptureContext): FrameFilter | undefined {
  return isExact ? undefined : filter?.frame;
}

function shownTask(context: CaptureContext): Promise<CaptureTask> {
  const { options } = context;
  if (options.count) return countTask(context);
  return options.frames ? framesTask(context) : conversationsTask(context);
}

async function countTask(context: CaptureContext): Promise<CaptureTask> {
  const { CountStage } = await import('./stages.ts');
  return {
    stage: new CountStage(),
    filter: frameFilterOf(context),
    async finish(counted): Promise<Ledger> {
      const ledger = { ...NOTHING_READ, ...counted };
      await context.output.write(
        new TextEncoder().encode(`${countOf(ledger.matched, 'packet')}\n`),
      );
      return ledger;
    },
  };
}

async function framesTask(context: CaptureContext): Promise<CaptureTask> {
  const { options, source, output } = context;
  const { FrameJsonStage, FrameLinesStage } = await import('./stages.ts');
  let stage: Stage;
  if (options.format === 'jsonl') stage = new FrameJsonStage(output);
  else {
    const { FrameLines } = await import('../view/frames/line.ts');
    const { Names } = await import('../view/names.ts');
    const names = options.names ? new Names(source.names, undefined) : undefined;
    stage = new FrameLinesStage(new FrameLines({ ...options, names, files: false }), output, names);
  }
  return {
    stage,
    filter: frameFilterOf(context),
    finish: async (counted) => ({ ...NOTHING_READ, ...counted }),
  };
}

async function conversationsTask(context: CaptureContext): Promise<CaptureTask> {
  const { options, knowledge, filter } = context;
  const { FlowStage } = await import('../flow/observe.ts');
  const { RunningConversations } = await import('../classify/running.ts');
  const { FlowsStage } = await import('./selection.ts');
  const { LiveConversationsStage } = await import('./live-conversations.ts');
  const flows = new FlowStage(options.maxFlows);
  const running = new RunningConversations(flows, options.idleMs * 1e6, knowledge.current);
  const out = new LiveOutput(context.output);
  // frames that the kernel leaves out, or that do not match, are in no conversation, unless whole ones are chosen
  const isWhole = filter?.prefersConversation === true || !options.kernelFilter;
  const chosen = isWhole ? filter : undefined;
  const selection = new FlowsStage(flows, chosen);
  const status = (): string[] => statusLines(context, flows.flows.count);
  const view = await viewOf(context, out, status);
  const stage = new LiveConversationsStage(selection, running, view, knowledge);
  return {
    stage,
    filter: chosen === undefined ? frameFilterOf(context) : selection.frameFilter,
    async finish(counted): Promise<Ledger> {
      await stage.finish();
      if (counted.live !== undefined) counted.live.unshown = out.dropped;
      return {
        ...NOTHING_READ,
        ...counted,
        nonIp: flows.nonIp,
        orphanFragments: flows.orphanFragments,
        flows: running.endedFlows + flows.flows.count,
        conversations: running.ended + running.goingOn,
        untrackedFrames: flows.untracked,
        evictedFlows: running.evictedFlows,
      };
    },
  };
}

async function viewOf(
  { options, notices }: CaptureContext,
  out: LiveOutput,
  status: () => string[],
): Promise<LiveView> {
  const { names, intervalMs } = options;
  const isTerminal = isatty(1);
  const format: CaptureFormat = options.format ?? (isTerminal ? 'table' : 'text');
  const color = wantsColor(options.color);
  if (format === 'table') {
    if (!isTerminal) {
      throw new UsageError(
        '-o table: standard output is no terminal; -o text or jsonl suits a pipe',
      );
    }
    await loadWidths();
    const { LiveScreen } = await import('./live-screen.ts');
    const size = () => ({
      columns: options.width ?? process.stdout.columns ?? 80,
      rows: process.stdout.rows ?? 24,
    });
    notices.hold();
    return new LiveScreen(out, { color, names, size, status });
  }
  const { LiveLines } = await import('./live-lines.ts');
  const painter = format === 'text' ? new Painter(color) : undefined;
  return new LiveLines(out, { painter, names, intervalMs });
}

/** What is captured and lost, and what was said last, for the top of the screen. */
function statusLines(
  { options, source, began, filter, notices }: CaptureContext,
  flows: number,
): string[] {
  const { received, dropped } = source.statistics;
  const parts = [
    `${placesOf(options)}: ${countOf(received, 'frame')}`,
    dropped < 0 ? 'drops unknown' : `${showCount(dropped)} dropped`,
    countOf(flows, 'flow'),
    showSpan(1e6 * (performance.now() - began)),
  ];
  if (filter !== undefined) parts.push(`filter: ${filter.text}`);
  const line = escapeText(`${parts.join(', ')}; Ctrl-C ends it`);
  return notices.latest === undefined ? [line] : [line, notices.latest];
}
