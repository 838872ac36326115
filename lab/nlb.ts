/** A Network Load Balancer in its four modes before an EKS-like cluster, with real HAProxy and nginx. */
import { join } from 'node:path';
import {
  eniName,
  INTERNET_CLIENT,
  INTERNET_SERVER,
  introspection,
  VPC_NODES,
  VPC_OUTSIDERS,
  vpcCluster,
  vpcPod,
  wireVpc,
} from './blocks/aws.ts';
import type { CaptureOptions } from './blocks/capture.ts';
import { type ClusterService, findPod } from './blocks/cluster.ts';
import { LabError, sleep, until } from './blocks/command.ts';
import { type Tracked, watchConntrack } from './blocks/conntrack.ts';
import { kubeFiles } from './blocks/kube-json.ts';
import type { Lab } from './blocks/lab.ts';
import { addPlace, addVeth, exec, ip, type Network, sysctl } from './blocks/network.ts';
import {
  headersIn,
  makeCertificate,
  type Relayed,
  type RunningProxy,
  startHaproxy,
  startNginx,
  startNlb,
} from './blocks/proxies.ts';
import { readmeOf } from './blocks/readme.ts';
import { conversationOf, endOf, type Session, talk } from './blocks/session.ts';
import type { Call, Command } from './blocks/traffic.ts';
import type { TruthConversation, TruthService } from './blocks/truth.ts';

const [N1, N2, N3] = VPC_NODES;
/** The load balancer's own addresses in the subnets: sources of what it opens itself. */
const NLB_A = '10.0.1.200';
const NLB_B = '10.0.2.200';
/** Addresses clients dial: of the forwarding balancer, of HAProxy, of the AWS-like one. */
const VIP_CLUSTER = '192.0.2.10';
const VIP_LOCAL = '192.0.2.11';
const VIP_HAPROXY = '192.0.2.20';
const VIP_AWS = '192.0.2.30';
const CLIENT6 = '2001:db8:77::77';
const VIP6 = '2001:db8:2::20';
const HEALTH_PORT = 32111;
const VPC_ENDPOINT = 'vpce-08d2bf15fac5001c9';

const CLUSTER = vpcCluster(
  [
    vpcPod(1, 'eth0', 'web-a', '10.0.1.102', { app: 'web' }),
    vpcPod(1, 'eth1', 'web-b', '10.0.1.162', { app: 'web' }),
    vpcPod(2, 'eth0', 'web-c', '10.0.1.111', { app: 'web' }),
    vpcPod(1, 'eth1', 'proxied-1', '10.0.1.163', { app: 'proxied' }),
    vpcPod(3, 'eth0', 'proxied-2', '10.0.2.131', { app: 'proxied' }),
    vpcPod(2, 'eth1', 'plain-1', '10.0.1.181', { app: 'plain' }),
  ],
  services(),
);

function services(): ClusterService[] {
  const one = (
    n: number,
    name: string,
    app: string,
    target: 'instance' | 'ip',
    vip: string,
    more: Partial<ClusterService> & {
      attributes?: string;
      targetPort?: number;
      port?: number;
    } = {},
  ): ClusterService => {
    const { attributes, port = 80, targetPort = 8080, ...rest } = more;
    return {
      namespace: 'default',
      name,
      type: 'LoadBalancer',
      clusterIp: `172.20.80.${n}`,
      ports: [{ name: 'http', port, targetPort, protocol: 'TCP', nodePort: 31080 + n }],
      selector: { app },
      annotations: {
        'service.beta.kubernetes.io/aws-load-balancer-nlb-target-type': target,
        'service.beta.kubernetes.io/aws-load-balancer-scheme': 'internet-facing',
        'service.beta.kubernetes.io/aws-load-balancer-type': 'external',
        ...(attributes === undefined
          ? {}
          : { 'service.beta.kubernetes.io/aws-load-balancer-target-group-attributes': attributes }),
      },
      loadBalancerClass: 'service.k8s.aws/nlb',
      ingress: [
        { hostname: `k8s-default-${name}-0a1b2c3d4e.elb.ap-northeast-2.amazonaws.com`, ip: vip },
      ],
      ...rest,
    };
  };
  const attributes = 'proxy_protocol_v2.enabled=true';
  return [
    one(1, 'instance-cluster', 'web', 'instance', VIP_CLUSTER, {
      externalTrafficPolicy: 'Cluster',
    }),
    one(2, 'instance-local', 'web', 'instance', VIP_LOCAL, {
      externalTrafficPolicy: 'Local',
      healthCheckNodePort: HEALTH_PORT,
    }),
    one(3, 'ip-plain', 'web', 'ip', VIP_HAPROXY),
    one(4, 'ip-proxied', 'proxied', 'ip', VIP_HAPROXY, { attributes, port: 81 }),
    one(5, 'ip-aws', 'proxied', 'ip', VIP_AWS, { attributes }),
  ];
}

