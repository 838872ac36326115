import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import fc from 'fast-check';
import type { FlowLogRecord } from '../../src/base/flow-log.ts';
import { FlowLogConversations } from '../../src/classify/flow-log-conversations.ts';
import { FlowLogTable } from '../../src/classify/flow-log-table.ts';
import type { ConversationRecord, EvidenceRecord } from '../../src/classify/record.ts';
import { FlowLogs } from '../../src/source/flow-log.ts';
import { parseFormat } from '../../src/source/flow-log-fields.ts';
import { FlowLogLines } from '../../src/source/flow-log-text.ts';
import type { Facts } from '../../src/topology/facts.ts';
import { readKubeJson } from '../../src/topology/kube-json.ts';
import { english } from '../../src/words/say.ts';

const FIXTURE = new URL('../../../fixtures/flow-logs/', import.meta.url).pathname;
const CUSTOM =
  'action start end pkt-srcaddr pkt-dstaddr srcaddr dstaddr srcport dstport protocol tcp-flags packets bytes interface-id flow-direction';
const [NODE_1, NODE_2, NODE_3] = ['10-0-1-10', '10-0-1-20', '10-0-2-30'].map(
  (ip) => `ip-${ip}.ap-northeast-2.compute.internal`,
);

let kube: Facts;

function conversationsOf(
  table: FlowLogTable,
  facts: readonly Facts[] = [kube],
): ConversationRecord[] {
  const list = new FlowLogConversations(table, ['a.log'], { facts });
  return Array.from({ length: list.count }, (_, c) => list.record(c));
}

async function fixture(
  name: string,
  facts: readonly Facts[] = [kube],
  order?: string,
): Promise<ConversationRecord[]> {
  const given = order === undefined ? undefined : parseFormat(order);
  const logs = new FlowLogs([FIXTURE + name], { order: given });
  const table = new FlowLogTable();
  await logs.read(
    (record) => table.add(record),
    () => {},
  );
  assert.equal(logs.counts[0]!.damaged, 0);
  return conversationsOf(table, facts);
}

/** Of lines under a header. */
function tableOf(header: string, lines: readonly string[]): FlowLogTable {
  const reader = new FlowLogLines(0);
  const table = new FlowLogTable();
  for (const line of [header, ...lines]) {
    const read = reader.read(line);
    if (read !== undefined) table.add(read as FlowLogRecord);
  }
  return table;
}

const byServer = (all: readonly ConversationRecord[], port: number): ConversationRecord =>
  all.find(({ server }) => server.port === port)!;
const wordsOf = (evidence: readonly EvidenceRecord[]): string =>
  evidence.map(({ sentence }) => english(sentence)).join('\n');
const rules = ({ evidence }: ConversationRecord): string[] => evidence.map(({ rule }) => rule);

