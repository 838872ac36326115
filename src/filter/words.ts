/** The vocabulary: every word of the language, what the numbers are called, and what is refused and why. */

import type { Sentence } from '../words/sentence.ts';
import type { FilterRefusal } from '../words/sentences/filter.ts';

export const LABELS = ['same-node', 'cross-node', 'external', 'host', 'unknown'];
export const NAT_TYPES = ['snat', 'dnat', 'both', 'any', 'none'];
export const ENCAPSULATIONS = [
  'ipip',
  '6in4',
  '4in6',
  '6in6',
  'gre',
  'vxlan',
  'geneve',
  'wireguard',
  'esp',
  'weave-sleeve',
  'flannel-udp',
  'any',
  'none',
];

/** Words that take a name, and words that stand alone, among those of conversations and places. */
export const OBJECTS = ['pod', 'ns', 'node', 'svc'] as const;
/** The same as fields of one end, as other tools write them: `src.pod == web-0`. */
export const END_FIELDS: Readonly<
  Record<string, { readonly word: (typeof OBJECTS)[number]; readonly direction: 'src' | 'dst' }>
> = Object.fromEntries(
  OBJECTS.flatMap((word) =>
    (['src', 'dst'] as const).map((direction) => [`${direction}.${word}`, { word, direction }]),
  ),
);
export const PLACES = ['iface', 'file'] as const;
export const NAMES = ['dns', 'sni'] as const;
export const CHOICES: Readonly<Record<string, readonly string[]>> = {
  label: LABELS,
  encap: ENCAPSULATIONS,
  nat: NAT_TYPES,
};

export const CONNECTIVES = ['and', 'or', 'not', 'outer', 'inner'];
export const DIRECTIONS = ['src', 'dst'];
export const TYPES = ['host', 'net', 'port', 'portrange', 'proto', 'protochain'];
export const NETWORKS = ['ip', 'ip6', 'arp', 'rarp'] as const;
export const TAGS = ['vlan', 'mpls', 'pppoes', 'vxlan', 'geneve'] as const;
export const STANDING = [
  'pppoed',
  'stp',
  'llc',
  'broadcast',
  'multicast',
  'inbound',
  'outbound',
  'proxy',
];
export const MEASURES = ['less', 'greater', 'ifindex'];

/** Largest id of each tag. */
export const TAG_MAX: Readonly<Record<string, number>> = {
  vlan: 0xfff,
  mpls: 0xf_ffff,
  pppoes: 0xffff,
  vxlan: 0xff_ffff,
  geneve: 0xff_ffff,
};

/** Words that say what an IP packet carries: the IP protocol number, and of which IP version. */
export const TRANSPORTS: Readonly<
  Record<string, { readonly number: number; readonly network: 'ip' | 'ip6' | 'any' }>
> = {
  tcp: { number: 6, network: 'any' },
  udp: { number: 17, network: 'any' },
  sctp: { number: 132, network: 'any' },
  icmp: { number: 1, network: 'ip' },
  icmp6: { number: 58, network: 'ip6' },
  igmp: { number: 2, network: 'ip' },
  igrp: { number: 9, network: 'ip' },
  pim: { number: 103, network: 'any' },
  vrrp: { number: 112, network: 'ip' },
  carp: { number: 112, network: 'ip' },
  esp: { number: 50, network: 'any' },
  ah: { number: 51, network: 'any' },
};

/** Headers that take `[at : size]`. */
export const HEADERS = [
  'ether',
  'link',
  'arp',
  'rarp',
  'ip',
  'ip6',
  'tcp',
  'udp',
  'sctp',
  'icmp',
  'icmp6',
  'igmp',
  'igrp',
  'pim',
  'vrrp',
  'carp',
];

/** IANA protocol numbers by name, for `ip proto`, `ip6 proto`, `proto`. */
export const PROTOCOL_NUMBERS: Readonly<Record<string, number>> = {
  hopopt: 0,
  icmp: 1,
  igmp: 2,
  ipip: 4,
  ipencap: 4,
  tcp: 6,
  egp: 8,
  igp: 9,
  igrp: 9,
  udp: 17,
  dccp: 33,
  ipv6: 41,
  'ipv6-route': 43,
  'ipv6-frag': 44,
  rsvp: 46,
  gre: 47,
  esp: 50,
  ah: 51,
  'ipv6-icmp': 58,
  icmp6: 58,
  'ipv6-nonxt': 59,
  'ipv6-opts': 60,
  eigrp: 88,
  ospf: 89,
  etherip: 97,
  pim: 103,
  ipcomp: 108,
  vrrp: 112,
  carp: 112,
  l2tp: 115,
  sctp: 132,
  udplite: 136,
  'mpls-in-ip': 137,
};