const OUTSIDERS = [
  ...VPC_OUTSIDERS.map((one) =>
    one.place === 'client' ? { ...one, ips: [INTERNET_CLIENT, CLIENT6] } : one,
  ),
  {
    place: 'nlb',
    name: 'nlb',
    ips: [NLB_A, NLB_B, VIP_CLUSTER, VIP_LOCAL, VIP_HAPROXY, VIP_AWS, VIP6],
    kind: 'loadbalancer' as const,
  },
];

function captures(): CaptureOptions[] {
  const list: CaptureOptions[] = [];
  for (const [node, devices, pods] of [
    [N1, ['any', 'eth0', 'eth1'], ['web-a', 'web-b', 'proxied-1']],
    [N2, ['any', 'eth0'], ['web-c', 'plain-1']],
    [N3, ['any', 'eth0'], ['proxied-2']],
  ] as const) {
    const { name, place } = node!;
    for (const device of [...devices, ...pods.map((pod) => eniName(findPod(CLUSTER, pod)))]) {
      list.push({ place, node: name, device });
    }
  }
  return [...list, { place: 'nlb', device: 'eth0' }];
}

function servers(): { place: string; command: Command }[] {
  const list: { place: string; command: Command }[] = [];
  for (const name of ['web-a', 'web-b', 'web-c']) {
    const http = { do: 'serve', kind: 'http', protocol: 'tcp', port: 8080, name };
    list.push({ place: name, command: http });
    list.push({ place: name, command: { do: 'serve', kind: 'echo', protocol: 'udp', port: 7007 } });
  }
  for (const { name, place } of VPC_NODES) {
    const local = CLUSTER.pods.filter(
      (pod) => pod.node === name && pod.labels.app === 'web',
    ).length;
    const text = JSON.stringify({
      service: { namespace: 'default', name: 'instance-local' },
      localEndpoints: local,
      serviceProxyHealthy: true,
    });
    const status = local > 0 ? '200 OK' : '503 Service Unavailable';
    const command = { do: 'serve', kind: 'http', protocol: 'tcp', port: HEALTH_PORT, status, text };
    list.push({ place, command });
  }
  const strict = { do: 'serve', kind: 'http', protocol: 'tcp', port: 8090, proxy: 'expect' };
  list.push({ place: 'proxied-1', command: { ...strict, name: 'proxied-1' } });
  return list;
}

