/** Diagrams of a fixture as text: of the conversation that was seen at most places. */
import type { ConversationRecord } from '../../src/classify/record.ts';
import { journeyMermaid } from '../../src/view/diagram/journey-mermaid.ts';
import { journeySvg } from '../../src/view/diagram/journey-svg.ts';

/** By file name, of the records as JSON Lines. */
export function picturesOf(jsonl: string): Map<string, string> {
  const records = jsonl
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as ConversationRecord);
  const richness = ({ hops, translations }: ConversationRecord): number =>
    hops.length + translations.length;
  const record = records.reduce((best, one) => (richness(one) > richness(best) ? one : best));
  return new Map([
    ['journey.svg', journeySvg(record, { language: 'en', theme: 'light' })],
    ['journey.ko.svg', journeySvg(record, { language: 'ko', theme: 'dark' })],
    ['journey.mmd', journeyMermaid(record, 'en')],
  ]);
}
