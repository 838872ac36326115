/** A record read back from a picture, which anybody may have written: checked before anything is made of it. */
import { z } from 'zod';
import { LANGUAGES } from '../../words/language-names.ts';
import { THEME_NAMES } from '../theme-names.ts';
import { PICTURE_SCHEMA, type PictureRecord } from './record.ts';
import {
  COLUMNS_MAX,
  COLUMNS_MIN,
  NOTES_MAX,
  PICTURE_VIEWS,
  ROWS_MAX,
  ROWS_MIN,
  SCALE_MAX,
  SORTS,
  TEXT_MAX,
} from './request.ts';

const FILES_MAX = 1000;
const FILTER_MAX = 65_536;

const text = z.string().max(TEXT_MAX);
const number = z.int().min(1);
const digest = { name: z.string().max(4096), sha256: z.string().regex(/^[0-9a-f]{64}$/) };
/** JSON leaves out what is undefined. */
const optional = number.optional().transform((value) => value);

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

const request = z.object({
  view: z.enum(PICTURE_VIEWS),
  filter: z.string().max(FILTER_MAX),
  conversation: optional,
  packet: optional,
  from: number,
  sort: z.enum(SORTS),
  descending: z.boolean(),
  columns: z.int().min(COLUMNS_MIN).max(COLUMNS_MAX),
  rows: z.int().min(ROWS_MIN).max(ROWS_MAX).optional(),
  theme: z.enum(THEME_NAMES),
  language: z.enum(LANGUAGES),
  names: z.boolean(),
  scale: z.number().min(0.5).max(SCALE_MAX),
  timeZone: z.string().max(100).refine(isTimeZone, 'not a time zone'),
  title: text,
  tag: text,
  marks: z.array(z.object({ number, note: text })).max(NOTES_MAX),
});

const record = z.object({
  schema: z.literal(PICTURE_SCHEMA),
  version: text,
  captures: z.array(z.object({ ...digest, node: text.nullable() })).max(FILES_MAX),
  knowledge: z.array(z.object({ ...digest, option: text })).max(FILES_MAX),
  skew: z.array(z.string().max(4096)).max(FILES_MAX),
  request: request.nullable(),
});

/** The record of its JSON, or what is wrong with it. */
export function parseRecord(json: string): PictureRecord | string {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    return 'its record is not JSON';
  }
  const { data, error } = record.safeParse(value);
  if (data === undefined) {
    const [issue] = error.issues;
    return `its record is none of ours: ${issue!.path.join('.')}: ${issue!.message}`;
  }
  const { request: asked } = data;
  if (asked === null) return { ...data, request: null };
  const { conversation, packet, rows } = asked;
  return { ...data, request: { ...asked, conversation, packet, rows } };
}
