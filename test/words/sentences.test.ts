import assert from 'node:assert/strict';
import type { EvidenceRecord } from '../../src/classify/record.ts';
import { en } from '../../src/words/en/index.ts';
import { ko } from '../../src/words/ko/index.ts';
import { english, sayIn } from '../../src/words/say.ts';
import { isSameSentence, type Sentence, type SentenceCode } from '../../src/words/sentence.ts';
import { fixtures } from '../golden/outputs.ts';
import { recordsOfFixture } from '../support/fixture-records.ts';

/** Names, protocols, options and words of the trade that Korean engineers write in Latin letters. */
const TERMS = new Set(
  `ACL ARP ATM AWS Antrea Azure BGP CIDR CNI CPU Calico Canal Cilium ClusterIP Contiv CrossSubnet DNAT DNS
  DNSCache EC2 ECS EKS ENI ESP EtherType Flannel GKE Geneve ICMP ICMPv6 ID IP IPIP IPv4 IPv6 Identity Kubespray
  LLC LoadBalancer Local MAC MTP2 MTP3 MTU Microsoft Monitor NAME NAMESPACE NAT NIC Network NodeLocal NodePort OSI OVN
  PROXY Parquet Pod RST SNAT SS7 SYN TCP TTL UDP VLAN VNI VPC VXLAN Weave Net WireGuard any arp blackhole conntrack dns
  end ether encryption-status eth externalTrafficPolicy gzip hostNetwork hyparquet iface ip ip6 kube-json kube-router
  kubelet llc max-flows natOutgoing neighbour netfilter netlens node or and not pcap pcapng pflog pkt-dstaddr
  pkt-srcaddr pod podCIDR proto reject-reason sleeve src start svc tcp tcp-flags topology traffic-path tunnel us v1 v2
  v10 veth zstd`.split(/\s+/),
);

/** A value for each name that sentences give what they speak of, in no letters of either language. */
const VALUE = '10.0.0.1';
const WITHIN: Sentence = { code: 'public-address' };
const OWNER = { kind: 'pod', ip: VALUE, name: VALUE, node: VALUE, hostNetworkPods: 7 };
const PLACE = { device: VALUE, node: VALUE, file: VALUE, interfaceId: VALUE, line: 3 };
const VALUES: Readonly<Record<string, unknown>> = {
  why: WITHIN,
  conflict: WITHIN,
  verdict: WITHIN,
  subject: WITHIN,
  kept: WITHIN,
  ignored: WITHIN,
  sentences: [WITHIN, WITHIN],
  owner: OWNER,
  client: OWNER,
  server: OWNER,
  pods: [OWNER, OWNER],
  place: PLACE,
  laterPlace: PLACE,
  places: [PLACE, PLACE],
  ips: [VALUE, VALUE],
  services: [VALUE],
  choices: [VALUE, VALUE],
  source: VALUE,
  fault: { isV6: false, type: 3, code: 1 },
  use: 'imds',
  by: 'ESP',
  path: 8,
  part: 'word',
  way: 'from',
};
/** Where one name means something else. */
const SPECIAL: Partial<Record<SentenceCode, Readonly<Record<string, unknown>>>> = {
  'claim-of-source': { kind: 'pod', source: { kind: VALUE, detail: VALUE } },
  'conflict-over': { kind: 'pod' },
  'conflict-claim': { what: 'on-node' },
  'capture-fault': { what: WITHIN, offset: 3 },
  'file-fault': { fault: 'too-many-open' },
  'capture-is-other': { format: 'netmon' },
  'capture-cut': { part: 'pcap-header' },
  'write-fault': { what: WITHIN },
  'output-fault': { fault: 'full' },
  'filter-refused': { why: 'wlan' },
  'filter-no-decimal': { part: VALUE },
  'filter-byte-too-large': { part: VALUE },
  'filter-number-beyond': { what: 'ether-type' },
  'filter-not-named': { what: 'ip-protocol' },
  'filter-unknown': { what: 'word' },
  'syn-unanswered': { packets: 3 },
  'limit-flows': { kept: 3 },
  tunnel: { from: { ip: VALUE, node: undefined }, to: { ip: VALUE, node: VALUE } },
  'proxy-header-refused': { server: VALUE },
  'proxy-header-absent': { server: VALUE },
  'log-client-by-syn': { client: VALUE },
  'log-client-first': { client: VALUE },
  'masqueraded-client': { service: VALUE },
  refused: { by: VALUE },
  reset: { by: VALUE },
};

function sample(code: SentenceCode): Sentence {
  const given = { ...VALUES, ...SPECIAL[code] };
  const get = (_: object, name: string): unknown => {
    if (name === 'code') return code;
    return Object.hasOwn(given, name) ? given[name] : VALUE;
  };
  return new Proxy({}, { get }) as Sentence;
}

/** Latin words of a Korean sentence that are neither terms nor among the values. */
function foreignWords(text: string, values: readonly string[] = []): string[] {
  let rest = text;
  for (const value of [...values].sort((a, b) => b.length - a.length)) {
    if (value !== '') rest = rest.replaceAll(value, ' ');
  }
  rest = rest.replace(/'[^']*'/g, ' '); // words of the filter language
  return (rest.match(/[A-Za-z][A-Za-z0-9-]*/g) ?? []).filter((word) => !TERMS.has(word));
}

function valuesOf(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap(valuesOf);
}

const korean = sayIn('ko');

describe('sentences', () => {
  const codes = Object.keys(ko) as SentenceCode[];

  it('have the same codes in both languages', () => {
    assert.deepEqual(Object.keys(en).sort(), [...codes].sort());
    assert.ok(codes.length > 200, `${codes.length}`);
  });

  for (const code of codes.filter((one) => one !== 'quoted' && one !== 'conflict-claim')) {
    it(`${code} is said in Korean, without English words`, () => {
      const text = korean(sample(code));
      assert.match(text, /[가-힣]/);
      assert.doesNotMatch(text, /undefined|\[object|NaN/);
      assert.deepEqual(foreignWords(text, ['public-address']), [], text);
      const words = english(sample(code));
      assert.doesNotMatch(words, /undefined|\[object|NaN|[가-힣]/);
    });
  }

  for (const fixture of fixtures()) {
    it(`of ${fixture.split('/').at(-1)} are said in both languages`, async () => {
      for (const { evidence, troubles, unseen } of await recordsOfFixture(fixture)) {
        const said = [...evidence, ...troubles].map(({ sentence }: EvidenceRecord) => sentence);
        for (const sentence of [...said, ...unseen]) {
          const text = korean(sentence);
          assert.match(text, /^.*[가-힣].*\.$/, text);
          assert.deepEqual(foreignWords(text, valuesOf(sentence)), [], text);
          assert.doesNotMatch(english(sentence), /[가-힣]/);
        }
      }
    });
  }

  it('are the same when they speak of the same', () => {
    const one: Sentence = { code: 'sign-vni-on-port', vni: '1', port: 8472 };
    assert.ok(isSameSentence(one, { ...one }));
    assert.ok(!isSameSentence(one, { ...one, port: 8473 }));
    assert.ok(!isSameSentence({ code: 'speaks-bgp' }, { code: 'sign-ipip' }));
  });
});
