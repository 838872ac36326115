/**
 * The report: one HTML file that needs nothing else. Its policy lets no script or style run but the two
 * whose digests it names, and lets nothing be loaded (Content Security Policy Level 3).
 */
import { createHash } from 'node:crypto';
import type { ConversationRecord, Ledger } from '../../classify/record.ts';
import type { ClusterModel } from '../diagram/cluster-model.ts';
import { journeySvg } from '../diagram/journey-svg.ts';
import { topologySvg } from '../diagram/topology-svg.ts';
import { DIAGRAM_WORDS, type Language } from '../diagram/words.ts';
import { showLedger } from '../ledger-text.ts';
import { messagesIn } from '../messages/language.ts';
import {
  hasPorts,
  showApplication,
  showEnd,
  showNat,
  showPurpose,
  showServiceName,
  showTrouble,
  showTunnels,
} from '../wording.ts';
import { type Html, lines, picture, raw, shown, tag, text } from './html.ts';
import { REPORT_SCRIPT } from './report-script.ts';
import { PAGE_PALETTE, REPORT_STYLE } from './report-style.ts';
import { COLUMNS, type Column, REPORT_WORDS, type ReportWords } from './report-words.ts';

/** Conversations that a page holds, and those whose journeys it draws. */
export const ROWS_MAX = 5000;
export const JOURNEYS_MAX = 200;

export interface ReportContent {
  /** At most ROWS_MAX. */
  readonly records: readonly ConversationRecord[];
  /** Conversations that were chosen, of which `records` are the first. */
  readonly total: number;
  readonly cluster: ClusterModel;
  readonly ledger: Ledger;
  /** Lines that say where it comes from. */
  readonly footer: readonly string[];
  readonly title: string | undefined;
  readonly language: Language;
}

const NUMBERS: ReadonlySet<Column> = new Set(['id', 'packets', 'bytes', 'rtt']);

export function reportHtml(content: ReportContent): string {
  const words = REPORT_WORDS[content.language];
  const title = content.title ?? words.title;
  const head = tag(
    'head',
    {},
    lines([
      tag('meta', { charset: 'utf-8' }),
      tag('meta', { 'http-equiv': 'Content-Security-Policy', content: policy() }),
      tag('meta', { name: 'viewport', content: 'width=device-width, initial-scale=1' }),
      tag('meta', { name: 'referrer', content: 'no-referrer' }),
      tag('title', {}, text(title)),
      raw('style', REPORT_STYLE),
    ]),
  );
  const body = tag(
    'body',
    {},
    lines([
      tag('a', { class: 'skip', href: '#conversations' }, text(words.toTable)),
      tag('header', {}, tag('h1', {}, text(title)), ...content.footer.map(dimLine)),
      tag('main', {}, lines(sections(content, words))),
      raw('script', REPORT_SCRIPT),
    ]),
  );
  const page = tag('html', { lang: content.language }, head, body);
  return `<!doctype html>\n${page}\n`;
}

