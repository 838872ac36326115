/** What was left out while a capture is read, and what happened to its devices, in Korean. */
import type { Catalog } from '../sentence.ts';
import type { LimitSentences } from '../sentences/limits.ts';
import { subject } from './phrases.ts';

export const limits: Catalog<LimitSentences> = {
  'limit-flows': ({ frames, kept }) =>
    `한 번에 보관하는 플로 ${kept}개를 넘어, 프레임 ${frames}개가 대화에 들어가지 못했습니다.`,
  'limit-room': ({ flows }) =>
    `가장 오래 패킷이 없던 플로 ${flows}개를 내보내고 새 플로를 받았습니다(--max-flows).`,
  'limit-packets': ({ packets, why }, say) => `패킷 ${packets}개가 목록에 없습니다. ${say(why)}`,
  'limit-newest': ({ packets }) =>
    `최근 패킷만 보관하므로, 앞선 패킷 ${packets}개는 더 이상 보관되어 있지 않습니다.`,
  'limit-ring': ({ times }) => `커널의 링 버퍼가 ${times}번 가득 찼습니다.`,
  'limit-names': ({ count }) => `이름과 주석 ${count}개를 제외했습니다.`,
  'limit-tunnels': ({ packets }) => `구분할 수 있는 터널의 수를 넘은 패킷이 ${packets}개 있습니다.`,
  'index-full': () => '패킷 색인이 가득 찼습니다.',
  'store-closed': () => '저장소가 닫혔습니다.',
  'temporary-file-full': ({ bytes }) => `임시 파일이 ${bytes}바이트에 도달했습니다.`,
  'temporary-file-failed': ({ error }) => `임시 파일을 쓸 수 없습니다: ${error}`,
  'no-longer-kept': () => '더 이상 보관되어 있지 않습니다.',
  'not-readable-again': () => '다시 읽을 수 없습니다.',
  'positions-not-asked': () => '프레임의 위치를 기록하지 않았습니다.',
  'file-changed': () => '읽은 뒤에 파일이 바뀌었습니다.',
  'device-down': ({ device }) => `${subject(device)} 내려갔습니다. 다시 올라오기를 기다립니다.`,
  'device-gone': ({ device }) => `${subject(device)} 사라졌습니다. 다시 나타나기를 기다립니다.`,
  'device-back': ({ device, sameOne }) =>
    `${subject(device)} 다시 ${sameOne ? '올라왔습니다' : '나타났습니다'}.`,
};
