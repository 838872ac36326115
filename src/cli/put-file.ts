/** A finished file, whole in memory, as a command writes it. */
import { closeSync } from 'node:fs';
import { escapeText } from '../view/escape.ts';
import { openOutput } from '../view/open-output.ts';
import { Output, say } from '../view/output.ts';

const STDOUT = 1;
const STDERR = 2;

/** Into the file, whose name is then said, or to standard output. Rejects with what prevented it. */
export async function putFile(
  file: string | undefined,
  content: string | Uint8Array,
): Promise<void> {
  const out = new Output(file === undefined ? STDOUT : await openOutput(file));
  await out.write(typeof content === 'string' ? new TextEncoder().encode(content) : content);
  await out.flush();
  if (file !== undefined) closeSync(out.fd);
  if (out.error !== undefined) throw out.error;
  if (file !== undefined) await say(new Output(STDERR), `${escapeText(file)}\n`);
}
