/** Frames as they pass this machine: one ring of the kernel's in each network namespace (packet_mmap.txt). */

import { release, type } from 'node:os';
import type { CaptureInterface } from '../../base/frames.ts';
import { FRAMES_MAX, FrameBatch } from '../../base/frames.ts';
import type { CaptureError, NameRecord, Section, Source } from '../source.ts';
import { Turns } from '../turns.ts';
import { type Libc, loadLibc } from './libc.ts';
import { LiveError } from './live-error.ts';
import type { Namespace } from './namespace.ts';
import type { RingShape } from './packet-socket.ts';
import { Port, type PortOptions } from './port.ts';
import { RingsMemory } from './ring-memory.ts';

export interface LiveOptions extends PortOptions {
  /** Empty = this process's own. */
  readonly namespaces: readonly Namespace[];
  /** Bytes of each namespace's ring. */
  readonly bufferLen: number;
  /** A frame waits for others at most about this long, ms. */
  readonly latencyMs: number;
  /** Name of this node. */
  readonly node: string;
  /** The user's filter as text, for those who read the capture later. */
  readonly filterText: string | undefined;
  /** Ends the capture: what was received until then is still delivered. */
  readonly signal: AbortSignal;
}

/** What the capture lost, and where. */
export interface LiveStatistics {
  /** Frames that the filter let through, with those that were dropped. */
  readonly received: number;
  /** For which the ring had no room; -1 = not known. */
  readonly dropped: number;
  /** Times that a ring was full. */
  readonly freezes: number;
  /** Frames whose place in the ring made no sense. */
  readonly damaged: number;
  /** Frames of devices beyond those told apart. */
  readonly devicesOverflow: number;
}

export interface LiveSource extends Source {
  /** Grows when devices, addresses or routes change. */
  readonly changes: number;
  readonly statistics: LiveStatistics;
  /** Which form of the filter the kernel took, the shortest over all namespaces; see PacketSocket. */
  readonly form: number;
  /** Devices that frames can come from now. */
  readonly listening: number;
}

/** Without a frame for this long, an empty batch is delivered, so that time passes for those who wait. */
const IDLE_MS = 200;
const COUNT_EVERY_MS = 500;
/**
 * A wait in another thread costs as much as thousands of frames. So where frames come in quick succession, the ring is
 * looked at again after a timer: it then has room for many times what comes in between.
 */
const QUICK_MS = 10;
const QUICK_WITHIN_MS = 25;
const BLOCK_LEN = 1 << 20;
const BLOCK_LEN_SMALL = 1 << 19; // still holds the longest frame
const BUFFERS_MAX = 1 << 30;
/** Later than any frame. */
const NEVER = 0xffff_ffff;

const POLLIN = 1;
const POLLERR = 8;
const POLLFD_LEN = 8;
const EFD_NONBLOCK_CLOEXEC = 0o4000 | 0o2000000;

/** Open the sockets and receive from now on. Rejects with a LiveError. */
export async function openLive(options: LiveOptions): Promise<LiveSource> {
  if (process.platform !== 'linux') {
    const what = `${process.platform} has no packet rings; use --backend libpcap`;
    throw new LiveError('NETLENS_LIVE', what);
  }
  return new RingSource(await loadLibc(), options);
}

class RingSource implements LiveSource {
  readonly interfaces: CaptureInterface[] = [];
  readonly names: readonly NameRecord[] = [];
  readonly sections: readonly Section[] = [];
  readonly damage: readonly CaptureError[] = [];
  changes = 0;
  private readonly libc: Libc;
  private readonly options: LiveOptions;
  private readonly ports: Port[] = [];
  private readonly memory: RingsMemory;
  private readonly batch: FrameBatch;
  private readonly turns = new Turns();
  /** Written to, it ends a wait. */
  private readonly bell: number;
  private readonly descriptors: Uint8Array;
  private readonly descriptorsView: DataView;
  private polling: Promise<number> | undefined = undefined;
  private frames = 0;
  private countedAtMs = 0;
  /** When receiving was stopped, and a frame was found last since then. */
  private stoppedAtMs = -1;
  private closed = false;
  /** The last wait was short, and the next may be. */
  private isQuick = false;
  /** Devices at its end. */
  private listened = 0;

