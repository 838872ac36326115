import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { parse } from 'yaml';
import { buildTopology } from '../../src/topology/build.ts';
import { noFacts, TopologyError } from '../../src/topology/facts.ts';
import { parseTopology, readTopologyFile } from '../../src/topology/file.ts';
import { topologyJsonSchema } from '../../src/topology/file-schema.ts';
import { inferFacts } from '../../src/topology/infer.ts';
import { readKubeJson } from '../../src/topology/kube-json.ts';
import { showTopology } from '../../src/topology/show.ts';
import type { Topology } from '../../src/topology/topology.ts';

function errorOf(text: string): string {
  try {
    parseTopology(text, 'topology.yaml');
  } catch (error) {
    assert.ok(error instanceof TopologyError);
    assert.equal(error.code, 'NETLENS_TOPOLOGY_FILE');
    return error.message;
  }
  return 'no error';
}

function read(text: string): Topology {
  return buildTopology(parseTopology(text, 'topology.yaml'));
}

describe('topology file', () => {
  it('reads nodes, pods, services and ranges written by hand', () => {
    const topology = read(`
nodes:
  - name: k8s-w1
    addresses: [192.168.10.101, {ip: 172.16.158.0, role: tunnel}]
  - name: k8s-w0
    addresses: [192.168.20.100]
    podCidrs: [10.244.3.0/24]
pods:
  - {namespace: default, name: pod1, ip: 172.16.158.1, node: k8s-w1}
  - {name: pod2, ips: [172.16.158.2, "fd00::2"], node: k8s-w1}
  - {namespace: kube-system, name: kube-proxy, ip: 192.168.10.101, node: k8s-w1, hostNetwork: true}
services:
  - name: web
    clusterIp: 10.96.0.50
    type: NodePort
    ports: [{port: 80, targetPort: http, nodePort: 30080}]
    endpoints: [{ip: 172.16.158.1, pod: default/pod1, node: k8s-w1, ports: [{port: 8080}]}]
ranges:
  - {cidr: 10.0.0.0/16, kind: vpc}
addresses:
  - {ip: 10.0.7.7, kind: loadbalancer, name: nlb-1}
names:
  - {ip: 203.0.113.9, name: shop.example.com}
`);
    assert.equal(topology.ownerOf('172.16.158.1').name, 'pod1');
    assert.equal(topology.ownerOf('fd00:0::2').name, 'pod2');
    assert.equal(topology.ownerOf('172.16.158.1').source?.detail, 'topology.yaml:9');
    assert.equal(topology.ownerOf('192.168.10.101').hostNetworkPods, 1);
    assert.equal(topology.ownerOf('172.16.158.0').role, 'tunnel');
    assert.equal(topology.ownerOf('10.244.3.9').node, 'k8s-w0');
    assert.equal(topology.ownerOf('10.0.7.7').kind, 'loadbalancer');
    assert.equal(topology.serviceAt('10.96.0.50', 80, 'tcp')?.service.endpoints?.length, 1);
    assert.equal(topology.namesOf('203.0.113.9')[0]?.name, 'shop.example.com');
  });

  it('takes an empty file, and JSON, which is YAML', () => {
    assert.equal(read('').empty, true);
    assert.equal(read('{"pods": [{"name": "a", "ip": "10.0.0.1"}]}').ownerOf('10.0.0.1').name, 'a');
  });

  const errors: [string, string, string][] = [
    [
      'a bad address',
      'pods:\n  - name: a\n    ip: 10.0.0.300\n',
      'topology.yaml:3:9: pods[0].ip: not an IP address: "10.0.0.300"',
    ],
    [
      'an unknown key, with kubectl’s spelling explained',
      'pods:\n  - name: a\n    podIP: 10.0.0.3\n',
      'topology.yaml:3:5: pods[0].podIP: unknown key, try ip',
    ],
    ['an unknown section', 'pod:\n  - name: a\n', 'topology.yaml:1:1: pod: unknown key'],
    [
      'kubectl’s own output',
      '{"kind": "List", "items": []}',
      'topology.yaml:1:2: kind: unknown key (and 1 more, at 1:18)',
    ],
    ['a missing name', 'pods:\n  - ip: 10.0.0.3\n', 'topology.yaml:2:5: pods[0].name: missing'],
    [
      'a number for a name',
      'pods:\n  - name: 17\n    ip: 10.0.0.3\n',
      'topology.yaml:2:11: pods[0].name: expected text, found the number 17 (put it in quotes)',
    ],
    [
      'a mapping for a list',
      'pods:\n  a: 1\n',
      'topology.yaml:2:3: pods: expected a list, found a mapping',
    ],
    [
      'a word that is none of the choices',
      'ranges:\n  - {cidr: 10.0.0.0/8, kind: pod}\n',
      'topology.yaml:2:30: ranges[0].kind: must be pods or block or node-pods or services or vpc or nodes or eni-prefix, found "pod"',
    ],
    [
      'a bad prefix',
      'ranges:\n  - {cidr: 10.0.0.0/33, kind: pods}\n',
      'topology.yaml:2:12: ranges[0].cidr: not an IP prefix (such as 10.0.0.0/24): "10.0.0.0/33"',
    ],
    [
      'a bad node address given as text',
      'nodes:\n  - name: n\n    addresses:\n      - 1.2.3\n',
      'topology.yaml:4:9: nodes[0].addresses[0].ip: not an IP address: "1.2.3"',
    ],
    [
      'a port out of range',
      'services:\n  - name: s\n    ports: [{port: 70000}]\n',
      'topology.yaml:3:20: services[0].ports[0].port: must be 0 to 65535: 70000',
    ],
    [
      'a bad time',
      'pods:\n  - {name: a, from: yesterday}\n',
      'topology.yaml:2:21: pods[0].from: not a time (such as "2026-11-22T05:55:57Z"): "yesterday"',
    ],
    [
      'another schema',
      'schema: netlens.topology/9\n',
      'topology.yaml:1:9: schema: must be netlens.topology/1, found "netlens.topology/9"',
    ],
    [
      'a source nobody knows',
      'pods:\n  - {name: a, source: rumour}\n',
      'topology.yaml:2:23: pods[0].source: must begin with file, kubectl, api, host, traffic: "rumour"',
    ],
    ['broken YAML', 'pods:\n  - name: a\n ip: [\n', 'topology.yaml:3:1: '],
    ['the same key twice', 'pods: []\npods: []\n', 'topology.yaml:2:1: Map keys must be unique'],
    [
      'text instead of a file',
      'hello\n',
      'topology.yaml:1:1: topology: expected a mapping, found text "hello"',
    ],
  ];
  for (const [what, text, expected] of errors) {
    it(`refuses ${what}, with line and column`, () => {
      const found = errorOf(text);
      if (expected.endsWith(' ')) assert.ok(found.startsWith(expected), found);
      else assert.equal(found, expected);
    });
  }

  it('tells the first error and where the others are, in one line', () => {
    const message = errorOf(`pods:\n${'  - {name: a, ip: x}\n'.repeat(8)}`);
    assert.equal(
      message,
      'topology.yaml:2:19: pods[0].ip: not an IP address: "x" (and 7 more, at 3:19, 4:19, 5:19, 6:19, …)',
    );
  });

  it('explains kubectl’s own list', () => {
    assert.match(
      errorOf('items: []'),
      /items: unknown key, try --kube-json, which reads kubectl’s JSON$/,
    );
  });

  it('says why a file cannot be opened', () => {
    assert.throws(
      () => readTopologyFile('/nonexistent/t.yaml'),
      /\/nonexistent\/t\.yaml: no such file/,
    );
    assert.throws(() => readTopologyFile('/'), /\/: is a directory/);
  });

  it('is bounded where aliases multiply', () => {
    const bomb = ['a0: &a0 [x]'];
    for (let i = 1; i < 30; i++) bomb.push(`a${i}: &a${i} [${`*a${i - 1}, `.repeat(9)}*a${i - 1}]`);
    assert.match(errorOf(bomb.join('\n')), /[Ee]xcessive alias count/);
  });
});

