import assert from 'node:assert/strict';
import fc from 'fast-check';
import { Painter } from '../../src/view/color.ts';
import { showConversation } from '../../src/view/conversation-text.ts';
import { csvHead, csvRow } from '../../src/view/csv.ts';
import { sortableEnd } from '../../src/view/sort-text.ts';
import { ConversationTable } from '../../src/view/table.ts';
import { loadWidths, widthOf } from '../../src/view/width.ts';
import { conversation, end } from './conversation-record.ts';

const HOSTILE = '\x1b]0;owned\x07\u202e\r\n\x9b31m=1+1';
const LONG_V6 = '2001:db8:85a3:8d3:1319:8a2e:370:7348';

/** Records that are hard to fit: long addresses, wide and hostile names, everything at once. */
const AWKWARD = [
  conversation(),
  conversation({
    client: end({ ip: LONG_V6, port: 65_535 }),
    server: end({ ip: '::1', port: 443 }),
  }),
  conversation({
    client: end({ name: '\uc11c\uc6b8-\ud30c\ub4dc', namespace: '\uae30\ubcf8', port: 9 }),
    server: end({ name: HOSTILE, namespace: HOSTILE, ip: LONG_V6 }),
    application: { protocol: 'http', method: 'GET', host: HOSTILE, path: `/${'x'.repeat(300)}` },
    service: {
      type: 'ClusterIP',
      namespace: 'default',
      name: HOSTILE,
      ip: '10.96.0.1',
      port: 443,
      mode: null,
    },
  }),
  conversation({ protocol: 'icmp', client: end({ port: 4660 }), application: null, tcp: null }),
];

function rows(width: number | undefined, records = AWKWARD, names = true): string[] {
  const table = new ConversationTable({ width, color: false, names }, records);
  return [table.head(), ...records.map((record) => table.row(record))].map((line) => {
    assert.ok(line.endsWith('\n'));
    return line.slice(0, -1);
  });
}

describe('the table of conversations', () => {
  before(loadWidths);

  it('fits every width from 40 on, whatever the names', () => {
    for (let width = 40; width <= 300; width++) {
      for (const line of rows(width)) assert.ok(widthOf(line) <= width, `${width}: ${line}`);
    }
  });

  it('keeps a line a line and lets nothing steer the terminal', () => {
    for (const width of [80, 120, 200, undefined]) {
      for (const line of rows(width)) {
        assert.doesNotMatch(line, /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
      }
    }
  });

  it('keeps the port of an address that it shortens', () => {
    const [, , line] = rows(80);
    assert.match(line!, /\u2026[^ ]*:65535/);
  });

  it('shows label, ends, tunnel and size at 80 columns; more where there is more room', () => {
    const at = (width: number): string => rows(width, [conversation()])[0]!;
    assert.match(at(80), /^# L PROTO CLIENT +SERVER +VIA .*BYTES/);
    assert.match(at(120), /APPLICATION/);
    assert.match(at(200), /START.*LASTED/);
  });

  it('names both ends and keeps their addresses where both fit, and addresses alone with -n', () => {
    const both = rows(200, [conversation()])[1]!;
    assert.match(both, /default\/pod1 172\.16\.158\.1:44648 default\/web-0 172\.16\.34\.1:8080/);
    assert.match(rows(80, [conversation()])[1]!, /default\/pod1:44648/);
    assert.doesNotMatch(rows(200, [conversation()], false)[1]!, /pod1/);
  });

  it('leaves out columns that no conversation fills', () => {
    const plain = conversation({ encapsulation: [], application: null, tcp: null });
    assert.doesNotMatch(rows(200, [plain])[0]!, /VIA|NAT|APPLICATION|RTT|TROUBLE|SEEN/);
  });

  it('colours the label by what it says', () => {
    const table = new ConversationTable({ width: 80, color: true, names: true }, AWKWARD);
    assert.ok(table.head().startsWith('\x1b[1m'));
    assert.ok(table.row(conversation()).includes('\x1b[36mX\x1b[0m'));
  });
});

describe('conversations as text and as CSV', () => {
  it('let nothing steer the terminal or run in a spreadsheet', () => {
    for (const record of AWKWARD) {
      const text = showConversation(record, new Painter(false), true);
      assert.doesNotMatch(text.replaceAll('\n', ''), /[\p{Cc}\p{Cf}]/u);
      const row = csvRow(record);
      assert.ok(row.endsWith('\r\n'));
      assert.doesNotMatch(row.slice(0, -2), /[\p{Cc}\p{Cf}]/u);
    }
    const formula = conversation({ client: end({ name: '=cmd|calc', namespace: '@x' }) });
    assert.match(csvRow(formula), /,'@x,'=cmd\|calc,/);
  });

  it('have as many fields in a row as in the head', () => {
    const fields = (row: string): number => row.replace(/"(?:[^"]|"")*"/g, '').split(',').length;
    for (const record of AWKWARD) assert.equal(fields(csvRow(record)), fields(csvHead()));
  });
});

describe('addresses as texts to sort by', () => {
  it('sort as their bytes do', () => {
    const v4 = fc.tuple(fc.nat(255), fc.nat(255), fc.nat(255), fc.nat(255));
    fc.assert(
      fc.property(v4, v4, (a, b) => {
        const order = Math.sign(Buffer.compare(Buffer.from(a), Buffer.from(b)));
        const x = sortableEnd({ ip: a.join('.'), port: 1 });
        const y = sortableEnd({ ip: b.join('.'), port: 1 });
        assert.equal(x < y ? -1 : x > y ? 1 : 0, order);
      }),
    );
    const sorted = [
      '10.0.0.2',
      '10.0.0.10',
      '::',
      '::1',
      '::ffff:1.2.3.4',
      '2001:db8::9',
      'fe80::1',
    ];
    const texts = sorted.map((ip) => sortableEnd({ ip, port: 0 }));
    assert.deepEqual(texts.toSorted(), texts);
  });
});
