/** Files that are written, perhaps as root, where others may have laid a trap. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  closeSync,
  linkSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { openOutput, openOutputNow } from '../../src/view/open-output.ts';
import { withDirectory } from '../cli/run.ts';
import { needRoot } from '../support/skip.ts';

/** Both ways of opening: the file's content afterwards, or what is said. */
async function opened(file: string): Promise<string> {
  const once = async (open: () => number | Promise<number>): Promise<string> => {
    try {
      closeSync(await open());
      return readFileSync(file, 'utf8');
    } catch (error) {
      return (error as Error).message.replace(/^.*?: /, '');
    }
  };
  const waiting = await once(() => openOutput(file));
  assert.equal(await once(() => openOutputNow(file)), waiting);
  return waiting;
}

describe('opening a file for output', () => {
  it('makes it, or empties it, and follows a link where only its owner writes', async () => {
    await withDirectory(async (folder) => {
      const file = join(folder, 'file');
      assert.equal(await opened(file), '');
      writeFileSync(file, 'old');
      symlinkSync(file, join(folder, 'link'));
      assert.equal(await opened(join(folder, 'link')), '');
      assert.equal(readFileSync(file, 'utf8'), '');
    });
  });

  it('follows no link where others may write, and leaves what it leads to as it is', async () => {
    await withDirectory(async (folder) => {
      const target = join(folder, 'target');
      writeFileSync(target, 'precious');
      const shared = join(folder, 'shared');
      execFileSync('mkdir', ['-m', '1777', shared]);
      symlinkSync(target, join(shared, 'link'));
      symlinkSync(join(folder, 'new'), join(shared, 'dangling'));
      linkSync(target, join(shared, 'hard'));
      for (const name of ['link', 'dangling']) {
        assert.match(await opened(join(shared, name)), /is a symbolic link/);
      }
      assert.match(await opened(join(shared, 'hard')), /somebody else's/);
      assert.equal(readFileSync(target, 'utf8'), 'precious');
      assert.equal(await opened(join(shared, 'own')), '');
      writeFileSync(join(shared, 'own'), 'old');
      assert.equal(await opened(join(shared, 'own')), '');
    });
  });

  it("takes no file of somebody else's where others may write", async function () {
    needRoot(this);
    await withDirectory(async (folder) => {
      const file = join(folder, 'theirs');
      writeFileSync(file, 'theirs');
      chownSync(file, 65_534, 65_534);
      chmodSync(folder, 0o777);
      assert.match(await opened(file), /somebody else's/);
      assert.equal(readFileSync(file, 'utf8'), 'theirs');
      chmodSync(folder, 0o755);
      assert.equal(await opened(file), '');
    });
  });

  it('says what is wrong with a name', async () => {
    await withDirectory(async (folder) => {
      assert.match(await opened(join(folder, 'no', 'file')), /no such directory/);
      assert.match(await opened(folder), /is a directory/);
    });
  });

  it('takes a device', async () => {
    closeSync(await openOutput('/dev/null'));
  });
});
