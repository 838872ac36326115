/** Connection table entries as text that `parseConntrack` reads: what `conntrack -L` prints, without the timeout. */
import type { ConntrackEntry, ConntrackTuple } from './conntrack.ts';

/** One entry a line. */
export function showConntrack(entries: readonly ConntrackEntry[]): string {
  return entries.map((entry) => `${showEntry(entry)}\n`).join('');
}

function showEntry(entry: ConntrackEntry): string {
  const { protocol, state, original, reply, packets, unreplied, assured, mark, zone } = entry;
  const words = [protocol, '0', '0'];
  if (state !== undefined) words.push(state);
  words.push(...showTuple(original, protocol, packets.original));
  if (unreplied) words.push('[UNREPLIED]');
  words.push(...showTuple(reply, protocol, packets.reply));
  if (assured) words.push('[ASSURED]');
  if (mark !== 0) words.push(`mark=${mark}`);
  if (zone !== 0) words.push(`zone=${zone}`);
  return words.join(' ');
}

function showTuple(tuple: ConntrackTuple, protocol: string, packets: number): string[] {
  const words = [`src=${tuple.src}`, `dst=${tuple.dst}`];
  if (protocol.startsWith('icmp')) words.push(`id=${tuple.sport}`);
  else words.push(`sport=${tuple.sport}`, `dport=${tuple.dport}`);
  if (packets >= 0) words.push(`packets=${packets}`);
  return words;
}
