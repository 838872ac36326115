import assert from 'node:assert/strict';
import fc from 'fast-check';
import { buildTopology } from '../../src/topology/build.ts';
import { inferFacts } from '../../src/topology/infer.ts';
import type { TrafficObservation } from '../../src/topology/observation.ts';
import { showTopology } from '../../src/topology/show.ts';

const address = fc.oneof(
  {
    weight: 8,
    arbitrary: fc
      .tuple(fc.constantFrom('10.1.0', '10.1.1', '192.168.10'), fc.nat(9))
      .map(([net, host]) => `${net}.${host}`),
  },
  fc.constantFrom(
    'fd00::1',
    'fd00::2',
    '8.8.8.8',
    '169.254.1.1',
    '224.0.0.1',
    '0.0.0.0',
    'fe80::1',
    'ff02::1:ffee:eeee',
    'not an address',
    '',
  ),
);
const mac = fc.constantFrom('ee:ee:ee:ee:ee:ee', '0a:58:0a:01:00:03', '02:00:00:00:00:01', '');
const at = {
  vantage: fc.constantFrom('a.pcap', 'b.pcap', 'cali0123456789a.pcap'),
  interface: fc.constantFrom(
    'eth0',
    'cali0123456789a',
    'eni0123456789b',
    'tunl0',
    'cni0',
    '#3',
    '#4',
    undefined,
  ),
  direction: fc.constantFrom('in' as const, 'out' as const, undefined),
};
const ttl = fc.constantFrom(0, 64, 63, 62, 255);
const packets = fc.integer({ min: 1, max: 50 });
const port = fc.constantFrom(0, 53, 80, 179, 443, 10250, 30080);
const name = fc.oneof(
  fc.constantFrom(
    'web.default.svc.cluster.local',
    'db-0.db.shop.svc.x',
    'a.elb.amazonaws.com',
    '.',
    '',
  ),
  fc.string({ maxLength: 8 }),
);

const observation: fc.Arbitrary<TrafficObservation> = fc.oneof(
  fc.record({
    kind: fc.constant('flow' as const),
    ...at,
    src: address,
    dst: address,
    protocol: fc.constantFrom('tcp', 'udp', 'icmpv6'),
    sport: port,
    dport: port,
    ttl,
    srcMac: mac,
    dstMac: mac,
    packets,
  }),
  fc.record({
    kind: fc.constant('tunnel' as const),
    ...at,
    type: fc.constantFrom('ipip', 'vxlan', 'geneve', 'gre', 'wireguard'),
    outerSrc: address,
    outerDst: address,
    outerPort: fc.constantFrom(0, 4789, 8472),
    id: fc.constantFrom(undefined, 1, 2, 6, 4096, 0xca11c0),
    innerSrc: fc.option(address, { nil: undefined }),
    innerDst: fc.option(address, { nil: undefined }),
    innerSrcMac: mac,
    innerDstMac: mac,
    innerTtl: ttl,
    optionClasses: fc.constantFrom(undefined, [0x108]),
    packets,
  }),
  fc.record({
    kind: fc.constant('arp' as const),
    ...at,
    asker: address,
    askerMac: mac,
    target: address,
  }),
  fc.record({
    kind: fc.constant('bgp' as const),
    prefix: fc.constantFrom('10.1.0.0/26', '10.1.1.0/24', '10.1.0.3/32', '0.0.0.0/0', 'x'),
    nextHop: address,
    speaker: address,
    peer: address,
    asPathLength: fc.constantFrom(undefined, 0, 1, 2),
  }),
  fc.record({
    kind: fc.constant('dns' as const),
    question: name,
    owner: name,
    address: fc.option(address, { nil: undefined }),
    text: fc.constantFrom(undefined, '"heritage=external-dns,external-dns/resource=service/a/b"'),
  }),
  fc.record({ kind: fc.constant('probe' as const), ...at, src: address, dst: address }),
  fc.record({
    kind: fc.constant('translation' as const),
    type: fc.constantFrom('snat' as const, 'dnat' as const),
    vantage: at.vantage,
    protocol: fc.constant('tcp'),
    before: fc.record({ src: address, dst: address, dport: port }),
    after: fc.record({ src: address, dst: address, dport: port }),
  }),
  fc.record({ kind: fc.constant('name' as const), address, name, file: fc.constant('f') }),
  fc.record({
    kind: fc.constant('pod-comment' as const),
    vantage: at.vantage,
    namespace: name,
    name,
    address,
    file: fc.constant('f'),
  }),
  at.vantage.map((vantage) => ({ kind: 'vantage' as const, vantage, node: `node of ${vantage}` })),
);

describe('inference over anything', () => {
  it('never throws, and what it finds can be shown and asked', () => {
    fc.assert(
      fc.property(fc.array(observation, { maxLength: 30 }), (list) => {
        const topology = buildTopology(inferFacts(list));
        assert.match(showTopology(topology), /^schema: /);
        for (const [owner] of topology.listedOwners()) {
          assert.ok(owner!.score > 0 && owner!.score <= 1);
          assert.equal(topology.ownerOf(owner!.address).kind, owner!.kind);
          // A node that an owner names is one that the topology has.
          if (owner!.node !== undefined)
            assert.ok(
              topology.nodeNamed(owner!.node) !== undefined,
              `${owner!.address} on ${owner!.node}`,
            );
        }
      }),
      { numRuns: 200 },
    );
  });

  it('does not depend on the order of what was seen', () => {
    const answers = (list: readonly TrafficObservation[]) => {
      const topology = buildTopology(inferFacts(list));
      const addresses = [...topology.listedOwners()].map(([o]) => o!.address).sort();
      return addresses.map((a) => {
        const { kind, score, node } = topology.ownerOf(a);
        const home = node === undefined ? undefined : topology.nodeNamed(node);
        // Which address stands for a node, and how its captures are named, may differ.
        return [
          a,
          kind,
          score,
          [...(home?.addresses ?? [])]
            .map((x) => x.address)
            .sort()
            .join(),
        ];
      });
    };
    fc.assert(
      fc.property(
        fc.array(observation, { maxLength: 12 }),
        fc.infiniteStream(fc.nat()),
        (list, keys) => {
          const order = list.map((o) => ({ o, key: keys.next().value as number }));
          const shuffled = order.sort((a, b) => a.key - b.key).map(({ o }) => o);
          assert.deepEqual(answers(shuffled), answers(list));
        },
      ),
      { numRuns: 200 },
    );
  });
});
