/** What of a conversation no capture shows: the limits of every answer about it. */
import { SYN } from '../flow/tcp-tracking.ts';
import type { Sentence } from '../words/sentence.ts';
import type { Case } from './case.ts';

const TCP_NUMBER = 6;

export function unseenOf(one: Case): Sentence[] {
  return [...nodesNotCaptured(one), ...directions(one), ...beginning(one)];
}

/** The ends' nodes on which nothing of it was seen. */
function nodesNotCaptured(one: Case): Sentence[] {
  const { stage, vantages } = one.run;
  const seen = new Set(one.hops.map((hop) => vantages.at(stage.flows.place(hop.flow))?.node));
  const lines: Sentence[] = [];
  for (const node of new Set([one.client.owner.node, one.server.owner.node])) {
    if (node === undefined || seen.has(node)) continue;
    lines.push({ code: 'node-not-captured', node });
  }
  return lines;
}

function directions(one: Case): Sentence[] {
  const { flows } = one.run.stage;
  let there = 0;
  let back = 0;
  for (const hop of one.hops) {
    there += flows.packetsBy(2 * hop.flow + hop.toServer);
    back += flows.packetsBy(2 * hop.flow + 1 - hop.toServer);
  }
  if (back === 0) return [{ code: 'no-reply' }];
  return there === 0 ? [{ code: 'only-replies' }] : [];
}

function beginning(one: Case): Sentence[] {
  const { flows } = one.run.stage;
  if (one.protocol !== TCP_NUMBER) return [];
  const hasSyn = one.hops.some(
    (hop) => ((flows.tcpFlagsBy(2 * hop.flow) | flows.tcpFlagsBy(2 * hop.flow + 1)) & SYN) !== 0,
  );
  return hasSyn ? [] : [{ code: 'no-beginning' }];
}
