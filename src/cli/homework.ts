/** A homework sheet from captures: conversations, then the frames that the sheet asks for, then the page. */
import type { Conversations } from '../classify/conversations.ts';
import type { ConversationRecord } from '../classify/record.ts';
import { openCaptures } from '../source/open.ts';
import { podDensity } from '../topology/pod-density.ts';
import type { DiagramOptions } from '../view/diagram/journey-svg.ts';
import { type FilledSheet, filled, requestsOf } from '../view/homework/filled-sheet.ts';
import {
  type Material,
  type Preset,
  type Row,
  type RowRequest,
  sheetOf,
} from '../view/homework/sheet.ts';
import { SHEET_WORDS } from '../view/homework/sheet-words.ts';
import { frameRows } from './frame-rows.ts';
import { type KnowledgeOptions, loadKnowledge } from './knowledge.ts';
import { type CaptureFiles, type Learned, readWhole } from './learn.ts';

/** Conversations that presets look through. */
const RECORDS_MAX = 50_000;

export interface MadeSheet {
  readonly sheet: FilledSheet;
  readonly learned: Learned;
  /** What to say of the sheet's own bounds. */
  readonly notes: readonly string[];
}

/** Read the captures twice and fill the preset's sheet. */
export async function makeSheet(
  preset: Preset,
  captures: CaptureFiles,
  knowledgeOptions: KnowledgeOptions,
  { language }: Pick<DiagramOptions, 'language'>,
  signal: AbortSignal,
): Promise<MadeSheet> {
  const knowledge = await loadKnowledge(knowledgeOptions, captures.files);
  const learned = await readWhole(captures, knowledge, signal);
  const { conversations, recordOf } = learned;
  const records: ConversationRecord[] = [];
  for (let c = 0; c < Math.min(conversations.count, RECORDS_MAX); c++) {
    records.push(recordOf(c));
  }
  const listed = knowledge.facts?.find(({ pods }) => pods.length > 0);
  const density = listed === undefined ? undefined : podDensity(listed, {});
  const material: Material = {
    records,
    total: conversations.count,
    topology: conversations.run.topology,
    density,
  };
  const sheet = sheetOf(preset, material, language);
  const requests = requestsOf(sheet);
  const rows = await rowsOf(requests, captures, conversations, signal);
  const notes =
    records.length < conversations.count
      ? [SHEET_WORDS[language].bounded(records.length, conversations.count)]
      : [];
  return { sheet: filled(sheet, rows), learned, notes };
}

/** A second read, where frames are asked for. */
async function rowsOf(
  requests: readonly RowRequest[],
  { files, nodes }: CaptureFiles,
  conversations: Conversations,
  signal: AbortSignal,
): Promise<Row[][]> {
  if (requests.length === 0 || files.length === 0) return requests.map(() => []);
  const source = await openCaptures(files, { nodes, signal });
  return frameRows(source, requests, conversations, signal);
}
