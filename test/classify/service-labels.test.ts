/** Labels of what is said to Services, where not all of it was seen. */
import assert from 'node:assert/strict';
import { analyse } from '../../src/classify/analyse.ts';
import { parseTopology } from '../../src/topology/file.ts';
import { Sightings, segment } from '../support/sightings.ts';

const SYN = 0x02;

/** Nodes a and b; web is on both, edge is a hostNetwork pod of b, lb has an address that nodes answer for. */
const CLUSTER = `
nodes:
  - { name: a, addresses: [10.0.3.7] }
  - { name: b, addresses: [10.0.3.8] }
pods:
  - { namespace: prod, name: cli, ips: [10.42.0.5], node: a }
  - { namespace: prod, name: web-a, ips: [10.42.0.6], node: a }
  - { namespace: prod, name: web-b, ips: [10.42.1.5], node: b }
  - { namespace: prod, name: edge, ips: [10.0.3.8], node: b, hostNetwork: true }
services:
  - name: web
    namespace: prod
    type: NodePort
    clusterIp: 10.43.0.20
    ports: [{ port: 80, targetPort: 8080, nodePort: 30510 }]
    endpoints:
      - { ip: 10.42.0.6, node: a, pod: prod/web-a, ports: [{ port: 8080 }] }
      - { ip: 10.42.1.5, node: b, pod: prod/web-b, ports: [{ port: 8080 }] }
  - name: edge
    namespace: prod
    clusterIp: 10.43.0.25
    ports: [{ port: 80, targetPort: 8081 }]
    endpoints: [{ ip: 10.0.3.8, node: b, pod: prod/edge, ports: [{ port: 8081 }] }]
  - name: lb
    namespace: prod
    type: LoadBalancer
    clusterIp: 10.43.0.27
    ingress: [{ ip: 10.0.3.200 }]
    ports: [{ port: 80, targetPort: 8080 }]
    endpoints: [{ ip: 10.42.1.5, node: b, pod: prod/web-b, ports: [{ port: 8080 }] }]
`;

/** What one SYN with this TTL, seen on a device of node a (a pod's is veth0), is said to be. */
function labelOf(tuple: string, ttl: number, device = 'eth0', topology = CLUSTER): string {
  const seen = new Sightings().see(
    `a.${device}.pcap:${device}`,
    0,
    segment(tuple, ttl, 5, { flags: SYN, seq: 1 }),
  );
  const facts = topology === '' ? [] : [parseTopology(topology, 'cluster.yaml')];
  const { label, confidence, evidence } = analyse(seen.stage, { facts }).record(0);
  return `${label} ${confidence} ${evidence[0]!.rule}`;
}

describe('labels of what is said to Services', () => {
  it('a Service of hostNetwork pods has nodes as its servers', () => {
    assert.equal(
      labelOf('10.42.0.5:40000 > 10.43.0.25:80', 64, 'veth0'),
      'host likely service-of-nodes',
    );
  });

  it('a load balancer address that a pod dials is a Service, not the outside', () => {
    assert.equal(
      labelOf('10.42.0.5:40000 > 10.0.3.200:80', 64, 'veth0'),
      'cross-node likely service-endpoints',
    );
    assert.match(labelOf('203.0.113.9:40000 > 10.0.3.200:80', 60), /^external/);
  });

  it('a pod that dials a node port is not taken for one that talks to the node', () => {
    const tuple = '10.42.0.5:40000 > 10.0.3.8:30510';
    assert.equal(labelOf(tuple, 64, 'veth0'), 'unknown guess not-decided');
    const nodes = CLUSTER.slice(0, CLUSTER.indexOf('services:'));
    assert.equal(labelOf(tuple, 64, 'veth0', nodes), 'unknown guess not-decided'); // by its range
    assert.match(labelOf('10.42.0.5:40000 > 10.0.3.8:10250', 64, 'veth0'), /^host/);
  });

  it('a node that dials a node port itself is the host, whoever answers', () => {
    assert.match(labelOf('10.0.3.7:40000 > 10.0.3.8:30510', 64), /^host certain/);
  });

  it('what a node masquerades towards another node comes from a pod of its own', () => {
    assert.equal(labelOf('10.0.3.7:40000 > 10.0.3.8:8081', 63), 'host likely masqueraded-pod');
    assert.notEqual(labelOf('10.0.3.7:40000 > 10.0.3.8:30510', 63).split(' ')[0], 'host');
  });

  it('what a node masquerades towards a pod may be anybody one router away, and is from outside further on', () => {
    const tuple = '10.0.3.7:40000 > 10.42.1.5:8080';
    assert.equal(labelOf(tuple, 64), 'host certain node-is-an-end');
    assert.equal(labelOf(tuple, 63), 'unknown guess masqueraded-client');
    assert.equal(labelOf(tuple, 62), 'external guess masqueraded-client');
    assert.equal(labelOf(tuple, 61), 'external likely masqueraded-client');
  });

  it('a node port’s backend does not know whether a node speaks or a client behind it', () => {
    assert.equal(
      labelOf('10.0.3.8:40000 > 10.42.0.6:8080', 62, 'veth0'),
      'unknown guess node-may-masquerade',
    );
    assert.equal(
      labelOf('10.0.3.8:40000 > 10.42.0.6:8080', 63, 'veth0'),
      'host certain node-is-an-end',
    );
  });
});
