import assert from 'node:assert/strict';
import stringWidth from 'string-width';
import { measureWith, shortenEnds, widthOf } from '../../src/view/width.ts';

describe('widths of texts met before', () => {
  const measured: string[] = [];
  const measure = (text: string): number => {
    measured.push(text);
    return stringWidth(text);
  };

  beforeEach(() => {
    measured.length = 0;
    measureWith(measure);
  });

  after(() => measureWith(stringWidth));

  it('are not measured again, and forgotten when another measure comes', () => {
    for (let i = 0; i < 3; i++) assert.equal(widthOf('한글'), 4);
    assert.deepEqual(measured, ['한글']);
    measureWith((text) => text.length);
    assert.equal(widthOf('한글'), 2);
  });

  it('take bounded memory: very many of them are forgotten', () => {
    for (let i = 0; i < 600; i++) widthOf(`한${i}`.padEnd(1000));
    measured.length = 0;
    assert.equal(widthOf('한0'.padEnd(1000)), 1001);
    assert.equal(measured.length, 1);
  });
});

describe('both ends in little room', () => {
  const ENDS = '172.16.158.1:41317 > 172.16.34.1:9000';

  it('keeps something of each and the ports, in no more than the room there is', () => {
    assert.equal(shortenEnds(ENDS, 40), ENDS);
    assert.equal(shortenEnds(ENDS, 30), '172.16…:41317 > 172.16.3…:9000');
    assert.equal(shortenEnds(ENDS, 24), '172…:41317 > 172.1…:9000');
    for (let width = 0; width <= 40; width++) {
      assert.ok(widthOf(shortenEnds(ENDS, width)) <= Math.max(width, 3), `${width}`);
    }
  });

  it('gives the room that a short end leaves to the other', () => {
    assert.equal(
      shortenEnds('10.0.0.1 > fd00:1234:5678:9abc::1', 30),
      '10.0.0.1 > fd00:1234:5678:9ab…',
    );
    assert.equal(
      shortenEnds('[fd00:1234:5678::1]:80 > 10.0.0.1:9', 24),
      '[fd00:1…:80 > 10.0.0.1:9',
    );
  });

  it('takes what follows the last colon of an IPv6 address for no port', () => {
    assert.equal(
      shortenEnds('fd00:1234:5678:9abc::80 > 10.0.0.1:9', 24),
      'fd00:1234:… > 10.0.0.1:9',
    );
  });

  it('is as other texts where there are no two ends', () => {
    assert.equal(shortenEnds('a long text without ends', 10), 'a long te…');
  });
});
