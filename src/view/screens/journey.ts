/**
 * The Journey view: one conversation from end to end. A node is a box; in it every device that saw the
 * packets, what was rewritten between two of them, and what was put around or taken off.
 */
import type {
  ConversationRecord,
  EncapsulationRecord,
  EndRecord,
  HopRecord,
  TranslationRecord,
} from '../../classify/record.ts';
import { showSpan } from '../amounts.ts';
import { escapeText } from '../escape.ts';
import { BOLD, ROLE, type Style } from '../grid.ts';
import { hopSteps, otherTranslations, type Step } from '../hop-steps.ts';
import type { Messages } from '../messages/en.ts';
import { shorten, shortenEnds, widthOf } from '../width.ts';
import {
  hasPorts,
  showEncapsulation,
  showEndpoint,
  showName,
  showPurpose,
  showServiceName,
  showTuple,
} from '../wording.ts';
import {
  EMPTY_LINE,
  fitLine,
  type Line,
  labelRole,
  line,
  lineWidth,
  type Span,
  span,
} from './lines.ts';

/** Narrowest box; a narrower screen cuts it. */
const BOX_MIN = 24;

interface Context {
  readonly record: ConversationRecord;
  readonly ports: boolean;
  readonly columns: number;
  readonly messages: Messages;
  /** Columns of the widest device's name. */
  readonly device: number;
  readonly tuple: number;
}

/** All of it as lines of at most `columns`; `brief` leaves out what stands in the row above already. */
export function journeyLines(
  record: ConversationRecord,
  columns: number,
  messages: Messages,
  brief: boolean,
): readonly Line[] {
  const ports = hasPorts(record);
  const device = Math.max(...record.hops.map((hop) => widthOf(showDevice(hop, messages))), 1);
  const tuple = Math.max(...record.hops.map((hop) => widthOf(showTuple(hop.tuple, ports))), 1);
  const context: Context = { record, ports, columns, messages, device, tuple };
  const lines: Line[] = brief ? [] : [...summary(context), EMPTY_LINE];
  lines.push(endLine(context, record.client, messages.client));
  lines.push(...ladder(context), ...toldElsewhere(context));
  lines.push(endLine(context, record.server, messages.server));
  if (!brief) lines.push(...notes(context));
  return lines;
}

/** Who, what, how much. */
function summary({ record, ports, messages }: Context): Line[] {
  const lines = [
    line(
      span(`#${record.id} `, ROLE.dim),
      span(`${messages.labels[record.label]} `, labelRole(record.label) | BOLD),
      span(`${messages.confidence[record.confidence]}  `, ROLE.dim),
      span(`${escapeText(record.protocol)}  `, ROLE.protocol),
      ...endSpans(record.client, ports),
      span('  \u2192  ', ROLE.dim),
      ...endSpans(record.server, ports),
    ),
  ];
  const { service, tcp } = record;
  const parts: Span[] = [];
  const add = (text: string, style: Style): void => {
    if (text === '') return;
    if (parts.length > 0) parts.push(span('   '));
    parts.push(span(text, style));
  };
  if (service !== null) {
    const how = service.mode === null ? '' : ` ${service.mode}`;
    const at = showEndpoint(service.ip, service.port, true);
    const name = showServiceName(service);
    add(`${service.type}${how} ${name === at ? '' : `${name} `}${at}`, ROLE.service);
  }
  add(showPurpose(record), ROLE.application);
  if (tcp !== null) {
    const rtt = tcp.handshakeRttUs === null ? '' : `, RTT ${showSpan(1000 * tcp.handshakeRttUs)}`;
    add(`${messages.connectionStates[tcp.state]}${rtt}`, ROLE.dim);
  }
  if (parts.length > 0) lines.push(line(...parts));
  return lines;
}

function endSpans(end: EndRecord, ports: boolean): Span[] {
  const name = showName(end);
  const address = span(escapeText(end.ip), ROLE.address);
  const spans = name === undefined ? [address] : [span(`${name} `, ROLE.name), address];
  const endpoint = showEndpoint(end.ip, end.port, ports);
  if (ports) spans.push(span(endpoint.slice(endpoint.lastIndexOf(':')), ROLE.port));
  return spans;
}

