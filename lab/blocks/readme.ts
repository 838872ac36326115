/** The README of a fixture: what it shows, how to make it again, what is in it. */

/** What differs from fixture to fixture. */
export interface ReadmeParts {
  lab: string;
  title: string;
  text: string;
}

const FILES = `| file | what it is |
|---|---|
| \`any.pcapng\` | one node's interfaces joined by time, each with its name and link type |
| \`captures/NODE.DEVICE.pcap\` | tcpdump, nanoseconds; \`any\` is SLL2 (interface numbers are in \`nodes/NODE/ip-address.json\`) |
| \`kube/*.json\` | what \`kubectl get … -A -o json\` would print |
| \`nodes/NODE/\` | \`ip -d -j address\`, \`route\`, \`neigh\` and \`conntrack -L -o extended\` at the end of the traffic |
| \`truth.json\` | every conversation the lab made: real ends, tuple dialled, translations, outer headers, sightings per capture |

Ports, translations and identifiers in \`truth.json\` were read from the callers' sockets and the nodes' conntrack
tables while the traffic ran; sightings (frames that hold the ports, so no later fragments) and outer headers were
counted with tshark, and the lab refuses to write a fixture in which captures and truth differ.`;

export function readmeOf({ lab, text, title }: ReadmeParts): string {
  const command = `npm run lab -- run ${lab} --out fixtures/${lab}`;
  return `# ${lab}\n\n${title}.\n\n${text}\n\nMade by \`${command}\` (root, Linux); all addresses are the lab's own.\n\n${FILES}\n`;
}
