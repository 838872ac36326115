/** Conversations whose every string is what an attacker would write into a DNS name, a pod's name or a file's. */
import type { ConversationRecord, EndRecord, HopRecord } from '../../src/classify/record.ts';

export const HOSTILE: readonly string[] = [
  '</text><script>alert(1)</script>',
  '"><svg onload=alert(1)>',
  "' onmouseover='alert(1)",
  ']]><!--<![CDATA[',
  '&lt;&#x3c;script&gt;&amp;',
  '\u202eevil\u2066bidi\u2069',
  '\x1b]52;c;aGk=\x07\x1b[2J\x9b31m',
  'a\nend\n  p1->>p2: forged\n%%{init: {}}%%',
  '"]; click p1 call alert(1)',
  '{bold}{/}{open}',
  'javascript:alert(1)',
  '../../etc/passwd',
  '한글\u3000이름\u115f',
  '\ud800 alone',
  'x'.repeat(100_000),
  '`$(exit)`|table|\\',
  '',
];

export function hostileRecord(text: string): ConversationRecord {
  const end = (kind: EndRecord['kind'], ip: string): EndRecord => ({
    ip,
    port: 80,
    kind,
    namespace: text,
    name: text,
    node: text,
  });
  const tuple = { src: '10.0.0.1', sport: 40000, dst: text, dport: 80 };
  const after = { ...tuple, dst: '10.0.0.2', dport: 8080 };
  const hop = (over: Partial<HopRecord>): HopRecord => ({
    node: text,
    interface: text,
    file: `dir/${text}`,
    direction: 'in',
    tuple: { ...tuple, protocol: 'tcp' },
    encapsulation: null,
    packets: 1,
    bytes: 60,
    frame: 1,
    ttl: 64,
    first: '2026-11-22T08:41:18.246415576Z',
    last: '2026-11-22T08:41:18.246415576Z',
    offsetUs: 0,
    ...over,
  });
  const outer = { type: text, outer: { src: text, dst: text }, id: 1 };
  return {
    schema: 'netlens.conversation/1',
    id: 1,
    label: 'unknown',
    confidence: 'guess',
    direction: 'unknown',
    protocol: 'tcp',
    client: end('pod', '10.0.0.1'),
    server: end('external', text),
    service: { type: 'unknown', namespace: text, name: text, ip: text, port: 80, mode: null },
    encapsulation: [outer],
    translations: [{ type: 'dnat', node: text, before: tuple, after }],
    proxyProtocol: {
      version: 2,
      command: 'PROXY',
      source: { ip: text, port: 1 },
      destination: null,
      checksum: 'absent',
      tlvs: [{ type: 2, name: text, value: text }],
      stacked: [],
    },
    hops: [
      hop({}),
      hop({ tuple: { ...after, protocol: 'tcp' }, encapsulation: outer, ttl: 63, offsetUs: 40 }),
      hop({ node: null, file: null, interface: null, ttl: null, offsetUs: -5 }),
    ],
    packets: { toServer: 1, toClient: 0 },
    bytes: { toServer: 60, toClient: 0 },
    payloadBytes: { toServer: 0, toClient: 0 },
    related: [],
    start: '2026-11-22T08:41:18.246415576Z',
    end: '2026-11-22T08:41:18.246415576Z',
    tcp: { state: 'syn-sent', handshakeRttUs: null, retransmissions: 0, resets: 0 },
    application: { protocol: 'http', host: text, method: text, path: text, status: 200 },
    troubles: [{ rule: text, confidence: 'guess', sentence: { code: 'quoted', text } }],
    evidence: [{ rule: text, confidence: 'guess', sentence: { code: 'quoted', text } }],
    unseen: [
      { code: 'node-not-captured', node: text },
      { code: 'quoted', text },
    ],
  };
}
