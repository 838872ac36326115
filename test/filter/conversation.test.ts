/** Which conversations a filter chooses by their records, and what it leaves to their frames. */
import assert from 'node:assert/strict';
import type { ConversationRecord, EndRecord, HopRecord } from '../../src/classify/record.ts';
import { decode } from '../../src/decode/decode.ts';
import { Packet } from '../../src/decode/packet.ts';
import { compileFilter } from '../../src/filter/filter.ts';
import { batch } from '../support/frames.ts';
import * as h from '../support/headers.ts';

function end(ip: string, port: number, rest: Partial<EndRecord> = {}): EndRecord {
  return { ip, port, kind: 'pod', namespace: 'default', name: 'pod1', node: 'k8s-w1', ...rest };
}

function hop(
  src: string,
  sport: number,
  dst: string,
  dport: number,
  rest: Partial<HopRecord> = {},
): HopRecord {
  return {
    node: 'k8s-w1',
    interface: 'cali4b0f',
    file: '/captures/any.pcapng',
    direction: 'in',
    tuple: { src, sport, dst, dport, protocol: 'tcp' },
    encapsulation: null,
    packets: 9,
    bytes: 1204,
    frame: 1,
    ttl: 64,
    first: '2026-11-22T05:55:57.542305000Z',
    last: '2026-11-22T05:55:58.542305000Z',
    offsetUs: 0,
    ...rest,
  };
}

const tunnel = { type: 'ipip', outer: { src: '192.168.10.101', dst: '192.168.20.100' }, id: null };

/** A pod reaches a ClusterIP whose endpoint is on another node, through IPIP. */
const record: ConversationRecord = {
  schema: 'netlens.conversation/1',
  id: 7,
  label: 'cross-node',
  confidence: 'certain',
  direction: 'internal',
  protocol: 'tcp',
  client: end('172.16.158.1', 44648),
  server: end('172.16.34.1', 8080, { name: 'web-0', node: 'k8s-w0' }),
  service: {
    type: 'ClusterIP',
    namespace: 'shop',
    name: 'web',
    ip: '10.96.0.10',
    port: 80,
    mode: null,
  },
  encapsulation: [tunnel],
  translations: [
    {
      type: 'dnat',
      node: 'k8s-w1',
      before: { src: '172.16.158.1', sport: 44648, dst: '10.96.0.10', dport: 80 },
      after: { src: '172.16.158.1', sport: 44648, dst: '172.16.34.1', dport: 8080 },
    },
  ],
  proxyProtocol: null,
  hops: [
    hop('172.16.158.1', 44648, '10.96.0.10', 80),
    hop('172.16.158.1', 44648, '172.16.34.1', 8080, { interface: 'eth0', encapsulation: tunnel }),
  ],
  packets: { toServer: 6, toClient: 5 },
  bytes: { toServer: 540, toClient: 1204 },
  payloadBytes: { toServer: 74, toClient: 555 },
  related: [],
  start: '2026-11-22T05:55:57.542305000Z',
  end: '2026-11-22T05:55:58.542305000Z',
  tcp: { state: 'closed', handshakeRttUs: 188, retransmissions: 0, resets: 0 },
  application: { protocol: 'http', host: 'web' },
  troubles: [],
  evidence: [],
  unseen: [],
};

function chooses(text: string, changed: Partial<ConversationRecord> = {}): boolean {
  return compileFilter(text).conversation({ ...record, ...changed });
}

function table(
  through: readonly string[],
  not: readonly string[],
  changed: Partial<ConversationRecord> = {},
): void {
  for (const text of through) it(`chooses: ${text}`, () => assert.ok(chooses(text, changed)));
  for (const text of not) it(`leaves: ${text}`, () => assert.ok(!chooses(text, changed)));
}