function endLine({ messages, ports, columns }: Context, end: EndRecord, role: string): Line {
  const where = end.node === null || columns < 60 ? '' : ` ${messages.on(escapeText(end.node))}`;
  return line(
    span('\u25c6 ', labelOf(end)),
    span(`${role} `, ROLE.dim),
    ...endSpans(end, ports),
    span(`  ${messages.kinds[end.kind]}${where}`, ROLE.dim),
  );
}

function labelOf(end: EndRecord): Style {
  return end.kind === 'pod'
    ? ROLE.good
    : end.kind === 'external'
      ? ROLE['label.external']
      : ROLE.key;
}

/** The hops, in boxes of the nodes where they were seen. */
function ladder(context: Context): Line[] {
  const { record, messages } = context;
  const boxes: Box[] = [];
  for (const step of hopSteps(record)) {
    const node = step.kind === 'hop' ? step.hop.node : undefined;
    const isNew = node !== undefined && node !== boxes.at(-1)?.node;
    if (isNew && step.kind === 'hop') {
      boxes.push({ node, lines: [], afterUs: boxes.length > 0 ? step.sincePreviousUs : null });
    }
    const box = boxes.at(-1);
    box?.lines.push(...stepLines(context, step));
  }
  const widest = Math.max(
    BOX_MIN,
    ...boxes.flatMap(({ lines }) => lines.map((one) => lineWidth(one) + 4)),
  );
  const width = Math.max(BOX_MIN, Math.min(context.columns, widest));
  return boxes.flatMap((box, i) => [
    ...(i > 0 ? [networkLine(context, box.afterUs)] : []),
    boxStart(box.node ?? messages.unknownNode, width),
    ...box.lines.map((one) => inBox(one, width)),
    line(span(`\u2570${'\u2500'.repeat(width - 2)}\u256f`, ROLE.border)),
  ]);
}

/** Translations that lie between no two hops seen: connection tables tell of them. */
function toldElsewhere(context: Context): Line[] {
  const others = otherTranslations(context.record, hopSteps(context.record));
  return others.map((one) => {
    const { spans } = translationLine(context, one);
    return line(...spans, span(`  ${context.messages.toldByConntrack}`, ROLE.dim));
  });
}

interface Box {
  readonly node: string | null;
  readonly lines: Line[];
  /** Time since the last hop of the box before; null = not known. */
  readonly afterUs: number | null;
}

function boxStart(node: string, width: number): Line {
  const title = ` ${shorten(escapeText(node), width - 6)} `;
  const rest = width - 3 - widthOf(title);
  return line(
    span('\u256d\u2500', ROLE.border),
    span(title, ROLE.heading),
    span(`${'\u2500'.repeat(Math.max(0, rest))}\u256e`, ROLE.border),
  );
}

/** A line between the edges of its box. */
function inBox(one: Line, width: number): Line {
  const fitted = fitLine(one, width - 4);
  const fill = ' '.repeat(Math.max(0, width - 4 - lineWidth(fitted)));
  return line(span('\u2502 ', ROLE.border), ...fitted.spans, span(`${fill} \u2502`, ROLE.border));
}

function networkLine({ messages }: Context, afterUs: number | null): Line {
  return line(
    span('  \u2507 ', ROLE.outer),
    span(messages.network, ROLE.dim),
    span(afterUs === null ? '' : `  ${showStep(afterUs)}`, ROLE.time),
  );
}

function stepLines(context: Context, step: Step): Line[] {
  switch (step.kind) {
    case 'hop':
      return hopLines(context, step.hop, step.sincePreviousUs);
    case 'translation':
      return [translationLine(context, step.translation)];
    case 'wrapped':
    case 'unwrapped':
      return [tunnelLine(context, step.kind, step.encapsulation)];
  }
}

/** What a box takes of a line, and what stands before a tuple on a line of its own. */
const BOX_COLUMNS = 4;
const INDENT = '\u2502   ';

