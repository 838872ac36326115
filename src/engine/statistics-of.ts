/** What is said of the whole run. */
import type { Count, Statistics } from '../view/model.ts';
import type { Reading } from './reading.ts';
import type { Survey } from './survey.ts';

/** Talkers told. */
const TALKERS_SHOWN = 200;

export function statisticsOf(reading: Reading, survey: Survey | undefined): Statistics {
  const { source, intake } = reading;
  const nothing: Count = { conversations: 0, packets: 0, bytes: 0 };
  return {
    progress: survey?.progress ?? 0,
    labels: survey?.labels ?? {
      'same-node': nothing,
      'cross-node': nothing,
      external: nothing,
      host: nothing,
      unknown: nothing,
    },
    protocols: named(survey?.protocols),
    tunnels: named(survey?.tunnels),
    talkers: [...(survey?.talkers.values() ?? [])]
      .sort((a, b) => b.bytes - a.bytes)
      .slice(0, TALKERS_SHOWN),
    talkersLeftOut: survey?.talkersLeftOut ?? 0,
    retransmissions: survey?.retransmissions ?? 0,
    resets: survey?.resets ?? 0,
    translated: survey?.translated ?? 0,
    troubled: survey?.troubled ?? 0,
    rates: intake.rates.snapshot(),
    interfaces: source.interfaces.map((iface, i) => ({
      file: iface.file,
      node: iface.node ?? null,
      interface: iface.name ?? null,
      frames: intake.frames[i] ?? 0,
      bytes: intake.bytes[i] ?? 0,
      dropped: iface.dropped,
    })),
  };
}

/** The largest first. */
function named(counts: ReadonlyMap<string, Count> | undefined): (Count & { name: string })[] {
  return [...(counts ?? [])]
    .map(([name, count]) => ({ name, ...count }))
    .sort((a, b) => b.bytes - a.bytes);
}
