/** What the interface tells on which frames were seen: the end of a pod's veth, a bridge of pods, a tunnel device. */

import type { Sentence } from '../words/sentence.ts';
import { type Board, hostAddress, RECEIVED, SENT } from './evidence.ts';
import type { ArpObservation, FlowObservation, SeenAt } from './observation.ts';

export type InterfaceKind = 'pod' | 'bridge' | 'tunnel' | 'other';

/** Host ends of pods' veths, by the plugins' naming; `veth` may be any container's. */
const POD_SURE = /^(cali[0-9a-f]{11}|eni[0-9a-f]{11}|vlan[0-9a-f]{11}|lxc[0-9a-z_]+|vethwepl\w+)$/;
const POD_LIKELY = /^(veth\w+|azv[0-9a-f]{11}|gke[0-9a-f]{11}|cali\w+|nodelocaldns\w+)$/;
const BRIDGE = /^(cni\d+|cbr\d+|weave|kube-bridge|bridge\d*|cni-podman\d+)$/;
const TUNNEL =
  /^(tunl\d+|vxlan(-v6)?\.calico|flannel(-v6)?\.\d+|flannel\.ipip|flannel-wg(-v6)?|wireguard(-v6)?\.cali|wg-v6\.cali|cilium_(vxlan|geneve|ipip[46]|wg\d+)|vxlan-6784|vxlan_sys_\d+|genev_sys_\d+|antrea-tun\d+|geneve\d+|submariner|sit\d+|ip6tnl\d+)$/;

/** As the kernel and systemd name NICs. */
const NIC = /^(eth|en|bond|team|wl|ib)/;

/** What a device is by its name; `other` for NICs and all the rest. */
export function interfaceKind(name: string | undefined): InterfaceKind {
  if (name === undefined) return 'other';
  if (POD_SURE.test(name) || POD_LIKELY.test(name)) return 'pod';
  if (BRIDGE.test(name)) return 'bridge';
  return TUNNEL.test(name) ? 'tunnel' : 'other';
}

/** Devices of Weave's one Ethernet segment over all nodes: whoever sends there may be on any of them. */
const SEGMENT = /^(weave|vethwe\w*)$/;

/** Whether neighbours on this device may be on any node. */
export function spansNodes(device: string): boolean {
  return SEGMENT.test(device);
}

const IN_FILE_NAME =
  /(?<![0-9a-z])(cali[0-9a-f]{11}|eni[0-9a-f]{11}|vlan[0-9a-f]{11}|lxc[0-9a-f]{12}|lxc_health|tunl0|vxlan(?:-v6)?\.calico|wireguard\.cali|vxlan-6784|flannel\.1|cilium_(?:vxlan|geneve|host|net)|cni0|cbr0|vethwepl[0-9a-f]+|veth[0-9a-f]{8})(?![0-9a-z])/;

/** A device that the name of a capture file holds (`node1-cali0123456789a.pcap`), where the file itself tells none. */
export function interfaceInFileName(file: string): string | undefined {
  return IN_FILE_NAME.exec(file.slice(file.lastIndexOf('/') + 1))?.[1];
}

/** MAC of the node's end of every Calico veth (cni-plugin dataplane_linux.go). */
const CALICO_MAC = 'ee:ee:ee:ee:ee:ee';
const CALICO_GATEWAY = '169.254.1.1';
/** The same over IPv6: the gateway's link-local address, made from that MAC, and the group that is asked for it (RFC 4291 section 2.7.1). */
const CALICO_GATEWAY6 = 'fe80::ecee:eeff:feee:eeee';
const CALICO_SOLICITED = 'ff02::1:ffee:eeee';
/** Different ends remembered for one interface; a pod's has few on its own side. */
const ENDS_MAX = 64;
const BRIDGE_ENDS_MAX = 4096;
const INTERFACES_MAX = 1 << 16;
const CAME_IN_MAX = 1 << 17;
const ARPS_MAX = 1 << 16;
/** The first port that Linux gives a client of itself. */
const EPHEMERAL_FIRST = 32_768;

