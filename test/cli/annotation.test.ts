/** Comments that finished files get while a capture goes on: the file is whole at every moment. */
import assert from 'node:assert/strict';
import { appendFileSync, copyFileSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { Annotation } from '../../src/cli/annotation.ts';
import { readCapture } from '../support/read-capture.ts';
import { CAPTURE, netlens, withDirectory } from './run.ts';

interface Trial {
  readonly folder: string;
  readonly file: string;
  readonly annotation: Annotation;
  readonly said: string[];
}

/** Try it with a finished file that describes itself. */
function tried(use: (trial: Trial) => Promise<void>): () => Promise<void> {
  return () =>
    withDirectory(async (folder) => {
      const file = join(folder, 'x.pcapng');
      assert.equal(netlens(['read', CAPTURE, '-w', file]).code, 0);
      const said: string[] = [];
      const annotation = new Annotation('netlens', (text) => said.push(text));
      annotation.begins(file);
      await use({ folder, file, annotation, said });
      assert.deepEqual(
        readdirSync(folder).filter((name) => name.startsWith('.')),
        [],
        'no copy is left',
      );
    });
}

async function commentsIn(file: string): Promise<(string | undefined)[]> {
  const { frames } = await readCapture(file);
  return frames.map(({ comment }) => comment);
}

describe('comments on files of a capture', function () {
  this.timeout(30_000);

  it(
    'are on every frame of a conversation, as netlens read --annotate puts them',
    tried(async ({ folder, file, annotation }) => {
      const wanted = join(folder, 'wanted.pcapng');
      assert.equal(netlens(['read', file, '-w', wanted, '--annotate']).code, 0);
      const others = readFileSync(file).length;
      annotation.ended(file, 1);
      await annotation.finish();
      assert.deepEqual(await commentsIn(file), await commentsIn(wanted));
      assert.ok(readFileSync(file).length > others);
      assert.equal(annotation.missing, 0);
      assert.ok(annotation.commented > 0 && annotation.commented <= annotation.frames);
    }),
  );

  it(
    'reach the file that a symbolic link leads to',
    tried(async ({ folder, file, annotation }) => {
      const link = join(folder, 'link.pcapng');
      symlinkSync(file, link);
      annotation.begins(link);
      annotation.ended(link, 1);
      await annotation.finish();
      assert.match((await commentsIn(file)).join('\n'), /^netlens: /m);
    }),
  );

  it(
    'that are given up leave the file as it was, and are counted',
    tried(async ({ file, annotation, said }) => {
      const before = readFileSync(file);
      annotation.ended(file, 1);
      annotation.cancel();
      await annotation.finish();
      assert.deepEqual(readFileSync(file), before);
      assert.deepEqual([annotation.missing, annotation.files], [1, 0]);
      assert.deepEqual(said, []);
    }),
  );

  it(
    'of a file whose name has its turn again never take the place of what is written then',
    tried(async ({ file, annotation }) => {
      annotation.ended(file, 1);
      annotation.begins(file); // -C and -W: the first file is written over
      copyFileSync(CAPTURE, file);
      await annotation.finish();
      assert.deepEqual(readFileSync(file), readFileSync(CAPTURE));
      assert.equal(annotation.missing, 1);
      annotation.ended(file, 1);
      await annotation.finish();
      assert.equal(annotation.missing, 0);
    }),
  );

  it(
    'do not take the place of a file that somebody else has changed',
    tried(async ({ file, annotation, said }) => {
      annotation.ended(file, 1);
      appendFileSync(file, readFileSync(file));
      const changed = readFileSync(file);
      await annotation.finish();
      assert.deepEqual(readFileSync(file), changed);
      assert.match(
        said.join('\n'),
        /x\.pcapng: has no comments: somebody has changed it meanwhile/,
      );
    }),
  );

  it(
    'that cannot be made are said, with the reason',
    tried(async ({ file, annotation, said }) => {
      annotation.ended(file, 1);
      copyFileSync(join('package.json'), file);
      await annotation.finish();
      assert.match(said.join('\n'), /x\.pcapng: has no comments: .*(capture|changed)/);
      assert.equal(annotation.missing, 1);
    }),
  );
});
