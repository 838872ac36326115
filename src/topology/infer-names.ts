/** What names tell: DNS answers of the cluster and of the world, names in capture files. */
import { type Board, hostAddress } from './evidence.ts';
import type { FactSource, NameFact } from './facts.ts';
import type { DnsObservation, NameObservation, PodCommentObservation } from './observation.ts';

const NAMES_MAX = 1 << 17;
const TRAFFIC: FactSource = { kind: 'traffic', detail: 'DNS answers' };

/** `web.default.svc.cluster.local`, with or without a pod's name before it. The cluster's domain may be another. */
const SERVICE_NAME = /^(?:([^.]+)\.)?([^._][^.]*)\.([^.]+)\.svc\.(?:[^.]+\.)*[^.]+$/;
const AWS_BALANCER = /\.elb(\.[a-z0-9-]+)?\.amazonaws\.com(\.cn)?$/;
const HERITAGE = /(?:^|[",])heritage=external-dns(?:[",]|$)/;
const RESOURCE = /external-dns\/resource=([^",/]+)\/([^",/]+)\/([^",/]+)/;

export class NameEvidence {
  private readonly names = new Map<string, NameFact>();
  /** Addresses by service name: several mean a headless Service. */
  private readonly services = new Map<string, Set<string>>();
  /** Address by name, for TXT records that speak of a name. */
  private readonly addresses = new Map<string, Set<string>>();
  private readonly heritages: { host: string; resource: string }[] = [];
  overflow = 0;

  observeDns(o: DnsObservation, board: Board): void {
    const question = plain(o.question);
    if (o.text !== undefined) this.heritage(question, o.text);
    if (o.address === undefined || hostAddress(o.address) === undefined) return;
    const owner = plain(o.owner);
    this.add({ address: o.address, name: question, kind: 'dns', source: TRAFFIC, score: 0.9 });
    remember(this.addresses, question, o.address);
    if (owner !== question) remember(this.addresses, owner, o.address);
    if (AWS_BALANCER.test(owner)) {
      const why = { code: 'dns-answers', name: owner } as const;
      board.other(o.address, {
        kind: 'loadbalancer',
        namespace: undefined,
        name: owner,
        score: 0.9,
        why,
      });
    }
    const match = SERVICE_NAME.exec(question);
    if (match === null) return;
    const [, pod, service, namespace] = match;
    if (pod !== undefined && !pod.startsWith('_')) {
      // <hostname>.<service>.<namespace>: a pod of a headless Service, by its own name unless it has none.
      const name = pod === o.address.replace(/[.:]/g, '-') ? undefined : pod;
      const why = () => ({ code: 'dns-answers', name: question }) as const;
      board.pod(o.address, {
        score: 0.93,
        why,
        name,
        namespace: name === undefined ? undefined : namespace,
      });
    } else if (pod === undefined) {
      remember(this.services, `${namespace}/${service}`, o.address);
    }
  }

  observeName(o: NameObservation): void {
    if (hostAddress(o.address) === undefined || o.name === '') return;
    const source: FactSource = { kind: 'traffic', detail: o.file };
    this.add({ address: o.address, name: plain(o.name), kind: 'capture', source, score: 0.9 });
  }

  observePodComment(o: PodCommentObservation, board: Board): void {
    if (hostAddress(o.address) === undefined || o.name === '') return;
    const { namespace, name } = o;
    const pod = `${namespace}/${name}`;
    const why = () => ({ code: 'comment-names-pod', file: o.file, pod }) as const;
    board.pod(o.address, { score: 0.95, namespace, name, where: `v:${o.vantage}`, why });
  }

  conclude(board: Board): void {
    for (const [key, addresses] of this.services) {
      const [namespace, name] = key.split('/');
      for (const address of addresses) {
        const others =
          [...addresses].filter((a) => a.includes(':') === address.includes(':')).length - 1;
        // Several answers of one family, or one that lives behind a tunnel or a veth: a headless Service, so a pod.
        const why = { code: 'dns-answers-service', service: key, others } as const;
        if (others > 0) board.pod(address, { score: 0.85, why: () => why });
        else if (!board.pods.has(address))
          board.other(address, { kind: 'service', namespace, name, score: 0.93, why });
      }
    }
    for (const { host, resource } of this.heritages) {
      for (const address of this.addresses.get(host) ?? []) {
        this.add({ address, name: resource, kind: 'external-dns', source: TRAFFIC, score: 0.9 });
      }
    }
  }

  facts(): NameFact[] {
    return [...this.names.values()];
  }

  /** ExternalDNS's registry: the record's name is the host's with the record type before it (`a-www.example.com`). */
  private heritage(name: string, text: string): void {
    if (!HERITAGE.test(text)) return;
    const match = RESOURCE.exec(text);
    if (match === null || this.heritages.length >= NAMES_MAX) return;
    const resource = `${match[1]}/${match[2]}/${match[3]}`;
    for (const host of [name, name.replace(/^(a|aaaa|cname)-/, '')])
      this.heritages.push({ host, resource });
  }

  private add(fact: NameFact): void {
    const key = `${fact.address} ${fact.name}`;
    if (this.names.has(key)) return;
    if (this.names.size < NAMES_MAX) this.names.set(key, fact);
    else this.overflow++;
  }
}

/** Names compare without case and without the final dot (RFC 4343). */
function plain(name: string): string {
  return name.replace(/\.$/, '').toLowerCase();
}

function remember(map: Map<string, Set<string>>, key: string, address: string): void {
  const there = map.get(key);
  if (there === undefined) {
    if (map.size < NAMES_MAX) map.set(key, new Set([address]));
  } else if (there.size < 256) {
    there.add(address);
  }
}
