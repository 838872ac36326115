/** The homework presets there are. */
import { calicoArp } from './presets/calico-arp.ts';
import { calicoBgp } from './presets/calico-bgp.ts';
import { externalDns } from './presets/external-dns.ts';
import { nlbInstance } from './presets/nlb-instance.ts';
import { nlbIp } from './presets/nlb-ip.ts';
import { nlbTls } from './presets/nlb-tls.ts';
import { podDensitySheet } from './presets/pod-density.ts';
import { podToPod } from './presets/pod-to-pod.ts';
import { privateCluster } from './presets/private-cluster.ts';
import { proxyProtocolV2 } from './presets/proxy-protocol-v2.ts';
import { sameNode } from './presets/same-node.ts';
import { snat } from './presets/snat.ts';
import type { Preset } from './sheet.ts';

/** In the order of a course. */
export const PRESETS: readonly Preset[] = [
  podToPod,
  sameNode,
  podDensitySheet,
  externalDns,
  nlbInstance,
  nlbIp,
  nlbTls,
  proxyProtocolV2,
  privateCluster,
  snat,
  calicoArp,
  calicoBgp,
];

export function presetNamed(name: string): Preset | undefined {
  return PRESETS.find((preset) => preset.name === name);
}
