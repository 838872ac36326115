/** Which frames a filter lets through: layer by layer, pinned, and where tcpdump would not look. */
import assert from 'node:assert/strict';
import type { FrameBatch } from '../../src/base/frames.ts';
import { decode } from '../../src/decode/decode.ts';
import { Packet } from '../../src/decode/packet.ts';
import { compileFilter } from '../../src/filter/filter.ts';
import { batch, plainInterface } from '../support/frames.ts';
import * as h from '../support/headers.ts';
import * as m from '../support/messages.ts';

const NODE_A = [192, 168, 10, 101];
const NODE_B = [192, 168, 20, 100];
const POD_A = [10, 244, 1, 10];
const POD_B = [10, 244, 2, 20];
const nodes = { src: NODE_A, dst: NODE_B };
const pods = { src: POD_A, dst: POD_B };

const podTcp = h.ipv4(6, h.tcp(40_000, 80, h.ascii('hello')), pods);
const plain = h.ethernet(0x0800, podTcp);
const ipip = h.ethernet(0x0800, h.ipv4(4, podTcp, { ...nodes, ttl: 63 }));
const vxlan = h.ethernet(
  0x0800,
  h.ipv4(17, h.udp(58_000, 4789, h.vxlan(4096, h.ethernet(0x0800, podTcp))), nodes),
);
const vxlanArp = h.ethernet(
  0x0800,
  h.ipv4(17, h.udp(58_000, 4789, h.vxlan(7, h.ethernet(0x0806, h.arp()))), nodes),
);
const sixInFour = h.ethernet(0x0800, h.ipv4(41, h.ipv6(6, h.tcp(1, 443, h.NOTHING)), nodes));
const threeDeep = h.ethernet(
  0x0800,
  h.ipv4(
    47,
    h.gre(0x0800, h.ipv4(4, podTcp, { src: [172, 16, 0, 1], dst: [172, 16, 0, 2] })),
    nodes,
  ),
);
const arp = h.ethernet(0x0806, h.arp());
const rarp = h.ethernet(0x8035, h.arp(3));
const unreachable = h.ethernet(
  0x0800,
  h.ipv4(1, h.icmpError(3, 4, 1480, h.ipv4(6, h.tcp(40_000, 80, h.NOTHING), pods)), nodes),
);

const packet = new Packet();

function decoded(frame: Uint8Array, options: Parameters<typeof batch>[1] = {}): FrameBatch {
  const frames = batch(frame, options);
  decode(frames, 0, packet);
  return frames;
}

function passes(
  text: string,
  frame: Uint8Array,
  options: Parameters<typeof batch>[1] = {},
): boolean {
  const frames = decoded(frame, options);
  return compileFilter(text).frame(packet, frames, 0);
}

/** Filters that let the frame through, and filters that do not. */
function table(
  frame: Uint8Array,
  through: readonly string[],
  not: readonly string[],
  options = {},
): void {
  for (const text of through)
    it(`lets through: ${text}`, () => assert.ok(passes(text, frame, options)));
  for (const text of not) it(`holds back: ${text}`, () => assert.ok(!passes(text, frame, options)));
}