function policy(): string {
  const hash = (source: string): string =>
    `'sha256-${createHash('sha256').update(source).digest('base64')}'`;
  return [
    "default-src 'none'",
    `script-src ${hash(REPORT_SCRIPT)}`,
    `style-src ${hash(REPORT_STYLE)}`,
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
}

function dimLine(line: string): Html {
  return tag('div', { class: 'dim' }, text(line));
}

function sections(content: ReportContent, words: ReportWords): Html[] {
  const drawn = drawnJourneys(content.records);
  return [
    tag('h2', {}, text(words.conversations)),
    ...(content.records.length < content.total
      ? [
          tag(
            'p',
            { class: 'trouble' },
            text(words.rowsBounded(content.records.length, content.total)),
          ),
        ]
      : []),
    searchBar(words),
    table(content.records, words),
    tag('h2', {}, text(words.topology)),
    figure(
      topologySvg(content.cluster, {
        language: content.language,
        theme: 'light',
        palette: PAGE_PALETTE,
      }),
    ),
    tag('h2', {}, text(words.journeys)),
    ...(drawn.size < content.records.length
      ? [
          tag(
            'p',
            { class: 'dim' },
            text(words.journeysBounded(drawn.size, content.records.length)),
          ),
        ]
      : []),
    ...content.records.map((record) => details(record, drawn.has(record), content, words)),
    tag('h2', {}, text(words.ledger)),
    tag('pre', {}, shown(showLedger(content.ledger))),
  ];
}

/** The records whose journeys are drawn: all, or those seen at most places. */
function drawnJourneys(records: readonly ConversationRecord[]): Set<ConversationRecord> {
  if (records.length <= JOURNEYS_MAX) return new Set(records);
  const sorted = [...records].sort((a, b) => b.hops.length - a.hops.length || a.id - b.id);
  return new Set(sorted.slice(0, JOURNEYS_MAX));
}

function searchBar(words: ReportWords): Html {
  return tag(
    'div',
    { class: 'bar', role: 'search' },
    tag('label', {}, text(`${words.search} `), tag('input', { type: 'search', id: 'search' })),
    tag(
      'span',
      {},
      text(`${words.shown}: `),
      tag('output', { id: 'shown', 'aria-live': 'polite' }),
    ),
    tag('button', { type: 'button', id: 'theme' }, text(words.theme)),
  );
}

function table(records: readonly ConversationRecord[], words: ReportWords): Html {
  const heads = COLUMNS.map((column) =>
    tag(
      'th',
      { scope: 'col', class: NUMBERS.has(column) ? 'number' : undefined },
      tag('button', { type: 'button' }, text(words.columns[column])),
    ),
  );
  return tag(
    'div',
    { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': words.conversations },
    tag(
      'table',
      { id: 'conversations' },
      tag('thead', {}, tag('tr', {}, ...heads)),
      tag('tbody', {}, lines(records.map(row))),
    ),
  );
}

function row(record: ConversationRecord): Html {
  const ports = hasPorts(record);
  const { id, label, tcp, service, application } = record;
  const packets = record.packets.toServer + record.packets.toClient;
  const bytes = record.bytes.toServer + record.bytes.toClient;
  const rtt = tcp?.handshakeRttUs ?? null;
  const cells: Record<Column, Html> = {
    id: tag(
      'td',
      { class: 'number', 'data-v': id },
      tag('a', { href: `#c${id}` }, text(String(id))),
    ),
    label: tag('td', {}, tag('span', { class: `label ${label}` }, text(label))),
    protocol: tag('td', {}, text(record.protocol)),
    client: tag('td', { class: 'address' }, shown(showEnd(record.client, ports))),
    server: tag('td', { class: 'address' }, shown(showEnd(record.server, ports))),
    tunnel: tag('td', {}, shown(showTunnels(record))),
    nat: tag('td', {}, text(showNat(record))),
    service: tag('td', {}, shown(service === null ? '' : showServiceName(service))),
    application: tag(
      'td',
      { class: 'wide' },
      shown(application === null ? showPurpose(record) : showApplication(application)),
    ),
    packets: tag('td', { class: 'number', 'data-v': packets }, text(String(packets))),
    bytes: tag('td', { class: 'number', 'data-v': bytes }, text(String(bytes))),
    rtt: tag('td', { class: 'number', 'data-v': rtt ?? -1 }, text(rtt === null ? '' : String(rtt))),
    start: tag(
      'td',
      { class: 'address', 'data-v': record.start, title: record.start },
      text(record.start.slice(11, 26)),
    ),
    trouble: tag('td', { class: 'trouble' }, text(showTrouble(record))),
  };
  return tag('tr', {}, ...COLUMNS.map((column) => cells[column]));
}

function details(
  record: ConversationRecord,
  isDrawn: boolean,
  { language }: ReportContent,
  words: ReportWords,
): Html {
  const ports = hasPorts(record);
  const ends = `${showEnd(record.client, ports)} → ${showEnd(record.server, ports)}`;
  const journey = isDrawn
    ? figure(journeySvg(record, { language, theme: 'light', palette: PAGE_PALETTE }))
    : tag('p', { class: 'dim' }, text(words.notDrawn));
  const diagram = DIAGRAM_WORDS[language];
  const { confidence } = messagesIn(language);
  return tag(
    'details',
    { id: `c${record.id}` },
    tag(
      'summary',
      {},
      shown(`#${record.id} `),
      tag('span', { class: `label ${record.label}` }, text(record.label)),
      shown(` ${record.protocol} ${ends}`),
    ),
    tag(
      'div',
      {},
      journey,
      ...list(
        words.why,
        record.evidence.map((one) => `${confidence[one.confidence]}: ${diagram.say(one.sentence)}`),
      ),
      ...list(
        words.troubles,
        record.troubles.map((one) => diagram.say(one.sentence)),
      ),
      ...list(words.notSeen, record.unseen.map(diagram.say)),
    ),
  );
}

function list(heading: string, items: readonly string[]): Html[] {
  if (items.length === 0) return [];
  return [
    tag('strong', {}, text(heading)),
    tag('ul', {}, ...items.map((item) => tag('li', {}, text(item)))),
  ];
}

function figure(svg: string): Html {
  return tag('div', { class: 'figure', tabindex: 0 }, picture(svg.trimEnd()));
}
