/** The topology as Mermaid text: a flowchart, each node a subgraph of its pods. */
import { showSize } from '../amounts.ts';
import type { ClusterModel, LinkLine } from './cluster-model.ts';
import { escapeMermaid } from './mermaid.ts';
import { DIAGRAM_WORDS, type Language } from './words.ts';

export function topologyMermaid(model: ClusterModel, language: Language): string {
  const words = DIAGRAM_WORDS[language];
  const ids = new Map<string, string>();
  const lines = ['flowchart TB'];
  model.outside.forEach(({ key, kind, address, name }, i) => {
    const id = `o${i + 1}`;
    ids.set(key, id);
    const label = [words.ends[kind], name, address].filter(Boolean).join(' ');
    lines.push(`  ${id}(["${escapeMermaid(label)}"])`);
  });
  model.nodes.forEach((node, i) => {
    const id = `n${i + 1}`;
    ids.set(node.key, id);
    const name = node.name === '' ? words.topology.withoutNode : `${words.node} ${node.name}`;
    lines.push(`  subgraph ${id}["${escapeMermaid(name)}"]`);
    node.pods.forEach(({ label, address }, p) => {
      const text = label === address ? label : `${label} ${address}`;
      lines.push(`    ${id}p${p + 1}["${escapeMermaid(text)}"]`);
    });
    const more = words.topology.more(node.morePods, words.topology.pods);
    if (node.morePods > 0) lines.push(`    ${id}more["${escapeMermaid(more)}"]`);
    if (node.pods.length === 0) lines.push(`    ${id}none["${escapeMermaid(words.node)}"]`);
    lines.push('  end');
  });
  for (const line of [...model.front, ...model.outer, ...model.inner]) {
    lines.push(`  ${ids.get(line.from)} ${arrowOf(line)} ${ids.get(line.to)}`);
  }
  model.services.forEach(({ name, type, address }, i) => {
    lines.push(`  s${i + 1}{{"${escapeMermaid(`${name} ${type} ${address}`)}"}}`);
  });
  return `${lines.join('\n')}\n`;

  /** Thick for a tunnel, with how much went there. */
  function arrowOf({ tunnel, amount }: LinkLine): string {
    const count = words.topology.conversations(amount.conversations);
    const text = [tunnel.toUpperCase(), count, showSize(amount.bytes)].filter(Boolean).join(', ');
    return tunnel === '' ? `---|"${escapeMermaid(text)}"|` : `===|"${escapeMermaid(text)}"|`;
  }
}
