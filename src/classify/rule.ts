/** What a rule says of a conversation. */
import type { Owner } from '../topology/model.ts';
import type { Confidence, Direction, Label } from './record.ts';
import type { End } from './subject.ts';

export interface Verdict {
  readonly label: Label;
  readonly direction: Direction;
  readonly confidence: Confidence;
  /** Name of the rule, for people and programs. */
  readonly rule: string;
  /** One sentence. */
  readonly text: string;
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

/** The owner in words: `pod default/web-0 on w1`, `node w1 (hostNetwork: 7 pods)`, `203.0.113.50`. */
export function showOwner(end: End): string {
  const { owner } = end;
  switch (owner.kind) {
    case 'pod': {
      const name = owner.name === undefined ? end.ip : `${owner.namespace}/${owner.name}`;
      return owner.node === undefined ? `pod ${name}` : `pod ${name} on ${owner.node}`;
    }
    case 'node': {
      const pods =
        owner.hostNetworkPods === 0 ? '' : ` (hostNetwork: ${owner.hostNetworkPods} pods)`;
      return `node ${owner.node ?? owner.name ?? end.ip}${pods}`;
    }
    case 'service':
      return owner.name === undefined
        ? `service address ${end.ip}`
        : `service ${owner.namespace}/${owner.name}`;
    case 'loadbalancer':
      return `load balancer ${owner.name ?? end.ip}`;
    case 'external':
      return owner.name === undefined ? end.ip : `${owner.name} (${end.ip})`;
    case 'unknown':
      return end.ip;
  }
}
