/** AWS VPC CNI: pods on VPC addresses of two ENIs, nothing encapsulated; SNAT to the primary address, or none. */
import {
  CONTROL_PLANE,
  eniName,
  IMDS,
  INTERNET_SERVER,
  introspection,
  POD_IDENTITY,
  RESOLVER,
  VPC_NODES,
  VPC_OUTSIDERS,
  vpcCluster,
  vpcPod,
  wireVpc,
} from './blocks/aws.ts';
import type { CaptureOptions } from './blocks/capture.ts';
import { type Cluster, findPod } from './blocks/cluster.ts';
import { kubeFiles } from './blocks/kube-json.ts';
import type { Lab } from './blocks/lab.ts';
import type { LabName } from './blocks/names.ts';
import { readmeOf } from './blocks/readme.ts';
import { type Session, talk } from './blocks/session.ts';
import type { Call, Command } from './blocks/traffic.ts';

const NODE_PORT = 30080;
const [N1, N2, N3] = VPC_NODES;

const WEB = { app: 'web' };
const CLUSTER = vpcCluster(
  [
    vpcPod(1, 'eth0', 'client-a', '10.0.1.101', { app: 'client' }),
    vpcPod(1, 'eth0', 'web-a', '10.0.1.102', WEB),
    vpcPod(1, 'eth1', 'client-b', '10.0.1.161', { app: 'client' }),
    vpcPod(1, 'eth1', 'web-b', '10.0.1.162', WEB),
    vpcPod(2, 'eth0', 'web-c', '10.0.1.111', { ...WEB, role: 'far' }),
    vpcPod(
      2,
      'eth1',
      'coredns-57b4d9c8f-zk2lx',
      '10.0.1.181',
      { 'k8s-app': 'kube-dns' },
      'kube-system',
    ),
    vpcPod(3, 'eth0', 'web-d', '10.0.2.131', WEB),
    vpcPod(3, 'eth1', 'client-d', '10.0.2.177', { app: 'client' }), // from the delegated prefix
  ],
  [
    {
      namespace: 'default',
      name: 'web',
      type: 'NodePort',
      clusterIp: '172.20.71.20',
      ports: [{ name: 'http', port: 80, targetPort: 8080, protocol: 'TCP', nodePort: NODE_PORT }],
      selector: WEB,
      externalTrafficPolicy: 'Cluster',
    },
    {
      namespace: 'default',
      name: 'web-far',
      type: 'NodePort',
      clusterIp: '172.20.12.34',
      ports: [
        { name: 'http', port: 80, targetPort: 8080, protocol: 'TCP', nodePort: NODE_PORT + 1 },
      ],
      selector: { role: 'far' },
      externalTrafficPolicy: 'Cluster',
    },
  ],
);

const RECORDS = {
  'web.default.svc.cluster.local': [{ type: 'A', data: '172.20.71.20' }],
  'shop.example.com': [{ type: 'A', data: INTERNET_SERVER }],
};

function servers(cluster: Cluster): { place: string; command: Command }[] {
  const list: { place: string; command: Command }[] = [];
  const serve = (place: string, kind: string, protocol: string, port: number, more = {}): void => {
    list.push({ place, command: { do: 'serve', kind, protocol, port, ...more } });
  };
  for (const { labels, name, place } of cluster.pods) {
    if (place === undefined) continue;
    serve(place, 'http', 'tcp', 8080, { name });
    serve(place, 'echo', 'tcp', 9000);
    serve(place, 'echo', 'udp', 7007);
    if (labels['k8s-app'] === 'kube-dns') serve(place, 'dns', 'udp', 53, { records: RECORDS });
  }
  for (const { name, place } of cluster.nodes) {
    serve(place, 'http', 'tcp', 10250, { name });
    serve(place, 'http', 'tcp', 80, { name, bind: POD_IDENTITY });
  }
  serve('fabric', 'http', 'tcp', 80, { bind: IMDS, name: 'imds', bodyTtl: { PUT: 1 } });
  serve('fabric', 'http', 'tcp', 443, { bind: CONTROL_PLANE, name: 'eks' });
  serve('fabric', 'dns', 'udp', 53, { bind: RESOLVER, records: RECORDS });
  serve('server', 'http', 'tcp', 80, { name: 'server' });
  serve('server', 'echo', 'udp', 9999);
  return list;
}

function captures(): CaptureOptions[] {
  const list: CaptureOptions[] = [];
  for (const [node, pods] of [
    [N1, ['client-a', 'web-a', 'client-b', 'web-b']],
    [N2, ['web-c']],
    [N3, ['web-d', 'client-d']],
  ] as const) {
    const { name, place } = node!;
    for (const device of [
      'any',
      'eth0',
      'eth1',
      ...pods.map((p) => eniName(findPod(CLUSTER, p))),
    ]) {
      list.push({ place, node: name, device });
    }
  }
  return list;
}

let ident = 6000;

