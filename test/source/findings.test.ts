import assert from 'node:assert/strict';
import { addName, keep, noFindings } from '../../src/source/findings.ts';

describe('source/findings', () => {
  it('keeps a bounded amount of text, and counts what it leaves out', () => {
    const findings = noFindings();
    const most = findings.textLeft;
    const list: string[] = [];
    assert.equal(keep(findings, 'x'.repeat(most - 5), list)?.length, most - 5);
    assert.equal(keep(findings, 'abcdef', list), undefined);
    assert.equal(keep(findings, 'abcde', list), 'abcde');
    assert.deepEqual([list.length, findings.leftOut, findings.textLeft], [2, 1, 0]);
    addName(findings, { address: '10.0.0.1', name: 'y', file: 'f' });
    assert.deepEqual([findings.names.length, findings.leftOut], [0, 2]);
  });

  it('keeps a name once for each file', () => {
    const findings = noFindings();
    for (const file of ['a', 'b', 'a']) addName(findings, { address: '10.0.0.1', name: 'y', file });
    assert.deepEqual(
      findings.names.map((name) => name.file),
      ['a', 'b'],
    );
  });
});
