/** Work in slices between which the event loop turns, so that requests never wait long. */

/** Work for about so long before others get their turn, ms. */
const SLICE_MS = 6;

/** Some work; `step` does part of it until about `deadline` (performance.now()) and yields whether there is more. */
export interface Job {
  step(deadline: number): boolean;
  /** It will not be done: whoever waits for it hears of that. */
  cancel?(): void;
}

export class Background {
  private readonly jobs = new Set<Job>();
  private running = false;
  private closed = false;
  private readonly onSlice: () => void;

  /** `onSlice`: called after each slice. */
  constructor(onSlice: () => void) {
    this.onSlice = onSlice;
  }

  /** Do this work, unless it is being done. */
  start(job: Job): void {
    if (this.closed) {
      job.cancel?.();
      return;
    }
    this.jobs.add(job);
    if (this.running) return;
    this.running = true;
    setImmediate(() => this.slice());
  }

  /** Some work is not done. */
  get busy(): boolean {
    return this.jobs.size > 0;
  }

  drop(job: Job): void {
    this.jobs.delete(job);
  }

  close(): void {
    this.closed = true;
    for (const job of this.jobs) job.cancel?.();
    this.jobs.clear();
  }

  private slice(): void {
    const [job] = this.jobs;
    if (job !== undefined) {
      this.jobs.delete(job);
      if (job.step(performance.now() + SLICE_MS) && !this.closed) this.jobs.add(job); // to the end: others first
    }
    this.running = this.jobs.size > 0 && !this.closed;
    if (this.running) setImmediate(() => this.slice());
    this.onSlice();
  }
}
