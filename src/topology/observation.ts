/**
 * What the traffic itself shows, as plain records: the input of inference (infer.ts). The reader of
 * packets hands each one over once per distinct flow direction, message or answer, never per frame.
 * Addresses are text as base/address.ts spells them; nothing here knows how packets are decoded.
 */

/** Where frames were seen. */
export interface SeenAt {
  /**
   * The machine that captured: one clock, one set of interfaces. A node's name where the capture tells
   * one, else the file. Several files of one machine may share it; files of two machines must not.
   */
  readonly vantage: string;
  /** Device name; `#7` for one known by its interface index alone; undefined when not told. */
  readonly interface: string | undefined;
  /** As the capture tells it of these frames: into or out of the interface's owner. */
  readonly direction: 'in' | 'out' | undefined;
}

/** Packets of one inner flow direction inside one tunnel. Opaque tunnels (WireGuard, ESP) have no inner part. */
export interface TunnelObservation extends SeenAt {
  readonly kind: 'tunnel';
  /** ipip, vxlan, geneve, gre, 6in4, 4in6, 6in6, weave-sleeve, weave-fastdp, flannel-udp, wireguard, esp, …. */
  readonly type: string;
  readonly outerSrc: string;
  readonly outerDst: string;
  /** UDP destination port, 0 where the type has none. */
  readonly outerPort: number;
  /** VNI or key; undefined where there is none. */
  readonly id?: number | undefined;
  readonly innerSrc?: string | undefined;
  readonly innerDst?: string | undefined;
  readonly innerSrcMac?: string | undefined;
  readonly innerDstMac?: string | undefined;
  /** TTL or hop limit of the inner packet. */
  readonly innerTtl?: number | undefined;
  /** Geneve option classes met. */
  readonly optionClasses?: readonly number[] | undefined;
  readonly packets: number;
}

/** Packets of one flow direction that are in no tunnel (or, on a tunnel device, no longer or not yet). */
export interface FlowObservation extends SeenAt {
  readonly kind: 'flow';
  readonly src: string;
  readonly dst: string;
  /** Lower case: tcp, udp, icmp, …. */
  readonly protocol: string;
  readonly sport: number;
  readonly dport: number;
  /** Of the first packet; 0 = not known. */
  readonly ttl: number;
  readonly srcMac?: string | undefined;
  readonly dstMac?: string | undefined;
  readonly packets: number;
}

export interface ArpObservation extends SeenAt {
  readonly kind: 'arp';
  /** Sender protocol and hardware address. */
  readonly asker: string;
  readonly askerMac: string;
  readonly target: string;
}

/** One prefix of a BGP UPDATE. */
export interface BgpObservation {
  readonly kind: 'bgp';
  readonly prefix: string;
  readonly nextHop: string;
  /** Who said it to whom. */
  readonly speaker: string;
  readonly peer: string;
  /** Autonomous systems passed, 0 inside one system; undefined when not known. */
  readonly asPathLength?: number | undefined;
}

/** One address record (A, AAAA) or the text of one TXT record in a DNS answer. */
export interface DnsObservation {
  readonly kind: 'dns';
  /** The name asked for. */
  readonly question: string;
  /** The name that owns the record, after CNAMEs; the same when there are none. */
  readonly owner: string;
  readonly address?: string | undefined;
  readonly text?: string | undefined;
}

/** An HTTP request with User-Agent kube-probe/…. */
export interface ProbeObservation extends SeenAt {
  readonly kind: 'probe';
  readonly src: string;
  readonly dst: string;
}

/** Stitching saw one connection change its addresses on one machine. Ends are the client's way round. */
export interface TranslationObservation {
  readonly kind: 'translation';
  readonly type: 'snat' | 'dnat';
  readonly vantage: string;
  readonly protocol: string;
  readonly before: { readonly src: string; readonly dst: string; readonly dport: number };
  readonly after: { readonly src: string; readonly dst: string; readonly dport: number };
}

/** A name that the capture file itself gives an address (pcapng NRB). */
export interface NameObservation {
  readonly kind: 'name';
  readonly address: string;
  readonly name: string;
  readonly file: string;
}

/** A pod named by the capturing program in a comment (ptcpdump), with the address the frame shows for it. */
export interface PodCommentObservation {
  readonly kind: 'pod-comment';
  readonly vantage: string;
  readonly namespace: string;
  readonly name: string;
  readonly address: string;
  readonly file: string;
}

/** The capture says on which node a vantage is. */
export interface VantageObservation {
  readonly kind: 'vantage';
  readonly vantage: string;
  readonly node: string;
}

export type TrafficObservation =
  | VantageObservation
  | TunnelObservation
  | FlowObservation
  | ArpObservation
  | BgpObservation
  | DnsObservation
  | ProbeObservation
  | TranslationObservation
  | NameObservation
  | PodCommentObservation;
