/** The Statistics view: labels, rate over time, talkers, losses. */
import type { Label } from '../../classify/record.ts';
import { showCount, showSize } from '../amounts.ts';
import { escapeText } from '../escape.ts';
import { BOLD, ROLE, type Style } from '../grid.ts';
import type { Messages } from '../messages/en.ts';
import type { Count, Statistics, Status } from '../model.ts';
import { widthOf } from '../width.ts';
import { LABEL_LETTERS } from '../wording.ts';
import { cell, EMPTY_LINE, type Line, labelRole, line, type Span, span, wrap } from './lines.ts';

const LABEL_ORDER: readonly Label[] = ['same-node', 'cross-node', 'external', 'host', 'unknown'];
const BAR_COLUMNS_MAX = 40;
const BAR_COLUMNS_MIN = 8;
const TALKERS_MAX = 12;

/** Lines of at most `columns`. */
export function statisticsLines(
  statistics: Statistics,
  status: Status | undefined,
  columns: number,
  messages: Messages,
): readonly Line[] {
  const table = tableFor(statistics, columns, messages);
  return [
    heading(messages.byLabel),
    ...labelLines(statistics, table, messages),
    EMPTY_LINE,
    ...rateLines(statistics, columns, messages),
    EMPTY_LINE,
    heading(messages.talkers),
    ...talkerLines(statistics, table, messages),
    EMPTY_LINE,
    heading(messages.byProtocol),
    ...countLines(statistics.protocols, ROLE.protocol, table),
    ...(statistics.tunnels.length > 0 ? [EMPTY_LINE, heading(messages.byTunnel)] : []),
    ...countLines(statistics.tunnels, ROLE.outer, table),
    EMPTY_LINE,
    heading(messages.losses),
    ...lossLines(statistics, status, columns, messages),
  ];
}

function heading(text: string): Line {
  return line(span(text, ROLE.heading));
}

/** A bar that is `part` of the widest, in half cells; what is not nothing is seen. */
function barOf(part: number, width: number): string {
  const halves = Math.round(Math.min(1, part) * width * 2);
  const shown = part > 0 ? Math.max(1, halves) : 0;
  return '\u2501'.repeat(shown >> 1) + (shown % 2 === 1 ? '\u2578' : '');
}

/** How names, figures and bars share a line: the same in every part, so that figures stand under each other. */
interface Table {
  readonly names: number;
  readonly figures: readonly Figure[];
  /** Columns of a bar; 0 = no room for one. */
  readonly bar: number;
}

interface Figure {
  readonly show: (count: Count) => string;
  readonly unit: string;
  readonly width: number;
}

const NAMES_MIN = 12;
const NAMES_MAX = 44;
/** Below this width nothing is left free that could hold a figure. */
const ROOMY = 64;

/** Names, conversations, packets, bytes; packets go first where there is no room, then conversations. */
function tableFor(statistics: Statistics, columns: number, messages: Messages): Table {
  const { labels, protocols, tunnels } = statistics;
  const talkers = statistics.talkers.slice(0, TALKERS_MAX);
  const counts = [...LABEL_ORDER.map((label) => labels[label]), ...talkers];
  counts.push(...protocols.slice(0, TALKERS_MAX), ...tunnels.slice(0, TALKERS_MAX));
  const gap = columns < ROOMY ? 1 : 3;
  const figure = (unit: string, show: Figure['show']): Figure => ({
    show,
    unit: unit === '' ? '' : ` ${unit}`,
    width: gap + Math.max(...counts.map((count) => show(count).length)),
  });
  const all = [
    figure(messages.conversationsShort, (count) => showCount(count.conversations)),
    figure(messages.packetsShort, (count) => showCount(count.packets)),
    figure('', (count) => showSize(count.bytes)),
  ] as const;
  const widthOfAll = (some: readonly Figure[]): number =>
    some.reduce((sum, { width, unit }) => sum + width + widthOf(unit), 0);
  const figures =
    [all, [all[0], all[2]], [all[2]]].find((some) => widthOfAll(some) + NAMES_MIN <= columns) ?? [];
  const wanted = Math.max(
    ...LABEL_ORDER.map((label) => 2 + widthOf(messages.labels[label])),
    ...talkers.map((one) => widthOf(talkerName(one))),
  );
  const room = columns - widthOfAll(figures);
  const names = Math.max(NAMES_MIN, Math.min(wanted, NAMES_MAX, room));
  const bar = Math.min(BAR_COLUMNS_MAX, room - names - 2);
  return { names, figures, bar: bar >= BAR_COLUMNS_MIN ? bar : 0 };
}

