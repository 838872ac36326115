import assert from 'node:assert/strict';
import { mkdirSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathsOf } from '../../../src/view/tui/paths.ts';
import { keepRecent, readRecents, recentsFile } from '../../../src/view/tui/recent-files.ts';
import { withDirectory } from '../../cli/run.ts';

describe('captures opened lately', () => {
  it('keeps the latest first, each once, for the user alone', () =>
    withDirectory(async (directory) => {
      const file = recentsFile({ XDG_STATE_HOME: directory })!;
      assert.deepEqual(readRecents(file), []);
      keepRecent(file, ['/a.pcap']);
      keepRecent(file, ['/b.pcap', '/c.pcap']);
      keepRecent(file, ['/a.pcap']);
      keepRecent(file, ['-']);
      assert.deepEqual(readRecents(file), [['/a.pcap'], ['/b.pcap', '/c.pcap']]);
      assert.equal(statSync(file).mode & 0o077, 0);
      for (let i = 0; i < 30; i++) keepRecent(file, [`/${i}.pcap`]);
      assert.equal(readRecents(file).length, 20);
    }));

  it('takes a file that is not ours for none', () =>
    withDirectory(async (directory) => {
      const file = path.join(directory, 'recent.json');
      for (const text of ['', '{', '{"a":1}', '[[1],["a"],[],7,null]', '"x"']) {
        writeFileSync(file, text);
        assert.deepEqual(readRecents(file), text.includes('"a"]') ? [['a']] : []);
      }
      keepRecent(path.join(file, 'below/a/file'), ['/a']); // cannot be: nothing is said
      assert.deepEqual(readRecents(undefined), []);
      assert.equal(recentsFile({}), undefined);
    }));
});

describe('names of files as they are typed', () => {
  it('offers what begins so, directories with a slash, hidden ones when asked for', () =>
    withDirectory(async (directory) => {
      writeFileSync(path.join(directory, 'b.pcap'), '');
      writeFileSync(path.join(directory, '.hidden'), '');
      mkdirSync(path.join(directory, 'a b'));
      assert.deepEqual(pathsOf(`${directory}/`), [`${directory}/a b/`, `${directory}/b.pcap`]);
      assert.deepEqual(pathsOf(`${directory}/.`), [`${directory}/.hidden`]);
      assert.deepEqual(pathsOf(`${directory}/none/x`), []);
    }));
});
