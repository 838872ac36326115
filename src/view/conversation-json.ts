/** A conversation as programs read it, netlens.conversation/1: all that is said of it in English words. */
import type { Confidence, ConversationRecord, EvidenceRecord } from '../classify/record.ts';
import { english } from '../words/say.ts';

interface EvidenceJson {
  rule: string;
  confidence: Confidence;
  text: string;
}

export interface ConversationJson
  extends Omit<ConversationRecord, 'troubles' | 'evidence' | 'unseen'> {
  troubles: EvidenceJson[];
  evidence: EvidenceJson[];
  unseen: string[];
}

/** Keys keep the record's order. */
export function conversationJson(record: ConversationRecord): ConversationJson {
  const { troubles, evidence, unseen } = record;
  return {
    ...record,
    troubles: troubles.map(evidenceJson),
    evidence: evidence.map(evidenceJson),
    unseen: unseen.map(english),
  };
}

function evidenceJson({ rule, confidence, sentence }: EvidenceRecord): EvidenceJson {
  return { rule, confidence, text: english(sentence) };
}
