/**
 * Which row of the capture's interfaces a device is. A device gets its row with its first frame; one that
 * goes and comes again, or is renamed, gets another, for what came before stays under the old name.
 */
import type { CaptureInterface } from '../../base/frames.ts';
import { linktypeOf } from './device-types.ts';

/** The most rows; frames of further devices count as the last one's. */
const ROWS_MAX = 1 << 14;

export interface DeviceNames {
  /** Name of a device now, undefined when it is gone. */
  nameOf(ifindex: number): string | undefined;
  /** Name that a device had which is gone, where that is known. */
  lastNameOf(ifindex: number): string | undefined;
  /** What kind of device it is (`veth`, `ipip`), or the driver of a real one; undefined where that is not known. */
  hardwareOf(ifindex: number, name: string): string | undefined;
}

/** What is alike for all devices of one capture. */
export interface DeviceContext {
  readonly node: string;
  readonly snaplen: number;
  readonly filter: string | undefined;
  /** The kernel's name and release. */
  readonly os: string;
  /** Stands before the names of another namespace's devices: `default/web-0:`. */
  readonly prefix: string;
  readonly description: string | undefined;
}

interface Known {
  readonly row: number;
  readonly name: string;
}

export class Devices {
  /** Devices beyond the limit. */
  overflow = 0;
  private readonly interfaces: CaptureInterface[];
  private readonly names: DeviceNames;
  private readonly context: DeviceContext;
  private readonly known = new Map<number, Known>();

  constructor(interfaces: CaptureInterface[], names: DeviceNames, context: DeviceContext) {
    this.interfaces = interfaces;
    this.names = names;
    this.context = context;
  }

  /** Row of the device with this index. */
  rowOf(ifindex: number, hatype: number): number {
    return this.known.get(ifindex)?.row ?? this.add(ifindex, hatype);
  }

  /** Devices may have changed: forget those that have another name. */
  refresh(): void {
    for (const [ifindex, { name }] of this.known) {
      const now = this.names.nameOf(ifindex);
      // frames of a device that is gone may still wait in the ring
      if (now !== undefined && now !== name) this.known.delete(ifindex);
    }
  }

  private add(ifindex: number, hatype: number): number {
    const { interfaces, context } = this;
    if (interfaces.length >= ROWS_MAX) {
      this.overflow++;
      return interfaces.length - 1;
    }
    // it may have gone before its frames were read
    const name = this.names.nameOf(ifindex) ?? this.names.lastNameOf(ifindex) ?? `#${ifindex}`;
    const row = interfaces.length;
    interfaces.push({
      index: row,
      linktype: linktypeOf(hatype),
      snaplen: context.snaplen,
      name: context.prefix + name,
      description: context.description,
      file: '',
      fileIndex: 0,
      node: context.node,
      filter: context.filter,
      fcsLen: -1,
      tickNanoseconds: 1,
      hardware: this.names.hardwareOf(ifindex, name),
      os: context.os,
      dropped: -1,
    });
    this.known.set(ifindex, { row, name });
    return row;
  }
}
