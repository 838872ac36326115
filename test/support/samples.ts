/**
 * At least one lawful frame of every protocol, and of every header of variable length: what the sweeps
 * walk over, the fuzzer starts from, and the comparison with tshark includes.
 */
import * as h from './headers.ts';
import * as m from './messages.ts';

export interface Sample {
  readonly name: string;
  readonly linktype: number;
  readonly bytes: Uint8Array;
}

/** Each sample has a port of its own, so that a reader of TCP streams takes none for another's repeat. */
let lastPort = 40_000;
function clientPort(): number {
  return ++lastPort;
}

export const samples: readonly Sample[] = [
  ...linkSamples(),
  ...networkSamples(),
  ...tunnelSamples(),
  ...transportSamples(),
  ...applicationSamples(),
];

export function sample(name: string): Sample {
  const found = samples.find((s) => s.name === name);
  if (found === undefined) throw new Error(`no sample ${name}`);
  return found;
}

function inEthernet(name: string, type: number, payload: Uint8Array): Sample {
  return { name, linktype: 1, bytes: h.ethernet(type, payload) };
}

function inIpv4(name: string, protocol: number, payload: Uint8Array): Sample {
  return { name, linktype: 228, bytes: h.ipv4(protocol, payload) };
}

function inUdp(name: string, port: number, payload: Uint8Array): Sample {
  return inIpv4(name, 17, h.udp(clientPort(), port, payload));
}

function inTcp(name: string, port: number, payload: Uint8Array): Sample {
  return inIpv4(name, 6, h.tcp(clientPort(), port, payload, { options: h.TIMESTAMP_OPTIONS }));
}

function ping(): Uint8Array {
  return h.ipv4(1, h.icmpEcho(8, 0x1d, 1));
}

function ping6(): Uint8Array {
  return h.ipv6(58, h.icmpv6(128, 0, h.u32(0x001d0001)));
}

function linkSamples(): Sample[] {
  return [
    inEthernet('ethernet', 0x0800, ping()),
    inEthernet('ethernet, padded', 0x0806, h.join(h.arp(), new Uint8Array(18))),
    inEthernet('ethernet, unknown type', 0x9999, h.ascii('whatever')),
    inEthernet('arp', 0x0806, h.arp()),
    inEthernet('arp reply', 0x0806, h.arp(2)),
    inEthernet('vlan', 0x8100, h.vlan(0x6064, 0x0800, ping())),
    inEthernet('vlan in vlan', 0x88a8, h.vlan(10, 0x8100, h.vlan(20, 0x86dd, ping6()))),
    { name: 'llc', linktype: 1, bytes: h.ethernet8023(h.llc(0x42, 0x42, new Uint8Array(35))) },
    { name: 'llc, snap', linktype: 1, bytes: h.ethernet8023(h.snap(0x0800, ping())) },
    inEthernet('mpls', 0x8847, h.mpls([16, 17], ping())),
    inEthernet('mpls over vlan', 0x8100, h.vlan(5, 0x8847, h.mpls([18], ping6()))),
    inEthernet('pppoe', 0x8864, h.pppoe(0x0021, ping())),
    { name: 'sll', linktype: 113, bytes: h.sll(0x0800, ping()) },
    { name: 'sll, ipv6', linktype: 113, bytes: h.sll(0x86dd, ping6()) },
    { name: 'sll2', linktype: 276, bytes: h.sll2(0x0800, ping()) },
    { name: 'sll2, arp', linktype: 276, bytes: h.sll2(0x0806, h.arp()) },
    { name: 'null', linktype: 0, bytes: h.nullLoopback(2, ping()) },
    { name: 'null, ipv6', linktype: 0, bytes: h.nullLoopback(30, ping6()) },
    { name: 'loop', linktype: 108, bytes: h.loop(2, ping()) },
    { name: 'ppp', linktype: 9, bytes: h.ppp(0x0021, ping()) },
    { name: 'ppp, ipv6', linktype: 9, bytes: h.ppp(0x0057, ping6()) },
    { name: 'nflog', linktype: 239, bytes: h.nflog(ping()) },
    { name: 'pktap', linktype: 258, bytes: h.pktap(1, h.ethernet(0x0800, ping())) },
    { name: 'raw ipv4', linktype: 101, bytes: ping() },
    { name: 'raw ipv6', linktype: 101, bytes: ping6() },
    { name: 'linktype ipv6', linktype: 229, bytes: ping6() },
  ];
}