/** The balancer's namespace, its front towards the clients, and the forwarding of the instance modes. */
function wireBalancer(network: Network): void {
  addPlace(network, 'nlb');
  addVeth(
    network,
    { place: 'nlb', device: 'eth0', addresses: [`${VIP_HAPROXY}/24`, `${VIP_AWS}/24`] },
    { place: 'fabric', device: 'to-nlb', addresses: ['192.0.2.1/24'] },
  );
  for (const [device, subnet, address] of [
    ['eth1', 'a', NLB_A],
    ['eth2', 'b', NLB_B],
  ] as const) {
    addVeth(
      network,
      { place: 'nlb', device, addresses: [`${address}/24`] },
      { place: 'fabric', device: `nlb-${device}`, bridge: `subnet-${subnet}` },
    );
  }
  ip(network, 'nlb', 'route add default via 192.0.2.1');
  const choose = (vip: string, proto: string, port: number, targets: readonly string[]): string[] =>
    targets.map((target, i) => {
      const left = targets.length - i;
      const chance = left > 1 ? `-m statistic --mode random --probability ${1 / left} ` : '';
      return `-A PREROUTING -d ${vip} -p ${proto} --dport ${port} ${chance}-j DNAT --to-destination ${target}`;
    });
  const rules = [
    '*nat',
    ...choose(VIP_CLUSTER, 'tcp', 80, [`${N1!.ip}:31081`, `${N2!.ip}:31081`, `${N3!.ip}:31081`]),
    ...choose(VIP_LOCAL, 'tcp', 80, [`${N1!.ip}:31082`, `${N2!.ip}:31082`]),
    // UDP to pod addresses keeps the client's address
    ...choose(VIP_CLUSTER, 'udp', 7, [`${findPod(CLUSTER, 'web-b').ip}:7007`]),
    'COMMIT',
    '',
  ];
  exec(network, 'fabric', ['iptables-restore', '-n'], rules.join('\n'));
  wireIpv6(network);
}

/** IPv6 from the client to the balancer's front, on these two links only. */
function wireIpv6(network: Network): void {
  for (const [place, device, address] of [
    ['client', 'eth0', `${CLIENT6}/64`],
    ['fabric', 'igw-client', '2001:db8:77::1/64'],
    ['fabric', 'to-nlb', '2001:db8:2::1/64'],
    ['nlb', 'eth0', `${VIP6}/64`],
  ] as const) {
    sysctl(network, place, {
      [`net.ipv6.conf.${device}.accept_dad`]: '0',
      [`net.ipv6.conf.${device}.disable_ipv6`]: '0',
    });
    ip(network, place, `addr add ${address} dev ${device} nodad`);
  }
  sysctl(network, 'fabric', { 'net.ipv6.conf.all.forwarding': '1' });
  ip(network, 'client', 'route add default via 2001:db8:77::1');
  ip(network, 'nlb', 'route add default via 2001:db8:2::1');
}

/** HAProxy as the balancer of the ip modes: one section a listener, sources by availability zone. */
function haproxySections(certificate: string): string {
  const at = (name: string): string => findPod(CLUSTER, name).ip;
  const section = (name: string, bind: string, lines: readonly string[]): string =>
    `listen ${name}\n  bind ${bind}\n${lines.map((line) => `  ${line}\n`).join('')}`;
  const a = `source ${NLB_A}`;
  const b = `source ${NLB_B}`;
  const v2 = 'send-proxy-v2 proxy-v2-options';
  const id = 'unique-id-format %[uuid]';
  const tls = `ssl crt ${certificate} alpn http/1.1 verify optional ca-file ${certificate}`;
  return [
    section('ip_plain', `${VIP_HAPROXY}:80`, [
      `server web-a ${at('web-a')}:8080 ${a}`,
      `server web-c ${at('web-c')}:8080 ${a}`,
    ]),
    section('ip_proxied', `${VIP_HAPROXY}:81,[${VIP6}]:81`, [
      id,
      'default-server inter 3s',
      `server proxied-1 ${at('proxied-1')}:8080 ${a} check check-send-proxy ${v2} crc32c,unique-id`,
      `server proxied-2 ${at('proxied-2')}:8080 ${b} check check-send-proxy ${v2} crc32c,unique-id`,
    ]),
    section('tls', `${VIP_HAPROXY}:443 ${tls}`, [
      `server proxied-1 ${at('proxied-1')}:8080 ${a} ${v2} ssl,cert-cn,ssl-cipher,cert-sig,cert-key,authority,crc32c`,
    ]),
    section('passthrough', `${VIP_HAPROXY}:8443`, [
      `server proxied-2 ${at('proxied-2')}:8443 ${b} ${v2} crc32c`,
    ]),
    section('unexpected', `${VIP_HAPROXY}:82`, [
      `server plain-1 ${at('plain-1')}:8080 ${a} send-proxy-v2`,
    ]),
    section('absent', `${VIP_HAPROXY}:83`, [`server proxied-1 ${at('proxied-1')}:8080 ${a}`]),
    section('absent_400', `${VIP_HAPROXY}:85`, [`server proxied-1 ${at('proxied-1')}:8090 ${a}`]),
    section('version_1', `${VIP_HAPROXY}:84`, [
      `server proxied-1 ${at('proxied-1')}:8080 ${a} send-proxy`,
    ]),
    section('healthz', '127.0.0.1:9', [
      'option httpchk GET /healthz',
      'http-check expect status 200',
      'default-server inter 3s',
      `server n1 ${N1!.ip}:${HEALTH_PORT} ${a} check`,
      `server n3 ${N3!.ip}:${HEALTH_PORT} ${b} check`,
    ]),
  ].join('');
}

