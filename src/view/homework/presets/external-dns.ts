/** ExternalDNS: the name, the load balancer's address, the connection that follows. */
import type { ConversationRecord } from '../../../classify/record.ts';
import { parseIp } from '../../../topology/ip.ts';
import type { Service } from '../../../topology/model.ts';
import type { Topology } from '../../../topology/topology.ts';
import { josa } from '../../../words/ko/particles.ts';
import { DUMP_CLUSTER, inLab, onNode } from '../commands.ts';
import { best, figuresOf, who } from '../find.ts';
import type { Evidence, Material, Preset, Say } from '../sheet.ts';

export const externalDns: Preset = {
  name: 'external-dns',
  title: {
    en: 'ExternalDNS: from the name to the pod',
    ko: 'ExternalDNS: 이름에서 파드까지',
  },
  sheet: (material, say) => {
    const answer = best(material, (r) => answersOf(r, material.topology).length > 0);
    return {
      question: say(
        'What does the Service’s DNS name resolve to, is this the load balancer’s address, and where does the connection to it end?',
        '서비스의 DNS 이름은 어떤 주소로 해석되며, 그것이 로드 밸런서의 주소입니까? 그 주소로 맺은 연결은 어디에서 끝납니까?',
      ),
      evidence: [
        resolved(answer, material, say),
        followed(answer, material, say),
        toPod(material, say),
      ],
      explanation: [
        say(
          'ExternalDNS watches Services and Ingresses, and writes for each hostname (annotation external-dns.alpha.kubernetes.io/hostname) an A or alias record that points at the load balancer, with a TXT record beside it that says which object owns it. The client then dials the answer like any other address; what happens behind it is the load balancer’s doing.',
          'ExternalDNS는 서비스와 인그레스를 감시하여 각 호스트 이름(annotation external-dns.alpha.kubernetes.io/hostname)에 대해 로드 밸런서를 가리키는 A 또는 alias 레코드를 만들고, 어떤 객체의 것인지 적은 TXT 레코드를 함께 둡니다. 클라이언트는 응답으로 받은 주소에 접속할 뿐이며, 그 뒤의 동작은 로드 밸런서가 결정합니다.',
        ),
      ],
    };
  },
};

/**
 * Addresses in an answer that are a load balancer's of some Service: its own, or those behind the host
 * name that its status has (AWS gives no more), asked for or named in the answer.
 */
function answersOf({ application }: ConversationRecord, topology: Topology): string[] {
  if (application?.protocol !== 'dns' || !/^A{1,4}$/.test(application.queryType ?? '')) return [];
  const answers = application.answers ?? [];
  const named = [application.query ?? '', ...answers].map(plainName);
  const isNamed = ingressOf(topology).some(({ hostname }) => {
    return hostname !== undefined && named.includes(plainName(hostname));
  });
  if (isNamed) return answers.filter((answer) => parseIp(answer) !== undefined);
  return answers.filter((answer) => ingressOf(topology).some(({ ip }) => ip === answer));
}

function plainName(name: string): string {
  return name.toLowerCase().replace(/\.$/, '');
}

function ingressOf({ services }: Topology): Service['ingress'][number][] {
  return services.filter(({ type }) => type === 'LoadBalancer').flatMap(({ ingress }) => ingress);
}

/** The Service whose load balancer an answer names. */
function serviceOf({ application }: ConversationRecord, topology: Topology): string {
  const answers = application!.answers ?? [];
  const named = [application!.query ?? '', ...answers].map(plainName);
  const found = topology.services.find(
    ({ type, ingress }) =>
      type === 'LoadBalancer' &&
      ingress.some(
        ({ ip, hostname }) =>
          (ip !== undefined && answers.includes(ip)) ||
          (hostname !== undefined && named.includes(plainName(hostname))),
      ),
  );
  return found === undefined ? '?' : `${found.namespace}/${found.name}`;
}