function networkSamples(): Sample[] {
  const data = h.udp(1000, 2000, h.ascii('data'));
  const segment = h.tcp(clientPort(), 81, h.ascii('hello'));
  const v4options = h.join([7, 7, 4, 1, 2, 3, 4], [148, 4, 0, 0], [0]);
  const v6 = (name: string, next: number, payload: Uint8Array): Sample => ({
    name,
    linktype: 229,
    bytes: h.ipv6(next, payload),
  });
  return [
    inIpv4('ipv4', 17, data),
    inIpv4('ipv4, unknown protocol', 99, h.ascii('whatever')),
    { name: 'ipv4, options', linktype: 228, bytes: h.ipv4(17, data, { options: v4options }) },
    {
      name: 'ipv4, first fragment',
      linktype: 228,
      bytes: h.ipv4(17, h.udp(1, 2, h.ascii('12345678'), 64), { more: true }),
    },
    {
      name: 'ipv4, later fragment',
      linktype: 228,
      bytes: h.ipv4(17, h.ascii('tail'), { offset: 48 }),
    },
    {
      name: 'ipv4, total length 0',
      linktype: 228,
      bytes: h.ipv4(6, segment, { totalLength: 0 }),
    },
    v6('ipv6', 17, data),
    v6('ipv6, hop-by-hop', 0, h.extension(17, Uint8Array.of(5, 2, 0, 0), data)),
    v6('ipv6, destination options', 60, h.extension(6, h.NOTHING, segment)),
    v6('ipv6, routing', 43, h.routing(17, data)),
    v6('ipv6, first fragment', 44, h.fragment6(17, data)),
    v6('ipv6, later fragment', 44, h.fragment6(17, h.ascii('tail'), 1448, false)),
    v6(
      'ipv6, chain',
      0,
      h.extension(60, h.NOTHING, h.extension(44, h.NOTHING, h.fragment6(6, segment))),
    ),
    v6('ipv6, no next header', 59, h.NOTHING),
    inIpv4('ah', 51, h.ah(17, data)),
    v6('ah over ipv6', 51, h.ah(6, segment)),
    inIpv4('esp', 50, h.esp()),
    v6('esp over ipv6', 50, h.esp()),
  ];
}

function tunnelSamples(): Sample[] {
  const frame = h.ethernet(0x0800, ping());
  const geneveOptions = h.join(
    [0x01, 0x4b, 0x81, 0x02, 0xc0, 0, 2, 10, 0x75, 0x80, 0, 0],
    [0x01, 0x08, 0x03, 0x01, 0xde, 0xad, 0xbe, 0xef],
  );
  return [
    inEthernet('ipip', 0x0800, h.ipv4(4, h.ipv4(6, h.tcp(clientPort(), 81, h.ascii('x'))))),
    inIpv4('6in4', 41, ping6()),
    { name: '4in6', linktype: 229, bytes: h.ipv6(4, ping()) },
    { name: '6in6', linktype: 229, bytes: h.ipv6(41, ping6()) },
    inIpv4('gre', 47, h.gre(0x0800, ping())),
    inIpv4('gre, key and sequence', 47, h.gre(0x86dd, ping6(), { key: 7, sequence: 8 })),
    inIpv4('gre, ethernet', 47, h.gre(0x6558, frame, { key: 9, checksum: true })),
    inIpv4('erspan type I', 47, h.gre(0x88be, frame)),
    inIpv4('erspan type II', 47, h.gre(0x88be, h.erspan(2, frame), { sequence: 5 })),
    inIpv4('erspan type III', 47, h.gre(0x22eb, h.erspan(3, frame), { sequence: 6 })),
    inIpv4('erspan subheader', 47, h.gre(0x22eb, h.erspan(3, frame, true), { sequence: 7 })),
    inUdp('vxlan-gpe', 4790, h.vxlanGpe(77, 1, ping())),
    inUdp('vxlan-gpe, ethernet', 4790, h.vxlanGpe(78, 3, frame)),
    inUdp('esp in udp', 4500, h.esp()),
    inUdp('vxlan', 4789, h.vxlan(4096, frame)),
    inUdp('vxlan, flannel', 8472, h.vxlan(1, frame)),
    inUdp('vxlan, group policy', 4789, h.vxlan(5000, frame, 0x88000000 | 77)),
    inUdp('vxlan, weave', 6784, h.vxlan(0x123456, frame)),
    inUdp('geneve', 6081, h.geneve(2, 0x6558, frame)),
    inUdp('geneve, options', 6081, h.geneve(2, 0x0800, ping(), geneveOptions)),
    inUdp('wireguard initiation', 51_820, h.wireguard(1)),
    inUdp('wireguard response', 51_820, h.wireguard(2)),
    inUdp('wireguard cookie', 51_820, h.wireguard(3)),
    inUdp('wireguard data', 51_820, h.wireguard(4)),
    inUdp('sleeve', 6783, h.sleeve(frame)),
    inUdp('flannel udp', 8285, ping()),
    {
      name: 'vxlan in vlan in ipip',
      linktype: 1,
      bytes: h.ethernet(
        0x8100,
        h.vlan(7, 0x0800, h.ipv4(4, h.ipv4(17, h.udp(50_000, 4789, h.vxlan(9, frame))))),
      ),
    },
  ];
}

