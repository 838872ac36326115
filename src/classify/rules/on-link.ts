/**
 * An end has a global IPv6 address, yet its packets were seen before any router passed them on: a host of this very
 * link. Nodes and pods have such addresses too, so it is not to be taken for the outside.
 */
import type { Case } from '../case.ts';
import { isOutside, type Verdict } from '../rule.ts';
import { INITIAL_TTLS } from '../sightings.ts';
import type { End } from '../subject.ts';

export function onLink(one: Case): Verdict | undefined {
  const { client, server } = one;
  const outside = [client, server].filter((end) => isOutside(end.owner));
  const near = outside.find((end) => mayBeNode(end) && isOnLink(one, end === client));
  if (near === undefined) return undefined;
  const isFarOff = outside.some((end) => end !== near && !isOnLink(one, end === client));
  if (isFarOff) return undefined; // whoever is near talks to the outside
  return {
    label: 'unknown',
    direction: 'unknown',
    confidence: 'guess',
    rule: 'global-on-link',
    sentence: { code: 'global-on-link', ip: near.ip },
  };
}

/** Nothing but its number says that it is outside, and of IPv6 that says little. */
function mayBeNode({ owner }: End): boolean {
  return owner.kind === 'external' && owner.role === 'public' && owner.confidence === 'guess';
}

/** Packets of that address have a first TTL at a place where it is an end of this conversation; a proxy that names it is another matter. */
function isOnLink(one: Case, isClient: boolean): boolean {
  const { ip } = isClient ? one.client : one.server;
  const { sourceTtls, stage } = one.run;
  return one.hops.some(
    ({ dst, flow, src }) =>
      (isClient ? src : dst) === ip &&
      INITIAL_TTLS.includes(sourceTtls.at(stage.flows.place(flow), ip)),
  );
}
