/** TLS and a Network Load Balancer: ended there, or passed through to the pod. */
import type { ConversationRecord } from '../../../classify/record.ts';
import { josa } from '../../../words/ko/particles.ts';
import { inLab, onNode } from '../commands.ts';
import { best, figuresOf, who } from '../find.ts';
import type { Evidence, Material, Preset, Say } from '../sheet.ts';

export const nlbTls: Preset = {
  name: 'nlb-tls',
  title: { en: 'NLB and TLS: who ends it', ko: 'NLB와 TLS: 어디에서 종료되는가' },
  sheet: (material, say) => ({
    question: say(
      'A client speaks TLS to an NLB. Does the NLB end TLS and speak plainly to the pod, or does the pod end it?',
      '클라이언트가 NLB와 TLS로 통신합니다. NLB가 TLS를 종료하고 파드와는 평문으로 통신합니까, 아니면 파드가 종료합니까?',
    ),
    evidence: [hello(material, say), ended(material, say), passed(material, say)],
    explanation: [
      say(
        'A TLS listener of an NLB has a certificate: the NLB ends TLS and opens a TCP (or another TLS) connection to the target. A TCP listener on port 443 knows nothing of TLS: every byte goes through, and the pod needs the certificate. In a ClientHello the server’s name (SNI) stands unencrypted, so a capture shows who was asked for.',
        'NLB의 TLS 리스너에는 인증서가 있습니다. NLB가 TLS를 종료하고 대상과는 TCP(또는 별도의 TLS) 연결을 맺습니다. 443 포트의 TCP 리스너는 TLS를 알지 못하며, 모든 바이트가 그대로 지나가므로 파드에 인증서가 있어야 합니다. ClientHello에는 서버 이름(SNI)이 암호화되지 않은 채로 있으므로, 캡처에서 누구에게 접속했는지 볼 수 있습니다.',
      ),
    ],
  }),
};

function hello(material: Material, say: Say): Evidence {
  const record = best(
    material,
    (r) =>
      r.application?.protocol === 'tls' &&
      (r.server.kind === 'loadbalancer' || r.service?.type === 'LoadBalancer'),
  );
  return {
    heading: say(
      'The client speaks TLS to the load balancer',
      '클라이언트가 로드 밸런서와 TLS로 통신',
    ),
    finding: record && {
      claim: say(
        `${who(record.client)} sends a ClientHello to ${who(record.server)}${record.application?.host === undefined ? '' : `, server name ${record.application.host}`}.`,
        `${josa(who(record.client), '이/가')} ${who(record.server)}에 ClientHello를 보냅니다${record.application?.host === undefined ? '' : `(서버 이름 ${record.application.host})`}.`,
      ),
      figures: figuresOf(record, say),
      rows: [tlsRows(record)],
      journey: record,
    },
    otherwise: {
      text: say(
        'No ClientHello to a load balancer is in this capture. In front of an NLB on AWS nobody can capture but the client itself:',
        '로드 밸런서로 보내는 ClientHello가 이 캡처에 없습니다. AWS의 NLB 앞단에서는 클라이언트 자신만 캡처할 수 있습니다.',
      ),
      commands: [
        "sudo tcpdump -i any -w client.pcap 'tcp port 443'   # on the client",
        'curl -s https://NLB-NAME/',
        ...inLab('nlb', ['nlb', 'n1']),
      ],
    },
  };
}

/** Handshake of TCP, then the ClientHello. */
function tlsRows(record: ConversationRecord) {
  return { kind: 'conversation' as const, record, perPlace: 5 };
}

/** A header says that its client spoke TLS, and what follows it is readable. */
function ended(material: Material, say: Say): Evidence {
  const record = best(material, (r) => hasTlsClient(r) && r.application?.protocol === 'http');
  return {
    heading: say(
      'Ended at the balancer: plain HTTP at the pod',
      '로드 밸런서에서 종료: 파드에서는 평문 HTTP',
    ),
    finding: record && {
      claim: say(
        `The PROXY header to ${who(record.server)} says that ${who(record.client)} spoke TLS; what follows it is readable HTTP. So TLS ended at ${record.hops[0]!.tuple.src}.`,
        `${josa(who(record.server), '으로/로')} 가는 PROXY 헤더에 따르면 ${josa(who(record.client), '은/는')} TLS로 통신했으나, 그 뒤에 오는 것은 읽을 수 있는 HTTP입니다. 따라서 TLS는 ${record.hops[0]!.tuple.src}에서 종료되었습니다.`,
      ),
      figures: [...figuresOf(record, say), ...sslFigures(record)],
      rows: [{ kind: 'conversation', record, perPlace: 5 }],
      journey: record,
    },
    otherwise: {
      text: say(
        'No connection whose PROXY header tells of TLS and which goes on in plain HTTP is in this capture. Give the listener a certificate:',
        'PROXY 헤더에 TLS가 적혀 있으면서 평문 HTTP로 이어지는 연결이 이 캡처에 없습니다. 리스너에 인증서를 지정하세요.',
      ),
      commands: [
        'kubectl annotate service SERVICE service.beta.kubernetes.io/aws-load-balancer-ssl-cert=ARN service.beta.kubernetes.io/aws-load-balancer-ssl-ports=443',
        onNode('n1'),
        'curl -s https://NLB-NAME/   # from outside',
        ...inLab('nlb', ['n1']),
      ],
    },
  };
}

function sslOf({ proxyProtocol }: ConversationRecord): Record<string, unknown> | undefined {
  const value = proxyProtocol?.tlvs.find(({ name }) => name === 'SSL')?.value;
  return typeof value === 'object' && value !== null ? value : undefined;
}

function hasTlsClient(record: ConversationRecord): boolean {
  const client = sslOf(record)?.client;
  return Array.isArray(client) && client.includes('SSL');
}

function sslFigures(record: ConversationRecord): [string, string][] {
  return Object.entries(sslOf(record) ?? {}).map(([name, value]) => [
    `TLV SSL ${name}`,
    String(value),
  ]);
}

function passed(material: Material, say: Say): Evidence {
  const record = best(
    material,
    (r) =>
      r.application?.protocol === 'tls' &&
      r.server.kind === 'pod' &&
      (r.proxyProtocol !== null ||
        r.client.kind === 'loadbalancer' ||
        r.service?.type === 'LoadBalancer'),
  );
  return {
    heading: say('Passed through: TLS at the pod', '통과: 파드에서 TLS'),
    finding: record && {
      claim: say(
        `A ClientHello from ${record.hops[0]!.tuple.src} reaches ${who(record.server)}: the pod’s side is TLS too.`,
        `${record.hops[0]!.tuple.src}에서 온 ClientHello가 ${who(record.server)}에 도착합니다. 파드 쪽도 TLS입니다.`,
      ),
      figures: figuresOf(record, say),
      rows: [tlsRows(record)],
      journey: record,
    },
    otherwise: {
      text: say(
        'No ClientHello from a load balancer that reaches a pod is in this capture. Use a TCP listener on 443 and a pod that has a certificate:',
        '로드 밸런서를 거쳐 파드에 도착하는 ClientHello가 이 캡처에 없습니다. 443 포트의 TCP 리스너와 인증서를 가진 파드를 사용하세요.',
      ),
      commands: [
        onNode('n1'),
        'curl -sk https://NLB-NAME/   # from outside',
        ...inLab('nlb', ['n1', 'n3']),
      ],
    },
  };
}
