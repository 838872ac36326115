/** What stands below a picture: the captures, what is shown of how much, what was left out. */
import { createHash } from 'node:crypto';
import type { LanguageName } from '../../words/language-names.ts';
import { countOf, showCount } from '../amounts.ts';
import type { Status } from '../model.ts';
import type { PictureRecord } from './record.ts';
import type { PictureRequest } from './request.ts';
import type { ScreenShot } from './screen.ts';

/** More captures than this are named together. */
const CAPTURES_NAMED_MAX = 4;

interface Words {
  readonly packet: (number: number) => string;
  readonly conversation: (number: number) => string;
  readonly shown: Readonly<Record<ScreenShot['rowsAre'], string>>;
  readonly rows: (what: string, rows: string, total: string) => string;
  readonly none: string;
  readonly frames: (count: number) => string;
  readonly filter: (text: string) => string;
  readonly drops: (count: string) => string;
  readonly untold: string;
  readonly knowledge: (files: string) => string;
  readonly times: (zone: string) => string;
  readonly tag: (tag: string) => string;
  readonly captures: (count: number, digest: string) => string;
}

const WORDS: Readonly<Record<LanguageName, Words>> = {
  en: {
    packet: (number) => `packet ${number}`,
    conversation: (number) => `conversation ${number}`,
    shown: { conversations: 'conversations', packets: 'packets', lines: 'lines' },
    rows: (what, rows, total) => `shown: ${what} ${rows} of ${total}`,
    none: 'none',
    frames: (count) => countOf(count, 'frame'),
    filter: (text) => `filter: ${text}`,
    drops: (count) => `drops: ${count}`,
    untold: 'not told',
    knowledge: (files) => `with ${files}`,
    times: (zone) => `times: ${zone}`,
    tag: (tag) => `tag: ${tag}`,
    captures: (count, digest) => `${count} captures, sha256 of their sha256sum ${digest}`,
  },
  ko: {
    packet: (number) => `패킷 ${number}`,
    conversation: (number) => `대화 ${number}`,
    shown: { conversations: '대화', packets: '패킷', lines: '줄' },
    rows: (what, rows, total) => `표시: ${what} ${rows} / ${total}`,
    none: '없음',
    frames: (count) => `프레임 ${showCount(count)}개`,
    filter: (text) => `필터: ${text}`,
    drops: (count) => `손실: ${count}`,
    untold: '알 수 없음',
    knowledge: (files) => `함께 읽음: ${files}`,
    times: (zone) => `시간대: ${zone}`,
    tag: (tag) => `태그: ${tag}`,
    captures: (count, digest) => `캡처 ${count}개, sha256sum 출력의 sha256 ${digest}`,
  },
};

/** Facts in the order they are told. */
export function footerOf(
  { captures, knowledge, version: made }: PictureRecord,
  { filter, language, tag, timeZone }: PictureRequest,
  shot: ScreenShot,
  status: Status,
): string[] {
  const words = WORDS[language];
  const facts = digestFacts(captures, words);
  if (shot.of !== undefined) {
    const { of } = shot;
    facts.push('packet' in of ? words.packet(of.packet) : words.conversation(of.conversation));
  }
  facts.push(...shownFacts(shot, words), ...runFacts(status, filter, words));
  if (knowledge.length > 0) {
    const files = knowledge.map(({ name, option }) => `${option} ${name}`).join(', ');
    facts.push(words.knowledge(files));
  }
  facts.push(words.times(timeZone), `netlens ${made}`);
  if (tag !== '') facts.push(words.tag(tag));
  return facts;
}

/** Below a screen of the terminal UI. */
export function screenFooter(
  { captures, version: made }: PictureRecord,
  { filter, language }: Pick<PictureRequest, 'filter' | 'language'>,
  status: Status,
): string[] {
  const words = WORDS[language];
  return [...digestFacts(captures, words), ...runFacts(status, filter, words), `netlens ${made}`];
}

/** Of a text only where a part of it is shown. */
function shownFacts({ from, rowsAre, to, total }: ScreenShot, words: Words): string[] {
  if (rowsAre === 'lines' && from === 0 && to === total) return [];
  const rows = total === 0 ? words.none : `${showCount(from + 1)}-${showCount(to)}`;
  return [words.rows(words.shown[rowsAre], rows, showCount(total))];
}

function runFacts({ captureDrops, frames }: Status, filter: string, words: Words): string[] {
  return [
    words.frames(frames),
    words.filter(filter === '' ? words.none : filter),
    words.drops(captureDrops < 0 ? words.untold : showCount(captureDrops)),
  ];
}

function digestFacts(captures: PictureRecord['captures'], words: Words): string[] {
  if (captures.length <= CAPTURES_NAMED_MAX) {
    return captures.map(({ name, sha256 }) => `${name} sha256 ${sha256}`);
  }
  // as `sha256sum FILES | sha256sum` prints it
  const lines = captures.map(({ name, sha256 }) => `${sha256}  ${name}\n`).join('');
  return [words.captures(captures.length, createHash('sha256').update(lines).digest('hex'))];
}
