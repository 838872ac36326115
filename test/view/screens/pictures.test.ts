import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { widthOf } from '../../../src/view/width.ts';
import { DIRECTORY, screenPictures } from './pictures.ts';

describe('screens', function () {
  this.timeout(60_000);
  let pictures: ReadonlyMap<string, string>;

  before(async () => {
    pictures = await screenPictures();
  });

  it('show every view at four sizes in both languages as expected', () => {
    for (const [name, text] of pictures) {
      const path = join(DIRECTORY, name);
      assert.ok(existsSync(path), `${path} is missing: npm run golden makes it`);
      assert.equal(text, readFileSync(path, 'utf8'), `${name}: npm run golden rewrites`);
    }
  });

  it('never write beyond the width of the screen', () => {
    for (const [name, text] of pictures) {
      let columns = 0;
      for (const line of text.split('\n')) {
        const size = /^== (\d+) x \d+$/.exec(line);
        if (size !== null) columns = Number(size[1]);
        else assert.ok(widthOf(line) <= columns, `${name} at ${columns} columns: ${line}`);
      }
    }
  });
});
