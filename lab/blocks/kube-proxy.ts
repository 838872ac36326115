/** NAT rules for services, chain by chain as kube-proxy's iptables mode writes them (pkg/proxy/iptables). */
import { createHash } from 'node:crypto';
import {
  type Cluster,
  type ClusterNode,
  type ClusterService,
  endpointsOf,
  type ServiceEndpoint,
  type ServicePort,
} from './cluster.ts';
import { exec, type Network } from './network.ts';

const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** The rules of one family, ready for iptables-restore: nat, and filter for services without endpoints. */
export function serviceRules(cluster: Cluster, node: ClusterNode, family: 4 | 6): string {
  const rules = new Rules(cluster, node, family);
  for (const service of cluster.services) {
    if (clusterIpOf(service, family) === undefined) continue;
    for (const port of service.ports) rules.addPort(service, port);
  }
  return rules.text();
}

/** Loads the service rules of a node into its namespace, both families when the cluster has both. */
export function loadServiceRules(network: Network, cluster: Cluster, node: ClusterNode): void {
  exec(network, node.place, ['iptables-restore', '-n'], serviceRules(cluster, node, 4));
  if (cluster.podCidr6 !== undefined) {
    exec(network, node.place, ['ip6tables-restore', '-n'], serviceRules(cluster, node, 6));
  }
}

function clusterIpOf(service: ClusterService, family: 4 | 6): string | undefined {
  return family === 4 ? service.clusterIp : service.clusterIp6;
}

/** A chain's name: PREFIX and 16 characters of base32(sha256(words)). */
function chain(prefix: string, ...words: string[]): string {
  const digest = createHash('sha256').update(words.join('')).digest();
  let bits = 0;
  let value = 0;
  let text = '';
  for (const byte of digest) {
    value = (value << 8) | byte;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      text += BASE32[(value >> bits) & 31];
    }
    value &= (1 << bits) - 1;
  }
  return prefix + text.slice(0, 16);
}

/** The rule set in the making: services' chains, then what has to stand at the end. */
class Rules {
  private readonly cluster: Cluster;
  private readonly node: ClusterNode;
  private readonly family: 4 | 6;
  private readonly chains = new Set<string>();
  private readonly services: string[] = [];
  private readonly nodePorts: string[] = [];
  private readonly details: string[] = [];
  private readonly refusals: string[] = [];

  constructor(cluster: Cluster, node: ClusterNode, family: 4 | 6) {
    this.cluster = cluster;
    this.node = node;
    this.family = family;
  }

  addPort(service: ClusterService, port: ServicePort): void {
    const name = `${service.namespace}/${service.name}:${port.name}`;
    const proto = port.protocol.toLowerCase();
    const ip = clusterIpOf(service, this.family);
    const match = `-p ${proto} -m ${proto} -d ${ip} --dport ${port.port}`;
    const endpoints = endpointsOf(this.cluster, service);
    if (endpoints.length === 0) {
      const reject = `-m comment --comment "${name} has no endpoints" ${match} -j REJECT`;
      this.refusals.push(`-A KUBE-SERVICES ${reject}`);
      if (port.nodePort !== undefined) {
        const local = `-m addrtype --dst-type LOCAL -p ${proto} -m ${proto} --dport ${port.nodePort}`;
        const why = `-m comment --comment "${name} has no endpoints"`;
        this.refusals.push(`-A KUBE-EXTERNAL-SERVICES ${why} ${local} -j REJECT`);
      }
      return;
    }
    const svc = this.chain('KUBE-SVC-', name, proto);
    const comment = `-m comment --comment "${name} cluster IP"`;
    this.services.push(`-A KUBE-SERVICES ${comment} ${match} -j ${svc}`);
    const pods = this.family === 4 ? this.cluster.podCidr : (this.cluster.podCidr6 ?? '::/0');
    this.details.push(`-A ${svc} ${comment} ${match} ! -s ${pods} -j KUBE-MARK-MASQ`);
    this.spread(svc, name, port, endpoints);
    if (port.nodePort !== undefined) this.addNodePort(service, port, name, svc, endpoints);
  }

