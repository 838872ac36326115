/**
 * A filter as a tree: what the parser yields, and what the frame filter, the conversation filter and
 * any other compiler (to classic BPF, say) start from. Names, abbreviations and implied qualifiers are
 * already resolved; every value is in range.
 */

/** The first IP or ARP header of a frame, or the last before any application data. */
export type Layer = 'outer' | 'inner';

/** Which of a packet's two ends is meant: one of them, the source, the destination, both at once. */
export type Direction = 'either' | 'src' | 'dst' | 'both';

export type Network = 'ip' | 'ip6' | 'arp' | 'rarp';

export type Expression =
  /** True when all are, of one and the same layer. Two or more; none only as the whole, empty filter. */
  | { readonly kind: 'and'; readonly of: readonly Expression[] }
  /** Two or more. */
  | { readonly kind: 'or'; readonly of: readonly Expression[] }
  /** True when `of` is true of no layer. */
  | { readonly kind: 'not'; readonly of: Expression }
  /** `of`, asked of this one layer alone. */
  | { readonly kind: 'pin'; readonly layer: Layer; readonly of: Expression }
  | LayerWord
  | FrameWord
  | ConversationWord;

/** Words asked of one IP or ARP header and what it carries. */
export type LayerWord =
  /** `host`, `net`: (address & mask) = words, as big-endian int32, one for IPv4, four for IPv6. */
  | {
      readonly kind: 'address';
      readonly direction: Direction;
      readonly network: Network | 'any';
      readonly words: readonly number[];
      readonly mask: readonly number[];
    }
  /** `port`, `portrange`: 0 to 65535, both inclusive, `first` <= `last`. */
  | {
      readonly kind: 'port';
      readonly direction: Direction;
      readonly transport: 'tcp' | 'udp' | 'sctp' | 'any';
      readonly first: number;
      readonly last: number;
    }
  /** `ip`, `ip6`, `arp`, `rarp` */
  | { readonly kind: 'network'; readonly network: Network }
  /** `tcp`, `icmp`, `ip proto 4`: the IP protocol number stands in the header or its chain of extensions. 0 to 255. */
  | { readonly kind: 'protocol'; readonly network: 'ip' | 'ip6' | 'any'; readonly number: number }
  /** `ip broadcast`, `ip multicast`, `ip6 multicast`: of the destination. */
  | {
      readonly kind: 'cast';
      readonly network: 'ip' | 'ip6';
      readonly to: 'broadcast' | 'multicast';
    }
  /** `tcp[13] & 2 != 0`: unsigned 32-bit. False when a byte it reads was not captured or its header is not there. */
  | {
      readonly kind: 'relation';
      readonly operator: Relational;
      readonly left: Arithmetic;
      readonly right: Arithmetic;
    }
  /** `ip.ttl < 5`: a declared field, by Wireshark's name. */
  | {
      readonly kind: 'field';
      readonly name: string;
      readonly operator: FieldOperator;
      /** Text as written; [] for `present`, two or more only for `in`. */
      readonly values: readonly string[];
    };

/** Words asked of the frame as a whole, or of any link or tunnel header in it. */
export type FrameWord =
  /** `ether host`: the 48 bits as 16 and int32. */
  | {
      readonly kind: 'mac';
      readonly direction: Direction;
      readonly high: number;
      readonly low: number;
    }
  /** `ether proto`: an EtherType, or below 1501 the DSAP of an LLC header. */
  | { readonly kind: 'ethertype'; readonly type: number }
  | { readonly kind: 'link-cast'; readonly to: 'broadcast' | 'multicast' }
  | { readonly kind: 'llc' }
  /** `vlan 100`: a header of this protocol, with this id, label, session or VNI where one is given. */
  | {
      readonly kind: 'tag';
      readonly tag: 'vlan' | 'mpls' | 'pppoes' | 'vxlan' | 'geneve';
      readonly id: number | undefined;
    }
  | { readonly kind: 'way'; readonly way: 'inbound' | 'outbound' }
  | { readonly kind: 'ifindex'; readonly index: number }
  /** Patterns, in which `*` stands for any run of characters. */
  | { readonly kind: 'place'; readonly word: 'iface' | 'file'; readonly pattern: string }
  | { readonly kind: 'encapsulation'; readonly type: string }
  | { readonly kind: 'proxy' }
  | { readonly kind: 'name'; readonly word: 'dns' | 'sni'; readonly pattern: string };

/** Words that only a whole conversation can answer. */
export type ConversationWord =
  | { readonly kind: 'label'; readonly label: string }
  | {
      readonly kind: 'object';
      readonly word: 'pod' | 'ns' | 'node' | 'svc';
      readonly direction: Direction;
      /** Pattern; undefined = any. */
      readonly namespace: string | undefined;
      readonly name: string;
    }
  | { readonly kind: 'nat'; readonly type: 'snat' | 'dnat' | 'both' | 'any' | 'none' };

export type Relational = '=' | '!=' | '<' | '<=' | '>' | '>=';
export type FieldOperator = Relational | 'present' | 'contains' | 'in';
export type ArithmeticOperator = '+' | '-' | '*' | '/' | '%' | '&' | '|' | '^' | '<<' | '>>';

/** The headers whose bytes can be tested, by the name in front of the bracket. */
export type Header =
  | 'ether'
  | 'arp'
  | 'rarp'
  | 'ip'
  | 'ip6'
  | 'tcp'
  | 'udp'
  | 'sctp'
  | 'icmp'
  | 'icmp6'
  | 'igmp'
  | 'igrp'
  | 'pim'
  | 'vrrp'
  | 'carp';

/** Unsigned 32-bit arithmetic that wraps. */
export type Arithmetic =
  | { readonly kind: 'number'; readonly value: number }
  /** Length of the frame on the wire, bytes. */
  | { readonly kind: 'length' }
  | {
      readonly kind: 'bytes';
      readonly header: Header;
      readonly at: Arithmetic;
      readonly size: 1 | 2 | 4;
    }
  | { readonly kind: 'negate'; readonly of: Arithmetic }
  | {
      readonly kind: 'binary';
      readonly operator: ArithmeticOperator;
      readonly left: Arithmetic;
      readonly right: Arithmetic;
    };