function talkerName({ name, address }: Statistics['talkers'][number]): string {
  return `${name === null || name === address ? '' : `${escapeText(name)} `}${escapeText(address)}`;
}

function briefName({ name, address }: Statistics['talkers'][number]): string {
  return escapeText(name ?? address);
}

function labelLines({ labels }: Statistics, table: Table, messages: Messages): Line[] {
  const most = Math.max(...LABEL_ORDER.map((label) => labels[label].bytes));
  return LABEL_ORDER.map((label) => {
    const style = labelRole(label);
    return line(
      span(`${LABEL_LETTERS[label]} `, style | BOLD),
      cell(messages.labels[label], table.names - 2, style),
      ...figureSpans(labels[label], most, style, table),
    );
  });
}

/** Figures and a bar for the bytes, as part of the most. */
function figureSpans(count: Count, most: number, style: Style, { figures, bar }: Table): Span[] {
  const spans = figures.flatMap(({ show, unit, width }) => [
    cell(show(count), width, ROLE.number, true),
    span(unit, ROLE.dim),
  ]);
  if (bar > 0) spans.push(span(`  ${barOf(count.bytes / Math.max(1, most), bar)}`, style));
  return spans;
}

function countLines(counts: Statistics['protocols'], style: Style, table: Table): Line[] {
  const most = Math.max(...counts.map(({ bytes }) => bytes));
  return counts
    .slice(0, TALKERS_MAX)
    .map((count) =>
      line(
        cell(escapeText(count.name), table.names, style),
        ...figureSpans(count, most, style, table),
      ),
    );
}

/** Frames and bytes over time, a character a slice of it. */
function rateLines({ rates }: Statistics, columns: number, messages: Messages): Line[] {
  const slices = rates.frames.length;
  if (slices === 0) return [heading(messages.rates), line(span(messages.nothingYet, ROLE.dim))];
  const labels = Math.max(widthOf(messages.framesRow), widthOf(messages.bytesRow)) + 2;
  const width = Math.max(8, Math.min(slices, columns - labels - 22));
  const seconds = slices * rates.width;
  const rows: [string, readonly number[], (rate: number) => string][] = [
    [messages.framesRow, rates.frames, (rate) => `${showCount(Math.round(rate))}/s`],
    [messages.bytesRow, rates.bytes, (rate) => `${showSize(rate)}/s`],
  ];
  return [
    line(span(messages.rates, ROLE.heading), span(`  ${messages.seconds(seconds)}`, ROLE.dim)),
    ...rows.map(([name, values, show]) => {
      const thin = resample(values, width);
      const perSlice = (rates.width * slices) / thin.length;
      const peak = Math.max(...thin);
      return line(
        cell(name, labels, ROLE.dim),
        span(sparkline(thin), ROLE.graph),
        span(`  ${messages.peak} `, ROLE.dim),
        span(show(perSlice > 0 ? peak / perSlice : 0), ROLE.number),
      );
    }),
  ];
}

/** The values summed into `width` slices of equal time. */
function resample(values: readonly number[], width: number): number[] {
  if (values.length <= width) return [...values];
  const slices = new Array<number>(width).fill(0);
  values.forEach((value, i) => {
    slices[Math.floor((i * width) / values.length)]! += value;
  });
  return slices;
}

function sparkline(values: readonly number[]): string {
  const most = Math.max(...values, 1);
  return values
    .map((value) => {
      if (value === 0) return ' ';
      return String.fromCharCode(0x2581 + Math.min(7, Math.floor((8 * value) / (most + 1e-9))));
    })
    .join('');
}

