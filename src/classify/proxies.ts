/** Load balancers that show themselves: who sends PROXY headers, and the addresses those were dialled at. */
import { addressOf, portOf } from '../flow/addresses.ts';
import type { FlowStage } from '../flow/observe.ts';
import { type Facts, noFacts } from '../topology/facts.ts';
import type { Sentence } from '../words/sentence.ts';

/** A pod may send PROXY headers too (an ingress controller): what lists it as a pod is trusted more. */
const SCORE = 0.9;

export function proxyFacts(stage: FlowStage): Facts {
  const facts = noFacts();
  const seen = new Set<string>();
  const add = (address: string, why: Sentence): void => {
    if (seen.has(address)) return;
    seen.add(address);
    facts.addresses.push({
      address,
      kind: 'loadbalancer',
      role: 'proxy',
      why,
      source: { kind: 'traffic', detail: 'PROXY headers' },
      score: SCORE,
    });
  };
  for (const [f, fact] of stage.facts.entries()) {
    const header = fact.proxy;
    if (header === undefined) continue;
    const sender = addressOf(stage.flows, f, fact.asker === 1 ? 1 : 0);
    if (header.source?.ip === sender) continue; // it keeps the client's address, and so has none of its own here
    add(sender, { code: 'sends-proxy-headers' });
    if (header.destination !== null) {
      add(header.destination.ip, { code: 'named-in-proxy-headers', sender });
    }
  }
  return facts;
}

/** `address port` of every server that got a PROXY header. */
export function proxyListeners(stage: FlowStage): Set<string> {
  const listeners = new Set<string>();
  for (const [f, fact] of stage.facts.entries()) {
    if (fact.proxy === undefined) continue;
    const side = fact.asker === 1 ? 0 : 1;
    listeners.add(`${addressOf(stage.flows, f, side)} ${portOf(stage.flows, f, side)}`);
  }
  return listeners;
}