describe('filter: frames', () => {
  describe('IPIP: every IP layer is asked', () => {
    table(
      ipip,
      [
        '',
        'host 10.244.1.10',
        'host 192.168.10.101',
        'tcp port 80',
        'tcp port 80 and src host 10.244.1.10',
        'ip proto 4 and dst host 192.168.20.100',
        'host 10.244.1.10 and not port 22',
        'encap ipip',
        'encap any and ether src 02:00:00:00:00:0a and tcp',
        'ip[8] = 63',
        'ip[8] = 64 and port 80',
        'less 200',
      ],
      [
        'udp',
        'port 443',
        'encap none',
        'encap vxlan',
        'encap 6in4',
        'not port 80',
        'not host 192.168.10.101',
        'not tcp',
        'ip[8] = 63 and port 80',
        'host 10.0.0.1',
      ],
    );

    it('a conjunction must hold of one and the same layer', () => {
      assert.ok(!passes('host 192.168.10.101 and tcp port 80', ipip));
      assert.ok(passes('outer host 192.168.10.101 and inner tcp port 80', ipip));
      assert.ok(passes('host 192.168.10.101 or tcp port 80', ipip));
    });

    it('not is true of a frame exactly when what it negates is not', () => {
      const words = ['port 80', 'host 192.168.10.101', 'tcp', 'host 192.168.10.101 and tcp', 'udp'];
      for (const text of words) {
        assert.notEqual(passes(text, ipip), passes(`not (${text})`, ipip), text);
        assert.equal(passes(text, ipip), passes(`not not (${text})`, ipip), text);
      }
    });

    it('not (A or B) is not A and not B; not (A and B) is weaker than not A or not B', () => {
      assert.equal(passes('not (port 22 or udp)', ipip), passes('not port 22 and not udp', ipip));
      assert.ok(passes('not (host 192.168.10.101 and tcp)', ipip)); // no one layer has both
      assert.ok(!passes('not host 192.168.10.101 or not tcp', ipip)); // but some layer has each
    });
  });

  describe('outer and inner ask one layer', () => {
    table(
      ipip,
      [
        'outer host 192.168.10.101',
        'inner host 10.244.1.10',
        'inner (src host 10.244.1.10 and dst port 80)',
        'outer not tcp',
        'outer (not port 80)',
        'not outer tcp',
        'inner not host 192.168.10.101',
        'outer ether host 02:00:00:00:00:0a',
        'not inner ether host 02:00:00:00:00:0a',
        'outer ip[9] = 4',
      ],
      [
        'inner host 192.168.10.101',
        'outer host 10.244.1.10',
        'outer tcp',
        'inner not tcp',
        'outer inner not tcp',
      ],
    );

    it('are the same layer where nothing is encapsulated', () => {
      for (const text of ['tcp port 80', 'host 10.244.1.10', 'not udp']) {
        assert.ok(passes(`outer (${text})`, plain) && passes(`inner (${text})`, plain), text);
      }
    });

    it('leave the layers between to neither', () => {
      assert.ok(passes('host 172.16.0.1', threeDeep));
      assert.ok(!passes('outer host 172.16.0.1 or inner host 172.16.0.1', threeDeep));
      assert.ok(!passes('not host 172.16.0.1', threeDeep));
      assert.ok(passes('encap gre and encap ipip', threeDeep));
    });
  });

  describe('VXLAN', () => {
    table(
      vxlan,
      [
        'vxlan',
        'vxlan 4096',
        'vxlan 4096 and tcp port 80',
        'udp port 4789',
        'encap vxlan',
        'inner vxlan 4096',
        'inner ether host 02:00:00:00:00:0a',
        'inner ether[12:2] = 0x0800',
        'vxlan.vni == 4096 and ip.src == 10.244.1.10',
      ],
      ['vxlan 1', 'geneve', 'encap ipip', 'outer vxlan', 'udp port 80', 'tcp port 4789'],
    );
    it('an ARP request inside is the innermost layer', () => {
      assert.ok(passes('arp', vxlanArp));
      assert.ok(passes('inner arp and outer udp', vxlanArp));
      assert.ok(passes('inner host 10.0.0.2', vxlanArp));
      assert.ok(!passes('arp and udp', vxlanArp));
      assert.ok(!passes('outer arp', vxlanArp));
    });
  });

  describe('other layers', () => {
    table(
      sixInFour,
      ['ip6', 'ip', 'encap 6in4', 'tcp port 443', 'ip6 and tcp', 'host fd00::a', 'inner ip6'],
      ['ip and ip6', 'ip and tcp', 'encap ipip'],
    );
    table(
      arp,
      [
        'arp',
        'host 10.0.0.1',
        'arp host 10.0.0.2',
        'src host 10.0.0.1',
        'arp[6:2] = 1',
        'not ip',
        'encap none',
      ],
      ['ip', 'rarp', 'dst host 10.0.0.1', 'ip host 10.0.0.1', 'rarp host 10.0.0.1', 'rarp[0] = 0'],
    );
    table(
      rarp,
      ['rarp', 'rarp host 10.0.0.1', 'host 10.0.0.1', 'ether proto \\rarp'],
      ['arp', 'arp host 10.0.0.1'],
    );
  });

  describe("the packet that an ICMP error quotes is nobody's", () => {
    table(
      unreachable,
      ['icmp', 'host 192.168.10.101', 'icmp[0] = 3', 'encap none', 'not tcp'],
      ['host 10.244.1.10', 'tcp', 'port 80', 'inner host 10.244.1.10', 'encap any'],
    );
  });

  describe('headers before the IP layer are seen through', () => {
    const tagged = h.ethernet(0x88a8, h.vlan(10, 0x8100, h.vlan(0x6014, 0x0800, podTcp)));
    table(
      tagged,
      [
        'tcp port 80',
        'vlan',
        'vlan 10 and vlan 20',
        'vlan 20 and host 10.244.1.10',
        'ether proto 0x0800',
        'ether proto 0x8100',
        'outer vlan 20',
      ],
      ['vlan 30', 'not vlan', 'vlan 10 and not vlan 20'],
    );
    const labelled = h.ethernet(0x8847, h.mpls([100_000, 1024], podTcp));
    table(labelled, ['mpls', 'mpls 100000 and mpls 1024', 'mpls 1024 and tcp port 80'], ['mpls 1']);
    const dialled = h.ethernet(0x8864, h.pppoe(0x21, podTcp));
    table(
      dialled,
      ['pppoes', 'pppoes 1', 'pppoes and tcp', 'ether proto 0x8864'],
      ['pppoes 2', 'pppoed'],
    );
    const snap = h.ethernet8023(h.snap(0x0800, podTcp));
    table(
      snap,
      ['llc', 'outer llc', 'tcp port 80', 'ether proto 0xaa', 'ether proto 0x0800'],
      ['not llc', 'stp'],
    );
  });

  describe('headers between IP and what it carries are seen through', () => {
    const six = (next: number, payload: Uint8Array) => h.ethernet(0x86dd, h.ipv6(next, payload));
    const tcp = h.tcp(1000, 80, h.ascii('x'));
    table(
      six(0, h.extension(60, h.NOTHING, h.extension(6, h.NOTHING, tcp))),
      ['tcp', 'tcp port 80', 'ip6 proto 0', 'ip6 proto 60', 'proto 6', 'tcp[2:2] = 80'],
      ['udp', 'ip proto 6', 'port 1', 'ip6 proto 44'],
    );
    table(six(44, h.fragment6(6, tcp)), ['tcp', 'port 80', 'ip6 proto 44'], ['udp']);
    table(
      six(44, h.fragment6(6, tcp, 1480, false)),
      ['tcp', 'ip6 proto 44'],
      ['port 80', 'tcp[0] >= 0'],
    );
    table(
      h.ethernet(0x0800, h.ipv4(51, h.ah(6, tcp))),
      ['ah', 'tcp port 80', 'ip proto 51', 'ip proto 6'],
      ['esp'],
    );
  });

  describe('fragments', () => {
    const later = h.ethernet(
      0x0800,
      h.ipv4(6, h.tcp(40_000, 80, h.ascii('x')), { offset: 1480, more: true }),
    );
    table(
      later,
      ['tcp', 'host 10.0.0.1', 'ip[6:2] & 0x1fff != 0'],
      ['port 80', 'tcp[2:2] = 80', 'portrange 0-65535'],
    );
  });

  describe('bytes that were not captured', () => {
    const cut = { caplen: 14 + 20 + 2, len: plain.length };
    table(
      plain,
      ['tcp', 'host 10.244.1.10', 'not port 80', `len = ${plain.length}`],
      [
        'port 80',
        'src port 40000',
        'tcp[13] & 2 = 0',
        'tcp[13] & 2 != 0',
        'ip[1000] = 0',
        'ip[-1] = 0',
      ],
      cut,
    );
  });

  describe('link types without Ethernet', () => {
    const raw = { linktype: 228 };
    table(
      podTcp,
      ['tcp port 80', 'ether proto \\ip', 'ip[0] = 0x45', 'ether[0] = 0x45'],
      ['ether proto \\ip6', 'ether host 02:00:00:00:00:0a', 'multicast'],
      raw,
    );
    const cooked = { linktype: 276 };
    table(
      h.sll2(0x0800, podTcp),
      ['tcp port 80', 'outbound', 'ifindex 3', 'ether src 02:00:00:00:00:0a', 'ether proto \\ip'],
      [
        'ether src 02:00:00:00:00:0b',
        'inbound',
        'ifindex 4',
        'ether dst 02:00:00:00:00:0a',
        'broadcast',
      ],
      cooked,
    );
  });

  describe('IPv6 addresses and ports', () => {
    const six = h.ethernet(0x86dd, h.ipv6(17, h.udp(546, 547, h.NOTHING)));
    table(
      six,
      [
        'src host fd00::a',
        'dst host fd00:0:0:1::b',
        'host fd00::a',
        'src and dst net fd00::/8',
        'dst net fd00:0:0:1::/64',
        'udp src port 546',
        'portrange 547-548',
        'src and dst portrange 546-547',
      ],
      [
        'dst host fd00::a',
        'src host fd00:0:0:1::b',
        'src and dst host fd00::a',
        'src net fd00:0:0:1::/64',
        'host fd00::b',
        'net 0.0.0.0/0',
        'ip6 multicast',
        'src and dst port 546',
        'src port 547',
        'tcp src port 546',
      ],
    );
  });

  describe('broadcast and multicast', () => {
    const to = (...dst: number[]) =>
      h.ethernet(0x0800, h.ipv4(17, h.udp(1, 2, h.NOTHING), { dst }));
    table(to(224, 0, 0, 1), ['ip multicast'], ['ip broadcast', 'multicast', 'ip6 multicast']);
    table(to(223, 255, 255, 255), [], ['ip multicast', 'ip broadcast']);
    table(to(255, 255, 255, 255), ['ip multicast', 'ip broadcast'], []);
    table(to(0, 0, 0, 0), ['ip broadcast'], ['ip multicast']);
    const group = [0xff, 2, ...new Array<number>(13).fill(0), 1];
    const six = h.ethernet(0x86dd, h.ipv6(17, h.udp(1, 2, h.NOTHING), { dst: group }));
    table(six, ['ip6 multicast', 'dst host ff02::1'], ['ip multicast', 'src host ff02::1']);
    const mac = (...address: number[]) => h.join(address, plain.slice(6));
    table(mac(255, 255, 255, 255, 255, 255), ['broadcast', 'multicast'], ['not ether broadcast']);
    table(mac(1, 0, 0x5e, 0, 0, 1), ['multicast', 'not broadcast'], ['broadcast']);
    table(mac(255, 255, 255, 255, 255, 254), ['multicast'], ['broadcast']);
    table(mac(254, 255, 255, 255, 255, 255), [], ['broadcast', 'multicast']);
    const cooked = (type: number) => h.join([0, type], h.sll(0x0800, podTcp).slice(2));
    table(cooked(1), ['broadcast', 'multicast', 'inbound'], ['outbound'], { linktype: 113 });
    table(cooked(2), ['multicast'], ['broadcast'], { linktype: 113 });
    table(cooked(4), ['outbound'], ['broadcast', 'multicast', 'inbound'], { linktype: 113 });
  });

  describe('many parts', () => {
    table(
      plain,
      [
        'tcp and ip and port 80 and host 10.244.1.10',
        'udp or arp or port 22 or port 80',
        'udp or arp or tcp',
      ],
      [
        'tcp and ip and port 80 and port 22',
        'udp or arp or port 22 or port 23',
        'tcp and udp and ip',
      ],
    );
  });

  it('inbound and outbound are neither where the capture does not tell', () => {
    assert.ok(!passes('inbound', plain) && !passes('outbound', plain));
    const frames = batch(plain);
    frames.flags[0] = 2;
    decode(frames, 0, packet);
    assert.ok(compileFilter('outbound').frame(packet, frames, 0));
  });

  it('of a frame without layers, outer and inner ask the link headers', () => {
    const stp = h.ethernet8023(h.llc(0x42, 0x42, h.ascii('bpdu')));
    for (const text of [
      'stp',
      'outer stp',
      'inner llc',
      'not ip',
      'not outer tcp',
      'outer not tcp',
    ]) {
      assert.ok(passes(text, stp), text);
    }
    assert.ok(!passes('outer tcp', stp) && !passes('inner proxy', stp) && !passes('dns *', stp));
  });

  it('iface and file go by the interface of the frame, with * for any run', () => {
    const frames = decoded(plain);
    frames.interfaces = [
      { ...plainInterface(1), name: 'cali4b0f', file: '/tmp/captures/node-1.pcap' },
      { ...plainInterface(1), index: 1, name: undefined, file: '-' },
    ];
    const ask = (text: string, iface = 0): boolean => {
      frames.iface[0] = iface;
      return compileFilter(text).frame(packet, frames, 0);
    };
    for (const text of [
      'iface cali4b0f',
      'iface cali*',
      'file node-1.pcap',
      'file /tmp/*',
      'file *.pcap',
    ]) {
      assert.ok(ask(text), text);
      assert.ok(!ask(text, 1), text);
    }
    assert.ok(ask('not iface eth0 and tcp port 80'));
    assert.ok(!ask('iface cali') && !ask('iface *eth0') && !ask('file node-1'));
    const filter = compileFilter('iface cali*'); // the answer is kept by interface
    frames.iface[0] = 0;
    assert.ok(filter.frame(packet, frames, 0));
    frames.iface[0] = 1;
    assert.ok(!filter.frame(packet, frames, 0));
  });

  describe('arithmetic is of 32 bits without sign', () => {
    table(
      plain,
      [
        '0xffffffff > 1',
        '-1 = 0xffffffff',
        '0 - 1 > 5',
        '0x80000000 * 2 = 0',
        '0xffffffff + 2 = 1',
        '7 / 2 = 3',
        '0xffffffff / 2 = 0x7fffffff',
        '0xffffffff % 10 = 5',
        '1 << 31 = 0x80000000',
        '0x80000000 >> 31 = 1',
        'ip[0] >> (ip[0] & 0xff) = 0',
        '6 ^ 3 = 5',
        'ip[12:4] = 0x0af4010a',
        'ip[16:2] = 2804',
      ],
      ['ip[0] / (ip[0] - 0x45) = 0', 'ip[0] / (ip[0] - 0x45) != 0', '1 > 0xffffffff'],
    );
  });

  describe('names in DNS and TLS', () => {
    const dns = h.ethernet(
      0x0800,
      h.ipv4(17, h.udp(40_000, 53, m.dnsQuery('Web.Default.svc.cluster.local')), pods),
    );
    table(
      dns,
      [
        'dns web.default.svc.cluster.local',
        'dns *.cluster.local',
        'dns WEB.*',
        'dns web.default.svc.cluster.local. and udp port 53',
        'inner dns web*',
        'dns.qry.name contains "Default"',
      ],
      ['dns web', 'dns *.example.com', 'sni *', 'not dns web*'],
    );
    const overTcp = h.ethernet(
      0x0800,
      h.ipv4(6, h.tcp(40_000, 53, m.dnsOverTcp(m.dnsQuery('a.example'))), pods),
    );
    table(overTcp, ['dns a.example'], ['dns b.example']);
    const two = h.join(
      m.dnsOverTcp(m.dnsQuery('a.example')),
      m.dnsOverTcp(m.dnsQuery('b.example')),
    );
    const twice = h.ethernet(0x0800, h.ipv4(6, h.tcp(40_000, 53, two), pods));
    table(
      twice,
      ['dns a.example', 'dns b.example'],
      ['dns c.example', 'outer (dns a.example and udp)'],
    );
    const answer = h.ethernet(
      0x0800,
      h.ipv4(17, h.udp(53, 40_000, m.dnsAnswer('a.example')), pods),
    );
    table(answer, ['dns a.example', 'udp and dns *'], ['dns b.example']);
    table(plain, ['not dns *'], ['dns *', 'sni *', 'proxy']);
  });

  describe('TLS behind a PROXY header', () => {
    const hello = h.join(m.proxyV2(1, 0x11), m.clientHello('Web.Example.com', 'h2'));
    const proxied = h.ethernet(0x0800, h.ipv4(6, h.tcp(40_000, 443, hello), pods));
    table(
      proxied,
      ['proxy', 'sni web.example.com', 'sni *.example.com and tcp port 443', 'inner proxy'],
      ['sni example.com', 'dns *', 'not proxy', 'sni *.example.org'],
    );
  });

  describe("Wireshark's fields: comparisons and kinds", () => {
    const dns = m.dnsQuery('a.example');
    const six = h.ethernet(0x86dd, h.ipv6(17, h.udp(40_000, 53, dns), { hopLimit: 7 }));
    table(
      six,
      [
        'ipv6.hlim < 8',
        'ipv6.hlim <= 7',
        'ipv6.hlim > 6',
        'ipv6.hlim >= 7',
        'ipv6.hlim != 8',
        'ipv6.hlim in {5, 7}',
        'ipv6.src == fd00::a',
        'ipv6.addr == fd00:0:0:1::/64',
        'udp.port eq 53',
        'dns.qry.name == "a.example"',
        'dns.qry.name contains ".ex"',
        'dns.qry.type == 0x1',
        'eth.addr == ee-ee-ee-ee-ee-ee',
      ],
      [
        'ipv6.hlim < 7',
        'ipv6.hlim <= 6',
        'ipv6.hlim > 7',
        'ipv6.hlim >= 8',
        'ipv6.hlim != 7',
        'ipv6.hlim in {5, 8}',
        'ipv6.src == fd00::b',
        'ipv6.src == fd00:0:0:1::/64',
        'dns.qry.name == "A.example"',
        'dns.qry.name contains "x.y"',
        'dns.a',
        'eth.addr == 01:ee:ee:ee:ee:ee',
        'outer dns.qry.name contains "x.y"',
      ],
    );
  });

  describe("Wireshark's fields", () => {
    table(
      ipip,
      [
        'ip.ttl < 64',
        'ip.ttl == 64 and ip.src == 10.244.1.10',
        'ip.addr == 10.244.0.0/16',
        'tcp.dstport == 80',
        'tcp.port in {22, 80}',
        'tcp.flags.syn == 0',
        'tcp.flags.push == true',
        'tcp',
        'tcp.srcport',
        'eth.src == 02:00:00:00:00:0a',
        'eth.type == 0x0800 and tcp.port == 80',
        'inner ip.ttl == 64',
        'outer ip.ttl == 63',
        'not ip.ttl > 64',
        'ip.src != 10.244.1.10',
      ],
      [
        'ip.ttl < 5',
        'ip.ttl == 63 and ip.src == 10.244.1.10',
        'tcp.port == 443',
        'udp.port == 80',
        'udp.srcport',
        'eth.src == 02:00:00:00:00:0b',
        'inner ip.ttl == 63',
        'not tcp.port == 80',
        'ipv6.src == fd00::/8',
      ],
    );
  });
});
