/** The screen without a terminal: keys in, grids out, every question to the model answered before the next key. */

import { type EngineSpec, openEngine } from '../../../src/engine/open.ts';
import { readKubeJson } from '../../../src/topology/kube-json.ts';
import type { Grid } from '../../../src/view/grid.ts';
import type { Model } from '../../../src/view/model.ts';
import { answer, type UiData } from '../../../src/view/screens/data.ts';
import { drawScreen } from '../../../src/view/screens/draw.ts';
import type { Effect, Event } from '../../../src/view/screens/events.ts';
import { conversationQuery, needsOf, packetQuery } from '../../../src/view/screens/needs.ts';
import { initialState, type UiState } from '../../../src/view/screens/state.ts';
import { update } from '../../../src/view/screens/update.ts';

/** Answers to answers: a row names a packet, the packet's frame is asked for. */
const ROUNDS = 4;

export class ScreenDriver {
  readonly model: Model;
  state: UiState;
  data: UiData = {};
  /** What the screen asked to be done outside of it. */
  readonly effects: Effect[] = [];

  private constructor(model: Model, state: UiState) {
    this.model = model;
    this.state = state;
  }

  static async on(model: Model, given: Partial<UiState> = {}): Promise<ScreenDriver> {
    const driver = new ScreenDriver(model, initialState({ columns: 120, rows: 40, ...given }));
    await driver.settle();
    return driver;
  }

  /** Keys by name; characters that are typed are their own names. */
  async press(...keys: readonly string[]): Promise<void> {
    for (const key of keys) {
      const text = key === 'space' ? ' ' : key.length === 1 ? key : '';
      await this.happen({ kind: 'key', key, text });
    }
  }

  /** Each character a key. */
  async type(text: string): Promise<void> {
    await this.press(...[...text].map((character) => (character === ' ' ? 'space' : character)));
  }

  async happen(event: Event): Promise<void> {
    const { state, effects } = update(this.state, this.data, event);
    this.state = state;
    await this.settle();
    for (const effect of effects) await this.perform(effect);
  }

  grid(): Grid {
    return drawScreen(this.state, this.data);
  }

  text(): string {
    return this.grid().toText();
  }

  /** The row of the screen that keys act on, as text. */
  selectedText(): string {
    const grid = this.grid();
    const row = [...Array(grid.rows).keys()].find(
      (r) => r > 1 && grid.style[r * grid.columns]! >> 12 === 1,
    );
    return row === undefined ? '' : grid.rowText(row);
  }

  private async perform(effect: Effect): Promise<void> {
    const { model, state } = this;
    if (effect.kind === 'search') {
      const { list, text } = effect.query;
      const row = await model.search(effect.query);
      await this.happen({ kind: 'found', list, row, text });
    } else if (effect.kind === 'locate') {
      const row =
        effect.list === 'conversations'
          ? await model.rowOfConversation(effect.id, conversationQuery(state))
          : await model.rowOfPacket(effect.id, packetQuery(state));
      await this.happen({ kind: 'found', list: effect.list, row });
    } else this.effects.push(effect);
  }

  /** Ask for all that the screen needs, until no answer is of a part. */
  async settle(): Promise<void> {
    for (let round = 0; round < ROUNDS; round++) {
      this.data = { ...this.data, status: await this.model.status() };
      for (const need of needsOf(this.state, this.data)) {
        let part = await answer(this.model, need);
        while (progressOf(part) < 1) {
          await new Promise((resolve) => setImmediate(resolve));
          part = await answer(this.model, need);
        }
        this.data = { ...this.data, ...part };
      }
      this.state = update(this.state, this.data, { kind: 'news' }).state;
    }
  }
}

function progressOf({ conversations, packets, statistics, topology }: Partial<UiData>): number {
  const parts = [conversations, packets, statistics, topology];
  return Math.min(1, ...parts.map((part) => part?.progress ?? 1));
}

/** An engine on captures of a fixture that has read them to their end, with the cluster's objects as known. */
export async function engineOn(fixture: string, ...captures: readonly string[]): Promise<Model> {
  const directory = `fixtures/${fixture}`;
  const spec: EngineSpec = {
    kind: 'files',
    files: captures.map((capture) => `${directory}/${capture}`),
    knowledge: {
      facts: [await readKubeJson([`${directory}/kube`])],
      hosts: [],
      conntrackTables: [],
      corrections: new Map(),
    },
  };
  const engine = await openEngine(spec);
  await engine.settled();
  return engine;
}
