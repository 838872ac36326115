/** Reading that never waits would keep signals, timers and other input from ever being seen. */

/** The event loop gets its turn this often, ms. */
const TURN_MS = 10;

export class Turns {
  private last = performance.now();

  /** Let the event loop turn, if it is time. */
  async giveWay(): Promise<void> {
    if (performance.now() - this.last < TURN_MS) return;
    await new Promise((resolve) => setImmediate(resolve));
    this.last = performance.now();
  }
}