function talkerLines(
  { talkers, talkersLeftOut }: Statistics,
  table: Table,
  messages: Messages,
): Line[] {
  const shown = talkers.slice(0, TALKERS_MAX);
  const most = Math.max(...shown.map(({ bytes }) => bytes));
  const lines = shown.map((talker): Line => {
    const spans: Span[] = [
      cell(
        widthOf(talkerName(talker)) <= table.names ? talkerName(talker) : briefName(talker),
        table.names,
        talker.name === null ? ROLE.address : ROLE.name,
      ),
      ...figureSpans(talker, most, ROLE.graph, table),
    ];
    return { spans, target: { kind: 'filter', filter: `host ${talker.address}` } };
  });
  const more = talkers.length - shown.length + talkersLeftOut;
  if (more > 0) lines.push(line(span(messages.moreTalkers(more), ROLE.dim)));
  return lines;
}

function lossLines(
  { interfaces, retransmissions, resets, troubled }: Statistics,
  status: Status | undefined,
  columns: number,
  messages: Messages,
): Line[] {
  const drops = status?.captureDrops ?? -1;
  const { notTold } = messages;
  const names = [
    messages.drops,
    messages.retransmissions,
    messages.resets,
    messages.troubledConversations,
  ];
  const width = Math.max(...names.map(widthOf)) + 2;
  const value =
    drops < 0
      ? span(width + widthOf(notTold) <= columns ? notTold : '?', ROLE.dim)
      : span(showCount(drops), drops > 0 ? ROLE.error : ROLE.good);
  return [
    line(cell(messages.drops, width, ROLE.text), value),
    figureLine(messages.retransmissions, retransmissions, width),
    figureLine(messages.resets, resets, width),
    figureLine(messages.troubledConversations, troubled, width),
    ...(status?.bounds ?? []).flatMap((bound) =>
      wrap(escapeText(messages.say(bound)), columns).map((part) => line(span(part, ROLE.warning))),
    ),
    EMPTY_LINE,
    heading(messages.interfaces),
    ...interfaceLines(interfaces, columns, messages),
  ];
}

/** Frames, bytes and losses by interface; bytes go where there is no room for all. */
function interfaceLines(
  interfaces: Statistics['interfaces'],
  columns: number,
  messages: Messages,
): Line[] {
  const gap = columns < ROOMY ? 1 : 3;
  const widest = (texts: readonly string[]): number => Math.max(0, ...texts.map(widthOf));
  const places = interfaces.map((one) => {
    const device = one.interface ?? one.file.slice(one.file.lastIndexOf('/') + 1);
    return `${one.node === null ? '' : `${escapeText(one.node)} `}${escapeText(device)}`;
  });
  const losses = interfaces.map(({ dropped }) =>
    dropped < 0 ? '' : `  ${messages.dropped(dropped)}`,
  );
  const frames = gap + widest(interfaces.map((one) => showCount(one.frames)));
  const bytes = gap + widest(interfaces.map((one) => showSize(one.bytes)));
  const needed = frames + 1 + widthOf(messages.framesShort) + widest(losses);
  const hasBytes = NAMES_MIN + needed + bytes <= columns;
  const room = columns - needed - (hasBytes ? bytes : 0);
  const names = Math.max(NAMES_MIN, Math.min(widest(places), NAMES_MAX, room));
  return interfaces.map((one, i) =>
    line(
      cell(places[i]!, names, ROLE.name),
      cell(showCount(one.frames), frames, ROLE.number, true),
      span(` ${messages.framesShort}`, ROLE.dim),
      ...(hasBytes ? [cell(showSize(one.bytes), bytes, ROLE.number, true)] : []),
      span(losses[i]!, one.dropped > 0 ? ROLE.error : ROLE.dim),
    ),
  );
}

function figureLine(name: string, count: number, width: number): Line {
  return line(
    cell(name, width, ROLE.text),
    span(showCount(count), count > 0 ? ROLE.warning : ROLE.good),
  );
}
