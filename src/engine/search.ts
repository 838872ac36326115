/** Looking for a text in the rows of a list, in the background, until it is found, the list ends, or somebody looks for another. */
import type { Job } from './background.ts';

export interface SearchedList {
  readonly total: number;
  /** All that row n shows, as text. */
  text(n: number): string;
}

export class SearchJob implements Job {
  private readonly list: SearchedList;
  private readonly wanted: string;
  private readonly step1: 1 | -1;
  private row: number;
  private done: ((row: number) => void) | undefined;

  /** `done` is called once: with the row, or -1. */
  constructor(
    list: SearchedList,
    { text, from, backwards }: { text: string; from: number; backwards: boolean },
    done: (row: number) => void,
  ) {
    this.list = list;
    this.wanted = text.toLowerCase();
    this.step1 = backwards ? -1 : 1;
    this.row = backwards ? Math.min(from, list.total - 1) : Math.max(0, from);
    this.done = done;
  }

  step(deadline: number): boolean {
    while (this.done !== undefined) {
      if (this.row < 0 || this.row >= this.list.total) {
        this.end(-1);
        break;
      }
      if (this.list.text(this.row).toLowerCase().includes(this.wanted)) {
        this.end(this.row);
        break;
      }
      this.row += this.step1;
      if (performance.now() >= deadline) return true;
    }
    return false;
  }

  /** Nobody waits for it any more. */
  cancel(): void {
    this.end(-1);
  }

  private end(row: number): void {
    this.done?.(row);
    this.done = undefined;
  }
}
