/**
 * A screen in use: keeps its state and what the model told, asks for what is missing, draws when
 * something changed. It knows neither the terminal nor what the model reads.
 */

import { sentenceOf } from '../../words/sentence-error.ts';
import type { Grid } from '../grid.ts';
import { messagesIn } from '../messages/language.ts';
import type { Model, Status } from '../model.ts';
import { answer, type Need, type NeedKind, type PathsOf, type UiData } from '../screens/data.ts';
import { drawScreen } from '../screens/draw.ts';
import type { Effect, Event, Writing } from '../screens/events.ts';
import { conversationQuery, needsOf, packetQuery } from '../screens/needs.ts';
import type { UiState } from '../screens/state.ts';
import { update } from '../screens/update.ts';

/** Effects that reach beyond screen and model. */
export type HostEffect = Extract<Effect, { kind: 'quit' | 'suspend' | 'redraw' | 'copy' }>;

export interface Host {
  /** Show it. False: not now, `repaint` is called when it can be. */
  readonly show: (grid: Grid, state: UiState) => boolean;
  readonly act: (effect: HostEffect) => void;
  /** Open other captures. Rejects with what prevented it. Undefined = the screen is for these alone. */
  readonly load?: ((files: readonly string[]) => Promise<Model>) | undefined;
  readonly pathsOf: PathsOf;
  /** There is a file of this name, whose contents a new one would replace. */
  readonly exists: (file: string) => boolean;
  /** Write a picture of the screen; yields the file. Rejects with what prevented it. */
  readonly picture: (
    file: string,
    grid: Grid,
    state: UiState,
    replaces: boolean,
  ) => Promise<string>;
}

/** How often the same question is asked again while its answer changes. */
const AGAIN_MS: Readonly<Record<NeedKind, number>> = {
  conversations: 200,
  packets: 200,
  record: 500,
  frame: 0,
  topology: 1000,
  statistics: 1000,
  stream: 1000,
  advice: 0,
  paths: 0,
};

/** The same while more of the answer is being found. */
const PARTIAL_MS = 100;

interface Asked {
  readonly key: string;
  /** `Status.revision` when it was asked. */
  readonly revision: number;
  readonly at: number;
  /** The answer is still to come. */
  waiting: boolean;
  /** The answer was of a part: more is known soon. */
  partial: boolean;
}

export class Session {
  private state: UiState;
  private data: UiData = {};
  private model: Model;
  private readonly host: Host;
  private readonly asked = new Map<NeedKind, Asked>();
  private unsubscribe: () => void = () => {};
  private timer: NodeJS.Timeout | undefined;
  private isDirty = false;
  private isPlanned = false;
  private isClosed = false;

  constructor(model: Model, state: UiState, host: Host) {
    this.model = model;
    this.state = state;
    this.host = host;
    this.listen(model);
    this.changed();
  }

  private listen(model: Model): void {
    const hear = (status: Status): void => {
      if (model === this.model) this.hear(status);
    };
    this.unsubscribe = model.subscribe(hear);
    this.watch(model.status().then(hear));
  }

  dispatch(event: Event): void {
    if (this.isClosed) return;
    const { state, effects } = update(this.state, this.data, event);
    this.state = state;
    for (const effect of effects) this.perform(effect);
    this.changed();
  }

  /** Draw now, whatever was drawn before. */
  repaint(): void {
    if (this.isClosed) return;
    this.isDirty = !this.host.show(drawScreen(this.state, this.data), this.state);
  }

  close(): void {
    this.isClosed = true;
    clearTimeout(this.timer);
    this.unsubscribe();
  }

  private hear(status: Status): void {
    const isFirst = this.data.status === undefined;
    const isOlder = !isFirst && status.revision < this.data.status!.revision;
    if (this.isClosed || isOlder) return;
    this.data = { ...this.data, status };
    this.changed();
  }

  /** Ask for what the screen lacks, and draw once for all that happens in this turn. */
  private changed(): void {
    this.isDirty = true;
    if (this.isPlanned) return;
    this.isPlanned = true;
    setImmediate(() => {
      this.isPlanned = false;
      if (this.isClosed) return;
      this.ask();
      if (this.isDirty) this.repaint();
    });
  }

  private ask(): void {
    let soonest = Number.POSITIVE_INFINITY;
    for (const need of needsOf(this.state, this.data)) {
      const wait = this.waitFor(need);
      if (wait === 0) this.put(need);
      else soonest = Math.min(soonest, wait);
    }
    clearTimeout(this.timer);
    if (Number.isFinite(soonest)) this.timer = setTimeout(() => this.changed(), soonest);
  }