/** EtherTypes by name, for `ether proto`; below 1501 the DSAP of an LLC header. */
export const ETHER_TYPES: Readonly<Record<string, number>> = {
  ip: 0x0800,
  arp: 0x0806,
  rarp: 0x8035,
  ip6: 0x86dd,
  vlan: 0x8100,
  mpls: 0x8847,
  pppoed: 0x8863,
  pppoes: 0x8864,
  loopback: 0x9000,
  lldp: 0x88cc,
  stp: 0x42,
  iso: 0xfe,
  netbeui: 0xf0,
  atalk: 0x809b,
  aarp: 0x80f3,
  decnet: 0x6003,
  lat: 0x6004,
  sca: 0x6007,
  mopdl: 0x6001,
  moprc: 0x6002,
  ipx: 0x8137,
};

type Transport = 'tcp' | 'udp' | 'any';

/** Ports by service name, with the transport that the name implies ('any' where several use it). */
export const SERVICES: Readonly<Record<string, readonly [port: number, transport: Transport]>> = {
  'ftp-data': [20, 'tcp'],
  ftp: [21, 'tcp'],
  ssh: [22, 'tcp'],
  telnet: [23, 'tcp'],
  smtp: [25, 'tcp'],
  domain: [53, 'any'],
  bootps: [67, 'udp'],
  bootpc: [68, 'udp'],
  tftp: [69, 'udp'],
  http: [80, 'tcp'],
  www: [80, 'tcp'],
  kerberos: [88, 'any'],
  pop3: [110, 'tcp'],
  sunrpc: [111, 'any'],
  ntp: [123, 'udp'],
  imap2: [143, 'tcp'],
  snmp: [161, 'any'],
  'snmp-trap': [162, 'any'],
  bgp: [179, 'tcp'],
  ldap: [389, 'any'],
  https: [443, 'any'],
  isakmp: [500, 'udp'],
  syslog: [514, 'udp'],
  submission: [587, 'tcp'],
  ldaps: [636, 'any'],
  'domain-s': [853, 'any'],
  rsync: [873, 'tcp'],
  imaps: [993, 'tcp'],
  pop3s: [995, 'tcp'],
  openvpn: [1194, 'any'],
  'ms-sql-s': [1433, 'tcp'],
  radius: [1812, 'any'],
  'radius-acct': [1813, 'any'],
  nfs: [2049, 'any'],
  'etcd-client': [2379, 'tcp'],
  'etcd-server': [2380, 'tcp'],
  'iscsi-target': [3260, 'tcp'],
  mysql: [3306, 'tcp'],
  'ms-wbt-server': [3389, 'tcp'],
  'ipsec-nat-t': [4500, 'udp'],
  vxlan: [4789, 'udp'],
  sip: [5060, 'any'],
  amqps: [5671, 'tcp'],
  mdns: [5353, 'udp'],
  postgresql: [5432, 'tcp'],
  geneve: [6081, 'udp'],
  redis: [6379, 'tcp'],
  'http-alt': [8080, 'tcp'],
  kubelet: [10_250, 'tcp'],
};

/** Numbers by name in arithmetic: header offsets, ICMP types, TCP flags. */
export const CONSTANTS: Readonly<Record<string, number>> = {
  icmptype: 0,
  icmpcode: 1,
  icmp6type: 0,
  icmp6code: 1,
  tcpflags: 13,
  'tcp-fin': 1,
  'tcp-syn': 2,
  'tcp-rst': 4,
  'tcp-push': 8,
  'tcp-ack': 16,
  'tcp-urg': 32,
  'tcp-ece': 64,
  'tcp-cwr': 128,
  'icmp-echoreply': 0,
  'icmp-unreach': 3,
  'icmp-sourcequench': 4,
  'icmp-redirect': 5,
  'icmp-echo': 8,
  'icmp-routeradvert': 9,
  'icmp-routersolicit': 10,
  'icmp-timxceed': 11,
  'icmp-paramprob': 12,
  'icmp-tstamp': 13,
  'icmp-tstampreply': 14,
  'icmp-ireq': 15,
  'icmp-ireqreply': 16,
  'icmp-maskreq': 17,
  'icmp-maskreply': 18,
  'icmp6-destinationunreach': 1,
  'icmp6-packettoobig': 2,
  'icmp6-timeexceeded': 3,
  'icmp6-parameterproblem': 4,
  'icmp6-echo': 128,
  'icmp6-echoreply': 129,
  'icmp6-multicastlistenerquery': 130,
  'icmp6-multicastlistenerreportv1': 131,
  'icmp6-multicastlistenerdone': 132,
  'icmp6-routersolicit': 133,
  'icmp6-routeradvert': 134,
  'icmp6-neighborsolicit': 135,
  'icmp6-neighboradvert': 136,
  'icmp6-redirect': 137,
  'icmp6-routerrenum': 138,
  'icmp6-nodeinformationquery': 139,
  'icmp6-nodeinformationresponse': 140,
  'icmp6-ineighbordiscoverysolicit': 141,
  'icmp6-ineighbordiscoveryadvert': 142,
  'icmp6-multicastlistenerreportv2': 143,
  'icmp6-homeagentdiscoveryrequest': 144,
  'icmp6-homeagentdiscoveryreply': 145,
  'icmp6-mobileprefixsolicit': 146,
  'icmp6-mobileprefixadvert': 147,
  'icmp6-certpathsolicit': 148,
  'icmp6-certpathadvert': 149,
  'icmp6-multicastrouteradvert': 151,
  'icmp6-multicastroutersolicit': 152,
  'icmp6-multicastrouterterm': 153,
};

