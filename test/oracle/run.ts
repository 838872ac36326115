/** `npm run oracle -- FILE...`: compare captures of your own with tshark, field by field. */
import path from 'node:path';
import { capturesIn, survey, tell } from './survey.ts';

const paths = process.argv.slice(2);
const captures = paths.flatMap((file) => {
  const below = capturesIn(file, '');
  return below.length > 0 ? below : [{ file, name: path.basename(file) }];
});
const result = await survey(captures);
console.log(tell(result, Number(process.env.EXAMPLES ?? 3)));
process.exitCode = result.unexplained === 0 ? 0 : 1;
