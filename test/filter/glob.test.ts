import assert from 'node:assert/strict';
import { globTest, hostNameTest } from '../../src/filter/glob.ts';

describe('filter: names with *', () => {
  const fits = (pattern: string, text: string): boolean => globTest(pattern)(text);

  it('a name without * is itself alone', () => {
    assert.ok(fits('web', 'web') && !fits('web', 'web-0') && !fits('web', 'we') && fits('', ''));
  });

  it('* stands for any run, also of nothing', () => {
    assert.ok(fits('web*', 'web') && fits('web*', 'web-0') && !fits('web*', 'awe'));
    assert.ok(fits('*-0', '-0') && fits('*-0', 'web-0') && !fits('*-0', 'web-01'));
    assert.ok(fits('*', '') && fits('**', 'x') && fits('a*b', 'ab') && fits('a*b', 'axyb'));
    assert.ok(!fits('a*b', 'axbc') && !fits('ab*ba', 'aba'));
  });

  it('each part between two * must come after the one before, and before the last', () => {
    assert.ok(fits('a*b*c', 'a1b2c') && fits('*b*', 'abc') && fits('a*b*b*c', 'abbc'));
    assert.ok(!fits('a*b*c', 'acb') && !fits('a*b*b*c', 'abc') && !fits('a*cd*d', 'abcd'));
  });

  it('takes time in proportion to the text', () => {
    const pattern = `${'*a'.repeat(50)}*b`;
    const start = performance.now();
    assert.ok(!fits(pattern, 'a'.repeat(100_000)));
    assert.ok(performance.now() - start < 1000);
  });

  it('of host names letter case and a final dot do not count', () => {
    const test = hostNameTest('*.example.com');
    assert.ok(test('WWW.Example.com.') && test('a.b.example.com') && !test('example.com'));
  });
});