/** ping, TCP, UDP and HTTP from a pod to an address. */
async function fourWays(
  session: Session,
  id: string,
  from: string,
  to: string,
  words: string[],
): Promise<void> {
  ident += 11;
  const commands = {
    ping: { do: 'ping', to: [to, 0], ident },
    tcp: { do: 'tcp', to: [to, 9000], turns: 2, size: 70 },
    udp: { do: 'udp', to: [to, 7007], count: 2, size: 40 },
    http: { do: 'http', to: [to, 8080] },
  };
  for (const [word, command] of Object.entries(commands)) {
    await talk(session, { id: `${id}-${word}`, from, command, words: [word, ...words] });
  }
}

async function inside(session: Session): Promise<void> {
  const at = (name: string): string => findPod(session.cluster, name).ip;
  await fourWays(session, 'same-node', 'client-a', at('web-a'), ['pod-to-pod', 'same-node']);
  await fourWays(session, 'same-node-two-enis', 'client-a', at('web-b'), [
    'pod-to-pod',
    'same-node',
  ]);
  await fourWays(session, 'same-subnet', 'client-a', at('web-c'), ['pod-to-pod', 'same-subnet']);
  await fourWays(session, 'secondary-eni', 'client-b', at('web-c'), [
    'pod-to-pod',
    'secondary-eni',
  ]);
  await fourWays(session, 'other-subnet', 'client-a', at('web-d'), ['pod-to-pod', 'other-subnet']);
  await fourWays(session, 'prefix', 'client-d', at('web-b'), [
    'pod-to-pod',
    'other-subnet',
    'prefix',
  ]);
  const go = async (id: string, from: string, command: Command, words: string[]): Promise<void> => {
    await talk(session, { id, from, command, words });
  };
  const dns = { do: 'dns', to: ['172.20.0.10', 53], name: 'web.default.svc.cluster.local' };
  await go('dns-web', 'client-a', dns, ['dns', 'cluster-ip']);
  await go('dns-prefix', 'client-d', { ...dns, name: 'shop.example.com' }, ['dns', 'cluster-ip']);
  const upstream = { do: 'dns', to: [RESOLVER, 53], name: 'shop.example.com' };
  await go('dns-upstream', 'coredns-57b4d9c8f', upstream, ['dns', 'vpc-resolver']);
  const far = { do: 'http', to: ['172.20.12.34', 80], host: 'web-far' };
  await go('cluster-ip-far', 'client-a', far, ['http', 'cluster-ip']);
  await go('cluster-ip-secondary', 'client-b', far, ['http', 'cluster-ip', 'secondary-eni']);
  for (let i = 1; i <= 6; i++) {
    const web = { do: 'http', to: ['172.20.71.20', 80], host: 'web' };
    await go(`cluster-ip-random-${i}`, 'client-a', web, ['http', 'cluster-ip']);
  }
  await go('api-server', 'client-a', { do: 'http', to: ['172.20.0.1', 443] }, [
    'http',
    'api-server',
  ]);
}

async function hosts(session: Session): Promise<void> {
  const at = (name: string): string => findPod(session.cluster, name).ip;
  const go = async (
    id: string,
    from: string,
    to: [string, number],
    words: string[],
    more = {},
  ): Promise<void> => {
    await talk(session, {
      id,
      from,
      command: { do: 'http', to, ...more },
      words: ['http', ...words],
    });
  };
  const probe = { agent: 'kube-probe/1.29+', path: '/healthz' };
  await go('probe-web-a', 'n1', [at('web-a'), 8080], ['probe'], probe);
  await go('probe-web-b', 'n1', [at('web-b'), 8080], ['probe', 'secondary-eni'], probe);
  await go('probe-web-c', 'n2', [at('web-c'), 8080], ['probe'], probe);
  await go('node-to-pod', 'n1', [at('web-d'), 8080], ['node-to-pod']);
  await go('pod-to-own-node', 'client-a', [N1!.ip, 10250], ['pod-to-node']);
  await go('pod-to-node', 'client-a', [N2!.ip, 10250], ['pod-to-node']);
  await go('pod-to-far-node', 'client-b', [N3!.ip, 10250], ['pod-to-node', 'secondary-eni']);
  await go('node-to-node', 'n2', [N3!.ip, 10250], ['node-to-node']);
  await go('pod-identity', 'client-a', [POD_IDENTITY, 80], ['pod-identity'], {
    path: '/v1/credentials',
  });
  await go('imds-v1', 'client-a', [IMDS, 80], ['imds', 'snat'], {
    path: '/latest/meta-data/instance-id',
  });
  await go('imds-node', 'n1', [IMDS, 80], ['imds'], { path: '/latest/api/token', method: 'PUT' });
  await talk(session, {
    id: 'imds-hop-limit',
    from: 'client-a',
    command: { do: 'http', to: [IMDS, 80], path: '/latest/api/token', method: 'PUT', timeout: 1 },
    words: ['http', 'imds', 'snat', 'trouble'],
    trouble: 'the answer has TTL 1 and ends at the node',
  });
}

