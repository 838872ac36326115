import assert from 'node:assert/strict';
import fc from 'fast-check';
import { CidrIndex } from '../../src/topology/cidr-index.ts';
import {
  addressAt,
  canonicalIp,
  canonicalPrefix,
  contains,
  hostPart,
  parseIp,
  parsePrefix,
  showIp,
} from '../../src/topology/ip.ts';

const four = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }).map((word) => [word]);
const six = fc.array(fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }), {
  minLength: 4,
  maxLength: 4,
});
/** Few distinct addresses, so that prefixes nest and hit. */
const near = fc.oneof(
  fc.nat(63).map((low) => [0x0a000000 | (low << 4)]),
  fc.nat(63).map((low) => [0xfd000000 | 0, 0, 0, low << 4]),
);
const address = fc.oneof(four, six, near, near);
const prefix = address.chain((words) =>
  fc.nat(32 * words.length).map((length) => `${showIp(words)}/${length}`),
);

describe('cidr index', () => {
  it('finds what a scan over all prefixes finds: the longest, and all of them', () => {
    fc.assert(
      fc.property(
        fc.array(prefix, { maxLength: 40 }),
        fc.array(address, { maxLength: 20 }),
        (cidrs, asked) => {
          const index = new CidrIndex<string>();
          const distinct = [...new Set(cidrs.map((c) => canonicalPrefix(c)!))];
          for (const cidr of distinct) assert.ok(index.set(cidr, cidr));
          for (const words of asked) {
            const text = showIp(words);
            const canonical = parseIp(text)!; // a mapped address is IPv4
            const naive = distinct
              .map((cidr) => ({ cidr, prefix: parsePrefix(cidr)! }))
              .filter((c) => contains(c.prefix, canonical))
              .sort((a, b) => b.prefix.length - a.prefix.length)
              .map((c) => c.cidr);
            assert.deepEqual(index.all(text), naive);
            assert.equal(index.longest(text), naive[0]);
          }
        },
      ),
    );
  });

  it('keeps the later of two values for one prefix and tells exact ones apart from wider ones', () => {
    const index = new CidrIndex<number>();
    index.set('10.0.0.0/8', 1);
    index.set('10.1.2.3/8', 2); // host bits do not count
    assert.equal(index.get('10.0.0.0/8'), 2);
    assert.equal(index.get('10.0.0.0/9'), undefined);
    assert.equal(index.set('10.0.0.0/33', 3), false);
    assert.equal(index.longest('not an address'), undefined);
  });

  it('matches everything with /0, of its own family only', () => {
    const index = new CidrIndex<string>();
    index.set('0.0.0.0/0', 'four');
    assert.equal(index.longest('255.255.255.255'), 'four');
    assert.equal(index.longest('::1'), undefined);
  });
});

describe('addresses as words', () => {
  it('reads back what it shows, for any address', () => {
    fc.assert(
      fc.property(fc.oneof(four, six), (words) => {
        const again = parseIp(showIp(words))!;
        const mapped =
          words.length === 4 && words[0] === 0 && words[1] === 0 && words[2] === 0xffff;
        assert.deepEqual([...again], mapped ? [words[3]] : [...words]);
      }),
    );
  });

  it('spells as RFC 5952 section 4 asks', () => {
    assert.equal(canonicalIp('2001:DB8:0:0:1:0:0:1'), '2001:db8::1:0:0:1');
    assert.equal(canonicalIp('2001:db8:0:1:1:1:1:1'), '2001:db8:0:1:1:1:1:1');
    assert.equal(canonicalIp('0:0:0:0:0:0:0:0'), '::');
    assert.equal(canonicalIp('::ffff:10.0.0.1'), '10.0.0.1');
    assert.equal(canonicalIp('64:ff9b::10.0.0.1'), '64:ff9b::a00:1');
    assert.equal(canonicalIp('fe80::1%eth0'), 'fe80::1');
  });

  it('refuses what only looks like an address', () => {
    for (const text of [
      '',
      '1.2.3',
      '1.2.3.256',
      '01.2.3.4',
      '1.2.3.4 ',
      ':::',
      '1::2::3',
      '1:2:3:4:5:6:7',
      '1:2:3:4:5:6:7:8:9',
      '::1.2.3',
      '12345::',
      '1.2.3.4::',
      'g::',
      '1.2.3.4%eth0',
    ]) {
      assert.equal(parseIp(text), undefined, text);
    }
    for (const text of ['10.0.0.0/', '10.0.0.0/33', '10.0.0.0/-1', '::/129', '10.0.0.0/8/8']) {
      assert.equal(parsePrefix(text), undefined, text);
    }
  });

  it('counts places inside a prefix', () => {
    const block = parsePrefix('172.16.158.0/26')!;
    assert.equal(addressAt(block, 1), '172.16.158.1');
    assert.equal(addressAt(block, 63), '172.16.158.63');
    assert.equal(addressAt(block, 64), undefined);
    assert.equal(hostPart(block, parseIp('172.16.158.63')!), 63);
    assert.equal(hostPart(block, parseIp('172.16.158.64')!), -1);
    const six = parsePrefix('fd00::/122')!;
    assert.equal(addressAt(six, 63), 'fd00::3f');
    assert.equal(hostPart(six, parseIp('fd00::3f')!), 63);
  });
});
