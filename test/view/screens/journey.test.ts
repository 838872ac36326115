import assert from 'node:assert/strict';
import { messagesIn } from '../../../src/view/messages/language.ts';
import { journeyLines } from '../../../src/view/screens/journey.ts';
import { conversation } from '../conversation-record.ts';

describe('the journey', () => {
  it('shows a translation that only a connection table tells of, and says so', () => {
    const before = { src: '172.16.158.1', sport: 44648, dst: '10.96.0.10', dport: 80 };
    const after = { ...before, dst: '172.16.34.1', dport: 8080 };
    const record = conversation({
      translations: [{ type: 'dnat', node: 'k8s-w1', before, after }],
    });
    const lines = journeyLines(record, 100, messagesIn('en'), true).map(({ spans }) =>
      spans.map(({ text }) => text).join(''),
    );
    const told = lines.find((line) => line.includes('DNAT'));
    assert.match(told!, /10\.96\.0\.10:80 ⇒ 172\.16\.34\.1:8080 {2}told by conntrack/);
  });
});