function nginxServers(place: string, certificate: string): string {
  const body = `return 200 "Hostname: ${place}\\nRemoteAddr: $remote_addr:$remote_port\\nProxy: $proxy_protocol_addr:$proxy_protocol_port\\n";`;
  const proxied = place !== 'plain-1';
  const listen = (port: number, words: string): string =>
    `  server {\n    listen ${port} ${words}${proxied ? ' proxy_protocol' : ''};\n    ${body}\n  }\n`;
  const tls = `    ssl_certificate ${certificate};\n    ssl_certificate_key ${certificate};\n`;
  if (!proxied) return listen(8080, '');
  return listen(8080, '') + listen(8443, 'ssl').replace('    return', `${tls}    return`);
}

/** What runs beside the traffic, for the conversations to be learned from. */
interface Running {
  proxies: RunningProxy[];
  /** New connections of each node, as its conntrack told them. */
  events: Tracked[][];
  certificate: string;
}

let running: Running = { proxies: [], events: [], certificate: '' };

async function converge(network: Network): Promise<void> {
  const certificate = makeCertificate(network, 'shop.example.com');
  for (const place of ['proxied-1', 'proxied-2', 'plain-1']) {
    await startNginx(network, place, nginxServers(place, certificate));
  }
  const nodes = network.stays ? [] : VPC_NODES;
  const events = nodes.map(({ place }) => watchConntrack(network, place));
  const at = (name: string): string => findPod(CLUSTER, name).ip;
  const aws = {
    listen: [VIP_AWS, 80],
    targets: [
      { to: [at('proxied-1'), 8080], source: NLB_A },
      { to: [at('proxied-2'), 8080], source: NLB_B },
    ],
    endpoint: VPC_ENDPOINT,
    checkSeconds: 3,
  };
  const strict = { to: [at('proxied-1'), 8090], source: NLB_A };
  const proxies = [
    await startHaproxy(network, 'nlb', haproxySections(certificate)),
    await startNlb(network, 'nlb', aws),
    await startNlb(network, 'nlb', { listen: [VIP_AWS, 81], targets: [strict], checkSeconds: 600 }),
    // an edge on the internet that is itself a proxy: its header comes behind the balancer's
    await startHaproxy(
      network,
      'server',
      `listen edge\n  bind ${INTERNET_SERVER}:80\n  server nlb ${VIP_AWS}:81 send-proxy-v2\n`,
    ),
  ];
  running = { proxies, events, certificate };
}

/** What is said again and again while the lab is up; health checks come by themselves. */
function calls(): Call[] {
  const get = (vip: string, port: number, more: Record<string, unknown> = {}): Call => ({
    from: 'client',
    command: { do: 'http', to: [vip, port], host: 'shop.example.com', ...more },
  });
  const tls = { tls: true, sni: 'shop.example.com', alpn: ['h2', 'http/1.1'] };
  return [
    get(VIP_CLUSTER, 80),
    get(VIP_LOCAL, 80),
    get(VIP_HAPROXY, 80),
    get(VIP_HAPROXY, 81),
    get(VIP_AWS, 80),
    get(VIP_HAPROXY, 8443, tls),
  ];
}

