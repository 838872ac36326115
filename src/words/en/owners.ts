/** Whose an address is, in English: clauses that read after "because". */
import type { Catalog } from '../sentence.ts';
import type { OwnerSentences, SpecialUse } from '../sentences/owners.ts';

const SPECIAL: Readonly<Record<SpecialUse, string>> = {
  imds: 'the EC2 instance metadata service',
  'vpc-dns': 'the resolver of the VPC',
  ntp: 'the time service of the VPC',
  'ecs-credentials': 'the ECS credentials endpoint',
  'pod-identity': 'the EKS Pod Identity agent on the node',
  'node-local-dns': 'NodeLocal DNSCache on the node',
  'node-local-dns-kubespray': 'NodeLocal DNSCache (Kubespray) on the node',
  'link-local-gateway': 'the link-local gateway of Calico and the VPC CNI',
  'calico-veth': "the node's end of a Calico veth",
  'a-loopback': 'a loopback address',
  'the-loopback': 'the loopback address',
  'link-local': 'a link-local address, anybody on the link',
  'no-address-yet': 'no address yet',
  broadcast: 'the broadcast address',
  multicast: 'a multicast group',
};

const CLAIMS = { 'on-node': 'on ', node: 'node ', value: '' };

const UNLISTED = ', though no listed pod has it';

function share(cidr: string, node: string | undefined, why: string): string {
  return `${cidr}, the share of ${node ?? 'one node'} (${why})`;
}

export const owners: Catalog<OwnerSentences> = {
  quoted: ({ text }) => text,
  joined: ({ sentences }, say) => sentences.map(say).join('; '),
  'source-says': ({ source }) => `${source} says so`,

  'listed-as-pod': ({ source, pod }) => `${source} lists it as pod ${pod}`,
  'listed-as-endpoint': ({ source, service, pod }) =>
    `${source} has it behind ${service} as pod ${pod}`,
  'listed-for-service': ({ source, service, role }) =>
    `${source} gives it to service ${service} as ${role}`,
  'listed-for-node': ({ source, node, role }) => `${source} gives it to node ${node} as ${role}`,
  'calico-gave-block': ({ node }) => `Calico gave the block to ${node}`,
  'allocated-to-pod': ({ source, pod }) => `${source} allocates it to pod ${pod}`,
  'allocated-to-tunnel-device': ({ source, node }) =>
    `${source} allocates it to the tunnel device of ${node}`,
  'cilium-pod-uses': ({ source, pod }) => `${source} says that pod ${pod} uses it`,
  'cilium-endpoint-of': ({ source, pod }) => `${source} is the endpoint of pod ${pod}`,
  'primary-of-eni': ({ source, eni }) => `${source} has it as the primary address of ${eni}`,
  'value-of': ({ field, object }) => `${field} of ${object}`,
  'pod-cidr-beside-blocks': ({ node }) =>
    `podCIDR of node ${node}, though Calico gives out blocks of its own`,
  'route-to-pod': ({ node, device }) => `a route of ${node} leads to it through ${device}`,
  'blackhole-route': ({ node }) =>
    `${node} has a blackhole route for it, as for a block of its own`,
  'route-to-block': ({ node, cidr, gateway, device }) =>
    `${node} routes ${cidr} to ${gateway} through ${device}`,
  neighbour: ({ node, device }) => `it is a neighbour of ${node} on ${device}`,
  'tunnel-neighbour': ({ node, mac, device }) =>
    `${node} has it as the tunnel device ${mac} on ${device}`,
  'aws-instance-main': ({ source, instance }) =>
    `${source}: main address of instance ${instance}, which runs the VPC CNI`,
  'aws-eni-main': ({ source, eni, instance }) =>
    `${source}: main address of ${eni} of instance ${instance}`,
  'aws-eni-of-instance': ({ source, eni, instance }) =>
    `${source}: ${eni} is of instance ${instance}`,
  'aws-eni-purpose': ({ source, eni, role, name }) =>
    `${source}: interface ${eni} is of ${role} ${name}`,
  'aws-balancer-has': ({ source, name }) => `${source}: load balancer ${name} has it`,
  'aws-cni-gave': ({ source, pod }) => `${source}: the VPC CNI gave it to pod ${pod}`,
  'agent-listed': ({ source, agent }) => `${source} lists its agent ${agent}`,

  'no-ip-address': () => 'it is not an IP address',
  special: ({ use }) => `it is ${SPECIAL[use]}`,
  'in-pod-range': ({ range, cidr, why, unlisted }, say) =>
    `it is in the ${range === 'pods' ? 'pod range' : 'ENI prefix'} ${cidr} (${say(why)})${unlisted ? UNLISTED : ''}`,
  'in-service-range': ({ cidr, why }, say) => `it is in the service range ${cidr} (${say(why)})`,
  'in-node-subnet': ({ cidr }) => `it is in the nodes' subnet ${cidr}`,
  'in-vpc-range': ({ cidr }) => `it is in the VPC range ${cidr}, where pods, nodes and others live`,
  'in-vpc-range-unlisted': ({ cidr }) =>
    `it is in the VPC range ${cidr} but neither a listed pod nor a listed node`,
  'first-of-share': ({ cidr, node, why }, say) =>
    `it is the first address of ${share(cidr, node, say(why))}, which tunnel devices take`,
  'second-of-share': ({ cidr, node, why }, say) =>
    `it is the second address of ${share(cidr, node, say(why))}, which bridges take`,
  'in-share': ({ cidr, node, why, unlisted }, say) =>
    `it is in ${share(cidr, node, say(why))}${unlisted ? UNLISTED : ''}`,
  'outside-cluster': () =>
    'it is no address of a listed node or pod, nor in a range of the cluster',
  'private-of-nobody': () => 'it is a private address and nothing tells whose',
  'public-address': () => 'it is a public address',
  'global-address': () => 'it is a global address, which seldom is a pod or node',

  shared: ({ why, services }, say) =>
    `${say(why)}${services.map((service) => `, and ${service} shares it`).join('')}`,
  'nodes-own': ({ why }, say) =>
    `no listed pod has it, and ${say(why)}: a node's own, as bridges and tunnel devices have`,
  'unlisted-and-silent': ({ why }, say) =>
    `no listed pod has it, and nothing came back, though ${say(why)}`,
  'only-from': ({ why, time }, say) => `${say(why)}, but from ${time} on, which is later`,
  'only-until': ({ why, time }, say) => `${say(why)}, but until ${time}, which is earlier`,

  conflict: ({ subject, kept, ignored }, say) =>
    `${say(subject)}: ${say(kept)}; not ${say(ignored)}`,
  'conflict-over': ({ kind, name }) => (kind === 'address' ? name : `${kind} ${name}`),
  'conflict-claim': ({ what, value, source }) => `${CLAIMS[what]}${value} (${source})`,
  'claim-of-source': ({ kind, name, node, source }) =>
    `${kind}${name === undefined ? '' : ` ${name}`}${node === undefined ? '' : ` on ${node}`} (${source.kind}: ${source.detail})`,
};
