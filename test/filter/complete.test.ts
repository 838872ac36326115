import assert from 'node:assert/strict';
import { completeFilter, filterWordNear, looksLikeFilterWord } from '../../src/filter/complete.ts';
import { compileFilter } from '../../src/filter/filter.ts';

/** `|` is the cursor. */
function at(marked: string): { words: readonly string[]; at: number; nameOf: string | undefined } {
  const cursor = marked.indexOf('|');
  return completeFilter(marked.replace('|', ''), cursor);
}

describe('filter: completion', () => {
  it('offers words that may start a primitive', () => {
    for (const text of ['|', 'tcp and |', 'not |', '(|', 'outer |']) {
      const { words } = at(text);
      for (const word of ['host', 'tcp', 'label', 'not']) assert.ok(words.includes(word), text);
      assert.ok(!words.includes('and'), text);
    }
  });

  it('offers what follows, and only what begins as typed', () => {
    assert.deepEqual(at('label |').words, [
      'same-node',
      'cross-node',
      'external',
      'host',
      'unknown',
    ]);
    assert.deepEqual(at('label c|').words, ['cross-node']);
    assert.deepEqual(at('tcp and nat s|').words, ['snat']);
    assert.deepEqual(at('host 10.0.0.1 |').words, ['and', 'or']);
    assert.deepEqual(at('host 10.0.0.1 a|').words, ['and']);
    assert.deepEqual(at('tcp port htt|').words, ['http', 'https', 'http-alt']);
    assert.deepEqual(at('tcp[tcpf|').words, ['tcpflags']);
    assert.deepEqual(at('tcp[13] & tcp-s|').words, ['tcp-syn']);
    assert.deepEqual(at('ip.tt|').words, ['ip.ttl']);
    assert.deepEqual(at('dst.n|').words, ['dst.ns', 'dst.node']);
    assert.deepEqual(at('label == c|').words, ['cross-node']);
  });

  it('tells where the word starts and what kind of name fits', () => {
    assert.deepEqual(at('tcp and pod def|'), { words: [], at: 12, nameOf: 'pod' });
    assert.equal(at('src node |').nameOf, 'node');
    assert.equal(at('src.node == |').nameOf, 'node');
    assert.equal(at('iface eth0 or |').nameOf, 'iface');
    assert.equal(at('host |').nameOf, undefined);
  });

  it('looks only at what is before the cursor, and never throws', () => {
    assert.deepEqual(at('label c| and port').words, ['cross-node']);
    assert.deepEqual(at('nonsense |'), { words: [], at: 9, nameOf: undefined });
    for (const text of ['))) |', '"|', "'|", '\\|', 'tcp[[[|', `${'('.repeat(500)}|`]) at(text);
  });

  it('every word it offers at the start is a word of the language', () => {
    for (const word of at('|').words)
      assert.ok(looksLikeFilterWord(word) || word === 'not' || /^(outer|inner)$/.test(word), word);
  });
});

describe('filter: which arguments start one', () => {
  it('words of the language, parentheses, addresses, fields', () => {
    for (const word of [
      'tcp',
      'host',
      '(tcp',
      '!tcp',
      'not',
      'outer',
      '10.0.0.1',
      'fe80::1',
      'ip.ttl',
      'tcp port 80',
      'gateway',
      '02:00:00:00:00:0a',
      'label',
      'tcp[13]',
    ]) {
      assert.ok(looksLikeFilterWord(word), word);
    }
  });

  it('not names of files', () => {
    for (const word of [
      'f.pcap',
      'host.pcap',
      'tcp.pcapng',
      '10.0.0.1.pcap',
      '/tmp/tcp',
      './host',
      '-',
      '',
      'any',
      'ip.pcap',
      'node-1',
      '80',
      'my file.pcap',
    ]) {
      assert.ok(!looksLikeFilterWord(word), word);
    }
  });

  it('names the word that was meant', () => {
    assert.equal(filterWordNear('hots'), 'host');
    assert.equal(filterWordNear('capture.pcap'), undefined);
  });

  it('every word that a primitive starts with compiles in some filter', () => {
    const examples = [
      'label host',
      'pod a',
      'iface a',
      'dns a',
      'less 1',
      'vlan',
      'stp',
      'encap any',
      'nat any',
      'proto 6',
      'link[0] = 1',
      'length > 1',
      'protochain 6',
    ];
    for (const text of examples) compileFilter(text);
  });
});
