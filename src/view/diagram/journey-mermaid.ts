/** The journey as Mermaid text: a sequence diagram, a participant for each end and place. */
import type { ConversationRecord, TranslationRecord } from '../../classify/record.ts';
import { showSpan } from '../amounts.ts';
import { hasPorts, showEncapsulation, showName, showPurpose, showTuple } from '../wording.ts';
import { type JourneyModel, journeyModel, type Step, type Zone } from './journey-model.ts';
import { describeEnds } from './journey-svg.ts';
import { escapeMermaid } from './mermaid.ts';
import { DIAGRAM_WORDS, type DiagramWords, type Language } from './words.ts';

interface Participant {
  readonly id: string;
  readonly step: Step;
  readonly zone: Zone;
  /** Number of its zone. */
  readonly z: number;
}

export function journeyMermaid(record: ConversationRecord, language: Language): string {
  const words = DIAGRAM_WORDS[language];
  const model = journeyModel(record);
  const participants = participantsOf(model);
  const lines = [
    'sequenceDiagram',
    `  %% ${escapeMermaid(`#${record.id} ${describeEnds(record)}`)}`,
  ];
  model.zones.forEach((zone, z) => {
    lines.push(`  box ${escapeMermaid(zoneName(zone, words))}`);
    for (const { id, step } of participants.filter((one) => one.z === z)) {
      lines.push(`    participant ${id} as ${escapeMermaid(nameOf(step, words))}`);
    }
    lines.push('  end');
  });
  lines.push(...messages(model, participants, words), ...notes(model, participants, words));
  return `${lines.join('\n')}\n`;
}

/** Rewrites and folds are notes between participants; a zone that has nothing else stands for itself. */
function participantsOf({ zones }: JourneyModel): Participant[] {
  const participants: Participant[] = [];
  zones.forEach((zone, z) => {
    const shown = zone.steps.filter(({ kind }) => kind !== 'rewrite' && kind !== 'fold');
    for (const step of shown.length > 0 ? shown : zone.steps.slice(0, 1)) {
      participants.push({ id: `p${participants.length + 1}`, step, zone, z });
    }
  });
  return participants;
}

function zoneName({ kind, name, captured }: Zone, words: DiagramWords): string {
  if (kind === 'node') {
    return `${words.node} ${name!}${captured ? '' : ` (${words.notCaptured})`}`;
  }
  if (kind === 'outside') return name === undefined ? words.outside : words.before;
  return name ?? words.nodeUnknown;
}

function nameOf(step: Step, words: DiagramWords): string {
  switch (step.kind) {
    case 'end':
      return `${words.ends[step.end.kind]} ${showName(step.end) ?? step.end.ip}`;
    case 'place':
      return step.place.hop.interface ?? '?';
    case 'proxy':
      return `${words.ends.loadbalancer} ${step.ip}`;
    case 'rewrite':
      return step.changes.map(({ type }) => type.toUpperCase()).join(' + ');
    case 'fold':
      return words.folded(step.count);
  }
}

/** An arrow from each participant to the next; dashed over what was not captured. */
function messages(
  model: JourneyModel,
  participants: readonly Participant[],
  words: DiagramWords,
): string[] {
  const { record } = model;
  const lines: string[] = [];
  participants.slice(1).forEach((to, i) => {
    const from = participants[i]!;
    for (const change of rewritesUpTo(model, from, to)) {
      lines.push(`  Note over ${from.id},${to.id}: ${escapeMermaid(showChange(record, change))}`);
    }
    const arrow = from.z === to.z && to.zone.captured ? '->>' : '-->>';
    const where = from.z === to.z ? '' : ` (${words.network} ${words.notCaptured})`;
    lines.push(
      `  ${from.id}${arrow}${to.id}: ${escapeMermaid(`${packetAt(record, to, from)}${where}`)}`,
    );
  });
  return lines;
}

/** The packet as seen at `to`, else as it left `from`. */
function packetAt(record: ConversationRecord, to: Participant, from: Participant): string {
  const step = to.step.kind === 'place' ? to.step : from.step;
  if (step.kind !== 'place') return showPurpose(record) || record.protocol;
  const { hop } = step.place;
  const tunnel = hop.encapsulation;
  const outer =
    tunnel === null
      ? ''
      : `${showEncapsulation(tunnel).toUpperCase()} ${tunnel.outer.src} → ${tunnel.outer.dst}: `;
  const ttl = hop.ttl === null ? '' : ` TTL ${hop.ttl}`;
  const inner = showTuple(hop.tuple, hasPorts(record)).replace(' > ', ' → ');
  return `${outer}${inner}${ttl} +${showSpan(Math.max(0, hop.offsetUs) * 1000)}`;
}

/** Translations that stand between two participants. */
function rewritesUpTo(
  { zones }: JourneyModel,
  from: Participant,
  to: Participant,
): TranslationRecord[] {
  const steps = zones.slice(from.z, to.z + 1).flatMap(({ steps }) => steps);
  const between = steps.slice(steps.indexOf(from.step) + 1, steps.indexOf(to.step));
  return between.flatMap((step) => (step.kind === 'rewrite' ? [...step.changes] : []));
}

function showChange(record: ConversationRecord, change: TranslationRecord): string {
  const ports = hasPorts(record);
  const node = change.node === null ? '' : ` ${change.node}`;
  return `${change.type.toUpperCase()}${node}: ${showTuple(change.before, ports)} → ${showTuple(change.after, ports)}`;
}

function notes(
  { record }: JourneyModel,
  participants: readonly Participant[],
  words: DiagramWords,
): string[] {
  const over = `${participants[0]!.id},${participants.at(-1)!.id}`;
  return record.unseen.map(
    (line) => `  Note over ${over}: ${escapeMermaid(`${words.notSeen}: ${words.say(line)}`)}`,
  );
}
