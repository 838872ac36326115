/** Reading that never waits would keep signals, timers and other input from ever being seen. */

/** The event loop gets its turn this often, ms. */
const TURN_MS = 10;

export class Turns {
  private last = performance.now();

  /** The event loop has waited for its turn long enough. */
  isDue(): boolean {
    return performance.now() - this.last >= TURN_MS;
  }

  /** Let the event loop turn, if it is time. */
  async giveWay(): Promise<void> {
    if (!this.isDue()) return;
    await new Promise((resolve) => setImmediate(resolve));
    this.last = performance.now();
  }
}