function transportSamples(): Sample[] {
  const syn = h.tcp(clientPort(), 81, h.NOTHING, { flags: 2, ack: 0, options: h.SYN_OPTIONS });
  const quoted = h.ipv4(17, h.udp(clientPort(), 53, h.ascii('question')));
  const quotedTunnel = h.ipv4(
    17,
    h.udp(clientPort(), 8472, h.vxlan(1, h.ethernet(0x0800, ping()))),
  );
  const v6 = (name: string, message: Uint8Array): Sample => ({
    name,
    linktype: 229,
    bytes: h.ipv6(58, message),
  });
  return [
    inIpv4('tcp', 6, h.tcp(clientPort(), 81, h.ascii('hello'))),
    inIpv4('tcp, syn', 6, syn),
    inIpv4('tcp, sack', 6, h.tcp(clientPort(), 81, h.NOTHING, { options: h.SACK_OPTIONS })),
    inIpv4('udp', 17, h.udp(1000, 2000, h.ascii('data'))),
    inIpv4('udp, length 0', 17, h.udp(1000, 2000, h.ascii('data'), 0)),
    inIpv4(
      'sctp',
      132,
      h.sctp(
        36_412,
        36_412,
        h.sctpChunk(0, h.join(h.u32(1), h.u16(2), h.u16(3), h.u32(46), h.ascii('hello'))),
        h.sctpChunk(3, h.join(h.u32(9), h.u32(1500), h.u16(0), h.u16(0))),
      ),
    ),
    inIpv4('icmp echo', 1, h.icmpEcho(8, 0x1d, 1)),
    inIpv4('icmp echo reply', 1, h.icmpEcho(0, 0x1d, 1)),
    inIpv4('icmp port unreachable', 1, h.icmpError(3, 3, 0, quoted)),
    inIpv4('icmp fragmentation needed', 1, h.icmpError(3, 4, 1430, quotedTunnel)),
    inIpv4('icmp time exceeded, 8 bytes', 1, h.icmpError(11, 0, 0, quoted.subarray(0, 28))),
    v6('icmpv6 echo', h.icmpv6(128, 0, h.join(h.u32(0x001d0001), h.ascii('abcd')))),
    v6('icmpv6 packet too big', h.icmpv6(2, 0, h.join(h.u32(1280), ping6()))),
    v6('icmpv6 unreachable', h.icmpv6(1, 4, h.join(h.u32(0), h.ipv6(17, h.udp(1, 2, h.NOTHING))))),
    v6('icmpv6 neighbour solicitation', h.neighbourSolicitation()),
    inIpv4('igmp', 2, h.igmpV2()),
    inIpv4('igmp v3', 2, h.igmpV3Report()),
  ];
}

function applicationSamples(): Sample[] {
  const answer = m.dnsAnswer('web.default.svc.cluster.local');
  const proxied = h.join(m.proxyV2(1, 0x11), m.httpRequest('web'));
  return [
    inUdp('dns query', 53, m.dnsQuery('web.default.svc.cluster.local')),
    inIpv4('dns answer', 17, h.udp(53, clientPort(), answer)),
    inIpv4('dns over tcp', 6, h.tcp(53, clientPort(), m.dnsOverTcp(answer))),
    inUdp('mdns', 5353, m.dnsQuery('printer.local', 12)),
    inTcp('tls client hello', 443, m.clientHello('web.example.com', 'h2', 'http/1.1')),
    inIpv4('tls server hello', 6, h.tcp(443, clientPort(), m.serverHello())),
    inTcp('http request', 80, m.httpRequest('web.default', '/healthz?x=1')),
    inIpv4('http response', 6, h.tcp(80, clientPort(), m.httpResponse())),
    inTcp('http on 8080', 8080, m.httpRequest('10.0.0.2:8080')),
    inTcp('http2', 80, m.http2Preface()),
    inTcp('proxy v1', 80, h.join(m.proxyV1(), m.httpRequest('web'))),
    inTcp('proxy v2', 80, proxied),
    inTcp('proxy v2, ipv6', 443, m.proxyV2(1, 0x21, h.NOTHING)),
    inTcp('proxy v2, unix', 8080, m.proxyV2(1, 0x31)),
    inTcp('proxy v2, unspecified', 8080, m.proxyV2(1, 0x00)),
    inTcp('proxy v2, every tlv', 8080, m.withCrc32c(m.proxyV2(1, 0x11, ...m.everyProxyTlv()))),
    inTcp('proxy v2, health check', 8080, m.proxyHealthCheck()),
    inTcp('bgp open', 179, m.bgpOpen()),
    inTcp('bgp update', 179, h.join(m.bgpUpdate(), m.bgpKeepalive())),
    inTcp('bgp notification', 179, m.bgpNotification()),
  ];
}
