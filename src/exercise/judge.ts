/**
 * An exercise against captures, read twice: first for the conversations, then for the frames of those
 * that the checks choose. Both readings are stages for the pipeline.
 */
import type { FrameBatch } from '../base/frames.ts';
import type { Conversations } from '../classify/conversations.ts';
import type { Packet } from '../decode/packet.ts';
import { NO_FLOW } from '../flow/flow-table.ts';
import { FlowStage } from '../flow/observe.ts';
import type { Check, Exercise, Reason, Selection, Task } from './exercise.ts';

/** Frames named of one check. */
const NAMED_MAX = 8;

/** A frame, for the learner to look it up. */
export interface FrameName {
  readonly file: string;
  readonly interface: string | undefined;
  /** As Wireshark counts. */
  readonly number: number;
}

export interface CheckResult {
  readonly check: Check;
  readonly passed: boolean;
  /** Frames, or conversations where the check asks for no frames. */
  readonly count: number;
  /** The first of the frames counted; of conversations, the first frame of each. */
  readonly frames: readonly FrameName[];
}

export interface TaskResult {
  readonly task: Task;
  readonly passed: boolean;
  readonly checks: readonly CheckResult[];
  /** The first reason that holds; undefined when none does, or the task passed. */
  readonly reason: Reason | undefined;
  /** Frames that show the reason. */
  readonly reasonFrames: readonly FrameName[];
}

/** What is found of one selection. */
interface Found {
  /** Row c: 1 when conversation c is chosen; undefined = every frame, also of none. */
  readonly chosen: Uint8Array | undefined;
  count: number;
  readonly frames: FrameName[];
}

/** First reading: every frame into flows. */
export class FirstReading {
  readonly wantsAll = true;
  readonly flows = new FlowStage();

  take(packet: Packet, frames: FrameBatch, i: number): void {
    this.flows.observe(packet, frames, i);
  }

  async flush(): Promise<boolean> {
    return true;
  }
}

/** Second reading, in the same order as the first: counts what each selection of the exercise finds. */
export class SecondReading {
  readonly wantsAll = true;
  private readonly exercise: Exercise;
  private readonly flows = new FlowStage();
  private readonly found = new Map<Selection, Found>();
  /** Row f: the conversation of flow f. */
  private readonly conversationOf: Int32Array;
  /** Row c: 1 when a frame of conversation c has passed. */
  private readonly begun: Uint8Array;

  constructor(exercise: Exercise, conversations: Conversations) {
    this.exercise = exercise;
    const { members, start } = conversations.run.stitching;
    this.conversationOf = new Int32Array(conversations.run.stage.flows.count).fill(-1);
    this.begun = new Uint8Array(conversations.count);
    for (let c = 0; c < conversations.count; c++) {
      for (let m = start[c]!; m < start[c + 1]!; m++) this.conversationOf[members[m]! >> 1] = c;
    }
    const selections = exercise.tasks.flatMap(({ checks, reasons }) => [...checks, ...reasons]);
    for (const selection of selections) this.found.set(selection, empty(selection, this.begun));
    for (let c = 0; c < conversations.count; c++) this.choose(conversations, c);
  }

  /** Which selections conversation c is in. */
  private choose(conversations: Conversations, c: number): void {
    const record = conversations.record(c);
    for (const [selection, found] of this.found) {
      if (found.chosen === undefined || !selection.conversations!.conversation(record)) continue;
      found.chosen[c] = 1;
      if (selection.frames === undefined) found.count++;
    }
  }

  take(packet: Packet, frames: FrameBatch, i: number): void {
    this.flows.observe(packet, frames, i);
    const { row } = this.flows;
    const c = row === NO_FLOW ? -1 : (this.conversationOf[row] ?? -1);
    const isFirst = c >= 0 && this.begun[c] === 0;
    if (isFirst) this.begun[c] = 1;
    for (const [selection, found] of this.found) {
      if (found.chosen !== undefined && (c < 0 || found.chosen[c] === 0)) continue;
      if (selection.frames === undefined) {
        if (isFirst) name(found, frames, i);
      } else if (selection.frames.frame(packet, frames, i)) {
        found.count++;
        name(found, frames, i);
      }
    }
  }

  async flush(): Promise<boolean> {
    return true;
  }

  /** The judgement, when all frames have passed. */
  results(): TaskResult[] {
    return this.exercise.tasks.map((task) => {
      const checks = task.checks.map((check): CheckResult => {
        const { count, frames } = this.found.get(check)!;
        return { check, passed: count >= check.atLeast && count <= check.atMost, count, frames };
      });
      const passed = checks.every((check) => check.passed);
      const reason = passed
        ? undefined
        : task.reasons.find((one) => this.found.get(one)!.count > 0);
      const reasonFrames = reason === undefined ? [] : this.found.get(reason)!.frames;
      return { task, passed, checks, reason, reasonFrames };
    });
  }
}

function empty(selection: Selection, { length }: Uint8Array): Found {
  const chosen = selection.conversations === undefined ? undefined : new Uint8Array(length);
  return { chosen, count: 0, frames: [] };
}

function name(found: Found, frames: FrameBatch, i: number): void {
  if (found.frames.length >= NAMED_MAX) return;
  const { file, name: device } = frames.interfaces[frames.iface[i]!]!;
  found.frames.push({ file, interface: device, number: frames.number[i]! });
}
