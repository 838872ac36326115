/** What is known of the captures as a whole, and what was said so far: the overlays of `:capinfo` and `:logs`. */
import { showCount, showSize, showSpan, spanOf } from '../amounts.ts';
import { escapeText } from '../escape.ts';
import { ROLE, type Style } from '../grid.ts';
import type { Messages } from '../messages/en.ts';
import type { Status } from '../model.ts';
import { widthOf } from '../width.ts';
import { cell, EMPTY_LINE, type Line, line, span, wrap } from './lines.ts';
import type { Message } from './state.ts';

type Row = readonly [name: string, value: string, style?: Style];

/** Lines of at most `columns`. */
export function captureLines(
  status: Status | undefined,
  columns: number,
  messages: Messages,
): readonly Line[] {
  if (status === undefined) return [line(span(messages.loading, ROLE.dim))];
  const inputs = status.inputs.flatMap((one) => paragraph(one, columns - 2, ROLE.name, 2));
  const rows = [...timeRows(status, messages), ...countRows(status, messages)];
  const names = Math.max(...rows.map(([name]) => widthOf(name))) + 2;
  const table = rows.flatMap(([name, value, style = ROLE.number]) =>
    names + widthOf(escapeText(value)) <= columns
      ? [line(cell(name, names, ROLE.text), span(escapeText(value), style))]
      : [line(span(name)), ...paragraph(value, columns - 2, style, 2)],
  );
  const { bounds, damage, failure, ledger } = status;
  const clocks = ledger.clocks.map(
    ({ file, correctionUs }) => `${messages.clocks(1)}: ${file} ${showSpan(1000 * correctionUs)}`,
  );
  const remarks = [...(failure === null ? [] : [failure]), ...damage, ...bounds]
    .map(messages.say)
    .concat(clocks);
  return [
    line(span(messages.files, ROLE.heading)),
    ...inputs,
    EMPTY_LINE,
    ...table,
    ...(remarks.length > 0 ? [EMPTY_LINE] : []),
    ...remarks.flatMap((text) => paragraph(text, columns, ROLE.warning)),
  ];
}

function timeRows({ first, last, frames, bytes }: Status, messages: Messages): Row[] {
  if (first === null || last === null) return [];
  const spent = Math.max(0, spanOf(first, last));
  const rate = (amount: number): number => amount / (spent / 1e9);
  const mean = `${showCount(Math.round(rate(frames)))}/s  ${showSize(rate(bytes))}/s`;
  return [
    [messages.firstFrame, first, ROLE.time],
    [messages.lastFrame, last, ROLE.time],
    [messages.lasted, showSpan(spent), ROLE.time],
    ...(spent > 0 ? [[messages.meanRate, mean] as const] : []),
  ];
}

function countRows(status: Status, messages: Messages): Row[] {
  const { ledger, captureDrops } = status;
  const lost = captureDrops < 0 ? messages.notTold : showCount(captureDrops);
  const bad = (count: number): Style => (count > 0 ? ROLE.warning : ROLE.good);
  return [
    [messages.framesTitle, showCount(status.frames)],
    [messages.bytesOnWire, showSize(status.bytes)],
    [messages.drops, lost, captureDrops < 0 ? ROLE.dim : bad(captureDrops)],
    [messages.cutShort, showCount(ledger.truncated), bad(ledger.truncated)],
    [messages.malformed, showCount(ledger.malformed), bad(ledger.malformed)],
    [messages.flowsTitle, showCount(status.flows)],
    [messages.joined, showCount(ledger.joinedFlows)],
    [messages.tied, showCount(ledger.ties), bad(ledger.ties)],
    [messages.conversationsTitle, showCount(status.conversations)],
    ...(status.captureFilter === ''
      ? []
      : [[messages.captureFilterTitle, status.captureFilter, ROLE.good] as const]),
  ];
}

/** All that the status line said, and what happened to devices; the latest last. */
export function logLines(
  said: readonly Message[],
  status: Status | undefined,
  columns: number,
  messages: Messages,
): readonly Line[] {
  const notices = (status?.notices ?? []).map((one) => ({
    text: messages.say(one),
    isError: false,
  }));
  const all = [...notices, ...said];
  if (all.length === 0) return [line(span(messages.nothingSaid, ROLE.dim))];
  return all.flatMap(({ text, isError }) =>
    paragraph(text, columns, isError ? ROLE.error : ROLE.text),
  );
}

function paragraph(text: string, columns: number, style: Style, indent = 0): Line[] {
  return wrap(escapeText(text), columns).map((one) => line(span(' '.repeat(indent) + one, style)));
}