interface Seen {
  packets: number;
  ttlMax: number;
  mac: string | undefined;
  /** Calico's MAC told the way. */
  byMac: boolean;
}

interface Device {
  readonly at: SeenAt;
  readonly name: string | undefined;
  kind: InterfaceKind;
  /** Sources that came from the pod's side, destinations that went to it. */
  readonly from: Map<string, Seen>;
  readonly to: Map<string, Seen>;
  /** Ends of flows whose way is not known: flows seen with the address, as source with a first TTL. */
  readonly either: Map<string, { flows: number; firstTtl: number }>;
  /** Flows whose way is not known. */
  flows: number;
  crowded: boolean;
  /** Calico's gateway MAC was seen here. */
  calico: boolean;
  /** Known by its index alone: what it is, its packets must tell. */
  readonly nameless: boolean;
  /** Packets went out that a router had passed on: this host forwards to it. */
  forwards: boolean;
  /** Whom it sends to, of a nameless device. */
  readonly reaches: Set<string>;
}

export class InterfaceEvidence {
  /** `vantage address` of sources that came in: somebody else's, whatever their TTL when they go out again. */
  private readonly cameIn = new Set<string>();
  private readonly devices = new Map<string, Device>();
  private readonly arps: ArpObservation[] = [];
  private atNodes: Set<string> | undefined;
  overflow = 0;

  observe(o: FlowObservation, board: Board): void {
    const device = this.deviceOf(o);
    if (device === undefined) return;
    const isLoopback = o.interface === 'lo' || o.interface === '#1';
    if (o.direction === 'in' && !isLoopback && this.cameIn.size < CAME_IN_MAX) {
      this.cameIn.add(`${o.vantage} ${o.src}`);
    }
    noteMac(o, board);
    notePorts(o, board);
    noteSolicitation(o, device, board);
    if (noteCalico(o, device)) return;
    if (device.kind === 'other') {
      // on a veth or bridge, a Service's answer from this very node looks like an address of its own
      if (NIC.test(device.name ?? '') || !isAnswer(o)) noteOwnPacket(o, board);
      if (device.nameless) noteNameless(o, device);
      return;
    }
    if (o.direction === 'in') add(device, device.from, o.src, o, o.srcMac);
    else if (o.direction === 'out') add(device, device.to, o.dst, o, o.dstMac);
    else addEither(device, o);
    if (device.kind === 'tunnel') noteTunnelDevice(o, device.name ?? '', board);
    if (device.kind === 'bridge' && o.direction === undefined) noteBridge(o, board);
  }

  observeArp(o: ArpObservation): void {
    if (this.arps.length >= ARPS_MAX) {
      this.overflow++;
      return;
    }
    this.arps.push(o);
    const device = this.deviceOf(o);
    if (device !== undefined && o.target === CALICO_GATEWAY) device.calico = true;
  }

  private concludeArp(o: ArpObservation, board: Board): void {
    const kind = hostAddress(o.asker);
    if (kind === undefined) return;
    const device = this.deviceOf(o);
    const where = placeOf(o.vantage, device?.name);
    const hint = {
      where,
      interface: device?.kind === 'pod' ? device.name : undefined,
      mac: o.askerMac,
    };
    if (o.target === CALICO_GATEWAY) {
      // Calico answers ARP for its gateway; the VPC CNI sets the entry by hand and never asks.
      board.pod(o.asker, {
        ...hint,
        score: 0.99,
        ways: SENT,
        why: () => ({ code: 'asks-calico-gateway', gateway: CALICO_GATEWAY }),
      });
      return;
    }
    if (device === undefined || o.askerMac === CALICO_MAC || kind.first) return;
    if (device.nameless && !device.from.has(o.asker)) return; // a broadcast that was passed on to it
    const isGateway = hostAddress(o.target)?.first === true;
    const isPods = device.name !== undefined && (device.kind === 'pod' || device.kind === 'bridge');
    if (isPods && (isGateway || (device.kind === 'pod' && o.direction === 'in'))) {
      board.pod(o.asker, {
        ...hint,
        score: 0.85,
        ways: SENT,
        why: () => ({ code: 'sends-arp-on', device: device.name! }),
      });
    }
  }