async function outside(session: Session): Promise<void> {
  const to = INTERNET_SERVER;
  const go = async (id: string, from: string, command: Command, words: string[]): Promise<void> => {
    await talk(session, { id, from, command, words: ['egress', ...words] });
  };
  await go('egress-http', 'client-a', { do: 'http', to: [to, 80], host: 'shop.example.com' }, [
    'http',
  ]);
  await go('egress-http-eth1', 'client-b', { do: 'http', to: [to, 80] }, ['http', 'secondary-eni']);
  await go('egress-http-prefix', 'client-d', { do: 'http', to: [to, 80] }, ['http', 'prefix']);
  await go('egress-udp', 'client-a', { do: 'udp', to: [to, 9999], count: 2 }, ['udp']);
  await go('egress-ping', 'client-b', { do: 'ping', to: [to, 0], ident: 7777 }, [
    'ping',
    'secondary-eni',
  ]);
  await go('node-egress', 'n1', { do: 'http', to: [to, 80] }, ['http', 'host']);
  const ingress = async (id: string, port: number): Promise<void> => {
    const command = { do: 'http', to: [N1!.ip, port] };
    await talk(session, { id, from: 'client', command, words: ['http', 'node-port', 'ingress'] });
  };
  await ingress('node-port-far', NODE_PORT + 1);
  for (let i = 1; i <= 4; i++) await ingress(`node-port-random-${i}`, NODE_PORT);
}

/** What is said again and again while the lab is up. */
function calls(): Call[] {
  const at = (name: string): string => findPod(CLUSTER, name).ip;
  const ping = (from: string, to: string): Call => {
    ident += 11;
    return { from, command: { do: 'ping', to: [to, 0], ident } };
  };
  const get = (from: string, to: string, port: number, host = to): Call => ({
    from,
    command: { do: 'http', to: [to, port], host },
  });
  const name = 'web.default.svc.cluster.local';
  return [
    ping('client-a', at('web-a')),
    ping('client-a', at('web-c')),
    ping('client-a', at('web-d')),
    get('client-a', at('web-c'), 8080),
    { from: 'client-a', command: { do: 'dns', to: ['172.20.0.10', 53], name } },
    get('client-a', '172.20.12.34', 80, 'web-far'),
    get('client-a', INTERNET_SERVER, 80, 'shop.example.com'),
    get('client-b', at('web-c'), 8080),
    get('client-b', INTERNET_SERVER, 80, 'shop.example.com'),
    get('client-d', at('web-b'), 8080),
    get('n1', at('web-a'), 8080),
    get('client', N1!.ip, NODE_PORT + 1),
  ];
}

function lab(name: LabName, externalSnat: boolean, summary: string, text: string): Lab {
  return {
    name,
    summary,
    tools: ['iptables-restore'],
    cluster: CLUSTER,
    outsiders: VPC_OUTSIDERS,
    captures: captures(),
    servers: servers(CLUSTER),
    wire: (network) => wireVpc(network, CLUSTER, externalSnat),
    converge: () => undefined,
    traffic: async (session) => {
      await inside(session);
      await hosts(session);
      await outside(session);
    },
    calls: calls(),
    kube: () => kubeFiles(CLUSTER),
    harvest: () => ({
      nodeFiles: Object.fromEntries(
        VPC_NODES.map((node) => [node.name, { 'enis.json': introspection(CLUSTER, node) }]),
      ),
      encapsulation: () => [],
      joined: N1!.name,
      readme: readmeOf({ lab: name, title: summary, text }),
    }),
  };
}

const COMMON = `Three nodes in two subnets of the VPC 10.0.0.0/16, each with a primary ENI (eth0) and a secondary one (eth1, its
own routing table, reached by \`ip rule\`s per pod address). Pods have VPC addresses of one of the two ENIs, their
gateway 169.254.1.1 is a permanent neighbour entry (no ARP), host veths are \`eni\` and eleven hex digits. On the
third node eth1 also has the delegated prefix 10.0.2.176/28. Services are in 172.20.0.0/16. The resolver 10.0.0.2,
IMDS 169.254.169.254 and a control-plane address 10.0.1.250 answer from the fabric's namespace; 169.254.170.23 is
on every node, as the Pod Identity agent has it. One IMDS PUT is answered with TTL 1, so a pod never sees the
answer. \`nodes/NODE/enis.json\` is what ipamd's introspection prints. The fabric here is a Linux router and bridges:
it lowers the TTL between subnets, which the VPC's may not do.`;

export const awsVpcCni = lab(
  'aws-vpc-cni',
  false,
  'AWS VPC CNI: pod addresses of the VPC on two ENIs, SNAT to the primary address towards the internet',
  `${COMMON}\n\nWhat leaves the VPC is rewritten to the node's primary address with a random port and goes out of eth0, even from\npods whose address is on eth1 (connmark 0x80).`,
);

export const awsVpcCniExternalSnat = lab(
  'aws-vpc-cni-external-snat',
  true,
  'AWS VPC CNI with external SNAT: pod addresses leave the node as they are',
  `${COMMON}\n\nAWS_VPC_K8S_CNI_EXTERNALSNAT is true: nothing is rewritten towards the outside, and each pod's traffic leaves by\nthe ENI that holds its address. The outside server routes back to the VPC, as over a private connection.`,
);