function resolved(
  answer: ConversationRecord | undefined,
  { topology }: Material,
  say: Say,
): Evidence {
  const address = answer && answersOf(answer, topology)[0];
  return {
    heading: say('The name resolves to the load balancer', '이름이 로드 밸런서로 해석됨'),
    finding:
      answer && address !== undefined
        ? {
            claim: say(
              `${answer.application!.query} has the answer ${address}: an address of the LoadBalancer Service ${serviceOf(answer, topology)}.`,
              `${answer.application!.query}에 대한 응답은 ${address}이며, LoadBalancer 서비스 ${serviceOf(answer, topology)}의 주소입니다.`,
            ),
            figures: [
              [say('name', '이름'), answer.application!.query ?? ''],
              [say('answers', '응답'), (answer.application!.answers ?? []).join(', ')],
              ...figuresOf(answer, say),
            ],
            rows: [{ kind: 'conversation', record: answer, perPlace: 2 }],
          }
        : undefined,
    otherwise: {
      text: say(
        'No DNS answer with the address of a LoadBalancer Service is in this capture. Which names and addresses these are is told by --kube-json.',
        'LoadBalancer 서비스의 주소가 담긴 DNS 응답이 이 캡처에 없습니다. 어떤 이름과 주소인지는 --kube-json으로 알 수 있습니다.',
      ),
      commands: [
        DUMP_CLUSTER,
        'kubectl annotate service SERVICE external-dns.alpha.kubernetes.io/hostname=web.example.com',
        "sudo tcpdump -i any -w client.pcap 'port 53 or tcp port 80'   # on the client",
        'dig web.example.com; curl -s http://web.example.com/',
      ],
    },
  };
}

function followed(answer: ConversationRecord | undefined, material: Material, say: Say): Evidence {
  const addresses = answer === undefined ? [] : answersOf(answer, material.topology);
  const record = best(
    material,
    (r) =>
      r.application?.protocol !== 'dns' &&
      r.hops.some(({ tuple }) => addresses.includes(tuple.dst)) &&
      answer !== undefined &&
      r.start >= answer.start,
  );
  return {
    heading: say('The connection to that address', '그 주소로 맺은 연결'),
    finding: record && {
      claim: say(
        `After the answer ${who(record.client)} dials ${record.hops[0]!.tuple.dst}.`,
        `응답을 받은 뒤 ${josa(who(record.client), '이/가')} ${record.hops[0]!.tuple.dst}에 접속합니다.`,
      ),
      figures: figuresOf(record, say),
      rows: [{ kind: 'conversation', record, perPlace: 2 }],
      journey: record,
    },
    otherwise: {
      text: say(
        'No connection to an address that such an answer gave follows in this capture. Capture the query and the connection in one go, on the client:',
        '그런 응답으로 받은 주소에 접속하는 연결이 이 캡처에 이어지지 않습니다. 클라이언트에서 질의와 연결을 함께 캡처하세요.',
      ),
      commands: [
        "sudo tcpdump -i any -w client.pcap 'port 53 or tcp port 80'   # on the client",
        'curl -s http://web.example.com/',
      ],
    },
  };
}

function toPod(material: Material, say: Say): Evidence {
  const record = best(
    material,
    (r) =>
      r.server.kind === 'pod' &&
      r.confidence !== 'guess' &&
      (r.service?.type === 'LoadBalancer' ||
        r.client.kind === 'loadbalancer' ||
        r.proxyProtocol?.source != null) &&
      r.application?.protocol === 'http',
  );
  return {
    heading: say('From the load balancer to a pod', '로드 밸런서에서 파드로'),
    finding: record && {
      claim: say(
        `A request that came through a load balancer reaches ${who(record.server)}. Whether it is the very one above only the PROXY header or the client’s own address and port can tell: compare the figures.`,
        `로드 밸런서를 거친 요청이 ${who(record.server)}에 도착합니다. 위의 연결과 같은 것인지는 PROXY 헤더나 클라이언트의 주소와 포트로만 알 수 있으니 수치를 비교하세요.`,
      ),
      figures: figuresOf(record, say),
      rows: [{ kind: 'conversation', record, perPlace: 2 }],
      journey: record,
    },
    otherwise: {
      text: say(
        'No request that a load balancer brought to a pod is in this capture. Capture on the nodes at the same time:',
        '로드 밸런서가 파드로 전달한 요청이 이 캡처에 없습니다. 같은 시간에 노드에서도 캡처하세요.',
      ),
      commands: [onNode('n1'), ...inLab('nlb', ['nlb', 'n1'])],
    },
  };
}