function hopLines(context: Context, hop: HopRecord, sincePreviousUs: number | null): Line[] {
  const { ports, columns, messages, device, tuple } = context;
  const name = showDevice(hop, messages);
  const shown = showTuple(hop.tuple, ports);
  const start: Span[] = [
    span('\u25cf ', ROLE.graph),
    span(name, ROLE.name),
    span(' '.repeat(Math.max(0, device - widthOf(name)) + 2)),
  ];
  const facts: Span[] = [
    span((hop.ttl === null ? '' : `TTL ${hop.ttl}`).padEnd(8), ROLE.dim),
    span((sincePreviousUs === null ? '' : showStep(sincePreviousUs)).padStart(8), ROLE.time),
    span(`  ${messages.packets(hop.packets)}`, ROLE.number),
  ];
  const ends = span(shown, hop.encapsulation === null ? ROLE.address : ROLE.inner);
  const lines: Line[] = [];
  if (device + tuple + 36 <= columns) {
    const fill = span(' '.repeat(tuple - widthOf(shown) + 2));
    lines.push(line(...start, ends, fill, ...facts));
  } else {
    const room = columns - BOX_COLUMNS - INDENT.length;
    const fitted = { ...ends, text: shortenEnds(shown, room) };
    lines.push(line(...start, ...facts), line(span(INDENT, ROLE.graph), fitted));
  }
  if (hop.encapsulation !== null) {
    const { outer } = hop.encapsulation;
    const text = `${showEncapsulation(hop.encapsulation)} ${escapeText(outer.src)} > ${escapeText(outer.dst)}`;
    lines.push(
      line(
        span('\u2502 ', ROLE.graph),
        span(' '.repeat(columns >= device + tuple + 36 ? device + 2 : 2)),
        span(text, ROLE.outer),
      ),
    );
  }
  return lines;
}

function translationLine({ ports, messages }: Context, one: TranslationRecord): Line {
  const { before, after } = one;
  const source = before.src !== after.src || before.sport !== after.sport;
  const from = source
    ? showEndpoint(before.src, before.sport, ports)
    : showEndpoint(before.dst, before.dport, ports);
  const to = source
    ? showEndpoint(after.src, after.sport, ports)
    : showEndpoint(after.dst, after.dport, ports);
  return line(
    span('\u2502 ', ROLE.graph),
    span(`${one.type.toUpperCase()} `, ROLE.nat | BOLD),
    span(`${source ? messages.source : messages.destination} `, ROLE.dim),
    span(from, ROLE.nat),
    span(' \u21d2 ', ROLE.dim),
    span(to, ROLE.nat | BOLD),
  );
}

function tunnelLine(
  { messages }: Context,
  kind: 'wrapped' | 'unwrapped',
  encapsulation: EncapsulationRecord,
): Line {
  const type = showEncapsulation(encapsulation);
  const text = kind === 'wrapped' ? messages.wrapped(type) : messages.unwrapped(type);
  return line(span('\u2502 ', ROLE.graph), span(text, ROLE.outer));
}

/** Troubles, and what was not seen. */
function notes({ record, messages }: Context): Line[] {
  const lines: Line[] = [];
  for (const { sentence } of record.troubles) {
    const text = messages.say(sentence);
    lines.push(line(span(`${messages.trouble}  `, ROLE.error), span(escapeText(text), ROLE.error)));
  }
  for (const sentence of record.unseen) {
    const text = messages.say(sentence);
    lines.push(
      line(span(`${messages.notSeen}  `, ROLE.warning), span(escapeText(text), ROLE.warning)),
    );
  }
  return lines.length > 0 ? [EMPTY_LINE, ...lines] : [];
}

function showDevice(hop: HopRecord, messages: Messages): string {
  const file =
    hop.file === null ? messages.theCapture : hop.file.slice(hop.file.lastIndexOf('/') + 1);
  const arrow = hop.direction === null ? '' : hop.direction === 'in' ? ' \u2190' : ' \u2192';
  return `${escapeText(hop.interface ?? file)}${arrow}`;
}

function showStep(us: number): string {
  return us < 0 ? `-${showSpan(-1000 * us)}` : `+${showSpan(1000 * us)}`;
}
