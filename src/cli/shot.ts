/** `netlens shot`: a picture of what captures show. */
import { isatty } from 'node:tty';
import { showLedger } from '../view/ledger-text.ts';
import { Output, say } from '../view/output.ts';
import type { PictureFormat } from '../view/picture/formats.ts';
import { wantsColor } from './conversations.ts';
import { asksDiagram } from './diagram-options.ts';
import { EXIT_DONE, EXIT_FAILED, UsageError } from './errors.ts';
import { inputsOf } from './inputs.ts';
import { putFile } from './put-file.ts';
import { parseShot } from './shot-options.ts';

const STDOUT = 1;
const STDERR = 2;

/** Run the command; yields the exit code. */
export async function runShot(argv: readonly string[]): Promise<number> {
  if (asksDiagram(argv)) return (await import('./diagram.ts')).runDiagram(argv);
  const options = parseShot(argv);
  if (options === undefined) return EXIT_DONE;
  const { filterWords, knowledge, output, request, words } = options;
  const { files, filterText, nodes } = await inputsOf({ words, files: [], filterWords });
  if (files.includes('-')) {
    throw new UsageError(
      'shot: a picture names its capture by SHA-256, so save the pipe to a file first',
    );
  }
  if (filterText !== '') {
    const { compileFilter } = await import('../filter/filter.ts');
    compileFilter(filterText); // a wrong one ends here, with the place
  }
  const { makePicture } = await import('./picture.ts');
  const format = options.format ?? usualFormat();
  const inputs = { files, nodes, knowledge };
  const { bytes, ledger } = await makePicture(inputs, { ...request, filter: filterText }, format);
  await putFile(output, bytes);
  if (ledger.damage.length === 0) return EXIT_DONE;
  await say(new Output(STDERR), showLedger(ledger));
  return EXIT_FAILED;
}

/** To a terminal with colours, or as plain text. */
function usualFormat(): PictureFormat {
  return isatty(STDOUT) && wantsColor('auto') ? 'ans' : 'txt';
}
