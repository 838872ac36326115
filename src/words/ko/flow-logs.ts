/** What flow logs tell of a connection, in Korean. */
import type { Catalog } from '../sentence.ts';
import type { LogSentences, TrafficPath } from '../sentences/flow-logs.ts';
import { listed, logPlace, object, subject, to, topic } from './phrases.ts';

const PATHS: Readonly<Record<TrafficPath, string>> = {
  1: 'VPC의 다른 리소스를 거쳐',
  2: '인터넷 게이트웨이나 게이트웨이 VPC 엔드포인트를 거쳐',
  3: '가상 프라이빗 게이트웨이를 거쳐',
  4: '같은 리전의 VPC 피어링 연결을 거쳐',
  5: '다른 리전과의 VPC 피어링 연결을 거쳐',
  6: '로컬 게이트웨이를 거쳐',
  7: '게이트웨이 VPC 엔드포인트를 거쳐',
  8: '인터넷 게이트웨이를 거쳐',
};

function rewritten(from: string, after: string, interfaceId: string | undefined): string {
  const where =
    interfaceId === undefined ? '게이트웨이의 인터페이스' : `게이트웨이의 ${interfaceId}`;
  return `${where}에서 출발지 ${subject(from)} ${to(after)} 바뀌었습니다(SNAT).`;
}

export const flowLogs: Catalog<LogSentences> = {
  'log-or-a-pod': ({ verdict }, say) => `${say(verdict)} 또는 그 노드의 파드입니다.`,
  'log-client-by-syn': ({ dialled, client }) =>
    `${client}의 SYN이 tcp-flags에 있으므로, 접속을 받은 쪽은 ${dialled}입니다.`,
  'log-client-by-service': ({ dialled, port }) =>
    `${dialled}의 포트 ${to(String(port))} 서비스가 응답하므로, 접속을 받은 쪽은 ${dialled}입니다.`,
  'log-client-by-port': ({ dialled, port, other }) =>
    `포트 ${subject(String(port))} ${other}보다 서버의 포트에 가까우므로, 접속을 받은 쪽은 ${dialled}입니다.`,
  'log-client-first': ({ client }) =>
    `어느 쪽이 클라이언트인지 나와 있지 않습니다. 로그에는 ${subject(client)} 먼저 나옵니다.`,
  'log-joined': ({ places, unmasked }) =>
    unmasked
      ? `${subject(listed(places.map(logPlace)))} 같은 시간의 같은 포트를 기록했고, 각각 상대 뒤의 주소를 알려 줍니다.`
      : `${subject(listed(places.map(logPlace)))} 같은 시간의 같은 주소와 포트를 기록했습니다.`,
  'log-passing': ({ place, shown, ip, rewritten: isRewritten }) =>
    `${topic(logPlace(place))} 패킷의 주소 ${ip} 대신 ${object(shown)} 보여 줍니다. ${
      isRewritten
        ? '트래픽이 이 인터페이스를 지나며 주소가 바뀝니다.'
        : '트래픽이 NAT 게이트웨이, 트랜짓 게이트웨이, 방화벽처럼 지나가기만 하는 인터페이스이며, 로그에 주소 변환은 나타나지 않습니다.'
    }`,
  'log-unmasked': ({ place, shown, ip }) =>
    `${topic(logPlace(place))} 상대의 로그에 나온 ${ip} 대신 인터페이스의 주소 ${object(shown)} 보여 줍니다.`,
  'log-secondary': ({ place, shown, ip }) =>
    `${topic(logPlace(place))} 패킷의 주소 ${ip} 대신 ${object(shown)} 보여 줍니다. 파드처럼 그 인터페이스에 붙은 다른 주소이며, 변환된 것은 없습니다.`,
  'log-nat': ({ from, to: after, interfaceId, line }) =>
    `${rewritten(from, after, interfaceId)} 같은 시간에 같은 곳으로 같은 수의 패킷을 보냈습니다(${line}행).`,
  'log-nat-of-several': ({ from, to: after, interfaceId, candidates }) =>
    `${rewritten(from, after, interfaceId)} 그곳에서 나온 연결 ${candidates}개가 똑같이 들어맞아 포트는 알 수 없습니다.`,
  'log-path': ({ ofClient, place, path }) =>
    `${ofClient ? '클라이언트' : '서버'}의 패킷이 ${logPlace(place)}에서 ${PATHS[path]} 나갔습니다(traffic-path ${path}).`,
  'log-aws-service': ({ ip, service }) =>
    `${topic(ip)} AWS 서비스 ${service}의 주소 대역에 속합니다.`,
  'log-workload': ({ place, workload }) => `${topic(logPlace(place))} ${workload}의 것입니다.`,
  'log-encryption': ({ place, status }) =>
    `${logPlace(place)}의 encryption-status는 ${status}입니다.`,
  'log-rejected': ({ packets, to: dialled, place, direction, reason, byNetworkAcl }) => {
    const whose = dialled === undefined ? '클라이언트로 돌아가는' : `${to(dialled)} 가는`;
    const way = direction === undefined ? '' : `(${direction})`;
    const what = `${whose} 패킷 ${packets}개가 ${logPlace(place)}${way}에서`;
    if (reason !== undefined) return `${what} 거부되었습니다(reject-reason ${reason}).`;
    return byNetworkAcl
      ? `${what} 네트워크 ACL에 거부되었습니다. 보안 그룹이라면 응답을 통과시켰을 것입니다.`
      : `${what} 보안 그룹이나 네트워크 ACL에 거부되었습니다.`;
  },
};
