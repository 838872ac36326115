/**
 * Where frames are seen, one row a place: a capture interface, or, in captures of `any`, one device of
 * it by the interface index that LINUX_SLL2 carries. The same packet at two places is two sightings.
 */
import type { CaptureInterface } from '../base/frames.ts';

/** The most devices told apart in captures of `any`; frames of one more count as the capture's own. */
const PLACES_MAX = 1 << 14;

export interface Place {
  readonly capture: CaptureInterface;
  /** Interface index on the capturing host, 0 = not told. */
  readonly ifindex: number;
}

export class Places {
  readonly list: Place[] = [];
  /** Place of a capture interface without an interface index. */
  private readonly ofCapture: number[] = [];
  private readonly ofIfindex = new Map<number, number>();
  private readonly names = new Map<number, string>();
  /** By place, of those that are a capture interface. */
  private readonly captureNames: (string | undefined)[] = [];
  private lastKey = -1;
  private lastPlace = -1;

  /** The place's number. `ifindex` 0 = the capture interface itself. */
  of(capture: CaptureInterface, ifindex: number): number {
    if (ifindex === 0) return this.ofCapture[capture.index] ?? this.addCapture(capture);
    const key = capture.index * 0x1_0000_0000 + (ifindex >>> 0);
    if (key === this.lastKey) return this.lastPlace;
    let place = this.ofIfindex.get(key);
    if (place === undefined) {
      if (this.list.length >= PLACES_MAX) return this.of(capture, 0);
      place = this.list.push({ capture, ifindex }) - 1;
      this.ofIfindex.set(key, place);
    }
    this.lastKey = key;
    this.lastPlace = place;
    return place;
  }

  /** The place's number where it has one, else 0. */
  known(capture: CaptureInterface, ifindex: number): number {
    const key = capture.index * 0x1_0000_0000 + (ifindex >>> 0);
    if (key === this.lastKey) return this.lastPlace;
    return (ifindex === 0 ? this.ofCapture[capture.index] : this.ofIfindex.get(key)) ?? 0;
  }

  /** Device name of a place: what the capture or, by custom, its file's name calls it, `#7` for one known by its interface index alone. */
  nameOf(place: number): string | undefined {
    const { ifindex } = this.list[place]!;
    if (ifindex === 0) return this.captureNames[place];
    return this.names.get(place) ?? `#${ifindex}`;
  }

  /** The name of a device known by its interface index so far. */
  nameDevice(place: number, name: string): void {
    this.names.set(place, name);
  }

  private addCapture(capture: CaptureInterface): number {
    const place = this.list.push({ capture, ifindex: 0 }) - 1;
    this.ofCapture[capture.index] = place;
    this.captureNames[place] = capture.name ?? deviceIn(capture.file);
    return place;
  }
}

/** Devices of nodes and pods as people put them into file names: `w1.eth0.pcap`, `w1-cali0761ccbeace.pcap`. */
const DEVICE =
  /(?:^|[^a-z0-9])((?:cali|eni|lxc|veth|vlan)[0-9a-f]{7,11}|(?:eth|ens|eno|enp\d+s|bond|wlan|tunl|cni|wg|docker|br|sit|gre)\d+|vxlan\.calico|flannel[.-]\d+|cilium_(?:vxlan|geneve|host|net)|weave|cbr0|kube-bridge)(?![a-z0-9])/;

function deviceIn(file: string): string | undefined {
  const base = file.slice(file.lastIndexOf('/') + 1);
  return DEVICE.exec(base)?.[1];
}