describe('conversations of VPC flow logs', () => {
  before(async () => {
    kube = await readKubeJson([`${FIXTURE}kube`]);
  });

  it('join windows, directions and both interfaces of two pods, and call no secondary address NAT', async () => {
    const one = byServer(await fixture('vpc.log'), 8080);
    assert.deepEqual(
      [one.label, one.confidence, one.direction],
      ['cross-node', 'certain', 'internal'],
    );
    assert.deepEqual([one.client.name, one.server.name], ['client-b', 'web-d']);
    assert.deepEqual(
      one.hops.map(({ node, direction, packets }) => [node, direction, packets]),
      [
        [NODE_1, 'out', 14],
        [NODE_3, 'in', 14],
      ],
    );
    assert.deepEqual(one.translations, []);
    assert.deepEqual(
      [one.packets, one.bytes],
      [
        { toServer: 8, toClient: 6 },
        { toServer: 644, toClient: 4256 },
      ],
    );
    assert.deepEqual(
      [one.start, one.end],
      ['2026-11-22T06:00:00.000000000Z', '2026-11-22T06:01:16.000000000Z'],
    );
    assert.equal(one.tcp!.state, 'closed');
    assert.ok(rules(one).includes('flow-log-secondary'));
  });

  it('say of a node that dials outside that its own pod may be behind it', async () => {
    const one = byServer(await fixture('vpc.log'), 443);
    assert.deepEqual([one.label, one.direction, one.client.kind], ['external', 'egress', 'node']);
    assert.match(one.unseen.map(english).join('\n'), /whether a pod was behind 10\.0\.2\.30/);
    assert.match(wordsOf(one.evidence), /address range of AWS service S3/);
    assert.match(wordsOf(one.evidence), /through an internet gateway \(traffic-path 8\)/);
  });

  it('show the pod behind the node when the connection table of the node tells', async () => {
    const reader = new FlowLogs([`${FIXTURE}vpc.log`]);
    const table = new FlowLogTable();
    await reader.read(
      (record) => table.add(record),
      () => {},
    );
    const { parseConntrack } = await import('../../src/topology/conntrack.ts');
    const line =
      'ipv4 2 tcp 6 100 ESTABLISHED src=10.0.2.177 dst=52.219.60.17 sport=40000 dport=443 src=52.219.60.17 dst=10.0.2.30 sport=443 dport=17233 [ASSURED] mark=0 use=1';
    const { entries } = parseConntrack(line, 'ct');
    const conntrackTables = [{ name: 'ct', node: NODE_3, entries }];
    const list = new FlowLogConversations(table, ['a.log'], { facts: [kube], conntrackTables });
    const all = Array.from({ length: list.count }, (_, c) => list.record(c));
    const one = byServer(all, 443);
    assert.equal(one.client.name, 'client-d');
    assert.deepEqual(
      one.translations.map(({ type, node }) => [type, node]),
      [['snat', NODE_3]],
    );
  });

  it('make rejected traffic a trouble, and tell a network ACL by a rejected reply', async () => {
    const all = await fixture('vpc.log');
    const refused = byServer(all, 22);
    assert.equal(refused.label, 'external');
    assert.match(
      english(refused.troubles[0]!.sentence),
      /^3 packets to 10\.0\.1\.10:22 rejected at eni-a79f/,
    );
    assert.deepEqual(
      refused.troubles.map(({ rule }) => rule),
      ['flow-log-rejected'],
    );
    const reply = conversationsOf(
      tableOf('interface-id srcaddr dstaddr srcport dstport protocol packets tcp-flags action', [
        'eni-1 10.0.1.101 10.0.2.131 50000 8080 6 2 2 ACCEPT',
        'eni-1 10.0.2.131 10.0.1.101 8080 50000 6 2 18 REJECT',
      ]),
    );
    assert.match(
      english(reply[0]!.troubles[0]!.sentence),
      /by a network ACL: a security group would let/,
    );
  });

  it('take a load balancer with IP targets for an end outside', async () => {
    const all = await fixture('vpc.log');
    const behind = all.find(({ client }) => client.ip === '10.0.1.200')!;
    assert.deepEqual(
      [behind.label, behind.server.name, behind.server.node],
      ['external', 'web-c', NODE_2],
    );
    assert.deepEqual(behind.translations, []);
    assert.equal(behind.hops.length, 2);
  });

  it('show what a NAT gateway makes of the source, with its port, where one row fits', async () => {
    const [one, ...others] = await fixture('nat-gateway.log');
    assert.deepEqual(others, []);
    assert.deepEqual([one!.label, one!.client.name], ['external', 'client-a']);
    const before = { src: '10.0.1.101', sport: 43000, dst: '198.51.100.50', dport: 443 };
    const after = { src: '10.0.0.220', sport: 6123, dst: '198.51.100.50', dport: 443 };
    assert.deepEqual(one!.translations, [{ type: 'snat', node: null, before, after }]);
    assert.equal(one!.hops.length, 3);
    assert.deepEqual(one!.packets, { toServer: 10, toClient: 9 });
  });

  it('leave the port open where rows at a NAT gateway fit alike, and claim no NAT where none does', () => {
    const header =
      'interface-id srcaddr dstaddr pkt-srcaddr pkt-dstaddr srcport dstport protocol packets start end flow-direction';
    const through =
      'eni-9 10.0.1.101 10.0.0.220 10.0.1.101 198.51.100.50 43000 443 6 10 100 120 ingress';
    const out = (port: number): string =>
      `eni-9 10.0.0.220 198.51.100.50 10.0.0.220 198.51.100.50 ${port} 443 6 10 100 120 egress`;
    const tied = conversationsOf(tableOf(header, [through, out(1), out(2)]));
    assert.equal(tied.length, 3);
    const first = tied.find(({ client }) => client.ip === '10.0.1.101')!;
    assert.deepEqual(
      first.translations.map(({ after }) => [after.src, after.sport]),
      [['10.0.0.220', 0]],
    );
    const [alone] = conversationsOf(tableOf(header, [through]));
    assert.deepEqual(alone!.translations, []);
    assert.ok(rules(alone!).includes('flow-log-passing'));
  });

  it('put two interfaces together where the default format hides the pods, as likely', async () => {
    const [one, other] = await fixture('default.log');
    assert.deepEqual([one!.label, one!.confidence], ['cross-node', 'likely']);
    assert.deepEqual(
      [one!.client.name, one!.server.name, one!.hops.length],
      ['client-b', 'web-d', 2],
    );
    // one interface's log alone shows the node: that is a guess, and said to be one
    assert.deepEqual([other!.label, other!.confidence], ['host', 'guess']);
    assert.match(other!.unseen.map(english).join('\n'), /lacks pkt-srcaddr and pkt-dstaddr/);
  });

  it('read an own order of fields', async () => {
    const [one] = await fixture('custom-order.log', [kube], CUSTOM);
    assert.deepEqual(
      [one!.label, one!.client.name, one!.server.name],
      ['cross-node', 'client-a', 'web-d'],
    );
    assert.equal(one!.tcp!.state, 'reset');
  });

  it('spell IPv6 one way, whichever way the log does', async () => {
    const [one, ...others] = await fixture('ipv6.log', []);
    assert.deepEqual(others, []);
    assert.deepEqual(
      [one!.client.ip, one!.server.ip],
      ['2406:da12:ab:f00:a1::5', '2406:da12:ab:f01::83'],
    );
    assert.deepEqual(one!.packets, { toServer: 4, toClient: 4 });
  });

  it('are at most guesses where nothing but the log is known', async () => {
    const all = await fixture('vpc.log', []);
    const pods = all.filter(({ label }) => label === 'cross-node' || label === 'same-node');
    assert.ok(pods.length > 0);
    for (const { confidence } of pods) assert.equal(confidence, 'guess');
  });

  it('take the end without SYN and ACK for the client, whichever record comes first', () => {
    const header = 'srcaddr dstaddr srcport dstport protocol tcp-flags packets';
    const lines = ['10.0.0.1 10.0.0.2 80 90 6 18 1', '10.0.0.2 10.0.0.1 90 80 6 2 1'];
    for (const order of [lines, [...lines].reverse()]) {
      const [one] = conversationsOf(tableOf(header, order), []);
      assert.equal(one!.client.ip, '10.0.0.2');
    }
    const [ports] = conversationsOf(tableOf(header, ['10.0.0.1 10.0.0.2 443 50000 6 - 1']), []);
    assert.equal(ports!.client.ip, '10.0.0.2');
  });

  it('tell a 5-tuple used again from windows of one connection', () => {
    const header = 'interface-id srcaddr dstaddr srcport dstport protocol tcp-flags start end';
    const at = (flags: number, start: number): string =>
      `eni-1 10.0.0.1 10.0.0.2 50000 80 6 ${flags} ${start} ${start + 10}`;
    assert.equal(
      conversationsOf(tableOf(header, [at(2, 100), at(0, 160), at(1, 220)]), []).length,
      1,
    );
    assert.equal(conversationsOf(tableOf(header, [at(3, 100), at(3, 160)]), []).length, 2);
  });

  it('stay within the bound of rows, and count what finds none', () => {
    const table = new FlowLogTable(2);
    const lines = new FlowLogLines(0);
    lines.read('srcaddr dstaddr srcport');
    for (let port = 0; port < 5; port++)
      table.add(lines.read(`10.0.0.1 10.0.0.2 ${port}`) as FlowLogRecord);
    assert.deepEqual([table.flows.length, table.untracked], [2, 3]);
  });

  it('are told, also of a gateway that seems to send to itself or in a circle', () => {
    const header = 'srcaddr dstaddr pkt-srcaddr pkt-dstaddr interface-id flow-direction';
    const told = (...lines: string[]): number => conversationsOf(tableOf(header, lines), []).length;
    assert.equal(told('10.0.1.101 10.0.1.10 10.0.1.10 198.51.100.1 eni-1 ingress'), 1);
    const [one, other] = ['10.0.1.101 10.0.1.10', '10.0.1.102 10.0.1.10'].map(
      (shown) => `${shown} 10.0.1.10 198.51.100.1 eni-1 ingress`,
    );
    assert.ok(told(one!, other!) > 0);
  });

  it('never throw, whatever the records', () => {
    const ip = fc.constantFrom(
      '10.0.1.101',
      '10.0.2.131',
      '10.0.1.10',
      '198.51.100.1',
      '2001:db8::1',
    );
    const text = fc
      .tuple(
        fc
          .tuple(ip, ip, ip, ip)
          .filter((all) => new Set(all.map((a) => a.includes(':'))).size === 1),
        fc.constantFrom('eni-1', 'eni-2', '-'),
        fc.constantFrom('i-590e50a51f082fc86', 'i-1', '-'),
        fc.constantFrom('0', '80', '50000'),
        fc.constantFrom('6', '17', '1', '-'),
        fc.constantFrom('2', '18', '4', '-'),
        fc.constantFrom('100', '5000', '-'),
        fc.constantFrom('ingress', 'egress', '-'),
        fc.constantFrom('ACCEPT', 'REJECT', '-'),
      )
      .map(([ips, ...rest]) => [...ips, ...rest].join(' '));
    const header =
      'srcaddr dstaddr pkt-srcaddr pkt-dstaddr interface-id instance-id srcport protocol tcp-flags start flow-direction action';
    fc.assert(
      fc.property(fc.array(text, { minLength: 1, maxLength: 12 }), fc.boolean(), (lines, known) => {
        const all = conversationsOf(tableOf(header, lines), known ? [kube] : []);
        assert.ok(all.length > 0);
        for (const { hops, evidence } of all) {
          assert.ok(hops.length > 0 && evidence.length > 0);
        }
      }),
    );
  });

  it('have a fixture for each kind of log', () => {
    const names = readdirSync(FIXTURE).filter((name) => name.endsWith('.log'));
    assert.deepEqual(names.sort(), [
      'custom-order.log',
      'default.log',
      'ipv6.log',
      'nat-gateway.log',
      'vpc.log',
    ]);
  });
});
