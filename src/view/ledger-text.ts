/** The ledger in full words: what was read, what was lost, what was left alone. Only what there is. */
import type { Ledger } from '../classify/record.ts';
import { countOf, showCount, showSize, showSpan } from './amounts.ts';
import { escapeText } from './escape.ts';
import { linktypeName } from './linktype-names.ts';

/** One line for what was read and found; one for each kind of loss; one for each damaged file. */
export function showLedger(ledger: Ledger): string {
  const lines = [showRead(ledger), showJoins(ledger), showLeft(ledger), showLost(ledger)];
  for (const conflict of ledger.conflicts) lines.push(`Doubtful: ${escapeText(conflict)}.`);
  for (const damage of ledger.damage) lines.push(`Damaged: ${escapeText(damage)}.`);
  return `${lines.filter((line) => line !== '').join('\n')}\n`;
}

function showRead(ledger: Ledger): string {
  if (ledger.live !== undefined) return showCaptured(ledger, ledger.live);
  if (ledger.flowLogs !== undefined) return showFlowLogs(ledger, ledger.flowLogs);
  const files = ledger.files === 1 ? '1 file' : `${ledger.files} files`;
  const read = `${countOf(ledger.frames, 'frame')} of ${files} (${showSize(ledger.bytes)})`;
  const matched =
    ledger.matched === ledger.frames ? '' : `, ${countOf(ledger.matched, 'matched', 'matched')}`;
  if (ledger.flows === 0) return `Read ${read}${matched}.`;
  const flows = `${countOf(ledger.conversations, 'conversation')} of ${countOf(ledger.flows, 'flow')}`;
  const chosen = ledger.chosen === undefined ? '' : `, ${showCount(ledger.chosen)} chosen`;
  return `Read ${read}${matched}: ${flows}${chosen}.`;
}

/** The same of a live capture. */
function showCaptured(ledger: Ledger, live: NonNullable<Ledger['live']>): string {
  const { listening = live.devices } = live;
  const beside = listening > live.devices ? ` (${listening} listened to)` : '';
  const devices = countOf(live.devices, 'device') + beside;
  const frames = `${countOf(ledger.frames, 'frame')} (${showSize(ledger.bytes)})`;
  const captured = `Captured ${frames} of ${devices} in ${showSpan(1e9 * live.seconds)}`;
  const matched =
    ledger.matched === ledger.frames ? '' : `, ${countOf(ledger.matched, 'matched', 'matched')}`;
  if (ledger.flows === 0) return `${captured}${matched}.`;
  const flows = `${countOf(ledger.conversations, 'conversation')} of ${countOf(ledger.flows, 'flow')}`;
  return `${captured}${matched}: ${flows}.`;
}

/** The same of flow logs: records take the place of frames, 5-tuples at an interface that of flows. */
function showFlowLogs(ledger: Ledger, logs: NonNullable<Ledger['flowLogs']>): string {
  const chosen = ledger.chosen === undefined ? '' : `, ${showCount(ledger.chosen)} chosen`;
  const read = `${countOf(logs.records, 'record')} of ${countOf(ledger.files, 'flow log')}`;
  const found = `${countOf(ledger.conversations, 'conversation')} of ${countOf(ledger.flows, 'flow')}`;
  const parts: string[] = [];
  if (logs.noData > 0) parts.push(`${countOf(logs.noData, 'window')} without traffic (NODATA)`);
  if (logs.skipData > 0) parts.push(`${countOf(logs.skipData, 'window')} not logged (SKIPDATA)`);
  if (logs.damagedLines > 0) parts.push(`${countOf(logs.damagedLines, 'damaged line')}`);
  if (logs.untracked > 0) {
    parts.push(
      `${countOf(logs.untracked, 'record')} in no conversation, as --max-flows was reached`,
    );
  }
  const beside = parts.length === 0 ? '' : ` Beside these: ${parts.join('; ')}.`;
  return `Read ${read}: ${found}${chosen}.${beside}`;
}

/** How flows became conversations, and whose clocks were set. */
function showJoins(ledger: Ledger): string {
  if (ledger.flows === 0 || ledger.live !== undefined) return '';
  const parts = [
    `${countOf(ledger.joinedFlows, 'flow')} joined with others, ${showCount(ledger.aloneFlows)} left alone`,
  ];
  if (ledger.ties > 0) {
    parts.push(`${countOf(ledger.ties, 'packet')} fit several flows alike and joined none`);
  }
  for (const { file, correctionUs, connections } of ledger.clocks) {
    const sign = correctionUs < 0 ? 'ahead' : 'behind';
    const from =
      connections === 0 ? 'as --skew says' : `from ${countOf(connections, 'connection')}`;
    const span = showSpan(1000 * Math.abs(correctionUs));
    parts.push(`the clock of ${escapeText(file)} is ${span} ${sign} (${from})`);
  }
  return `${parts.join('; ')}.`;
}

/** Frames that are in no conversation, or not whole. */
function showLeft(ledger: Ledger): string {
  const parts: string[] = [];
  const add = (count: number, what: string): void => {
    if (count > 0) parts.push(`${showCount(count)} ${what}`);
  };
  add(ledger.nonIp, 'without IP');
  for (const [linktype, count] of Object.entries(ledger.unknownLinktypes)) {
    add(count, `of link type ${linktypeName(Number(linktype))} not decoded`);
  }
  add(ledger.truncated, 'captured in part');
  add(ledger.malformed, 'malformed');
  add(ledger.tooDeep, 'with too many layers');
  add(ledger.orphanFragments, 'fragments whose first one was not seen');
  return parts.length === 0 ? '' : `Of the frames: ${parts.join('; ')}.`;
}

function showLost(ledger: Ledger): string {
  const parts: string[] = ledger.live === undefined ? [] : liveLosses(ledger, ledger.live);
  if (ledger.captureDrops > 0 && ledger.live === undefined) {
    parts.push(`${countOf(ledger.captureDrops, 'frame')} lost while capturing, as the files say`);
  }
  if (ledger.evictedFlows > 0) {
    parts.push(`${countOf(ledger.evictedFlows, 'flow')} ended early to stay within --max-flows`);
  }
  if (ledger.untrackedFrames > 0) {
    parts.push(
      `${countOf(ledger.untrackedFrames, 'frame')} in no conversation, as --max-flows was reached`,
    );
  }
  if (parts.length > 0) return `Lost: ${parts.join('; ')}.`;
  return ledger.live === undefined ? '' : 'Lost: nothing.';
}

/** What was lost between the wire and us. */
function liveLosses(ledger: Ledger, live: NonNullable<Ledger['live']>): string[] {
  const parts: string[] = [];
  if (ledger.captureDrops < 0) parts.push('frames that the kernel dropped are not known');
  if (ledger.captureDrops > 0) {
    const times = live.ringFull > 0 ? ` (${countOf(live.ringFull, 'time')})` : '';
    const why = `as the ring was full${times}: -B makes it larger`;
    parts.push(`${countOf(ledger.captureDrops, 'frame')} dropped by the kernel, ${why}`);
  }
  if (live.damaged > 0) parts.push(`${countOf(live.damaged, 'frame')} that the ring held damaged`);
  if (live.unwritten > 0) {
    const why = ledger.damage.length > 0 ? 'could not' : 'came faster than they could';
    parts.push(`${countOf(live.unwritten, 'frame')} ${why} be written`);
  }
  if (live.unshown > 0)
    parts.push(`${countOf(live.unshown, 'line')} came faster than they were read`);
  if ((live.uncommented ?? 0) > 0) parts.push(`comments of ${countOf(live.uncommented!, 'file')}`);
  return parts;
}
