/** The conversations of a fixture's capture of all interfaces, from that capture alone. */
import { join } from 'node:path';
import type { ConversationRecord } from '../../src/classify/record.ts';
import { recordsOf } from '../truth/score.ts';

const read = new Map<string, Promise<ConversationRecord[]>>();

/** Records by number, as when read in the fixture's own directory; each fixture is read once. */
export function recordsOfFixture(directory: string): Promise<ConversationRecord[]> {
  let records = read.get(directory);
  if (records === undefined) {
    records = readRecords(directory);
    read.set(directory, records);
  }
  return records;
}

/** Nodes that nothing names go by their file's path, too. */
async function readRecords(directory: string): Promise<ConversationRecord[]> {
  const json = JSON.stringify(await recordsOf([join(directory, 'any.pcapng')], []));
  return JSON.parse(json.replaceAll(`${directory}/`, '')) as ConversationRecord[];
}