/** What a reader of the topology can ask, for all that is listed. */
function answers(topology: Topology): unknown {
  const owners = [...topology.listedOwners()].map((list) =>
    list.map(
      ({
        address,
        kind,
        role,
        namespace,
        name,
        node,
        hostNetworkPods,
        from,
        to,
        score,
        source,
        interface: device,
      }) => ({
        address,
        kind,
        role,
        namespace,
        name,
        node,
        hostNetworkPods,
        from,
        to,
        score: Math.round(score * 1000),
        source: source?.kind,
        device,
      }),
    ),
  );
  return {
    owners: owners.sort((a, b) => (a[0]!.address < b[0]!.address ? -1 : 1)),
    services: topology.services
      .map((s) => ({ ...s, source: 0, endpoints: s.endpoints?.map((e) => ({ ...e, source: 0 })) }))
      .sort((a, b) => (a.name < b.name ? -1 : 1)),
    ranges: topology.ranges.map((r) => ({ ...r, source: r.source.kind, why: 0 })),
    names: topology.names.map((n) => [n.address, n.name, n.kind]),
  };
}

describe('topology as YAML', () => {
  function assertRoundTrip(topology: Topology): string {
    const text = showTopology(topology);
    const again = buildTopology(parseTopology(text, 'again.yaml'));
    assert.deepEqual(answers(again), answers(topology));
    const uncommented = text
      .split('\n')
      .filter((line) => !line.startsWith('# '))
      .join('\n');
    assert.equal(showTopology(again), uncommented);
    return text;
  }

  const kube = readdirSync('fixtures')
    .map((name) => join('fixtures', name, 'kube'))
    .filter((dir) => existsSync(dir));
  for (const dir of kube) {
    it(`reads back what it shows of ${dir}, the sources too`, async () => {
      const topology = buildTopology(await readKubeJson([dir]));
      const text = assertRoundTrip(topology);
      assert.match(text, /source: "kubectl: pods\.json: items\[\d+\]"/);
    });
  }

  it('reads back what traffic showed, with its confidence', () => {
    const at = { vantage: 'f.pcap', interface: 'eth0', direction: 'out' } as const;
    const topology = buildTopology(
      inferFacts([
        {
          kind: 'tunnel',
          ...at,
          type: 'ipip',
          outerSrc: '192.168.10.101',
          outerDst: '192.168.20.100',
          outerPort: 0,
          innerSrc: '172.16.158.1',
          innerDst: '172.16.34.1',
          innerTtl: 63,
          packets: 3,
        },
        {
          kind: 'tunnel',
          ...at,
          type: 'ipip',
          outerSrc: '192.168.10.101',
          outerDst: '192.168.20.100',
          outerPort: 0,
          innerSrc: '172.16.158.0',
          innerDst: '172.16.34.1',
          innerTtl: 64,
          packets: 3,
        },
        {
          kind: 'dns',
          question: 'web.default.svc.cluster.local',
          owner: 'web.default.svc.cluster.local',
          address: '10.96.0.50',
        },
        {
          kind: 'bgp',
          prefix: '172.16.34.0/26',
          nextHop: '192.168.20.100',
          speaker: '192.168.20.100',
          peer: '192.168.10.101',
        },
        {
          kind: 'arp',
          ...at,
          vantage: 'g.pcap',
          interface: 'cali0123456789a',
          asker: '172.16.99.1',
          askerMac: '02:00:00:00:00:01',
          target: '169.254.1.1',
        },
      ]),
    );
    const text = assertRoundTrip(topology);
    assert.match(text, /confidence: 0\.95/);
    assert.match(text, /source: traffic/);
  });

  it('lets what another source lists outweigh a fact that the file marks as a guess of the traffic', () => {
    const guess =
      'addresses: [{ip: 10.0.0.5, kind: pod, name: x, namespace: d, source: traffic, confidence: 0.8}]';
    const facts = noFacts();
    facts.pods.push({
      namespace: 'd',
      name: 'y',
      addresses: ['10.0.0.5'],
      hostNetwork: false,
      source: { kind: 'kubectl', detail: 'p' },
      score: 1,
    });
    assert.equal(
      buildTopology(parseTopology(guess, 't.yaml'), facts).ownerOf('10.0.0.5').name,
      'y',
    );
    const vouched = guess.replace(', source: traffic', '');
    assert.equal(
      buildTopology(parseTopology(vouched, 't.yaml'), facts).ownerOf('10.0.0.5').name,
      'x',
    );
  });

  it('escapes hostile names so that a terminal cannot act on them, and reads them back as they were', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary', minLength: 1, maxLength: 12 }),
        fc.constantFrom(
          '',
          '\u001b[2J',
          '\u202e',
          '{bold}',
          ': ',
          '# ',
          '\n- ',
          '"',
          '\\',
          'null',
          '0x10',
          '1e3',
          '\u0085',
        ),
        (random, nasty) => {
          const name = random + nasty;
          const facts = noFacts();
          const source = { kind: 'kubectl', detail: name } as const;
          facts.pods.push({
            namespace: nasty || 'n',
            name,
            addresses: ['10.0.0.5'],
            node: name,
            hostNetwork: false,
            source,
            score: 1,
          });
          facts.names.push({ address: '10.0.0.5', name, kind: 'dns', source, score: 1 });
          facts.problems.push(name);
          const text = showTopology(buildTopology(facts));
          assert.match(text, /^[\x20-\x7e\n]*$/);
          const again = buildTopology(parseTopology(text, 't.yaml'));
          assert.equal(again.ownerOf('10.0.0.5').name, name);
          assert.equal(again.ownerOf('10.0.0.5').source?.detail, name);
        },
      ),
    );
  });

  it('is what the published schema allows, and that schema is up to date', async () => {
    const file = 'docs/schema/netlens.topology-1.json';
    if (process.env.NETLENS_GOLDEN === '1') {
      writeFileSync(file, `${JSON.stringify(topologyJsonSchema(), null, 2)}\n`);
    }
    const published = JSON.parse(readFileSync(file, 'utf8')) as object;
    assert.deepEqual(
      published,
      JSON.parse(JSON.stringify(topologyJsonSchema())),
      'NETLENS_GOLDEN=1 rewrites it',
    );
    const validate = new Ajv2020({ strict: false }).compile(published);
    for (const dir of kube) {
      const value: unknown = parse(showTopology(buildTopology(await readKubeJson([dir]))));
      assert.ok(validate(value), JSON.stringify(validate.errors));
    }
    assert.equal(validate({ pods: [{ ip: '10.0.0.1' }] }), false);
    assert.equal(validate({ pod: [] }), false);
  });
});