/** One call through a balancer. */
interface BalancedCall {
  id: string;
  to: [string, number];
  words: readonly string[];
  /** Service in the cluster and how the balancer reaches it; none for a listener without one. */
  service?: [string, NonNullable<TruthService['mode']>];
  more?: Command | Record<string, unknown>;
  trouble?: string;
}

function truthService(call: BalancedCall): TruthService | null {
  if (call.service === undefined) return null;
  const [name, mode] = call.service;
  const [ip, port] = call.to;
  return { type: 'LoadBalancer', namespace: 'default', name, ip, port, mode };
}

async function front(session: Session, call: BalancedCall): Promise<TruthConversation> {
  const { id, more, to, trouble, words } = call;
  const conversation = await talk(session, {
    id,
    from: 'client',
    command: { do: 'http', to, host: 'shop.example.com', ...more },
    words: ['ingress', 'nlb', ...words],
    ...(trouble === undefined ? {} : { trouble }),
  });
  conversation.service = truthService(call);
  return conversation;
}

/** What the proxies logged of the connection that came from this address and port. */
async function relayed(client: { ip: string; port: number }): Promise<Relayed> {
  return until(`the log of ${client.ip}:${client.port}`, 5000, () =>
    running.proxies
      .flatMap((proxy) => proxy.relayed)
      .find((entry) => entry.client.ip === client.ip && entry.client.port === client.port),
  );
}

/** A call to a proxying balancer: the client's connection, and the one the proxy opened for it. */
async function through(session: Session, call: BalancedCall): Promise<void> {
  const outer = await front(session, call);
  await addLeg(session, call, outer, await relayed(outer.client));
}

/** Records the connection a proxy opened for another one, as a conversation of its own. */
async function addLeg(
  session: Session,
  call: BalancedCall,
  outer: TruthConversation,
  leg: Relayed,
): Promise<TruthConversation> {
  const id = `${outer.id}-behind`;
  const talkOf = {
    id,
    from: 'nlb',
    command: { do: 'tcp' },
    words: [...outer.words, 'behind-proxy'],
  };
  const report = {
    id,
    startNs: '0',
    endNs: '0',
    local: leg.source,
    remote: leg.server,
    sent: 0,
    received: 0,
  };
  const inner = conversationOf(session, talkOf, report);
  inner.start = outer.start;
  inner.end = outer.end;
  inner.payloadBytes = null;
  inner.application = outer.words.includes('tls-terminated')
    ? { protocol: 'http', name: 'shop.example.com', method: 'GET', path: '/' }
    : outer.application;
  inner.service = truthService(call);
  inner.trouble = call.trouble ?? null;
  inner.related = [outer.id];
  outer.related.push(id);
  session.conversations.push(inner);
  return inner;
}

async function instanceModes(session: Session): Promise<void> {
  for (let i = 1; i <= 6; i++) {
    await front(session, {
      id: `instance-cluster-${i}`,
      to: [VIP_CLUSTER, 80],
      words: ['instance+Cluster', 'snat', 'dnat'],
      service: ['instance-cluster', 'instance+Cluster'],
    });
  }
  for (let i = 1; i <= 4; i++) {
    await front(session, {
      id: `instance-local-${i}`,
      to: [VIP_LOCAL, 80],
      words: ['instance+Local', 'dnat'],
      service: ['instance-local', 'instance+Local'],
    });
  }
  await talk(session, {
    id: 'udp-ip',
    from: 'client',
    command: { do: 'udp', to: [VIP_CLUSTER, 7], count: 2, size: 60 },
    words: ['ingress', 'nlb', 'udp', 'ip', 'client-kept'],
  });
}

