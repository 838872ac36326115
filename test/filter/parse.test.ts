import assert from 'node:assert/strict';
import { parseFilter } from '../../src/filter/parse.ts';
import { DEPTH_MAX } from '../../src/filter/reader.ts';
import { showFilter } from '../../src/filter/show.ts';

/** The filter written out in full: no implied qualifiers, every number resolved. */
function full(text: string): string {
  return showFilter(parseFilter(text));
}

/** Each filter, and what it means. */
function table(cases: Readonly<Record<string, string>>): void {
  for (const [text, meaning] of Object.entries(cases)) {
    it(`${text}  =  ${meaning}`, () => assert.equal(full(text), meaning));
  }
}

describe('filter: how text is understood', () => {
  it('an empty filter is true of everything', () => {
    assert.deepEqual(parseFilter(''), { kind: 'and', of: [] });
    assert.deepEqual(parseFilter(' \n\t'), { kind: 'and', of: [] });
  });

  describe('connectives (libpcap grammar.y: and, or of one precedence, to the left)', () => {
    table({
      'tcp or udp and ip': '(tcp or udp) and ip',
      'tcp and udp or ip': '(tcp and udp) or ip',
      'tcp or (udp and ip)': 'tcp or (udp and ip)',
      'tcp and (udp and ip)': 'tcp and udp and ip',
      'not tcp and udp': 'not tcp and udp',
      'not (tcp and udp)': 'not (tcp and udp)',
      '!tcp&&!udp||ip': '(not tcp and not udp) or ip',
      '! ! tcp': 'not not tcp',
      '((tcp))': 'tcp',
    });
  });

  describe('names as fields', () => {
    table({
      'src.pod == default/web-0': 'src pod default/web-0',
      'dst.ns = shop and dst.svc web': 'dst ns shop and dst svc web',
      'label == cross-node or external': 'label cross-node or label external',
      'pod != web-*': 'not pod web-*',
      'src.node != k8s-w1 and iface == cali*': 'not src node k8s-w1 and iface cali*',
      'encap == (ipip or vxlan)': 'encap ipip or vxlan',
    });

    it('says what was probably meant', () => {
      assert.throws(() => parseFilter('src.pood == web'), { hint: "did you mean 'src.pod'?" });
    });
  });

  describe('implied qualifiers', () => {
    table({
      'port 80 or 443': 'port 80 or port 443',
      'port 80 or 443 or (8080 or 8443)': 'port 80 or port 443 or port 8080 or port 8443',
      'tcp dst port ftp or ftp-data or domain':
        'tcp dst port 21 or tcp dst port 20 or tcp dst port 53',
      'not host 10.0.0.1 and 10.0.0.2': 'not host 10.0.0.1 and host 10.0.0.2',
      'host (10.0.0.1 or not 10.0.0.2)': 'host 10.0.0.1 or not host 10.0.0.2',
      'port 80 or not 443': 'port 80 or not port 443',
      'src net 10 or 11.0.0.0/8 or 12.1':
        'src net 10.0.0.0/8 or src net 11.0.0.0/8 or src net 12.1.0.0/16',
      'outer host 10.0.0.1 or 10.0.0.2': 'outer host 10.0.0.1 or outer host 10.0.0.2',
      'ip proto 6 or 17': 'ip proto 6 or ip proto 17',
      'label cross-node or external': 'label cross-node or label external',
      'ns default or kube-*': 'ns default or ns kube-*',
      'pod default/web-0 or db and port 80': '(pod default/web-0 or pod db) and port 80',
      'iface cali* or eth0 or host 10.0.0.1': 'iface cali* or iface eth0 or host 10.0.0.1',
      'src pod web or db': 'src pod web or src pod db',
      'port 80 or 443 = len': 'port 80 or 443 = len',
    });

    it('a word that is no name of what came before is an unknown word', () => {
      assert.throws(() => parseFilter('ns default and hots 10.0.0.1'), /unknown word 'hots'/);
    });

    for (const text of ['port 80 or tcp or 443', '(port 80) or 443', 'less 100 or 200']) {
      it(`end at a word without a value: '${text}' is an error`, () => {
        assert.throws(() => parseFilter(text), /a number alone says nothing/);
      });
    }
  });

  describe('addresses', () => {
    table({
      'host 10.0.0.1': 'host 10.0.0.1',
      'src or dst host 10.0.0.1': 'host 10.0.0.1',
      'dst and src host 10.0.0.1': 'src and dst host 10.0.0.1',
      'src || dst host 10.0.0.1': 'host 10.0.0.1',
      'src && dst host 10.0.0.1': 'src and dst host 10.0.0.1',
      'src host 10.0.0.1 and dst host 10.0.0.2': 'src host 10.0.0.1 and dst host 10.0.0.2',
      'src 10.0.0.1': 'src host 10.0.0.1',
      '10.0.0.1': 'host 10.0.0.1',
      'fe80::/10 or ::1': 'net fe80::/10 or host ::1',
      'net 10': 'net 10.0.0.0/8',
      'net 10.1': 'net 10.1.0.0/16',
      'net 10.1.2': 'net 10.1.2.0/24',
      'net 10.1.2.3': 'host 10.1.2.3',
      'net 10/8': 'net 10.0.0.0/8',
      'host 10.1': 'net 10.1.0.0/16',
      'host 10': 'host 0.0.0.10',
      'net 10.0.0.0 mask 255.0.255.0': 'net 10.0.0.0 mask 255.0.255.0',
      'net 192.168.0.0 mask 255.255.0.0': 'net 192.168.0.0/16',
      'src 10.0.0.0/8': 'src net 10.0.0.0/8',
      'ip6 host 2001:DB8::1': 'ip6 host 2001:db8::1',
      'arp host 10.0.0.1': 'arp host 10.0.0.1',
      'ether host 0:1:2:a:b:c': 'ether host 00:01:02:0a:0b:0c',
      'ether src 0001.020a.0b0c': 'ether src host 00:01:02:0a:0b:0c',
      'host 00-01-02-0a-0b-0c': 'ether host 00:01:02:0a:0b:0c',
      'ether dst 0001020a0b0c': 'ether dst host 00:01:02:0a:0b:0c',
    });
  });

  describe('ports and protocols', () => {
    table({
      'port http': 'tcp port 80',
      'port domain': 'port 53',
      'udp port domain': 'udp port 53',
      'port 0x50': 'port 80',
      'port 0120': 'port 80',
      'portrange 6000-6008': 'portrange 6000-6008',
      'portrange 90-80': 'portrange 80-90',
      'portrange ftp-data-http': 'tcp portrange 20-80',
      'src and dst port 53': 'src and dst port 53',
      icmp: 'icmp',
      'ip proto 1': 'icmp',
      'ip proto \\icmp': 'icmp',
      'ip proto icmp': 'icmp',
      'proto 47': 'proto 47',
      'ip6 protochain 44': 'ip6 proto 44',
      'ether proto \\ip6': 'ether proto 0x86dd',
      stp: 'ether proto 0x42',
      'vlan 100 and vlan': 'vlan 100 and vlan',
      'vlan (100)': 'vlan 100',
      'vlan 4095': 'vlan 4095',
      'port 65535': 'port 65535',
      'mpls 1048575 and vxlan 16777215': 'mpls 1048575 and vxlan 16777215',
      'less 100': 'len <= 100',
      'greater 0x64': 'len >= 100',
    });
  });

  describe('arithmetic binds as in C', () => {
    table({
      'tcp[tcpflags] & (tcp-syn|tcp-fin) != 0': '(tcp[13] & (2 | 1)) != 0',
      'ip[0] & 0xf << 2 = 20': '(ip[0] & (15 << 2)) = 20',
      'ip[2:2] - ip[0] * 4 + 1 > 5': '((ip[2:2] - (ip[0] * 4)) + 1) > 5',
      'ip[0] % 3 + 1 = 2': '((ip[0] % 3) + 1) = 2',
      'ip[0] | 1 ^ 2 & 3 = 3': '(ip[0] | (1 ^ (2 & 3))) = 3',
      '-ip[0] + 1 == 5': '(-ip[0] + 1) = 5',
      '(ip[0]) = 5': 'ip[0] = 5',
      '((ip[0] & 1)) != 0 and (len > 5)': '(ip[0] & 1) != 0 and len > 5',
      'link[0] & 1 = 1': '(ether[0] & 1) = 1',
      'tcp[((tcp[12] & 0xf0) >> 2):4] = 0x47455420': 'tcp[(tcp[12] & 240) >> 2:4] = 1195725856',
      'icmp[icmptype] = icmp-echo': 'icmp[0] = 8',
      'tcp-syn = 2': '2 = 2',
      '-1 = ip[0]': '-1 = ip[0]',
      '(len) > 5': 'len > 5',
      '(length - 14) > 5': '(len - 14) > 5',
    });
  });

  describe('names', () => {
    table({
      'pod "and"': 'pod "and"',
      'ns \\host': 'ns "host"',
      'dns *.Example.COM.': 'dns *.example.com',
      'file "/tmp/my file.pcap"': 'file "/tmp/my file.pcap"',
      "iface 'vxlan.calico'": 'iface vxlan.calico',
      'svc kube-system/kube-dns': 'svc kube-system/kube-dns',
      'node host': 'node "host"',
      '(file "a(b") and tcp': 'file "a(b" and tcp',
      '(file "a\\"b)" or tcp)': 'file "a\\"b)" or tcp',
      "(ns 'a)') and (ip[0] = 5)": 'ns "a)" and ip[0] = 5',
    });
  });

  describe("Wireshark's fields", () => {
    table({
      'ip.ttl < 5': 'ip.ttl < 5',
      'ip.ttl lt 5 and tcp.flags.syn eq 1': 'ip.ttl < 5 and tcp.flags.syn = 1',
      'ip.src == 10.0.0.0/8': 'ip.src = 10.0.0.0/8',
      'tcp.dstport in {80, 443}': 'tcp.dstport in {80, 443}',
      'dns.qry.name contains "example com"': 'dns.qry.name contains "example com"',
      'not tcp.options.timestamp.tsval': 'not tcp.options.timestamp.tsval',
    });
  });

  it('parentheses may be DEPTH_MAX levels deep, not more', () => {
    const nested = (depth: number) => `${'('.repeat(depth)}tcp${')'.repeat(depth)}`;
    assert.equal(full(nested(DEPTH_MAX - 1)), 'tcp');
    for (const depth of [DEPTH_MAX + 1, 3000]) {
      assert.throws(() => parseFilter(nested(depth)), /nested more than/);
      assert.throws(() => parseFilter(`${'not '.repeat(depth)}tcp`), /nested more than/);
      assert.throws(() => parseFilter(`${'('.repeat(depth)}1${')'.repeat(depth)} = 1`), /nested/);
      assert.throws(() => parseFilter(`${'tcp and udp or '.repeat(depth)}ip`), /nested more than/);
      assert.throws(() => parseFilter(`len = ${'1+'.repeat(depth)}1`), /nested more than/);
    }
  });

  it('a long list of one connective is not deep', () => {
    const ports = Array.from({ length: 5000 }, (_, i) => `port ${i}`).join(' or ');
    const parsed = parseFilter(ports);
    assert.ok(parsed.kind === 'or' && parsed.of.length === 5000);
  });
});
