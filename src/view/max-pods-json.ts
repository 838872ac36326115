/** Pod limits as JSON, schema netlens.maxpods/1. */
import type { AddressMode, MaxPods } from '../topology/max-pods.ts';
import type { Density } from '../topology/pod-density.ts';
import { escapeJson } from './escape.ts';

/** One document with its newline: types asked for, and nodes when there is a dump. */
export function maxPodsJson(
  types: readonly MaxPods[],
  mode: AddressMode,
  density: Density | undefined,
): string {
  const document = {
    schema: 'netlens.maxpods/1',
    mode: density === undefined ? mode : density.mode,
    types: types.map(limitJson),
    ...(density === undefined
      ? {}
      : {
          modeFrom: density.modeFrom,
          nodes: density.nodes.map((node) => ({
            node: node.node,
            instanceType: node.instanceType ?? null,
            pods: node.pods,
            hostNetworkPods: node.hostNetworkPods,
            kubeletMax: node.kubeletMax ?? null,
            limit: node.limit === undefined ? null : limitJson(node.limit),
            findings: node.findings,
          })),
        }),
  };
  const lines = JSON.stringify(document, null, 1).split('\n');
  return `${lines.map(escapeJson).join('\n')}\n`;
}

function limitJson({ cap, formula, limits, maxPods, problem, recommended }: MaxPods): object {
  const { enis, instanceType, ipv4PerEni, takesPrefixes } = limits;
  return {
    instanceType,
    enis,
    ipv4PerEni,
    takesPrefixes,
    formula,
    maxPods,
    cap,
    recommended,
    problem: problem ?? null,
  };
}