async function ipModes(session: Session): Promise<void> {
  for (let i = 1; i <= 2; i++) {
    await through(session, {
      id: `ip-${i}`,
      to: [VIP_HAPROXY, 80],
      words: ['ip'],
      service: ['ip-plain', 'ip'],
    });
    await through(session, {
      id: `ip-ppv2-${i}`,
      to: [VIP_HAPROXY, 81],
      words: ['ip+PPv2', 'proxy-v2'],
      service: ['ip-proxied', 'ip+PPv2'],
    });
    await through(session, {
      id: `ip-aws-${i}`,
      to: [VIP_AWS, 80],
      words: ['ip+PPv2', 'proxy-v2', 'aws-tlv'],
      service: ['ip-aws', 'ip+PPv2'],
    });
  }
  await through(session, {
    id: 'ipv6-client',
    to: [VIP6, 81],
    words: ['ip+PPv2', 'proxy-v2', 'ipv6'],
    service: ['ip-proxied', 'ip+PPv2'],
  });
  const tls = { tls: true, sni: 'shop.example.com', alpn: ['h2', 'http/1.1'] };
  await through(session, {
    id: 'tls-listener',
    to: [VIP_HAPROXY, 443],
    words: ['proxy-v2', 'tls', 'tls-terminated'],
    more: { ...tls, certificate: running.certificate },
  });
  await through(session, {
    id: 'tls-passthrough',
    to: [VIP_HAPROXY, 8443],
    words: ['proxy-v2', 'tls', 'tls-passthrough'],
    more: tls,
  });
  await through(session, { id: 'version-1', to: [VIP_HAPROXY, 84], words: ['proxy-v1'] });
}

async function troubles(session: Session): Promise<void> {
  await through(session, {
    id: 'header-unexpected',
    to: [VIP_HAPROXY, 82],
    words: ['proxy-v2', 'trouble'],
    trouble: 'the backend answers 400 to a PROXY header it was not told of',
  });
  await through(session, {
    id: 'header-absent',
    to: [VIP_HAPROXY, 83],
    words: ['ip', 'trouble'],
    trouble: 'the backend expects a PROXY header and hangs up without one',
  });
  await through(session, {
    id: 'header-absent-400',
    to: [VIP_HAPROXY, 85],
    words: ['ip', 'trouble'],
    trouble: 'the backend expects a PROXY header and answers 400 without one',
  });
}

/** Client, edge proxy, balancer, pod: two headers, one behind the other. */
async function stacked(session: Session): Promise<void> {
  const call: BalancedCall = {
    id: 'stacked',
    to: [INTERNET_SERVER, 80],
    words: ['proxy-v2', 'stacked'],
  };
  const outer = await front(session, call);
  const edge = await relayed(outer.client);
  const middle = await addLeg(session, call, outer, edge);
  await addLeg(session, call, middle, await relayed(edge.source));
  // client to edge is outside of every capture: not a conversation anybody can be asked for
  session.conversations.splice(session.conversations.indexOf(outer), 1);
  middle.related.shift();
}

/** Connections the balancer opened by itself: health checks, known from the nodes' conntrack events. */
function adoptChecks(session: Session, startNs: bigint): void {
  const known = new Set(session.conversations.map(({ dialled: t }) => `${t.src} ${t.sport}`));
  let count = 0;
  for (const { original, protocol } of running.events.flat()) {
    const key = `${original.src} ${original.sport}`;
    if (protocol !== 'tcp' || ![NLB_A, NLB_B].includes(original.src) || known.has(key)) continue;
    known.add(key);
    count++;
    const report = {
      id: `health-check-${count}`,
      startNs: String(startNs),
      endNs: String(BigInt(Date.now()) * 1_000_000n),
      local: { ip: original.src, port: original.sport },
      remote: { ip: original.dst, port: original.dport },
      sent: 0,
      received: 0,
    };
    const words = ['health-check', 'background', 'nlb'];
    const wanted = { id: report.id, from: 'nlb', command: { do: 'tcp' }, words };
    session.conversations.push({ ...conversationOf(session, wanted, report), payloadBytes: null });
  }
  if (count === 0) throw new LabError('no health check was seen');
}