  /** Milliseconds until the question is to be put: 0 = now, Infinity = when something changes. */
  private waitFor(need: Need): number {
    const before = this.asked.get(need.kind);
    if (before === undefined) return 0;
    if (before.waiting) return Number.POSITIVE_INFINITY;
    if (before.key !== JSON.stringify(need)) return 0;
    const isStale = (this.data.status?.revision ?? 0) > before.revision;
    const again = before.partial ? Math.min(PARTIAL_MS, AGAIN_MS[need.kind]) : AGAIN_MS[need.kind];
    const mayChange = isStale || before.partial;
    if (!mayChange || again === 0 || this.state.frozen !== undefined) {
      return Number.POSITIVE_INFINITY;
    }
    return Math.max(0, before.at + again - performance.now());
  }

  private put(need: Need): void {
    const asked: Asked = {
      key: JSON.stringify(need),
      revision: this.data.status?.revision ?? 0,
      at: performance.now(),
      waiting: true,
      partial: false,
    };
    this.asked.set(need.kind, asked);
    const { model } = this;
    const answered = answer(model, need, this.host.pathsOf).then(
      (part) => {
        if (model !== this.model) return;
        asked.partial = isPartial(part);
        this.data = { ...this.data, ...part };
      },
      (error: unknown) => this.tell(error),
    );
    this.watch(
      answered.then(() => {
        asked.waiting = false;
        this.dispatch({ kind: 'news' });
      }),
    );
  }

  private perform(effect: Effect): void {
    const { model, state } = this;
    const messages = messagesIn(state.language);
    switch (effect.kind) {
      case 'quit':
      case 'suspend':
      case 'redraw':
      case 'copy':
        this.host.act(effect);
        break;
      case 'stop':
        this.watch(model.stop());
        break;
      case 'load':
        this.watch(this.load(effect));
        break;
      case 'search': {
        const { list, text } = effect.query;
        this.watch(
          model
            .search(effect.query)
            .then((row) => this.dispatch({ kind: 'found', list, row, text })),
        );
        break;
      }
      case 'locate':
        this.watch(this.locate(effect.list, effect.id));
        break;
      case 'save': {
        if (this.isRefused(effect)) break;
        const { file, query } = effect;
        this.watch(
          model
            .save(file, query)
            .then((result) => this.dispatch({ kind: 'saved', file, query, result })),
        );
        break;
      }
      case 'screenshot': {
        if (this.isRefused(effect)) break;
        const grid = drawScreen({ ...state, overlay: undefined, message: undefined }, this.data);
        this.watch(
          this.host
            .picture(effect.file, grid, state, effect.replaces)
            .then((file) => this.say(messages.pictured(file))),
        );
        break;
      }
    }
  }

  /** The model of other captures instead of this one, which stays when they cannot be opened. */
  private async load(loading: Extract<Effect, { kind: 'load' }>): Promise<void> {
    const { load } = this.host;
    const messages = messagesIn(this.state.language);
    if (load === undefined) throw new Error(messages.notLoaded);
    this.say(messages.loading);
    const model = await load(loading.files);
    const before = this.model;
    this.unsubscribe();
    this.model = model;
    this.data = {};
    this.asked.clear();
    this.listen(model);
    this.dispatch({ kind: 'loaded', loading });
    await before.close();
  }

  /** A file is not replaced unasked. */
  private isRefused(writing: Writing): boolean {
    if (writing.replaces || !this.host.exists(writing.file)) return false;
    this.dispatch({ kind: 'exists', writing });
    return true;
  }

  private async locate(list: 'conversations' | 'packets', id: number): Promise<void> {
    const row =
      list === 'conversations'
        ? await this.model.rowOfConversation(id, conversationQuery(this.state))
        : await this.model.rowOfPacket(id, packetQuery(this.state));
    this.dispatch({ kind: 'found', list, row });
  }

  private say(text: string): void {
    this.dispatch({ kind: 'told', text, isError: false });
  }

  private tell(error: unknown): void {
    const text = messagesIn(this.state.language).say(sentenceOf(error));
    this.dispatch({ kind: 'told', text, isError: true });
  }

  /** Nothing that is asked of the model may end the screen. */
  private watch(promise: Promise<unknown>): void {
    promise.catch((error: unknown) => this.tell(error));
  }
}

/** More rows or figures are still being found. */
function isPartial({ conversations, packets, statistics, topology }: Partial<UiData>): boolean {
  return [conversations, packets, statistics, topology].some((one) => (one?.progress ?? 1) < 1);
}
