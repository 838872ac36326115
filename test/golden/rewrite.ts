/** `npm run golden`: rewrite the expected outputs of every fixture; the git diff is the review. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { keysPage } from '../view/screens/keys-page.ts';
import { DIRECTORY, screenPictures } from '../view/screens/pictures.ts';
import { fixtures, outputsOf } from './outputs.ts';

const wanted = process.argv.slice(2);

for (const fixture of fixtures()) {
  if (wanted.length > 0 && !wanted.includes(basename(fixture))) continue;
  mkdirSync(join(fixture, 'expected'), { recursive: true });
  for (const [name, output] of await outputsOf(fixture)) {
    writeFileSync(join(fixture, 'expected', name), output);
  }
  console.log(basename(fixture));
}

if (wanted.length === 0 || wanted.includes('screens')) {
  mkdirSync(DIRECTORY, { recursive: true });
  for (const [name, text] of await screenPictures()) writeFileSync(join(DIRECTORY, name), text);
  writeFileSync('docs/keys.md', keysPage());
  console.log('screens');
}
