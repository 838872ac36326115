/** What a rule says of a conversation. */
import type { Owner } from '../topology/model.ts';
import type { Sentence } from '../words/sentence.ts';
import type { OwnerPhrase } from '../words/sentences/phrases.ts';
import type { Confidence, Direction, Label } from './record.ts';
import type { End } from './subject.ts';

export interface Verdict {
  readonly label: Label;
  readonly direction: Direction;
  readonly confidence: Confidence;
  /** Name of the rule, for people and programs. */
  readonly rule: string;
  readonly sentence: Sentence;
}

/** The label that the rule gives, or undefined when the conversation is not its business. */
export type LabelRule<Of> = (one: Of) => Verdict | undefined;

const RANK: readonly Confidence[] = ['guess', 'likely', 'certain'];

/** The least of them. */
export function weakest(...confidences: readonly Confidence[]): Confidence {
  let least = RANK.length - 1;
  for (const confidence of confidences) least = Math.min(least, RANK.indexOf(confidence));
  return RANK[least]!;
}

/** Kinds of owner whose ends make a conversation one with the outside. */
export function isOutside(owner: Owner): boolean {
  return owner.kind === 'external' || owner.kind === 'loadbalancer';
}

/** In the pods' range, while every pod is listed and none has it. */
export function isUnlisted(owner: Owner): boolean {
  return owner.kind === 'pod' && owner.role === 'unlisted';
}

/** Belongs to the cluster. */
export function isInside(owner: Owner): boolean {
  return owner.kind === 'pod' || owner.kind === 'node' || owner.kind === 'service';
}

/** The end's owner, for sentences. */
export function ownerOf({ ip, owner }: End): OwnerPhrase {
  const { kind, namespace, name, node, hostNetworkPods } = owner;
  const isNamed = kind === 'pod' || kind === 'service';
  const full = isNamed && name !== undefined ? `${namespace}/${name}` : name;
  return { kind, ip, name: full, node, hostNetworkPods };
}