/** Gives each conversation the PROXY header its first bytes were, and the client that header names. */
function readHeaders(session: Session): void {
  const files = captures().map(({ device, node, place }) =>
    join(session.network.folder, `${(node ?? place).split('.')[0]}.${device}.pcap`),
  );
  const headers = files.flatMap((file) => headersIn(file));
  for (const conversation of session.conversations) {
    const { dialled, words } = conversation;
    const own = headers.find(
      ({ tuple: t }) => t.src === dialled.src && t.sport === dialled.sport && t.dst === dialled.dst,
    );
    const expected =
      words.includes('behind-proxy') && words.some((word) => word.startsWith('proxy-v'));
    if (expected && own === undefined) throw new LabError(`${conversation.id}: no PROXY header`);
    if (own === undefined) continue;
    conversation.proxyProtocol = own.header;
    const last = own.header.stacked.at(-1) ?? own.header;
    if (last.source === null) continue;
    conversation.client = endOf(session, last.source.ip, last.source.port);
    const outer = session.conversations.find(({ id }) => `${id}-behind` === conversation.id);
    const told = `${conversation.client.ip}:${conversation.client.port}`;
    if (outer !== undefined && told !== `${outer.client.ip}:${outer.client.port}`) {
      throw new LabError(`${conversation.id}: header names ${told}, ${outer.client.ip} called`);
    }
  }
}

const SUMMARY =
  'A Network Load Balancer in four modes: instance+Cluster, instance+Local, ip, ip with PROXY v2';

export const nlb: Lab = {
  name: 'nlb',
  summary: SUMMARY,
  tools: ['haproxy', 'nginx', 'openssl', 'ss', 'iptables-restore'],
  cluster: CLUSTER,
  outsiders: OUTSIDERS,
  translators: [{ name: 'nlb', place: 'fabric' }],
  captures: captures(),
  servers: servers(),
  wire: (network) => {
    wireVpc(network, CLUSTER, false);
    wireBalancer(network);
  },
  converge,
  traffic: async (session) => {
    const startNs = BigInt(Date.now() - 30_000) * 1_000_000n;
    await instanceModes(session);
    await ipModes(session);
    await troubles(session);
    await stacked(session);
    await sleep(1500); // for a round of health checks
    adoptChecks(session, startNs);
    await sleep(1200); // until tcpdump has written what readHeaders reads
    readHeaders(session);
  },
  calls: calls(),
  kube: () => kubeFiles(CLUSTER),
  harvest: () => ({
    nodeFiles: Object.fromEntries(
      VPC_NODES.map((node) => [node.name, { 'enis.json': introspection(CLUSTER, node) }]),
    ),
    encapsulation: () => [],
    joined: N1!.name,
    readme: readmeOf({
      lab: 'nlb',
      title: SUMMARY,
      text: `The VPC and nodes of \`aws-vpc-cni\`, with a load balancer before them whose own addresses are 10.0.1.200 and
10.0.2.200. An outside client (203.0.113.77, and 2001:db8:77::77) calls its listeners.

* Instance modes: the fabric forwards 192.0.2.10 and 192.0.2.11 to node ports by DNAT alone, so the client's
  address arrives at the node, as with AWS's client IP preservation. That DNAT is \`beyond\` in the truth: it
  happens where nobody can capture.
* ip modes: HAProxy 2.6 (192.0.2.20) opens a connection of its own to the pod's address; nginx receives PROXY v2
  (\`listen … proxy_protocol\`). Listeners: 80 plain; 81 with CRC32C and UNIQUE_ID; 443 ends TLS (SNI, ALPN, client
  certificate) and tells of it in SSL and AUTHORITY TLVs; 8443 passes TLS through; 84 sends version 1; 82 sends a
  header to an nginx that was not told (400); 83 and 85 send none to servers that expect one.
* 192.0.2.30 is a small program that writes the header as AWS does (0xEA TLV with a VPC endpoint id, CRC32C, NOOP
  padding to 100 bytes) and checks health with AWS's LOCAL header: family 0x11, no addresses.
* \`stacked\`: client, a HAProxy on the internet (198.51.100.90), balancer, pod: two headers in a row; the second
  names the client.
* Health checks: HAProxy's (LOCAL), the AWS-like ones, and HTTP to the healthCheckNodePort (200 and 503).

A conversation behind a proxy has the client that the header names; \`dialled\` is its own tuple; \`related\` names
the other side. \`captures/nlb.eth0.pcap\` is the balancer's front, where AWS lets nobody capture.`,
    }),
  }),
};
