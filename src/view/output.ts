/**
 * Bytes to a file descriptor, in order, with back-pressure: `write` takes one buffer while the one before
 * is still on its way, so that the next lines are made meanwhile. Whoever reads us may leave at any
 * time (`| head`): then `closed` is true and nothing more is written.
 */
import { write } from 'node:fs';

const RETRY_MS = 2;

export class Output {
  readonly fd: number;
  /** The reader has gone. */
  closed = false;
  /** What stopped the writing otherwise: disk full, … */
  error: NodeJS.ErrnoException | undefined = undefined;
  bytesWritten = 0;
  private pending: Promise<void> | undefined = undefined;

  constructor(fd: number) {
    this.fd = fd;
  }

  /**
   * Hand over a buffer; it belongs to the output until the promise of the *next* call, or of `flush`,
   * resolves. Never rejects: see `closed` and `error`.
   */
  async write(bytes: Uint8Array): Promise<void> {
    if (this.pending !== undefined) await this.pending;
    this.pending = this.closed || bytes.length === 0 ? undefined : this.put(bytes);
  }

  /** Resolves when all that was handed over is out. */
  async flush(): Promise<void> {
    if (this.pending !== undefined) await this.pending;
    this.pending = undefined;
  }

  private async put(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length && !this.closed; ) {
      const written = await this.once(bytes, at);
      at += written;
      this.bytesWritten += written;
    }
  }

  private once(bytes: Uint8Array, at: number): Promise<number> {
    return new Promise((resolve) => {
      write(this.fd, bytes, at, bytes.length - at, null, (error, written) => {
        if (error === null) return resolve(written);
        if (error.code === 'EAGAIN') return void setTimeout(() => resolve(0), RETRY_MS); // a terminal shared as non-blocking
        this.closed = true;
        if (error.code !== 'EPIPE') this.error = error;
        resolve(0);
      });
    });
  }
}

/** Writes text whole, retrying; for the few lines of messages on stderr. Quiet when nobody reads. */
export async function say(output: Output, text: string): Promise<void> {
  await output.write(new TextEncoder().encode(text));
  await output.flush();
}