  private deviceOf(o: SeenAt): Device | undefined {
    const name = o.interface ?? interfaceInFileName(o.vantage);
    const key = `${o.vantage}|${name ?? ''}`;
    let device = this.devices.get(key);
    if (device === undefined) {
      if (this.devices.size >= INTERFACES_MAX) {
        this.overflow++;
        return undefined;
      }
      device = {
        at: o,
        name,
        kind: interfaceKind(name),
        from: new Map(),
        to: new Map(),
        either: new Map(),
        flows: 0,
        crowded: false,
        calico: false,
        nameless: name?.startsWith('#') === true,
        forwards: false,
        reaches: new Set(),
      };
      this.devices.set(key, device);
    }
    return device;
  }

  conclude(board: Board): void {
    for (const device of this.devices.values()) {
      if (device.calico && device.kind === 'other') device.kind = 'pod';
    }
    this.concludeNameless(board);
    for (const arp of this.arps) this.concludeArp(arp, board); // what the device is, is known by now
    for (const device of this.devices.values()) {
      if (device.kind === 'pod') concludePod(device, board);
      else if (device.kind === 'bridge') concludeBridge(device, board);
    }
  }

  /**
   * Devices without a name that lead to one host, which speaks to more than the hosts behind other such
   * devices and this machine: a pod. Else it may as well be the one neighbour on a NIC, such as a load balancer.
   */
  private concludeNameless(board: Board): void {
    const leading = [...this.devices.values()].filter(
      (d) => d.nameless && d.kind === 'other' && leadsToOneHost(d),
    );
    const hosts = new Set(leading.flatMap((device) => [...device.from.keys()]));
    for (const device of leading) {
      const own = board.own.get(device.at.vantage);
      const isOnward = (address: string) => !hosts.has(address) && own?.has(address) !== true;
      if ([...device.reaches].some(isOnward)) device.kind = 'pod';
    }
  }

  /**
   * Whether an address that left a machine with a first TTL is the machine's own: it never came in (a
   * bridge passes pods' packets on as they are), and the machine has a device that only nodes have.
   */
  isOwn(vantage: string, address: string): boolean {
    this.atNodes ??= this.nodeVantages();
    return this.atNodes.has(vantage) && !this.isPassedOn(vantage, address);
  }

  /** Whether packets with this source came into the machine: what leaves it with a first TTL, a bridge passed on. */
  isPassedOn(vantage: string, address: string): boolean {
    return this.cameIn.has(`${vantage} ${address}`);
  }

  private nodeVantages(): Set<string> {
    const found = new Set<string>();
    for (const { kind, at, name } of this.devices.values()) {
      if (kind !== 'other' && name !== undefined && name !== 'eth0') found.add(at.vantage);
    }
    return found;
  }
}

function add(
  device: Device,
  ends: Map<string, Seen>,
  address: string,
  o: FlowObservation,
  mac: string | undefined,
): void {
  const there = ends.get(address);
  if (there !== undefined) {
    there.packets += o.packets;
    there.ttlMax = Math.max(there.ttlMax, o.ttl);
  } else if (
    ends.size < (device.kind === 'bridge' || device.kind === 'tunnel' ? BRIDGE_ENDS_MAX : ENDS_MAX)
  ) {
    ends.set(address, { packets: o.packets, ttlMax: o.ttl, mac, byMac: false });
  } else {
    device.crowded = true;
  }
}

