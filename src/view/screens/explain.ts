/** The Explain view: the reasons for what is said of a conversation, each with how sure it is. */
import type { Confidence, ConversationRecord, EvidenceRecord } from '../../classify/record.ts';
import { escapeText } from '../escape.ts';
import { BOLD, ROLE, type Style } from '../grid.ts';
import type { Messages } from '../messages/en.ts';
import { widthOf } from '../width.ts';
import { EMPTY_LINE, type Line, labelRole, line, type Span, span, wrap } from './lines.ts';

const SURENESS: Readonly<Record<Confidence, Style>> = {
  certain: ROLE.good,
  likely: ROLE.warning,
  guess: ROLE.error,
};

/** Lines of at most `columns`: the verdict, why, what is wrong, what was not seen. */
export function explainLines(
  record: ConversationRecord,
  columns: number,
  messages: Messages,
): readonly Line[] {
  const lines: Line[] = [
    line(
      span(`#${record.id} `, ROLE.dim),
      span(messages.labels[record.label], labelRole(record.label) | BOLD),
      span(`  ${messages.confidence[record.confidence]}`, SURENESS[record.confidence]),
    ),
    ...paragraphs([[span('', ROLE.text), messages.labelMeaning[record.label]]], columns, ROLE.dim),
    EMPTY_LINE,
    line(span(messages.why, ROLE.heading)),
    ...reasons(record.evidence, columns, messages),
  ];
  if (record.troubles.length > 0) {
    lines.push(EMPTY_LINE, line(span(messages.troubles, ROLE.heading)));
    lines.push(...reasons(record.troubles, columns, messages));
  }
  if (record.unseen.length > 0) {
    lines.push(EMPTY_LINE, line(span(messages.notSeen, ROLE.heading)));
    const bullets = record.unseen.map((sentence): [Span, string] => [
      span('\u2013 ', ROLE.warning),
      escapeText(messages.say(sentence)),
    ]);
    lines.push(...paragraphs(bullets, columns, ROLE.text));
  }
  if (record.related.length > 0) {
    lines.push(EMPTY_LINE, line(span(messages.related, ROLE.heading)));
    for (const id of record.related) {
      lines.push({ spans: [span(`#${id}`, ROLE.key)], target: { kind: 'conversation', id } });
    }
  }
  return lines;
}

function reasons(evidence: readonly EvidenceRecord[], columns: number, messages: Messages): Line[] {
  const width = Math.max(...Object.values(messages.confidence).map(widthOf)) + 2;
  const items = evidence.map(({ confidence, sentence }): [Span, string] => {
    const sure = messages.confidence[confidence];
    const fill = ' '.repeat(width - widthOf(sure));
    return [span(`${sure}${fill}`, SURENESS[confidence]), escapeText(messages.say(sentence))];
  });
  return paragraphs(items, columns, ROLE.text);
}

/** Each text wrapped beside its mark. */
function paragraphs(
  items: readonly (readonly [Span, string])[],
  columns: number,
  style: Style,
): Line[] {
  return items.flatMap(([mark, text]) => {
    const indent = widthOf(mark.text);
    return wrap(text, Math.max(10, columns - indent)).map((part, i) =>
      line(i === 0 ? mark : span(' '.repeat(indent)), span(part, style)),
    );
  });
}