describe('filter: conversations', () => {
  describe('labels, objects, translations', () => {
    table(
      [
        '',
        'label cross-node',
        'label same-node or cross-node',
        'pod default/web-0',
        'pod pod1',
        'pod web-*',
        'pod web-0.default',
        'pod */web-0',
        'src pod pod1 and dst pod web-0',
        'ns default',
        'ns shop',
        'node k8s-w0',
        'src node k8s-w1',
        'node k8s-*',
        'svc shop/web',
        'svc web',
        'svc web.shop',
        'nat dnat',
        'nat any',
        'iface eth0',
        'iface cali*',
        'file any.pcapng',
        'file /captures/*',
        'encap ipip',
        'encap any',
        'not label external',
        'label cross-node and not nat snat',
      ],
      [
        'label external',
        'pod web',
        'pod shop/web-0',
        'src pod web-0',
        'dst pod pod1',
        'src and dst pod web-0',
        'ns kube-system',
        'src ns shop',
        'node k8s-w2',
        'src node k8s-w0',
        'svc default/web',
        'svc web-0',
        'nat snat',
        'nat both',
        'nat none',
        'iface tunl0',
        'file any',
        'encap vxlan',
        'encap none',
        'vxlan',
        'proxy',
        'sni *',
        'not label cross-node',
      ],
    );
  });

  describe("addresses and ports are asked of each hop's tuple, of outer headers and of the ends", () => {
    table(
      [
        'host 10.96.0.10',
        'host 172.16.34.1 and port 8080',
        'tcp port 80 and host 10.96.0.10',
        'src host 172.16.158.1 and dst port 8080',
        'net 172.16.0.0/12',
        'host 192.168.10.101',
        'outer host 192.168.20.100',
        'inner host 172.16.34.1',
        'outer host 10.96.0.10',
        'ip and tcp',
        'ip proto 4',
        'src and dst net 172.16.0.0/16',
        'pod default/pod1 and tcp port 80',
        'not port 443',
      ],
      [
        'port 443',
        'udp',
        'ip6',
        'arp',
        'src port 80',
        'dst host 172.16.158.1',
        'host 10.96.0.10 and port 8080',
        'host 192.168.10.101 and tcp',
        'inner host 192.168.10.101',
        'not port 80',
        'not host 192.168.20.100',
        'pod default/pod1 and udp port 80',
        'label cross-node and not host 10.96.0.10',
      ],
    );
  });

  describe('application names', () => {
    const dns = {
      protocol: 'dns' as const,
      query: 'Web.shop.svc.cluster.local',
      answers: ['10.96.0.10'],
    };
    table(['dns *.cluster.local', 'dns web.shop.svc.cluster.local'], ['dns *.com', 'sni web*'], {
      application: dns,
    });
    table(['sni www.example.com', 'dns www.example.com'], ['sni example.com'], {
      application: { protocol: 'tls', host: 'www.example.com' },
      server: end('203.0.113.7', 443, {
        kind: 'external',
        namespace: null,
        name: 'www.example.com',
      }),
    });
    table(['proxy', 'host 198.51.100.9', 'nat none'], ['nat any'], {
      translations: [],
      proxyProtocol: {
        version: 2,
        command: 'PROXY',
        source: { ip: '198.51.100.9', port: 5555 },
        destination: { ip: '203.0.113.7', port: 443 },
        tlvs: [],
        checksum: 'absent',
        stacked: [],
      },
    });
  });

  describe('ICMP, IPv6 and tunnel identifiers', () => {
    const echo: Partial<ConversationRecord> = {
      protocol: 'icmp',
      client: end('172.16.158.1', 77),
      server: end('172.16.34.1', 77),
      service: null,
      translations: [],
      encapsulation: [{ type: 'vxlan', outer: { src: 'fd00::1', dst: 'fd00::2' }, id: 4096 }],
      hops: [],
    };
    table(
      ['icmp', 'vxlan 4096', 'host fd00::1', 'udp and ip6', 'outer ip6', 'inner ip', 'ip proto 1'],
      ['port 77', 'vxlan 1', 'tcp', 'icmp6', 'ip and udp'],
      echo,
    );
  });

  describe('broadcast and multicast addresses', () => {
    const to = (ip: string): Partial<ConversationRecord> => ({
      protocol: 'udp',
      server: end(ip, 5353, { kind: 'unknown' }),
      service: null,
      translations: [],
      encapsulation: [],
      hops: [],
    });
    table(['ip multicast'], ['ip broadcast', 'ip6 multicast'], to('224.0.0.251'));
    table([], ['ip multicast', 'ip broadcast'], to('223.255.255.255'));
    table(['ip broadcast', 'ip multicast'], [], to('255.255.255.255'));
    table(['ip broadcast'], ['ip multicast'], to('0.0.0.0'));
    table(['ip6 multicast'], ['ip multicast', 'ip broadcast'], to('ff02::fb'));
    table([], ['ip6 multicast'], to('fe80::1'));
  });

  it('a node is found where a translation was made, though no end is on it', () => {
    const dnat = { ...record.translations[0]!, node: 'k8s-m' };
    assert.ok(chooses('node k8s-m', { translations: [dnat] }));
    assert.ok(!chooses('src node k8s-m', { translations: [dnat] }));
    assert.ok(chooses('node k8s-w2', { hops: [{ ...record.hops[0]!, node: 'k8s-w2' }] }));
  });

  it('a PROXY header without addresses names none', () => {
    const local = {
      version: 2 as const,
      command: 'LOCAL' as const,
      source: null,
      destination: null,
      tlvs: [],
      checksum: 'absent' as const,
      stacked: [],
    };
    assert.ok(chooses('proxy and not host 0.0.0.0', { proxyProtocol: local }));
    const first = {
      ...local,
      command: 'PROXY' as const,
      source: { ip: '198.51.100.9', port: 5555 },
      destination: { ip: '203.0.113.7', port: 443 },
    };
    assert.ok(chooses('src host 198.51.100.9', { proxyProtocol: { ...local, stacked: [first] } }));
  });

  describe('what only frames can answer', () => {
    const reset = 'label cross-node and tcp[tcpflags] & tcp-rst != 0 and not vlan 10';

    it('is listed, and counts in favour of the conversation until frames were asked', () => {
      const filter = compileFilter(reset);
      assert.deepEqual(filter.witnesses, ['(tcp[13] & 4) != 0', 'vlan 10']);
      assert.ok(filter.conversation(record));
      assert.ok(!compileFilter('label external and vlan 10').conversation(record));
    });

    it('is decided by the bits that the frames of the conversation were true of', () => {
      const filter = compileFilter(reset);
      assert.ok(filter.conversation(record, 0b01));
      assert.ok(!filter.conversation(record, 0b00));
      assert.ok(!filter.conversation(record, 0b11));
    });

    it('each frame yields its bits', () => {
      const filter = compileFilter(reset);
      const packet = new Packet();
      const bitsOf = (frame: Uint8Array): number => {
        const frames = batch(frame);
        decode(frames, 0, packet);
        assert.ok(filter.frame(packet, frames, 0), 'every frame goes into conversations');
        return filter.witness(packet, frames, 0);
      };
      const segment = (flags: number) => h.ipv4(6, h.tcp(1, 2, h.NOTHING, { flags }));
      assert.equal(bitsOf(h.ethernet(0x0800, segment(0x10))), 0b00);
      assert.equal(bitsOf(h.ethernet(0x0800, segment(0x14))), 0b01);
      assert.equal(bitsOf(h.ethernet(0x8100, h.vlan(10, 0x0800, segment(0x04)))), 0b11);
    });

    it('may be 31 tests', () => {
      const most = Array.from({ length: 31 }, (_, i) => `vlan ${i}`).join(' or ');
      const filter = compileFilter(`label cross-node and (${most})`);
      assert.ok(filter.conversation(record, 1 << 30) && !filter.conversation(record, 0));
      const packet = new Packet();
      const frames = batch(h.ethernet(0x8100, h.vlan(30, 0x0800, h.ipv4(6, h.NOTHING))));
      decode(frames, 0, packet);
      assert.equal(filter.witness(packet, frames, 0), 1 << 30);
    });

    it('is one bit for one test, however often it is written, and 31 tests at most', () => {
      assert.equal(compileFilter('label host and (vlan 5 or not vlan 5)').witnesses.length, 1);
      assert.equal(compileFilter('label host and (vlan 5 or outer vlan 5)').witnesses.length, 2);
      const many = Array.from({ length: 32 }, (_, i) => `vlan ${i}`).join(' or ');
      assert.throws(
        () => compileFilter(`label host and (${many})`),
        /more than 31 different tests/,
      );
      assert.ok(compileFilter(many).conversation(record));
    });
  });

  it('tells which filters choose conversations and which choose frames', () => {
    const kinds = (text: string) => {
      const { needsConversation, prefersConversation } = compileFilter(text);
      return [needsConversation, prefersConversation];
    };
    for (const text of [
      'label host',
      'tcp and not (port 80 or pod x)',
      'ns a',
      'nat any',
      'outer svc a',
      'node n',
    ]) {
      assert.deepEqual(kinds(text), [true, true], text);
    }
    for (const text of ['sni *.example.com', 'tcp and dns a.b', 'proxy']) {
      assert.deepEqual(kinds(text), [false, true], text);
    }
    for (const text of ['', 'tcp', 'encap ipip', 'iface eth0 and vlan', 'ip.ttl < 5']) {
      assert.deepEqual(kinds(text), [false, false], text);
    }
  });

  it('not chooses exactly the others', () => {
    for (const text of [
      'label external',
      'tcp port 80 and host 10.96.0.10',
      'host 10.96.0.10 and port 8080',
      'nat dnat',
    ]) {
      assert.notEqual(chooses(text), chooses(`not (${text})`), text);
    }
  });

  it('holds for records without hops, as flow logs make them', () => {
    assert.ok(chooses('host 172.16.34.1 and tcp port 8080', { hops: [], encapsulation: [] }));
  });
});