  constructor(libc: Libc, options: LiveOptions) {
    this.libc = libc;
    this.options = options;
    const { namespaces } = options;
    const all = namespaces.length > 0 ? namespaces : [{ path: undefined, name: '' }];
    const shape = shapeOf(options, all.length);
    const length = shape.blockLen * shape.blocks;
    try {
      for (const one of all) this.ports.push(new Port(libc, one, options));
      this.memory = new RingsMemory(libc, length * all.length);
      this.ports.forEach((port, i) => {
        const { node, snaplen, filterText: filter } = options;
        const { name, path } = port.namespace;
        const prefix = path === undefined ? '' : `${name}:`;
        const description = path === undefined ? undefined : `network namespace ${name}`;
        const os = `${type()} ${release()}`;
        const context = { node, snaplen, filter, prefix, description, os };
        port.start(this.memory, i * length, shape, this.interfaces, context);
      });
    } catch (error) {
      for (const port of this.ports) port.close();
      throw error;
    }
    this.batch = new FrameBatch(this.memory.bytes);
    this.batch.interfaces = this.interfaces;
    this.bell = libc.eventfd(0, EFD_NONBLOCK_CLOEXEC);
    this.descriptors = new Uint8Array((2 * this.ports.length + 1) * POLLFD_LEN);
    this.descriptorsView = new DataView(this.descriptors.buffer);
    const fds = [this.bell, ...this.ports.flatMap(({ socket, watch }) => [socket.fd, watch.fd])];
    fds.forEach((fd, i) => {
      this.descriptorsView.setInt32(i * POLLFD_LEN, fd, true);
      this.descriptorsView.setInt16(i * POLLFD_LEN + 4, POLLIN, true);
    });
    options.signal.addEventListener('abort', () => this.ring(), { once: true });
  }

  get form(): number {
    return this.ports.reduce((last, { socket }) => Math.max(last, socket.form), 0);
  }

  get listening(): number {
    return this.closed ? this.listened : this.ports.reduce((sum, port) => sum + port.listening, 0);
  }

  get progress(): { bytesRead: number; bytesTotal: number } {
    const bytesRead = this.ports.reduce((sum, { ring }) => sum + ring.bytesSeen, 0);
    return { bytesRead, bytesTotal: -1 };
  }

  get statistics(): LiveStatistics {
    if (!this.closed) this.count();
    const sum = (of: (port: Port) => number): number =>
      this.ports.reduce((total, port) => total + of(port), 0);
    return {
      received: sum((port) => port.received),
      dropped: sum((port) => port.dropped),
      freezes: sum((port) => port.freezes),
      damaged: sum((port) => port.ring.damaged),
      devicesOverflow: sum((port) => port.overflow),
    };
  }

  async next(): Promise<FrameBatch | undefined> {
    const { batch } = this;
    batch.count = 0;
    if (this.closed) return undefined;
    for (const { ring } of this.ports) ring.release();
    await this.turns.giveWay();
    if (performance.now() - this.countedAtMs > COUNT_EVERY_MS) this.count();
    for (;;) {
      if (this.options.signal.aborted && this.stoppedAtMs < 0) this.stop();
      this.fill();
      if (batch.count > 0) break;
      if (this.stoppedAtMs >= 0 && this.isDrained()) return undefined;
      if (!(await this.wait()) && this.stoppedAtMs < 0) break;
      if (this.closed) return undefined;
    }
    this.frames += batch.count;
    return batch;
  }

  /** Frames of all rings in order of time, as far as they have come. */
  private fill(): void {
    const { batch, ports, frames } = this;
    if (ports.length === 1) {
      ports[0]!.ring.fill(batch, frames, NEVER, 0);
      return;
    }
    while (batch.count < FRAMES_MAX) {
      let first: Port['ring'] | undefined;
      let second: Port['ring'] | undefined;
      for (const { ring } of ports) {
        if (!ring.ready) continue;
        if (first === undefined || isBefore(ring, first)) {
          second = first;
          first = ring;
        } else if (second === undefined || isBefore(ring, second)) second = ring;
      }
      if (first === undefined) return;
      if (second === undefined) first.fill(batch, frames, NEVER, 0);
      else first.fill(batch, frames, second.seconds, second.nanoseconds);
    }
  }