function addEither(device: Device, o: FlowObservation): void {
  device.flows++;
  addEnd(device, o.src, o.ttl);
  addEnd(device, o.dst, 0);
}

function addEnd(device: Device, address: string, ttl: number): void {
  const isFirst = isFirstTtl(ttl) ? 1 : 0;
  const there = device.either.get(address);
  if (there !== undefined) {
    there.flows++;
    there.firstTtl += isFirst;
  } else if (device.either.size < BRIDGE_ENDS_MAX) {
    device.either.set(address, { flows: 1, firstTtl: isFirst });
  }
}

/** The device's name where it is that of a pod's veth alone. */
function vethName(device: Device | undefined): string | undefined {
  const name = device?.name;
  return name !== undefined && interfaceKind(name) === 'pod' ? name : undefined;
}

/** The first TTLs of Linux, Windows and appliances; any other was lowered on the way. */
function isFirstTtl(ttl: number): boolean {
  return ttl === 64 || ttl === 128 || ttl === 255;
}

/** Calico's MAC tells the way, wherever the capture was made. True when it is there. */
function noteCalico(o: FlowObservation, device: Device): boolean {
  if (o.srcMac !== CALICO_MAC && o.dstMac !== CALICO_MAC) return false;
  device.calico = true;
  const isToPod = o.srcMac === CALICO_MAC;
  const ends = isToPod ? device.to : device.from;
  const address = isToPod ? o.dst : o.src;
  add(device, ends, address, o, isToPod ? o.dstMac : o.srcMac);
  const seen = ends.get(address);
  if (seen !== undefined) seen.byMac = true;
  return true;
}

function noteNameless(o: FlowObservation, device: Device): void {
  if (hostAddress(o.src) === undefined || hostAddress(o.dst) === undefined) return;
  if (o.direction === 'in') {
    add(device, device.from, o.src, o, o.srcMac);
    if (device.reaches.size < ENDS_MAX) device.reaches.add(o.dst);
  }
  if (o.direction !== 'out') return;
  add(device, device.to, o.dst, o, o.dstMac);
  if (o.ttl > 0 && !isFirstTtl(o.ttl)) device.forwards = true;
}

/** One host alone speaks there, with first TTLs, and this host forwards to it: what the end of a pod's veth looks like. */
function leadsToOneHost(device: Device): boolean {
  if (device.crowded || !device.forwards || device.from.size === 0) return false;
  const families = new Set([...device.from.keys()].map((address) => address.includes(':')));
  if (families.size !== device.from.size) return false;
  for (const { ttlMax } of device.from.values()) if (!isFirstTtl(ttlMax)) return false;
  for (const address of device.to.keys()) if (!device.from.has(address)) return false;
  return true;
}

/** A veth has one pod behind it; two addresses when it has two families. */
function concludePod(device: Device, board: Board): void {
  const sure = device.calico || (device.name !== undefined && POD_SURE.test(device.name));
  const where = `v:${device.at.vantage}`;
  const base = device.crowded || device.from.size > 4 ? 0.4 : sure ? 0.95 : 0.75;
  const scoreOf = (seen: Seen) => (seen.byMac ? 0.95 : base);
  const veth = { device: device.name, hasCalicoMac: device.calico };
  const hint = (
    score: number,
    ways: number,
    packets: number,
    mac: string | undefined,
    way: 'from' | 'to',
  ) => ({
    score,
    ways,
    packets,
    where,
    interface: vethName(device),
    mac: mac === CALICO_MAC ? undefined : mac,
    why: (): Sentence => ({ code: 'through-veth', way, ...veth }),
  });
  for (const [address, seen] of device.from) {
    if (hostAddress(address) !== undefined)
      board.pod(address, hint(scoreOf(seen), SENT, seen.packets, seen.mac, 'from'));
  }
  for (const [address, seen] of device.to) {
    if (hostAddress(address) !== undefined)
      board.pod(address, hint(scoreOf(seen), RECEIVED, seen.packets, seen.mac, 'to'));
  }
  if (device.from.size + device.to.size > 0) return;
  const own = commonEnd(device);
  if (own === undefined) return;
  board.pod(own, {
    ...hint(Math.min(base, 0.85), 0, 1, undefined, 'from'),
    why: () => ({ code: 'end-of-all-on-veth', ...veth }),
  });
}

