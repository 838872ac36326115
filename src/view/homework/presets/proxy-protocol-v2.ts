/** PROXY protocol v2: the client's address only in the first bytes of the connection. */
import type { ConversationRecord, ProxyRecord } from '../../../classify/record.ts';
import { josa } from '../../../words/ko/particles.ts';
import { showEndpoint } from '../../wording.ts';
import { inLab, onNode } from '../commands.ts';
import { best, count, figuresOf, who } from '../find.ts';
import type { Evidence, Material, Preset, Say } from '../sheet.ts';

const ROWS_MAX = 4;

export const proxyProtocolV2: Preset = {
  name: 'proxy-protocol-v2',
  title: {
    en: 'PROXY protocol v2: where the client’s address is',
    ko: 'PROXY protocol v2: 클라이언트 주소가 있는 곳',
  },
  sheet: (material, say) => ({
    question: say(
      'The pod sees the load balancer’s address as source. Where does it learn the client’s?',
      '파드는 출발지로 로드 밸런서의 주소를 봅니다. 클라이언트의 주소는 어디에서 알 수 있습니까?',
    ),
    evidence: [named(material, say), local(material, say)],
    explanation: [
      say(
        'The balancer writes a binary header before the first byte of the client’s data: signature 0D 0A 0D 0A 00 0D 0A 51 55 49 54 0A, version and command, family, then source and destination address and port, then TLVs (0xEA is AWS’s). It is part of the TCP stream, not of any IP header: the server must be told to expect it, else it takes the bytes for a broken request. LOCAL headers come from the balancer’s own health checks and name nobody.',
        '로드 밸런서는 클라이언트 데이터의 첫 바이트 앞에 이진 헤더를 씁니다. 서명 0D 0A 0D 0A 00 0D 0A 51 55 49 54 0A, 버전과 명령, 주소 체계, 출발지와 목적지의 주소와 포트, 이어서 TLV(0xEA는 AWS)가 옵니다. 이 헤더는 IP 헤더가 아니라 TCP 스트림의 일부이므로, 서버가 헤더를 기대하도록 설정되어 있어야 합니다. 그렇지 않으면 잘못된 요청으로 받아들입니다. LOCAL 헤더는 로드 밸런서 자신의 상태 확인에서 오며 클라이언트를 담지 않습니다.',
      ),
    ],
  }),
};

function named(material: Material, say: Say): Evidence {
  const record = best(
    material,
    (r) =>
      r.proxyProtocol?.version === 2 &&
      r.proxyProtocol.source !== null &&
      r.proxyProtocol.stacked.length === 0 &&
      r.hops.every(({ tuple }) => tuple.src !== r.proxyProtocol!.source!.ip),
  );
  const header = record?.proxyProtocol ?? undefined;
  return {
    heading: say(
      'The header names the client, no IP header does',
      '클라이언트는 IP 헤더가 아니라 PROXY 헤더에만 있습니다',
    ),
    finding: record &&
      header && {
        claim: say(
          `The packets that reach ${who(record.server)} have the source ${record.hops[0]!.tuple.src}. The PROXY v2 header in them names ${showEndpoint(header.source!.ip, header.source!.port, true)} as the client; this address is in no IP header of the connection.`,
          `${who(record.server)}에 도착하는 패킷의 출발지는 ${record.hops[0]!.tuple.src}입니다. 그 안의 PROXY v2 헤더에는 클라이언트로 ${josa(showEndpoint(header.source!.ip, header.source!.port, true), '이/가')} 적혀 있으며, 이 주소는 연결의 어떤 IP 헤더에도 없습니다.`,
        ),
        figures: [...figuresOf(record, say), ...headerFigures(header, say)],
        rows: [headerRows(record)],
        journey: record,
      },
    otherwise: {
      text: say(
        'No PROXY v2 header that names a client is in this capture. It is in the first data segment only: the capture must hold the connection’s beginning, with the whole payload (no small snaplen).',
        '클라이언트가 적힌 PROXY v2 헤더가 이 캡처에 없습니다. 헤더는 첫 데이터 세그먼트에만 있으므로, 연결의 시작을 페이로드까지 온전히(작은 snaplen 없이) 캡처해야 합니다.',
      ),
      commands: [
        "kubectl annotate service SERVICE service.beta.kubernetes.io/aws-load-balancer-proxy-protocol='*'",
        onNode('n1', 'tcp port 8080'),
        'curl -s http://NLB-NAME/   # from outside',
        ...inLab('nlb', ['n1', 'n3']),
      ],
    },
  };
}

function headerRows(record: ConversationRecord) {
  const { tuple } = record.hops[0]!;
  return {
    kind: 'frames' as const,
    filter: `proxy and tcp and host ${tuple.src} and port ${tuple.sport} and port ${tuple.dport}`,
    limit: ROWS_MAX,
  };
}

function headerFigures(header: ProxyRecord, say: Say): [string, string][] {
  const figures: [string, string][] = [[say('command', '명령'), header.command]];
  const { destination } = header;
  if (destination !== null) {
    figures.push([
      say('dialled', '접속 대상'),
      showEndpoint(destination.ip, destination.port, true),
    ]);
  }
  figures.push(['CRC32C', header.checksum]);
  for (const { name, value } of header.tlvs) {
    if (name !== 'CRC32C' && name !== 'NOOP') {
      figures.push([
        `TLV ${name}`,
        typeof value === 'object' ? JSON.stringify(value) : String(value),
      ]);
    }
  }
  return figures;
}

function local(material: Material, say: Say): Evidence {
  const isLocal = (r: ConversationRecord): boolean =>
    r.proxyProtocol?.version === 2 && r.proxyProtocol.command === 'LOCAL';
  const record = best(material, isLocal);
  return {
    heading: say('Health checks: LOCAL', '상태 확인: LOCAL'),
    finding: record && {
      claim: say(
        `${count(material, isLocal)} connections begin with a LOCAL header, which names no client: the balancer speaks for itself, as ${record.hops[0]!.tuple.src} does to ${who(record.server)}.`,
        `연결 ${count(material, isLocal)}건이 클라이언트를 담지 않는 LOCAL 헤더로 시작합니다. ${josa(record.hops[0]!.tuple.src, '이/가')} ${who(record.server)}에 보내는 것처럼, 로드 밸런서 자신의 통신입니다.`,
      ),
      figures: figuresOf(record, say),
      rows: [headerRows(record)],
    },
    otherwise: {
      text: say(
        'No LOCAL header is in this capture. A balancer sends one with each health check of a target, every 10 to 30 seconds:',
        'LOCAL 헤더가 이 캡처에 없습니다. 로드 밸런서는 대상의 상태를 확인할 때마다(10~30초 간격) 보냅니다.',
      ),
      commands: [onNode('n1', 'tcp port 8080'), ...inLab('nlb', ['n1'])],
    },
  };
}
