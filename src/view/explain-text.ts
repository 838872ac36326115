/** One conversation's journey hop by hop, then the reasons, then what could not be seen. */
import type { ConversationRecord, HopRecord, TranslationRecord } from '../classify/record.ts';
import { english } from '../words/say.ts';
import { countOf, showSize, showSpan } from './amounts.ts';
import type { Painter } from './color.ts';
import { escapeText } from './escape.ts';
import { hopSteps, otherTranslations, type Step } from './hop-steps.ts';
import {
  hasPorts,
  showEncapsulation,
  showEnd,
  showPurpose,
  showServiceName,
  showTuple,
} from './wording.ts';

/** All of it as lines, an empty one last. */
export function explain(record: ConversationRecord, painter: Painter): string {
  const ports = hasPorts(record);
  const lines = [
    `${painter.bold(`#${record.id}`)} ${painter.label(record.label, record.label)} (${record.confidence})  ${escapeText(record.protocol)}  ` +
      `${showEnd(record.client, ports)} -> ${showEnd(record.server, ports)}`,
    ...about(record),
    '',
    painter.bold('Journey, client to server'),
    ...journey(record, ports),
    '',
    painter.bold('Why'),
    ...record.evidence.map(
      (one) => `  ${one.confidence.padEnd(8)}${escapeText(english(one.sentence))}`,
    ),
  ];
  if (record.troubles.length > 0) {
    lines.push('', painter.bold('Troubles'));
    for (const one of record.troubles)
      lines.push(painter.trouble(`  ${escapeText(english(one.sentence))}`));
  }
  if (record.unseen.length > 0) {
    lines.push('', painter.bold('Not seen'));
    for (const one of record.unseen) lines.push(`  ${escapeText(english(one))}`);
  }
  return `${lines.join('\n')}\n\n`;
}

function about(record: ConversationRecord): string[] {
  const lines: string[] = [];
  if (record.service !== null) {
    const { service } = record;
    const mode = service.mode === null ? '' : `, ${service.mode}`;
    const name = showServiceName(service);
    lines.push(
      `    dialled ${name === '' ? 'a service' : name} (${service.type}${mode}) at ${escapeText(service.ip)}:${service.port}`,
    );
  }
  if (record.proxyProtocol !== null) {
    const { version, command, source } = record.proxyProtocol;
    const names = source === null ? 'no client' : `${escapeText(source.ip)}:${source.port}`;
    lines.push(`    PROXY v${version} ${command} names ${names}`);
  }
  const purpose = showPurpose(record);
  if (purpose !== '') lines.push(`    ${purpose}`);
  const { packets, payloadBytes, tcp } = record;
  const state = tcp === null ? '' : `, ${tcp.state}`;
  const isLog = record.source === 'flow-log';
  const sizes = isLog ? record.bytes : payloadBytes;
  lines.push(
    `    ${countOf(packets.toServer, 'packet')} there (${showSize(sizes.toServer)}${isLog ? '' : ' payload'}), ${packets.toClient} back (${showSize(sizes.toClient)})${state}`,
  );
  if (record.related.length > 0) {
    lines.push(`    the other side of a proxy: ${record.related.map((id) => `#${id}`).join(', ')}`);
  }

  return lines;
}

/** A line a hop; between two, what happened to the packet. */
function journey(record: ConversationRecord, ports: boolean): string[] {
  const places = record.hops.map(showPlace);
  const width = Math.max(...places.map((text) => text.length));
  const steps = hopSteps(record);
  const lines = steps.map((step) => showStep(step, record, ports, width));
  for (const change of otherTranslations(record, steps)) {
    lines.push(`      ${showChange(change, ports)}${how(record)}`);
  }
  return lines;
}

function showStep(step: Step, record: ConversationRecord, ports: boolean, width: number): string {
  switch (step.kind) {
    case 'translation':
      return `      ${showChange(step.translation, ports)}`;
    case 'wrapped':
      return `      wrapped into ${showEncapsulation(step.encapsulation)}`;
    case 'unwrapped':
      return `      unwrapped from ${showEncapsulation(step.encapsulation)}`;
    case 'hop': {
      const place = showPlace(step.hop).padEnd(width);
      const number = String(step.number).padStart(2);
      return `  ${number}  ${place}  ${showHop(step.hop, ports, record.source)}`;
    }
  }
}

function showPlace(hop: HopRecord): string {
  const device = hop.interface ?? baseOf(hop.file);
  const direction = hop.direction === null ? '' : ` (${hop.direction})`;
  const node = hop.node === null ? '' : `${escapeText(hop.node)} `;
  return `${node}${escapeText(device)}${direction}`;
}

function showHop(hop: HopRecord, ports: boolean, source: ConversationRecord['source']): string {
  const ttl = hop.ttl === null ? '' : `  TTL ${hop.ttl}`;
  const outer =
    hop.encapsulation === null
      ? ''
      : `  in ${showEncapsulation(hop.encapsulation)} ${escapeText(hop.encapsulation.outer.src)} > ${escapeText(hop.encapsulation.outer.dst)}`;
  const offset = showOffset(hop.offsetUs);
  return `${showTuple(hop.tuple, ports)}${outer}${ttl}  ${offset}  ${countOf(hop.packets, 'packet')}, ${unitOf(source)} ${hop.frame} of ${escapeText(baseOf(hop.file))}`;
}

/** What a hop's number counts. */
function unitOf(source: ConversationRecord['source']): string {
  return source === 'flow-log' ? 'line' : 'frame';
}

/** Whence a translation is known that is not between two hops. */
function how({ source }: ConversationRecord): string {
  return source === 'flow-log' ? '' : ', told by conntrack';
}

function showOffset(us: number): string {
  return us < 0 ? `-${showSpan(-1000 * us)}` : `+${showSpan(1000 * us)}`;
}

function showChange(change: TranslationRecord, ports: boolean): string {
  const node = change.node === null ? '' : ` on ${escapeText(change.node)}`;
  return `${change.type.toUpperCase()}${node}: ${showTuple(change.before, ports)} becomes ${showTuple(change.after, ports)}`;
}

function baseOf(file: string | null): string {
  return file === null ? 'the capture' : file.slice(file.lastIndexOf('/') + 1);
}