/** The address at every flow of a device; when two are (one flow only), the one whose TTL is a first one. */
function commonEnd(device: Device): string | undefined {
  const all = [...device.either].filter(
    ([a, e]) => e.flows === device.flows && hostAddress(a) !== undefined,
  );
  if (all.length === 1) return all[0]![0];
  const first = all.filter(([, e]) => e.firstTtl > 0);
  return first.length === 1 ? first[0]![0] : undefined;
}

/** Where who sends on a device lives, as far as the device tells. */
function placeOf(vantage: string, device: string | undefined): string | undefined {
  return device !== undefined && spansNodes(device) ? undefined : `v:${vantage}`;
}

/** A bridge has many pods behind it and bears the node's address .1. */
function concludeBridge(device: Device, board: Board): void {
  const where = placeOf(device.at.vantage, device.name);
  for (const [ends, ways] of [
    [device.from, SENT],
    [device.to, RECEIVED],
  ] as const) {
    for (const [address, seen] of ends) {
      const kind = hostAddress(address);
      if (kind === undefined || kind.first) continue;
      const way = ways === SENT ? 'from' : 'to';
      const why = () => ({ code: 'through-bridge', way, device: device.name! }) as const;
      const mac = seen.mac;
      board.pod(address, {
        score: kind.private ? 0.8 : 0.4,
        ways,
        packets: seen.packets,
        where,
        mac,
        why,
      });
    }
  }
}

/** On a bridge, whoever sends with a first TTL is a pod or the bridge itself: all others were routed to it. */
function noteBridge(o: FlowObservation, board: Board): void {
  const kind = hostAddress(o.src);
  if (kind === undefined || !kind.private || kind.first || (o.ttl !== 64 && o.ttl !== 128)) return;
  const why = () => ({ code: 'sends-fresh-on-bridge', device: o.interface ?? '' }) as const;
  board.pod(o.src, {
    score: 0.75,
    ways: SENT,
    where: placeOf(o.vantage, o.interface ?? interfaceInFileName(o.vantage)),
    packets: o.packets,
    mac: o.srcMac,
    why,
  });
}

/** Tunnel devices on which pods' packets have a first TTL as the host's have: which is whose, the device does not tell. */
const KEEPS_TTL = /^(cilium|vxlan-6784)/;

/** Calico's tunnel devices, which have the first address of a block of 64. */
const CALICO_DEVICE = /^(tunl|vxlan\.calico|vxlan-v6\.calico)/;

/** Inner packets on a tunnel device, without their outer header: both ends are pods, on two nodes. */
function noteTunnelDevice(o: FlowObservation, device: string, board: Board): void {
  const isTelling = !KEEPS_TTL.test(device);
  for (const [address, isHere, ways] of [
    [o.src, o.direction === 'out', SENT],
    [o.dst, o.direction === 'in', RECEIVED],
  ] as const) {
    const kind = hostAddress(address);
    if (kind === undefined || !kind.private) continue;
    const where = isHere ? `v:${o.vantage}` : undefined;
    const why = () => ({ code: 'on-tunnel-device', device }) as const;
    // the node's own, this one's or the one's at the other end
    const isHost = ways === SENT && o.ttl === 64 && isTelling;
    const isBase = CALICO_DEVICE.test(device) ? kind.calicoBase : kind.blockBase;
    if (isBase || isHost) {
      board.node(address, isHost ? (isHere ? 0.85 : 0.82) : 0.75, 'tunnel', where, why);
      if (isHost && isHere) board.ownAddress(o.vantage, address, why);
    } else {
      const score = isTelling ? 0.8 : 0.65;
      board.pod(address, { score, ways, where, packets: o.packets, why });
    }
  }
}

