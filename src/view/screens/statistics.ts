/** The Statistics view: labels, rate over time, talkers, losses. */
import type { Label } from '../../classify/record.ts';
import { showCount, showSize } from '../amounts.ts';
import { escapeText } from '../escape.ts';
import { BOLD, ROLE, type Style } from '../grid.ts';
import type { Messages } from '../messages/en.ts';
import type { Count, Statistics, Status } from '../model.ts';
import { widthOf } from '../width.ts';
import { LABEL_LETTERS } from '../wording.ts';
import { cell, EMPTY_LINE, type Line, labelRole, line, type Span, span } from './lines.ts';

const LABEL_ORDER: readonly Label[] = ['same-node', 'cross-node', 'external', 'host', 'unknown'];
const BAR_COLUMNS_MAX = 40;
const TALKERS_MAX = 12;

/** Lines of at most `columns`. */
export function statisticsLines(
  statistics: Statistics,
  status: Status | undefined,
  columns: number,
  messages: Messages,
): readonly Line[] {
  const names = nameColumns(statistics, columns, messages);
  return [
    heading(messages.byLabel),
    ...labelLines(statistics, names, columns, messages),
    EMPTY_LINE,
    ...rateLines(statistics, columns, messages),
    EMPTY_LINE,
    heading(messages.talkers),
    ...talkerLines(statistics, names, columns, messages),
    EMPTY_LINE,
    heading(messages.byProtocol),
    ...countLines(statistics.protocols, ROLE.protocol, names, columns, messages),
    ...(statistics.tunnels.length > 0 ? [EMPTY_LINE, heading(messages.byTunnel)] : []),
    ...countLines(statistics.tunnels, ROLE.outer, names, columns, messages),
    EMPTY_LINE,
    heading(messages.losses),
    ...lossLines(statistics, status, columns, messages),
  ];
}

function heading(text: string): Line {
  return line(span(text, ROLE.heading));
}

/** A bar that is `part` of the widest, in half cells; what is not nothing is seen. */
function bar(part: number, width: number): string {
  const halves = Math.round(Math.min(1, part) * width * 2);
  const shown = part > 0 ? Math.max(1, halves) : 0;
  return '\u2501'.repeat(shown >> 1) + (shown % 2 === 1 ? '\u2578' : '');
}

/** Columns for what figures stand beside, the same in every part: figures stand under each other. */
function nameColumns(statistics: Statistics, columns: number, messages: Messages): number {
  const wanted = Math.max(
    ...LABEL_ORDER.map((label) => 2 + widthOf(messages.labels[label])),
    ...statistics.talkers.slice(0, TALKERS_MAX).map((one) => widthOf(talkerName(one))),
  );
  return Math.max(12, Math.min(wanted + 2, 44, columns - FIGURES));
}

function talkerName({ name, address }: Statistics['talkers'][number]): string {
  return `${name === null || name === address ? '' : `${escapeText(name)} `}${escapeText(address)}`;
}

function labelLines(
  { labels }: Statistics,
  names: number,
  columns: number,
  messages: Messages,
): Line[] {
  const most = Math.max(...LABEL_ORDER.map((label) => labels[label].bytes), 1);
  const room = Math.min(BAR_COLUMNS_MAX, columns - names - FIGURES - 2);
  return LABEL_ORDER.map((label) => {
    const style = labelRole(label);
    const spans = [
      span(`${LABEL_LETTERS[label]} `, style | BOLD),
      cell(messages.labels[label], names - 2, style),
      ...figures(labels[label], messages),
    ];
    if (room >= 8) spans.push(span(` ${bar(labels[label].bytes / most, room)}`, style));
    return line(...spans);
  });
}

const COUNT_COLUMNS = 12;
/** Conversations, packets, bytes. */
const FIGURES = 2 * COUNT_COLUMNS + 10 + 8;

function figures(count: Count, messages: Messages): Span[] {
  return [
    cell(showCount(count.conversations), 8, ROLE.number, true),
    span(` ${messages.conversationsShort}`, ROLE.dim),
    cell(showCount(count.packets), COUNT_COLUMNS, ROLE.number, true),
    span(` ${messages.packetsShort}`, ROLE.dim),
    cell(showSize(count.bytes), 10, ROLE.number, true),
  ];
}

function countLines(
  counts: Statistics['protocols'],
  style: Style,
  names: number,
  columns: number,
  messages: Messages,
): Line[] {
  const most = Math.max(1, ...counts.map(({ bytes }) => bytes));
  const room = Math.min(BAR_COLUMNS_MAX, columns - names - FIGURES - 2);
  return counts.slice(0, TALKERS_MAX).map((count) => {
    const spans = [cell(escapeText(count.name), names, style), ...figures(count, messages)];
    if (room >= 8) spans.push(span(` ${bar(count.bytes / most, room)}`, style));
    return line(...spans);
  });
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
  names: number,
  columns: number,
  messages: Messages,
): Line[] {
  const shown = talkers.slice(0, TALKERS_MAX);
  const most = Math.max(1, ...shown.map(({ bytes }) => bytes));
  const room = Math.min(BAR_COLUMNS_MAX, columns - names - FIGURES - 2);
  const lines = shown.map((talker): Line => {
    const spans: Span[] = [
      cell(talkerName(talker), names, talker.name === null ? ROLE.address : ROLE.name),
      ...figures(talker, messages),
    ];
    if (room >= 8) spans.push(span(` ${bar(talker.bytes / most, room)}`, ROLE.graph));
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
  const lines = [
    line(
      cell(messages.drops, 28, ROLE.text),
      drops < 0
        ? span(messages.notTold, ROLE.dim)
        : span(showCount(drops), drops > 0 ? ROLE.error : ROLE.good),
    ),
    figureLine(messages.retransmissions, retransmissions),
    figureLine(messages.resets, resets),
    figureLine(messages.troubledConversations, troubled),
    ...(status?.bounds ?? []).map((text) => line(span(escapeText(text), ROLE.warning))),
  ];
  const places = interfaces.map((one) => {
    const device = one.interface ?? one.file.slice(one.file.lastIndexOf('/') + 1);
    return `${one.node === null ? '' : `${escapeText(one.node)} `}${escapeText(device)}`;
  });
  const width = Math.min(40, Math.max(12, ...places.map(widthOf)), columns >> 1) + 2;
  lines.push(EMPTY_LINE, heading(messages.interfaces));
  interfaces.forEach((one, i) => {
    lines.push(
      line(
        cell(places[i]!, width, ROLE.name),
        cell(showCount(one.frames), COUNT_COLUMNS, ROLE.number, true),
        span(` ${messages.framesShort}`, ROLE.dim),
        cell(showSize(one.bytes), 10, ROLE.number, true),
        one.dropped > 0
          ? span(`  ${messages.dropped(one.dropped)}`, ROLE.error)
          : span(one.dropped === 0 ? `  ${messages.dropped(0)}` : '', ROLE.dim),
      ),
    );
  });
  return lines;
}

function figureLine(name: string, count: number): Line {
  return line(
    cell(name, 28, ROLE.text),
    span(showCount(count), count > 0 ? ROLE.warning : ROLE.good),
  );
}
