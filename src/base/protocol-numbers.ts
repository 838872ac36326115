/**
 * A dense number for each protocol that netlens decodes: index into the registry's tables and into a
 * packet's layers. 0 is "nothing follows". Appending is free; the order carries no meaning.
 */
export const NONE = 0;
export const ETHERNET = 1;
export const VLAN = 2;
export const LLC = 3;
export const MPLS = 4;
export const ARP = 5;
export const IPV4 = 6;
export const IPV6 = 7;
export const GRE = 8;
export const VXLAN = 9;
export const GENEVE = 10;
export const WIREGUARD = 11;
export const ESP = 12;
export const AH = 13;
export const WEAVE_SLEEVE = 14;
export const TCP = 15;
export const UDP = 16;
export const SCTP = 17;
export const ICMP = 18;
export const ICMPV6 = 19;
export const IGMP = 20;
export const DNS = 21;
export const TLS = 22;
export const HTTP = 23;
export const HTTP2 = 24;
export const PROXY = 25;
export const BGP = 26;
export const SLL = 27;
export const SLL2 = 28;
export const NULL_LOOPBACK = 29;
export const PPP = 30;
export const NFLOG = 31;
export const PKTAP = 32;
export const RAW_IP = 33;
export const FLANNEL_UDP = 34;
export const IPV6_FRAGMENT = 35;
export const IPV6_EXTENSION = 36;
export const PPPOE = 37;
export const ERSPAN = 38;
export const VXLAN_GPE = 39;
/** One past the last; size of tables by protocol. */
export const PROTOCOL_COUNT = 48;
