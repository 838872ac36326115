/** Whose an address is, as sources list it and as its number tells. */
import type { Sentence } from '../sentence.ts';
import type { SourcePhrase } from './phrases.ts';

/** What an address is in any cluster. */
export type SpecialUse =
  | 'imds'
  | 'vpc-dns'
  | 'ntp'
  | 'ecs-credentials'
  | 'pod-identity'
  | 'node-local-dns'
  | 'node-local-dns-kubespray'
  | 'link-local-gateway'
  | 'calico-veth'
  | 'a-loopback'
  | 'the-loopback'
  | 'link-local'
  | 'no-address-yet'
  | 'broadcast'
  | 'multicast';

export interface OwnerSentences {
  /** As a topology file words it. */
  quoted: { text: string };
  joined: { sentences: readonly Sentence[] };
  'source-says': { source: string };

  'listed-as-pod': { source: string; pod: string };
  'listed-as-endpoint': { source: string; service: string; pod: string };
  'listed-for-service': { source: string; service: string; role: string };
  'listed-for-node': { source: string; node: string; role: string };
  'calico-gave-block': { node: string };
  'allocated-to-pod': { source: string; pod: string };
  'allocated-to-tunnel-device': { source: string; node: string };
  'cilium-pod-uses': { source: string; pod: string };
  'cilium-endpoint-of': { source: string; pod: string };
  'primary-of-eni': { source: string; eni: string };
  'value-of': { field: string; object: string };
  'pod-cidr-beside-blocks': { node: string };
  'route-to-pod': { node: string; device: string };
  'blackhole-route': { node: string };
  'route-to-block': { node: string; cidr: string; gateway: string; device: string };
  neighbour: { node: string; device: string };
  'tunnel-neighbour': { node: string; mac: string; device: string };
  'aws-instance-main': { source: string; instance: string };
  'aws-eni-main': { source: string; eni: string; instance: string };
  'aws-eni-of-instance': { source: string; eni: string; instance: string };
  'aws-eni-purpose': { source: string; eni: string; role: string; name: string };
  'aws-balancer-has': { source: string; name: string };
  'aws-cni-gave': { source: string; pod: string };
  'agent-listed': { source: string; agent: string };

  'no-ip-address': object;
  special: { use: SpecialUse };
  'in-pod-range': { range: 'pods' | 'eni-prefix'; cidr: string; why: Sentence; unlisted: boolean };
  'in-service-range': { cidr: string; why: Sentence };
  'in-node-subnet': { cidr: string };
  'in-vpc-range': { cidr: string };
  'in-vpc-range-unlisted': { cidr: string };
  'first-of-share': { cidr: string; node: string | undefined; why: Sentence };
  'second-of-share': { cidr: string; node: string | undefined; why: Sentence };
  'in-share': { cidr: string; node: string | undefined; why: Sentence; unlisted: boolean };
  'outside-cluster': object;
  'private-of-nobody': object;
  'public-address': object;
  'global-address': object;

  /** Several Services have the address. */
  shared: { why: Sentence; services: readonly string[] };
  'nodes-own': { why: Sentence };
  'unlisted-and-silent': { why: Sentence };
  'only-from': { why: Sentence; time: string };
  'only-until': { why: Sentence; time: string };

  /** Two sources that cannot both be right. */
  conflict: { subject: Sentence; kept: Sentence; ignored: Sentence };
  'conflict-over': { kind: 'address' | 'pod' | 'service'; name: string };
  'conflict-claim': { what: 'on-node' | 'node' | 'value'; value: string; source: string };
  'claim-of-source': {
    kind: string;
    name: string | undefined;
    node: string | undefined;
    source: SourcePhrase;
  };
}
