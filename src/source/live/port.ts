/** One network namespace that is listened to: its socket, its ring, and the devices that are wanted of it. */
import { readlinkSync } from 'node:fs';
import { basename } from 'node:path';
import { type BpfInstruction, K, RET } from '../../base/bpf.ts';
import type { CaptureInterface } from '../../base/frames.ts';
import type { Sentence } from '../../words/sentence.ts';
import { ChangeWatch } from './change-watch.ts';
import { type DeviceContext, type DeviceNames, Devices } from './devices.ts';
import type { Libc } from './libc.ts';
import { LiveError } from './live-error.ts';
import { inside, type Namespace } from './namespace.ts';
import { PacketSocket, type RingShape, type SocketStatistics } from './packet-socket.ts';
import { Ring } from './ring.ts';
import type { RingsMemory } from './ring-memory.ts';
import type { Direction, SocketFilter } from './socket-filter.ts';

/** No device has this index. */
const NO_DEVICE = 0;
/** What passes nothing: attached when no more frames are wanted. */
const NOTHING: readonly BpfInstruction[] = [{ code: RET | K, jt: 0, jf: 0, k: 0 }];

export interface PortOptions {
  /** Names of devices; empty = all. */
  readonly devices: readonly string[];
  readonly promiscuous: boolean;
  readonly direction: Direction;
  readonly snaplen: number;
  /** The user's filter, and shorter forms of it that let through more; none = all frames. */
  readonly programs: readonly (readonly BpfInstruction[])[];
  /** A line for the user: a device has gone, or come again. */
  readonly notice: (what: Sentence) => void;
}

export class Port {
  readonly socket: PacketSocket;
  readonly watch: ChangeWatch;
  readonly namespace: Namespace;
  received = 0;
  dropped = 0;
  freezes = 0;
  private readonly options: PortOptions;
  private readonly wanted: readonly string[];
  /** By name: its index now, NO_DEVICE = it is not there; and whether it is up. */
  private readonly present = new Map<string, { index: number; isUp: boolean }>();
  private ringOf: Ring | undefined = undefined;
  private devicesOf: Devices | undefined = undefined;

  /** Make the socket; it receives nothing before `start`. Throws a LiveError. */
  constructor(libc: Libc, namespace: Namespace, options: PortOptions) {
    this.namespace = namespace;
    this.options = options;
    this.wanted = options.devices;
    const made = inside(libc, namespace, () => {
      const socket = new PacketSocket(libc);
      return { socket, watch: new ChangeWatch(libc) };
    });
    this.socket = made.socket;
    this.watch = made.watch;
  }

  /** Set all up and receive from now on. Throws a LiveError; the caller closes. */
  start(
    memory: RingsMemory,
    at: number,
    shape: RingShape,
    interfaces: CaptureInterface[],
    context: DeviceContext,
  ): void {
    const { socket } = this;
    for (const name of this.wanted) {
      if (socket.indexOf(name) === NO_DEVICE) throw new LiveError('NETLENS_DEVICE', missing(name));
    }
    socket.makeRing(shape);
    memory.map(socket.fd, at, shape.blockLen * shape.blocks);
    const names: DeviceNames = {
      nameOf: (ifindex) => socket.nameOf(ifindex),
      lastNameOf: (ifindex) => this.watch.nameOf(ifindex),
      hardwareOf: (ifindex, name) => this.watch.kindOf(ifindex) ?? this.driverOf(name),
    };
    this.devicesOf = new Devices(interfaces, names, context);
    const { blockLen, blocks } = shape;
    this.ringOf = new Ring({ bytes: memory.bytes, at, blockLen, blocks }, this.devicesOf);
    socket.attach(this.filter());
    if (this.wanted.length === 0) socket.bind(0);
    this.follow();
  }

  get ring(): Ring {
    return this.ringOf!;
  }

  /** Devices that frames can come from now. */
  get listening(): number {
    const { socket, wanted, watch } = this;
    if (wanted.length > 0) return wanted.filter((name) => socket.isUp(name)).length;
    return watch.devices.filter((ifindex) => {
      const name = socket.nameOf(ifindex);
      return name !== undefined && socket.isUp(name);
    }).length;
  }

  /** /sys shows this process's own devices alone. */
  private driverOf(name: string): string | undefined {
    if (this.namespace.path !== undefined) return undefined;
    try {
      return basename(readlinkSync(`/sys/class/net/${name}/device/driver`));
    } catch {
      return undefined;
    }
  }

  get overflow(): number {
    return this.devicesOf?.overflow ?? 0;
  }

  /** Devices may have come, gone, or been renamed: listen to those that are wanted. */
  refresh(): void {
    this.devicesOf?.refresh();
    this.ringOf?.forgetDevice();
    this.follow();
  }

  private follow(): void {
    let changed = false;
    for (const name of this.wanted) {
      const index = this.socket.indexOf(name);
      const isUp = index !== NO_DEVICE && this.socket.isUp(name);
      const before = this.present.get(name);
      this.present.set(name, { index, isUp });
      if (before?.index !== index) {
        changed = true;
        if (index !== NO_DEVICE && this.options.promiscuous) this.socket.listenToAll(index);
      }
      if (before?.index === index && before.isUp === isUp) continue;
      this.tell(name, before, index, isUp);
    }
    if (changed) this.bind();
  }

  private tell(
    name: string,
    before: { index: number; isUp: boolean } | undefined,
    index: number,
    isUp: boolean,
  ): void {
    const { notice } = this.options;
    if (before === undefined) {
      if (!isUp) notice({ code: 'device-down', device: name });
    } else if (index === NO_DEVICE) notice({ code: 'device-gone', device: name });
    else if (isUp) notice({ code: 'device-back', device: name, sameOne: before.index === index });
    else notice({ code: 'device-down', device: name });
  }

  /** One device has the socket for itself; of several, the filter chooses among all. */
  private bind(): void {
    const { socket } = this;
    if (this.wanted.length > 1) {
      socket.attach(this.filter());
      socket.bind(0);
      return;
    }
    const index = this.present.get(this.wanted[0]!)!.index;
    if (index !== NO_DEVICE && !socket.bind(index)) this.present.delete(this.wanted[0]!);
  }

  private filter(): SocketFilter {
    const { direction, snaplen, programs } = this.options;
    const several = this.wanted.length > 1;
    const devices = several ? this.wanted.map((name) => this.present.get(name)?.index ?? 0) : [];
    return { devices, direction, programs, snaplen };
  }

  /** Receive no more; what has been received can still be read. */
  stop(): void {
    const { direction, snaplen } = this.options;
    this.socket.attach({ devices: [], direction, programs: [NOTHING], snaplen });
  }

  /** Add what the kernel counted since the last call. */
  count(): void {
    const counted: SocketStatistics = this.socket.takeStatistics();
    this.received += counted.received;
    this.dropped += counted.dropped;
    this.freezes += counted.freezes;
  }

  close(): void {
    this.socket.close();
    this.watch.close();
  }
}

function missing(name: string): string {
  return `${name}: there is no such device; netlens interfaces lists those that are there`;
}
