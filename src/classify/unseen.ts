/** What of a conversation no capture shows, in words: the limits of every answer about it. */
import { SYN } from '../flow/tcp-tracking.ts';
import type { Case } from './case.ts';

const TCP_NUMBER = 6;

export const NO_REPLY =
  'no reply was seen: there was none, or it takes a way that was not captured';
export const ONLY_REPLIES = 'only replies were seen: requests take a way that was not captured';
export const NO_BEGINNING = 'its beginning: the connection is older than the capture';

export function unseenOf(one: Case): string[] {
  return [...nodesNotCaptured(one), ...directions(one), ...beginning(one)];
}

/** The ends' nodes on which nothing of it was seen. */
function nodesNotCaptured(one: Case): string[] {
  const { stage, vantages } = one.run;
  const seen = new Set(one.hops.map((hop) => vantages.at(stage.flows.place(hop.flow))?.node));
  const lines: string[] = [];
  for (const node of new Set([one.client.owner.node, one.server.owner.node])) {
    if (node === undefined || seen.has(node)) continue;
    lines.push(`${node} was not captured, or none of its captures shows this conversation`);
  }
  return lines;
}

function directions(one: Case): string[] {
  const { flows } = one.run.stage;
  let there = 0;
  let back = 0;
  for (const hop of one.hops) {
    there += flows.packetsBy(2 * hop.flow + hop.toServer);
    back += flows.packetsBy(2 * hop.flow + 1 - hop.toServer);
  }
  if (back === 0) return [NO_REPLY];
  return there === 0 ? [ONLY_REPLIES] : [];
}

function beginning(one: Case): string[] {
  const { flows } = one.run.stage;
  if (one.protocol !== TCP_NUMBER) return [];
  const hasSyn = one.hops.some(
    (hop) => ((flows.tcpFlagsBy(2 * hop.flow) | flows.tcpFlagsBy(2 * hop.flow + 1)) & SYN) !== 0,
  );
  return hasSyn ? [] : [NO_BEGINNING];
}