/** By its ports, a server's packet to a client. */
function isAnswer({ sport, dport }: FlowObservation): boolean {
  return sport < EPHEMERAL_FIRST && dport >= EPHEMERAL_FIRST;
}

/** A packet that leaves a NIC with the TTL it was made with was made on this machine. */
function noteOwnPacket(o: FlowObservation, board: Board): void {
  if (o.direction !== 'out' || o.ttl !== 64 || hostAddress(o.src) === undefined) return;
  if (o.interface === 'lo') return;
  board.ownAddress(o.vantage, o.src, () => ({ code: 'leaves-fresh', device: o.interface }));
}

/** Pod MACs that hold the address: 0a:58 (bridge plugins, OVN), 02:02 (Contiv). */
function noteMac(o: FlowObservation, board: Board): void {
  const mac = o.srcMac;
  if (mac === undefined || !(mac.startsWith('0a:58:') || mac.startsWith('02:02:'))) return;
  const kind = hostAddress(o.src);
  if (kind === undefined || kind.words.length !== 1 || kind.first) return;
  const word = kind.words[0]!;
  const bytes = [word >>> 24, (word >>> 16) & 255, (word >>> 8) & 255, word & 255];
  if (mac.slice(6) !== bytes.map((b) => b.toString(16).padStart(2, '0')).join(':')) return;
  board.pod(o.src, {
    score: 0.95,
    ways: SENT,
    packets: o.packets,
    mac,
    why: () => ({ code: 'mac-holds-address', mac }),
  });
}

const KUBELET = 10250;
const BGP = 179;
const WEAVE = 6783;
/** Calico and flannel, flannel over IPv6, Cilium: each node with the same port at both ends. */
const WIREGUARD = new Set([51820, 51821, 51871]);

/** Neighbour discovery for Calico's gateway, as ARP is over IPv4: only pods ask, and only pods are answered. */
function noteSolicitation(o: FlowObservation, device: Device, board: Board): void {
  const pod = o.dst === CALICO_SOLICITED ? o.src : o.src === CALICO_GATEWAY6 ? o.dst : undefined;
  if (pod === undefined || hostAddress(pod) === undefined) return;
  device.calico = true;
  const ways = pod === o.src ? SENT : RECEIVED;
  const code = ways === SENT ? 'asks-calico-gateway' : 'answered-by-calico-gateway';
  const why = () => ({ code, gateway: CALICO_GATEWAY6 }) as const;
  const where = `v:${o.vantage}`;
  board.pod(pod, {
    score: 0.97,
    ways,
    where,
    packets: o.packets,
    interface: vethName(device),
    why,
  });
}

/** Ports that nodes serve. */
function notePorts(o: FlowObservation, board: Board): void {
  const both = (score: number, why: Sentence) => {
    for (const address of [o.src, o.dst]) {
      if (hostAddress(address)?.private !== true) continue;
      board.node(address, score, 'address', undefined, () => why);
    }
  };
  if (o.protocol === 'udp' && o.sport === o.dport && WIREGUARD.has(o.dport)) {
    both(0.8, { code: 'speaks-wireguard', port: o.dport });
  }
  if (o.protocol !== 'tcp') return;
  if (o.dport === KUBELET && hostAddress(o.dst)?.private === true) {
    const why = () => ({ code: 'serves-kubelet-port', port: KUBELET }) as const;
    board.node(o.dst, 0.8, 'address', undefined, why);
  }
  if (o.dport === BGP) both(0.7, { code: 'speaks-bgp' });
  if (o.dport === WEAVE) both(0.75, { code: 'speaks-to-weave', port: WEAVE });
}
