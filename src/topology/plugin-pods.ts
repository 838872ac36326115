/** The network plugin as the cluster's own lists name it: the agent that runs on every node's network, and its pools. */
import type { PluginFact } from './facts.ts';
import type { Pod, Range } from './model.ts';

/** Names of agents' pods, and the plugin each is of. */
const AGENTS: readonly (readonly [RegExp, string])[] = [
  [/^calico-node-/, 'calico'],
  [/^(rke2-)?canal-/, 'canal'],
  [/^kube-flannel-/, 'flannel'],
  [/^cilium-[a-z0-9]{5}$/, 'cilium'],
  [/^aws-node-/, 'aws-vpc-cni'],
  [/^weave-net-/, 'weave'],
  [/^ovnkube-node-|^ovs-ovn-|^kube-ovn-cni-/, 'ovn'],
  [/^antrea-agent-/, 'antrea'],
  [/^kube-router-/, 'kube-router'],
  [/^contiv-netplugin-/, 'contiv'],
  [/^azure-cns-/, 'azure-cni'],
];

/** One fact a plugin that has an agent among the pods. */
export function pluginsOfPods(pods: readonly Pod[], ranges: readonly Range[]): PluginFact[] {
  const found = new Map<string, PluginFact>();
  for (const { hostNetwork, name, source } of pods) {
    if (!hostNetwork) continue;
    const plugin = AGENTS.find(([pattern]) => pattern.test(name))?.[1];
    if (plugin === undefined || found.has(plugin)) continue;
    const mode = plugin === 'calico' ? modeOf(ranges) : undefined;
    const why = { code: 'agent-listed', source: source.detail, agent: name } as const;
    found.set(plugin, { plugin, ...(mode === undefined ? {} : { mode }), source, score: 1, why });
  }
  return [...found.values()];
}

/** How Calico's pools carry traffic between nodes. */
function modeOf(ranges: readonly Range[]): string | undefined {
  const pool = ranges.find(({ ipipMode, vxlanMode }) => (ipipMode ?? vxlanMode) !== undefined);
  if (pool === undefined) return undefined;
  if (pool.ipipMode === 'Always' || pool.ipipMode === 'CrossSubnet') return 'ipip';
  return pool.vxlanMode === 'Always' || pool.vxlanMode === 'CrossSubnet' ? 'vxlan' : 'routed';
}
