/** Ctrl-C and its like: the first asks the run to end and show what it has, the second ends at once, unless there is something to give up first. */

const SIGNALS: readonly NodeJS.Signals[] = ['SIGINT', 'SIGTERM', 'SIGHUP'];

export interface Interrupt {
  readonly signal: AbortSignal;
  /** Exit code of the signal that came, undefined when none did. */
  readonly exitCode: number | undefined;
  /** What the next signal gives up, without ending the run at once. */
  givesUp: (() => void) | undefined;
  /** Give the signals back to the system. */
  release(): void;
}

/** Take the signals until `release`. */
export function takeSignals(): Interrupt {
  const controller = new AbortController();
  let exitCode: number | undefined;
  const handlers = SIGNALS.map((name, i) => {
    const handler = (): void => {
      const { givesUp } = interrupt;
      if (exitCode !== undefined && givesUp === undefined) endAt(name);
      exitCode = 128 + [2, 15, 1][i]!;
      interrupt.givesUp = undefined;
      if (givesUp === undefined) controller.abort();
      else givesUp();
    };
    process.on(name, handler);
    return { name, handler };
  });
  const interrupt: Interrupt = {
    signal: controller.signal,
    givesUp: undefined,
    get exitCode() {
      return exitCode;
    },
    release(): void {
      for (const { name, handler } of handlers) process.off(name, handler);
    },
  };
  return interrupt;
}

/** End as the signal does by itself: no thread that waits for a pipe can hold us up. What has the terminal gives it back. */
function endAt(name: NodeJS.Signals): void {
  process.emit('exit', 1);
  process.removeAllListeners(name);
  process.kill(process.pid, name);
}
