/** Ctrl-C and its like: the first asks the run to end and show what it has, the second ends at once. */

const SIGNALS: readonly NodeJS.Signals[] = ['SIGINT', 'SIGTERM', 'SIGHUP'];

export interface Interrupt {
  readonly signal: AbortSignal;
  /** Exit code of the signal that came, undefined when none did. */
  readonly exitCode: number | undefined;
  /** Give the signals back to the system. */
  release(): void;
}

/** Take the signals until `release`. */
export function takeSignals(): Interrupt {
  const controller = new AbortController();
  let exitCode: number | undefined;
  const handlers = SIGNALS.map((name, i) => {
    const handler = (): void => {
      if (exitCode !== undefined) endAt(name);
      exitCode = 128 + [2, 15, 1][i]!;
      controller.abort();
    };
    process.on(name, handler);
    return { name, handler };
  });
  return {
    signal: controller.signal,
    get exitCode() {
      return exitCode;
    },
    release(): void {
      for (const { name, handler } of handlers) process.off(name, handler);
    },
  };
}

/** End as the signal does by itself: no thread that waits for a pipe can hold us up. */
function endAt(name: NodeJS.Signals): void {
  process.removeAllListeners(name);
  process.kill(process.pid, name);
}
