/** Keeps the notes of a file that is being captured up with what is known of the cluster. */

import type { LiveKnowledge } from '../engine/live-knowledge.ts';
import type { Facts } from '../topology/facts.ts';
import type { CaptureNotes } from './capture-notes.ts';

/** Names are looked for again at most so often, ms. */
const NAMES_EVERY_MS = 2000;
/** A whole snapshot is kept this long after the start and, when things have changed, so often: for a capture that is killed. */
const FIRST_AFTER_MS = 1000;
const SNAPSHOT_EVERY_MS = 60_000;

export class LiveNotes {
  private readonly notes: CaptureNotes;
  private readonly knowledge: LiveKnowledge;
  private facts: readonly Facts[] = [];
  private namesAtMs = 0;
  private snapshotAtMs: number;
  private changed = false;

  constructor(notes: CaptureNotes, knowledge: LiveKnowledge) {
    this.notes = notes;
    this.knowledge = knowledge;
    this.snapshotAtMs = performance.now() + FIRST_AFTER_MS;
    this.takeFacts();
  }

  /** Time passes. */
  update(): void {
    const now = performance.now();
    if (now >= this.namesAtMs) {
      this.namesAtMs = now + NAMES_EVERY_MS;
      this.takeFacts();
    }
    if (!this.changed || now < this.snapshotAtMs) return;
    this.snapshotAtMs = now + SNAPSHOT_EVERY_MS;
    this.keep();
  }

  /** No more frames come. */
  finish(): void {
    this.takeFacts();
    this.keep();
  }

  private takeFacts(): void {
    const { facts } = this.knowledge.current;
    if (facts.length === this.facts.length && facts.every((one, i) => one === this.facts[i]))
      return;
    this.facts = facts;
    this.notes.know(facts);
    this.changed = true;
  }

  private keep(): void {
    this.notes.keep(this.knowledge.current.conntrackTables);
    this.changed = false;
  }
}
