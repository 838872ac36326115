import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type ConntrackEntry,
  ConntrackIndex,
  parseConntrack,
} from '../../src/topology/conntrack.ts';

const CAPTURES = process.env.NETLENS_CAPTURES ?? '../shared/captures';

function one(line: string): ConntrackEntry {
  const { entries, problems } = parseConntrack(line);
  assert.deepEqual(problems, []);
  assert.equal(entries.length, 1);
  return entries[0]!;
}

describe('conntrack', () => {
  it('reads both translations of a NodePort connection (externalTrafficPolicy Cluster)', () => {
    const entry = one(
      'ipv4     2 tcp      6 117 TIME_WAIT src=203.0.113.50 dst=192.168.10.11 sport=47372 dport=30080 packets=5 bytes=295 src=10.244.2.10 dst=10.244.1.0 sport=8080 dport=25993 packets=5 bytes=327 [ASSURED] mark=0 zone=0 use=2',
    );
    assert.deepEqual(entry.original, {
      src: '203.0.113.50',
      dst: '192.168.10.11',
      sport: 47372,
      dport: 30080,
    });
    assert.deepEqual(entry.dnat, { ip: '10.244.2.10', port: 8080 });
    assert.deepEqual(entry.snat, { ip: '10.244.1.0', port: 25993 });
    assert.equal(entry.state, 'TIME_WAIT');
    assert.equal(entry.assured, true);
    assert.deepEqual(entry.packets, { original: 5, reply: 5 });
  });

  it('sees that externalTrafficPolicy Local keeps the client, and that masquerade keeps the server', () => {
    const local = one(
      'tcp 6 10 ESTABLISHED src=203.0.113.50 dst=192.168.10.11 sport=58216 dport=30081 src=10.244.1.10 dst=203.0.113.50 sport=8080 dport=58216 mark=0 use=1',
    );
    assert.deepEqual(local.dnat, { ip: '10.244.1.10', port: 8080 });
    assert.equal(local.snat, undefined);
    const masquerade = one(
      'tcp 6 10 SYN_SENT src=10.244.1.10 dst=203.0.113.50 sport=58320 dport=9000 [UNREPLIED] src=203.0.113.50 dst=192.168.10.11 sport=9000 dport=3854 mark=0 use=1',
    );
    assert.equal(masquerade.dnat, undefined);
    assert.deepEqual(masquerade.snat, { ip: '192.168.10.11', port: 3854 });
    assert.equal(masquerade.unreplied, true);
    assert.equal(masquerade.packets.original, -1);
  });

  it('takes ICMP’s identifier for both ports, and not the entry’s own id', () => {
    const entry = one(
      'icmp 1 29 src=10.0.0.1 dst=8.8.8.8 type=8 code=0 id=77 src=8.8.8.8 dst=192.168.1.1 type=0 code=0 id=1024 mark=0 use=1 id=999',
    );
    assert.deepEqual(entry.original, { src: '10.0.0.1', dst: '8.8.8.8', sport: 77, dport: 77 });
    assert.equal(entry.dnat, undefined);
    assert.deepEqual(entry.snat, { ip: '192.168.1.1', port: 1024 });
  });

  it('reads offloaded, unknown, GRE, IPv6 and zoned entries', () => {
    const offload = one(
      'ipv4 2 tcp 6 src=10.0.0.1 dst=10.0.0.2 sport=1 dport=2 src=10.0.0.2 dst=10.0.0.1 sport=2 dport=1 [OFFLOAD] mark=0 zone=7 use=3',
    );
    assert.equal(offload.state, undefined);
    assert.equal(offload.zone, 7);
    assert.equal(
      one('ipv4 2 unknown 4 599 src=1.1.1.1 dst=2.2.2.2 src=2.2.2.2 dst=1.1.1.1 mark=0 use=1')
        .protocol,
      'unknown-4',
    );
    assert.equal(
      one(
        'gre 47 29 timeout=30 src=1.1.1.1 dst=2.2.2.2 srckey=0x0 dstkey=0x10 src=2.2.2.2 dst=1.1.1.1 srckey=0x10 dstkey=0x0 mark=0',
      ).original.dport,
      16,
    );
    assert.equal(
      one(
        'ipv6 10 udp 17 29 src=fd00::1 dst=fd00::2 sport=53 dport=54 zone-orig=3 src=fd00::2 dst=fd00::1 sport=54 dport=53 zone-reply=3 mark=16 use=1',
      ).mark,
      16,
    );
  });

  it('reads events, with their time', () => {
    const entry = one(
      '[1793523600.123456]\t    [NEW] udp      17 30 src=10.0.0.1 dst=10.0.0.2 sport=1 dport=2 [UNREPLIED] src=10.0.0.2 dst=10.0.0.1 sport=2 dport=1',
    );
    assert.equal(entry.event, 'NEW');
    assert.equal(entry.seconds, 1793523600.123456);
    assert.equal(
      one(
        ' [DESTROY] tcp 6 src=10.0.0.1 dst=10.0.0.2 sport=1 dport=2 src=10.0.0.2 dst=10.0.0.1 sport=2 dport=1 [ASSURED]',
      ).event,
      'DESTROY',
    );
  });

  it('skips headers and counts what is no entry, by line', () => {
    const { entries, problems } = parseConntrack(
      'conntrack v1.4.7 (conntrack-tools): 19 flow entries have been shown.\n\n# comment\ngarbage\nsrc=1.1.1.1\ntcp 6 x=1\n',
      'ct.txt',
    );
    assert.equal(entries.length, 0);
    assert.equal(problems.length, 3);
    assert.equal(problems[0], 'ct.txt:4: no conntrack entry: "garbage"');
  });

  it('finds an entry by its tuple before NAT and after it, from both ends', () => {
    const entry = one(
      'tcp 6 117 TIME_WAIT src=203.0.113.50 dst=192.168.10.11 sport=47372 dport=30080 src=10.244.2.10 dst=10.244.1.0 sport=8080 dport=25993 mark=0 use=1',
    );
    const index = new ConntrackIndex([entry]);
    for (const [src, sport, dst, dport] of [
      ['203.0.113.50', 47372, '192.168.10.11', 30080],
      ['192.168.10.11', 30080, '203.0.113.50', 47372],
      ['10.244.1.0', 25993, '10.244.2.10', 8080],
      ['10.244.2.10', 8080, '10.244.1.0', 25993],
    ] as const) {
      assert.deepEqual(index.find('tcp', src, sport, dst, dport), [entry], src);
    }
    assert.deepEqual(index.find('udp', '203.0.113.50', 47372, '192.168.10.11', 30080), []);
    assert.deepEqual(index.find('tcp', '203.0.113.50', 47372, '10.244.2.10', 8080), []);
  });

  it('reads every form of the same table alike', function () {
    const dir = join(CAPTURES, 'own/calico-vxlan');
    if (!existsSync(dir)) {
      console.log(`      skipped: no captures at ${CAPTURES} (set NETLENS_CAPTURES)`);
      this.skip();
    }
    const forms = [
      'node1.nf_conntrack',
      'node1.conntrack-L',
      'node1.conntrack-L-extended',
      'node1.conntrack-L-all',
      'node1.conntrack.xml',
    ].map((name) => {
      const { entries, problems } = parseConntrack(readFileSync(join(dir, name), 'utf8'), name);
      assert.deepEqual(problems, [], name);
      return entries.map((e) => ({
        protocol: e.protocol,
        original: e.original,
        reply: e.reply,
        dnat: e.dnat,
        snat: e.snat,
        unreplied: e.unreplied,
        assured: e.assured,
        packets: e.packets,
        state: e.state,
      }));
    });
    assert.equal(forms[0]!.length, 19);
    const [first, , , , xml] = forms;
    // XML leaves out the identifier of ICMP.
    const bare = (list: typeof first) => list!.filter((e) => e.protocol !== 'icmp');
    for (const form of forms.slice(0, 4)) assert.deepEqual(form, first);
    assert.deepEqual(bare(xml), bare(first));
    assert.equal(xml!.length, first!.length);
    assert.equal(forms[0]!.filter((e) => e.dnat !== undefined && e.snat !== undefined).length, 2); // NodePort Cluster, hairpin
  });

  it('reads the tables of the labs without a problem', () => {
    let tables = 0;
    for (const fixture of readdirSync('fixtures')) {
      const nodes = join('fixtures', fixture, 'nodes');
      if (!existsSync(nodes)) continue;
      for (const node of readdirSync(nodes)) {
        const file = join(nodes, node, 'conntrack.txt');
        if (!existsSync(file)) continue;
        const { entries, problems } = parseConntrack(readFileSync(file, 'utf8'), file);
        assert.deepEqual(problems, []);
        assert.ok(entries.length > 0, file);
        tables++;
      }
    }
    assert.ok(tables > 0);
  });
});
