/** One conversation's journey hop by hop, then the reasons, then what could not be seen. */
import type {
  ConversationRecord,
  EncapsulationRecord,
  HopRecord,
  TranslationRecord,
} from '../classify/record.ts';
import type { LanguageName } from '../words/language-names.ts';
import { sayIn } from '../words/say.ts';
import { showSize, showSpan } from './amounts.ts';
import type { Painter } from './color.ts';
import { escapeText } from './escape.ts';
import { EXPLAIN_WORDS, type ExplainWords } from './explain-words.ts';
import { hopSteps, otherTranslations, type Step } from './hop-steps.ts';
import { messagesIn } from './messages/language.ts';
import { pad, widthOf } from './width.ts';
import {
  hasPorts,
  showEncapsulation,
  showEnd,
  showPurpose,
  showServiceName,
  showTuple,
} from './wording.ts';

interface Context {
  readonly record: ConversationRecord;
  readonly ports: boolean;
  readonly words: ExplainWords;
}

/** All of it as lines, an empty one last. */
export function explain(
  record: ConversationRecord,
  painter: Painter,
  language: LanguageName = 'en',
): string {
  const words = EXPLAIN_WORDS[language];
  const { confidence, labels } = messagesIn(language);
  const say = sayIn(language);
  const context = { record, ports: hasPorts(record), words };
  const { ports } = context;
  const width = Math.max(...Object.values(confidence).map(widthOf)) + 1;
  const lines = [
    `${painter.bold(`#${record.id}`)} ${painter.label(record.label, labels[record.label])} (${confidence[record.confidence]})  ${escapeText(record.protocol)}  ` +
      `${showEnd(record.client, ports)} -> ${showEnd(record.server, ports)}`,
    ...about(context),
    '',
    painter.bold(words.journey),
    ...journey(context),
    '',
    painter.bold(words.why),
    ...record.evidence.map(
      (one) => `  ${pad(confidence[one.confidence], width)}${escapeText(say(one.sentence))}`,
    ),
  ];
  if (record.troubles.length > 0) {
    lines.push('', painter.bold(words.troubles));
    for (const { sentence } of record.troubles) {
      lines.push(painter.trouble(`  ${escapeText(say(sentence))}`));
    }
  }
  if (record.unseen.length > 0) {
    lines.push('', painter.bold(words.notSeen));
    for (const one of record.unseen) lines.push(`  ${escapeText(say(one))}`);
  }
  return `${lines.join('\n')}\n\n`;
}

function about({ record, words }: Context): string[] {
  const lines: string[] = [];
  if (record.service !== null) {
    const { service } = record;
    const mode = service.mode === null ? '' : `, ${service.mode}`;
    const name = showServiceName(service);
    const at = `${escapeText(service.ip)}:${service.port}`;
    lines.push(words.dialled(name === '' ? undefined : name, `${service.type}${mode}`, at));
  }
  if (record.proxyProtocol !== null) {
    const { version, command, source } = record.proxyProtocol;
    const client = source === null ? undefined : `${escapeText(source.ip)}:${source.port}`;
    lines.push(words.names(`PROXY v${version} ${command}`, client));
  }
  const purpose = showPurpose(record);
  if (purpose !== '') lines.push(purpose);
  lines.push(volume(record, words));
  if (record.related.length > 0) {
    lines.push(words.related(record.related.map((id) => `#${id}`).join(', ')));
  }
  return lines.map((line) => `    ${line}`);
}

function volume(
  { packets, bytes, payloadBytes, tcp, source }: ConversationRecord,
  words: ExplainWords,
): string {
  const isLog = source === 'flow-log';
  const sizes = isLog ? bytes : payloadBytes;
  const there = { packets: packets.toServer, size: showSize(sizes.toServer) };
  const back = { packets: packets.toClient, size: showSize(sizes.toClient) };
  return `${words.volume(there, back, !isLog)}${tcp === null ? '' : `, ${words.connectionStates[tcp.state]}`}`;
}

/** A line a hop; between two, what happened to the packet. */
function journey(context: Context): string[] {
  const { record, words } = context;
  const width = Math.max(...record.hops.map((hop) => widthOf(showPlace(hop, words))));
  const steps = hopSteps(record);
  const lines = steps.map((step) => showStep(step, context, width));
  const how = record.source === 'flow-log' ? '' : words.toldByConntrack;
  for (const change of otherTranslations(record, steps)) {
    lines.push(`      ${showChange(change, context)}${how}`);
  }
  return lines;
}

function showStep(step: Step, context: Context, width: number): string {
  const { words } = context;
  switch (step.kind) {
    case 'translation':
      return `      ${showChange(step.translation, context)}`;
    case 'wrapped':
      return `      ${words.wrapped(showEncapsulation(step.encapsulation))}`;
    case 'unwrapped':
      return `      ${words.unwrapped(showEncapsulation(step.encapsulation))}`;
    case 'hop': {
      const place = pad(showPlace(step.hop, words), width);
      const number = String(step.number).padStart(2);
      return `  ${number}  ${place}  ${showHop(step.hop, context)}`;
    }
  }
}

function showPlace(hop: HopRecord, words: ExplainWords): string {
  const device = hop.interface ?? baseOf(hop.file) ?? words.theCapture;
  const direction = hop.direction === null ? '' : ` (${words.direction[hop.direction]})`;
  const node = hop.node === null ? '' : `${escapeText(hop.node)} `;
  return `${node}${escapeText(device)}${direction}`;
}

function showHop(hop: HopRecord, { ports, record, words }: Context): string {
  const ttl = hop.ttl === null ? '' : `  TTL ${hop.ttl}`;
  const outer = hop.encapsulation === null ? '' : `  ${showOuter(hop.encapsulation, words)}`;
  const file = baseOf(hop.file);
  const frame = words.frameOf(
    hop.frame,
    file === undefined ? undefined : escapeText(file),
    record.source === 'flow-log',
  );
  return `${showTuple(hop.tuple, ports)}${outer}${ttl}  ${showOffset(hop.offsetUs)}  ${words.packets(hop.packets)}, ${frame}`;
}

function showOuter(encapsulation: EncapsulationRecord, words: ExplainWords): string {
  const { src, dst } = encapsulation.outer;
  return words.inTunnel(
    showEncapsulation(encapsulation),
    `${escapeText(src)} > ${escapeText(dst)}`,
  );
}

function showOffset(us: number): string {
  return us < 0 ? `-${showSpan(-1000 * us)}` : `+${showSpan(1000 * us)}`;
}

function showChange(change: TranslationRecord, { ports, words }: Context): string {
  const node = change.node === null ? undefined : escapeText(change.node);
  const [before, after] = [showTuple(change.before, ports), showTuple(change.after, ports)];
  return words.change(change.type.toUpperCase(), node, before, after);
}

function baseOf(file: string | null): string | undefined {
  return file === null ? undefined : file.slice(file.lastIndexOf('/') + 1);
}