  /** Wait until a ring has something, devices change, the capture ends, or nothing happens; false for the last. */
  private async wait(): Promise<boolean> {
    const { ports, descriptorsView: view } = this;
    const timeoutMs = this.stoppedAtMs < 0 ? IDLE_MS : this.options.latencyMs;
    const found = await this.found(2 * ports.length + 1, timeoutMs);
    if (found <= 0 || this.closed) return false;
    ports.forEach((port, i) => {
      const socketEvents = view.getInt16((2 * i + 1) * POLLFD_LEN + 6, true);
      if ((socketEvents & POLLERR) !== 0) port.socket.takeError(); // the device is down: see `refresh`
      const changed = port.watch.takeChange();
      if (changed) this.changes++;
      if (changed || (socketEvents & POLLERR) !== 0) port.refresh();
    });
    return true;
  }

  /** How many of the descriptors have something; 0 after this time. */
  private async found(count: number, timeoutMs: number): Promise<number> {
    const { libc, descriptors } = this;
    const until = performance.now() + (this.isQuick ? QUICK_WITHIN_MS : 0);
    while (performance.now() < until) {
      await new Promise((resolve) => setTimeout(resolve, QUICK_MS));
      const found = this.closed ? 0 : libc.pollNow(descriptors, count);
      if (found > 0 || this.closed) return found;
    }
    const began = performance.now();
    this.polling = libc.poll(descriptors, count, timeoutMs);
    const found = await this.polling;
    this.polling = undefined;
    const isQuick = found > 0 && performance.now() - began < QUICK_WITHIN_MS;
    this.isQuick = isQuick && this.options.latencyMs > QUICK_WITHIN_MS;
    return found;
  }

  private stop(): void {
    for (const port of this.ports) port.stop();
    this.stoppedAtMs = performance.now();
    // the bell has done its work; it would end every wait from now on
    this.descriptorsView.setInt32(0, -1, true);
  }

  /** The kernel has handed over the block that it was filling when receiving was stopped. */
  private isDrained(): boolean {
    return performance.now() - this.stoppedAtMs > 3 * this.options.latencyMs;
  }

  private count(): void {
    this.countedAtMs = performance.now();
    for (const port of this.ports) port.count();
    // the kernel counts by ring, not by device
    const [first] = this.interfaces;
    if (first === undefined) return;
    first.dropped = this.ports.reduce((sum, p) => sum + p.dropped, 0);
    first.received = this.ports.reduce((sum, p) => sum + p.received, 0);
  }

  /** End a wait. */
  private ring(): void {
    const one = new Uint8Array(8);
    one[0] = 1;
    if (!this.closed) this.libc.write(this.bell, one, one.length);
  }

  async close(): Promise<void> {
    if (this.closed) return;
    this.count();
    this.listened = this.listening;
    this.ring();
    this.closed = true;
    await this.polling;
    for (const port of this.ports) port.close();
    this.memory.clear();
    this.libc.close(this.bell);
  }
}

function isBefore(a: Port['ring'], b: Port['ring']): boolean {
  return a.seconds === b.seconds ? a.nanoseconds < b.nanoseconds : a.seconds < b.seconds;
}

/** Blocks of the ring of each of so many namespaces. Throws a LiveError when they take too much together. */
function shapeOf({ bufferLen, latencyMs }: LiveOptions, count: number): RingShape {
  const blockLen = bufferLen < 4 * BLOCK_LEN ? BLOCK_LEN_SMALL : BLOCK_LEN;
  const blocks = Math.max(2, Math.floor(bufferLen / blockLen));
  if (blockLen * blocks * count > BUFFERS_MAX) {
    const mebibytes = Math.floor((blockLen * blocks) / 2 ** 20);
    const what = `${count === 1 ? 'a ring' : `${count} rings`} of ${mebibytes} MiB`;
    throw new LiveError('NETLENS_LIVE', `-B: ${what}, more than 1 GiB together: make it smaller`);
  }
  return { blockLen, blocks, retireMs: latencyMs };
}