type Refused = readonly [why: FilterRefusal, instead?: Sentence];

const OLD = (type: string): Refused => [
  'protocol',
  { code: 'hint-write-to-find', text: `ether proto ${type}`, all: false },
];

/** What tcpdump understands and netlens does not: why, and what to write instead. */
export const REFUSED: ReadonlyMap<string, Refused> = new Map<string, Refused>([
  [
    'gateway',
    ['needs-lookups', { code: 'hint-write', text: 'ether host MAC and not host ADDRESS' }],
  ],
  ['byte', ['old-form', { code: 'hint-write', text: 'ether[N] = VALUE' }]],
  ['radio', ['wlan']],
  ...refuse('link', 'fddi tr ppp slip'),
  ...refuse(
    'wlan',
    'wlan type subtype direction dir addr1 addr2 addr3 addr4 address1 address2 address3 address4 ra ta',
  ),
  ...refuse(
    'atm',
    'atm lane metac bcc oam oamf4 oamf4ec oamf4sc oamf4e oamf4s sc ilmic vpi vci connectmsg metaconnect',
  ),
  ...refuse('ss7', 'fisu lssu lsu msu hfisu hlssu hmsu sio opc dpc sls hsio hopc hdpc hsls'),
  ...refuse('pflog', 'rset ruleset rnr rulenum srnr subrulenum reason action'),
  ...refuse('pflog', 'on ifname', { code: 'hint-write-iface' }),
  ...refuse('osi', 'clnp esis es-is isis is-is l1 l2 iih lsp snp csnp psnp', {
    code: 'hint-write-to-find',
    text: 'ether proto 0xfe',
    all: true,
  }),
  ['iso', ['osi', { code: 'hint-write-to-find', text: 'ether proto 0xfe', all: false }]],
  ['atalk', OLD('0x809b')],
  ['aarp', OLD('0x80f3')],
  ['decnet', OLD('0x6003')],
  ['lat', OLD('0x6004')],
  ['sca', OLD('0x6007')],
  ['mopdl', OLD('0x6001')],
  ['moprc', OLD('0x6002')],
  ['ipx', OLD('0x8137')],
  ['netbeui', OLD('0xf0')],
]);

function refuse(why: FilterRefusal, words: string, instead?: Sentence): [string, Refused][] {
  return words.split(' ').map((word) => [word, instead === undefined ? [why] : [why, instead]]);
}

/** What tcpdump lets follow `llc`. */
export const LLC_TYPES = 'i s u rr rnr rej ui ua disc sabme test xid frmr'.split(' ');

/** Words of other tools and their forms here. */
export const FOREIGN: Readonly<Record<string, string>> = {
  addr: 'host',
  address: 'host',
  sport: 'src port',
  dport: 'dst port',
  source: 'src',
  destination: 'dst',
  srcip: 'src host',
  dstip: 'dst host',
  from: 'src',
  to: 'dst',
  ipv4: 'ip',
  ipv6: 'ip6',
  icmpv6: 'icmp6',
  eth: 'ether',
  mac: 'ether host',
  namespace: 'ns',
  service: 'svc',
  interface: 'iface',
  device: 'iface',
  dev: 'iface',
  scope: 'label',
  tunnel: 'encap any',
  encapsulation: 'encap',
  ipip: 'encap ipip',
  gre: 'encap gre',
  wireguard: 'encap wireguard',
  natted: 'nat any',
  snat: 'nat snat',
  dnat: 'nat dnat',
  size: 'len',
  syn: 'tcp[tcpflags] & tcp-syn != 0',
  rst: 'tcp[tcpflags] & tcp-rst != 0',
  fin: 'tcp[tcpflags] & tcp-fin != 0',
  'same-node': 'label same-node',
  'cross-node': 'label cross-node',
  external: 'label external',
  http: 'port http',
  https: 'port https',
  ssh: 'port ssh',
  bgp: 'port bgp',
  ntp: 'port ntp',
  domain: 'port domain',
};

/** Words that can begin a primitive. */
export const STARTERS: readonly string[] = [
  ...DIRECTIONS,
  ...TYPES,
  'ether',
  'link',
  ...NETWORKS,
  ...Object.keys(TRANSPORTS),
  ...TAGS,
  ...STANDING,
  ...MEASURES,
  'len',
  'length',
  ...Object.keys(CHOICES),
  ...OBJECTS,
  ...PLACES,
  ...NAMES,
];

/** Every word with a meaning of its own: none of these is taken for a name. */
export const RESERVED: ReadonlySet<string> = new Set([
  ...CONNECTIVES,
  ...STARTERS,
  'mask',
  ...REFUSED.keys(),
]);
