/** What the places where a conversation was seen tell of where its ends are. */
import { interfaceInFileName } from '../topology/infer-interfaces.ts';
import type { Case } from './case.ts';
import { deviceKindOf } from './device-names.ts';
import { encapsulationOf } from './encapsulation.ts';
import type { EncapsulationRecord } from './record.ts';

/** Initial TTLs of common systems: a packet that still has one has passed no router. */
export const INITIAL_TTLS: readonly number[] = [64, 128, 255];

/** Routers between two hosts of one site, at most; a TTL farther from an initial one tells nothing. */
const ROUTERS_MAX = 8;

/** A tunnel around the conversation whose ends are two nodes, where one was seen. */
export function tunnelsBetweenNodes(one: Case): EncapsulationRecord | undefined {
  for (const hop of one.hops) {
    const tunnel = encapsulationOf(one.run.stage, hop);
    if (tunnel === null || tunnel.outer.src === tunnel.outer.dst) continue;
    const ends = [tunnel.outer.src, tunnel.outer.dst].map((ip) => one.run.topology.ownerOf(ip));
    if (ends.every((owner) => owner.kind === 'node')) return tunnel;
  }
  return undefined;
}

/** Name of the tunnel's own device on which some hop was seen. */
export function tunnelDeviceOf(one: Case): string | undefined {
  const hop = one.hops.find(({ flow }) => isTunnelDevice(one, flow));
  return hop === undefined ? undefined : deviceOf(one, hop.flow);
}

/**
 * Two frames, when one host saw the packet leave the client's interface and reach the server's with
 * one router (itself) or none (a bridge) between, never encapsulated and with one tuple at least shared.
 */
export function meetAtOneHost(one: Case): { first: number; last: number } | undefined {
  const { hops, run } = one;
  const { flows, places } = run.stage;
  const first = hops.find((hop) => INITIAL_TTLS.includes(hop.ttl));
  if (first === undefined) return undefined;
  if (hops.some((hop) => flows.encapsulation(hop.flow) !== 0)) return undefined;
  const file = places.list[flows.place(first.flow)]!.capture.fileIndex;
  const last = hops.find(
    (hop) =>
      hop.flow !== first.flow &&
      flows.place(hop.flow) !== flows.place(first.flow) &&
      places.list[flows.place(hop.flow)]!.capture.fileIndex === file &&
      (hop.ttl === first.ttl - 1 || hop.ttl === first.ttl) &&
      isPodSide(one, hop.flow),
  );
  if (last === undefined || !isPodSide(one, first.flow)) return undefined;
  return { first: flows.frame(first.flow), last: flows.frame(last.flow) };
}

/** Routers that the packets of one side (2 * flow + side) had passed when seen; undefined = not to be told. */
export function routersPassed(one: Case, side: number): number | undefined {
  const ttl = one.run.stage.flows.ttlBy(side);
  const initial = INITIAL_TTLS.find((first) => first >= ttl);
  if (ttl === 0 || initial === undefined || initial - ttl > ROUTERS_MAX) return undefined;
  return initial - ttl;
}

/** An interface of a pod by its name: a NIC could also lead to another host. */
export function isPodSide(one: Case, flow: number): boolean {
  const name = deviceOf(one, flow);
  return name !== undefined && deviceKindOf(name) === 'pod';
}

/** A tunnel's own device, where packets are seen before or after their encapsulation. */
export function isTunnelDevice(one: Case, flow: number): boolean {
  const name = deviceOf(one, flow);
  return name !== undefined && deviceKindOf(name) === 'tunnel';
}

/** Name of the device where the flow was seen, told by the capture or held by its file's name; undefined when nothing tells it. */
export function deviceOf(one: Case, flow: number): string | undefined {
  const { flows, places } = one.run.stage;
  const place = flows.place(flow);
  const name = places.nameOf(place);
  if (name === undefined) return interfaceInFileName(places.list[place]!.capture.file);
  return name.startsWith('#') ? undefined : name;
}
