/** A picture made of captures: what `netlens shot` writes and `netlens verify` makes again. */
import { closeSync, openSync, writeFileSync } from 'node:fs';
import type { Ledger } from '../classify/record.ts';
import { openEngine } from '../engine/open.ts';
import { WriteError } from '../view/capture-writer-contents.ts';
import type { Grid } from '../view/grid.ts';
import type { Status } from '../view/model.ts';
import { openOutput, outputFault } from '../view/open-output.ts';
import { compose } from '../view/picture/compose.ts';
import { footerOf, screenFooter } from '../view/picture/footer.ts';
import { formatOfName, PICTURE_EXTENSIONS, type PictureFormat } from '../view/picture/formats.ts';
import { paint } from '../view/picture/paint.ts';
import type { PictureRecord } from '../view/picture/record.ts';
import type { PictureRequest } from '../view/picture/request.ts';
import { PictureError, type ScreenShot, takeScreen } from '../view/picture/screen.ts';
import type { UiState } from '../view/screens/state.ts';
import { loadKnowledge } from './knowledge.ts';
import { type PictureInputs, recordOf } from './picture-record.ts';

export interface MadePicture {
  readonly bytes: Uint8Array;
  readonly record: PictureRecord;
  readonly ledger: Ledger;
}

/** Pixels of a PNG for each unit, of a screen. */
const SCREEN_SCALE = 2;
/** Read the captures, show what the request asks for, paint it. Rejects with PictureError or a CaptureError. */
export async function makePicture(
  inputs: PictureInputs,
  request: PictureRequest,
  format: PictureFormat,
): Promise<MadePicture> {
  process.env.TZ = request.timeZone;
  const record = await recordOf(inputs, request);
  const { files, nodes } = inputs;
  const knowledge = await loadKnowledge(inputs.knowledge, files);
  const engine = await openEngine({ kind: 'files', files, nodes, knowledge });
  try {
    await engine.settled();
    const shot = await takeScreen(engine, request);
    const status = await engine.status();
    const grid = compose({
      screen: shot.grid,
      title: request.title,
      marks: request.marks.map((mark) => ({ ...mark, row: rowOf(shot, mark.number) })),
      footer: footerOf(record, request, shot, status),
    });
    const title = titleOf(request, record);
    const bytes = await paint(grid, format, { ...request, title, record });
    return { bytes, record, ledger: status.ledger };
  } finally {
    await engine.close();
  }
}

/**
 * Write a picture of a screen of the terminal UI, in the format that the file's name tells; a file that is
 * there is left alone. Yields the name. Rejects with PictureError, or with what prevented the writing.
 */
export async function pictureScreen(
  inputs: PictureInputs,
  file: string,
  grid: Grid,
  { filter, language, theme, view }: Pick<UiState, 'filter' | 'language' | 'theme' | 'view'>,
  { status, replaces }: { readonly status: Status; readonly replaces: boolean },
): Promise<string> {
  const format = formatOfName(file);
  if (format === undefined) {
    throw new WriteError(file, { code: 'picture-of-no-format', endings: PICTURE_EXTENSIONS });
  }
  const record = await recordOf(inputs, null);
  const footer = screenFooter(record, { filter, language }, status);
  const whole = compose({ screen: grid, title: '', marks: [], footer });
  const title = `netlens ${view}`;
  const look = { theme, language, title, record, scale: SCREEN_SCALE };
  const bytes = await paint(whole, format, look);
  try {
    const fd = replaces ? await openOutput(file) : openSync(file, 'wx');
    try {
      writeFileSync(fd, bytes);
    } finally {
      closeSync(fd);
    }
  } catch (error) {
    if (error instanceof WriteError) throw error;
    const fault = error as NodeJS.ErrnoException;
    const isThere = fault.code === 'EEXIST';
    throw new WriteError(file, isThere ? { code: 'output-exists' } : outputFault(fault));
  }
  return file;
}

function rowOf(shot: ScreenShot, number: number): number {
  const row = shot.rowOf(number);
  if (row >= 0) return row;
  const { from, rowsAre, to, total } = shot;
  const shown = total === 0 ? 'none is shown' : `rows ${from + 1} to ${to} of ${total} are shown`;
  throw new PictureError(`--mark ${number}: not among the ${rowsAre} shown (${shown}; see --from)`);
}

/** What the file's own title says. */
function titleOf({ title, view }: PictureRequest, { captures }: PictureRecord): string {
  if (title !== '') return title;
  const [first] = captures;
  const more = captures.length > 1 ? ` and ${captures.length - 1} more` : '';
  return `netlens ${view}: ${first!.name}${more}`;
}