  private addNodePort(
    service: ClusterService,
    port: ServicePort,
    name: string,
    svc: string,
    endpoints: ServiceEndpoint[],
  ): void {
    const proto = port.protocol.toLowerCase();
    const comment = `-m comment --comment "${name}"`;
    const ext = this.chain('KUBE-EXT-', name, proto);
    const match = `-p ${proto} -m ${proto} --dport ${port.nodePort}`;
    this.nodePorts.push(`-A KUBE-NODEPORTS ${comment} ${match} -j ${ext}`);
    if (service.externalTrafficPolicy !== 'Local') {
      const why = `-m comment --comment "masquerade traffic for ${name} external destinations"`;
      this.details.push(`-A ${ext} ${why} -j KUBE-MARK-MASQ`, `-A ${ext} -j ${svc}`);
      return;
    }
    const pods = this.family === 4 ? this.cluster.podCidr : (this.cluster.podCidr6 ?? '::/0');
    const local = '-m addrtype --src-type LOCAL';
    this.details.push(
      `-A ${ext} -m comment --comment "pod traffic for ${name} external destinations" -s ${pods} -j ${svc}`,
      `-A ${ext} -m comment --comment "masquerade LOCAL traffic for ${name} external destinations" ${local} -j KUBE-MARK-MASQ`,
      `-A ${ext} -m comment --comment "route LOCAL traffic for ${name} external destinations" ${local} -j ${svc}`,
    );
    const here = endpoints.filter((endpoint) => endpoint.pod?.node === this.node.name);
    if (here.length === 0) {
      const why = `-m comment --comment "${name} has no local endpoints"`;
      this.refusals.push(
        `-A KUBE-EXTERNAL-SERVICES ${why} -m addrtype --dst-type LOCAL ${match} -j DROP`,
      );
      return;
    }
    const svl = this.chain('KUBE-SVL-', name, proto);
    this.details.push(`-A ${ext} -j ${svl}`);
    this.spread(svl, name, port, here);
  }

  /** One endpoint in n, then one in n - 1, …: the statistic match as kube-proxy spreads connections. */
  private spread(
    from: string,
    name: string,
    port: ServicePort,
    endpoints: ServiceEndpoint[],
  ): void {
    const proto = port.protocol.toLowerCase();
    endpoints.forEach((endpoint, i) => {
      const ip = this.family === 4 ? endpoint.ip : endpoint.ip6;
      const to = this.family === 4 ? `${ip}:${port.targetPort}` : `[${ip}]:${port.targetPort}`;
      const sep = chain('KUBE-SEP-', name, proto, to);
      const left = endpoints.length - i;
      const chance = `-m statistic --mode random --probability ${(1 / left).toFixed(10)} `;
      const comment = `-m comment --comment "${name} -> ${to}"`;
      this.details.push(`-A ${from} ${comment} ${left > 1 ? chance : ''}-j ${sep}`);
      if (this.chains.has(sep)) return;
      this.chains.add(sep);
      this.details.push(
        `-A ${sep} -m comment --comment "${name}" -s ${ip} -j KUBE-MARK-MASQ`,
        `-A ${sep} -m comment --comment "${name}" -p ${proto} -m ${proto} -j DNAT --to-destination ${to}`,
      );
    });
  }

  private chain(prefix: string, ...words: string[]): string {
    const name = chain(prefix, ...words);
    this.chains.add(name);
    return name;
  }

  text(): string {
    const always = ['KUBE-SERVICES', 'KUBE-NODEPORTS', 'KUBE-POSTROUTING', 'KUBE-MARK-MASQ'];
    const portals = '-m comment --comment "kubernetes service portals" -j KUBE-SERVICES';
    const nodePorts =
      '"kubernetes service nodeports; NOTE: this must be the last rule in this chain"';
    return [
      '*filter',
      ':KUBE-SERVICES - [0:0]',
      ':KUBE-EXTERNAL-SERVICES - [0:0]',
      `-A FORWARD -m conntrack --ctstate NEW ${portals}`,
      `-A OUTPUT -m conntrack --ctstate NEW ${portals}`,
      '-A INPUT -m conntrack --ctstate NEW -j KUBE-EXTERNAL-SERVICES',
      ...this.refusals,
      'COMMIT',
      '*nat',
      ...[...always, ...this.chains].map((name) => `:${name} - [0:0]`),
      `-A PREROUTING ${portals}`,
      `-A OUTPUT ${portals}`,
      '-A POSTROUTING -m comment --comment "kubernetes postrouting rules" -j KUBE-POSTROUTING',
      '-A KUBE-MARK-MASQ -j MARK --or-mark 0x4000',
      '-A KUBE-POSTROUTING -m mark ! --mark 0x4000/0x4000 -j RETURN',
      '-A KUBE-POSTROUTING -j MARK --xor-mark 0x4000',
      '-A KUBE-POSTROUTING -m comment --comment "kubernetes service traffic requiring SNAT" -j MASQUERADE --random-fully',
      ...this.services,
      ...this.nodePorts,
      ...this.details,
      `-A KUBE-SERVICES -m comment --comment ${nodePorts} -m addrtype --dst-type LOCAL -j KUBE-NODEPORTS`,
      'COMMIT',
      '',
    ].join('\n');
  }
}
