/** Why a file cannot be written, or not to its end, in Korean. */
import type { Catalog } from '../sentence.ts';
import type { OutputFault, WritingSentences } from '../sentences/writing.ts';
import { and } from './phrases.ts';

const OUTPUT_FAULTS: Readonly<Record<OutputFault, string>> = {
  'no-directory': '디렉터리가 없습니다. 먼저 만드세요.',
  denied: '권한이 없습니다. 쓸 수 있는 디렉터리를 지정하세요.',
  directory: '디렉터리입니다. 그 안의 파일을 지정하세요.',
  'reader-gone': '받는 쪽이 종료되었습니다.',
  full: '디스크가 가득 찼거나 파일이 너무 큽니다.',
};

export const writing: Catalog<WritingSentences> = {
  'write-fault': ({ file, what }, say) => `${file}: ${say(what)}`,
  'output-fault': ({ fault }) => OUTPUT_FAULTS[fault],
  'output-ends-early': ({ why }, say) =>
    `쓸 수 있었던 마지막 프레임에서 파일이 끝납니다: ${say(why)}`,
  'output-pipe-ended': () => '파이프에서 받는 쪽이 종료되었습니다.',
  'output-is-terminal': () => '표준 출력이 터미널입니다. 다른 곳으로 보내거나 파일을 지정하세요.',
  'output-is-input': ({ input }) => `읽고 있는 파일(${input})입니다. 다른 파일에 쓰세요.`,
  'output-of-somebody-else': () =>
    '다른 사용자도 쓸 수 있는 디렉터리에 있는 다른 사용자의 파일입니다. 다른 이름을 지정하세요.',
  'output-is-link': () =>
    '다른 사용자도 쓸 수 있는 디렉터리에 있는 심볼릭 링크입니다. 파일 자체를 지정하세요.',
  'output-exists': () => '이미 있습니다. 다른 이름을 지정하세요.',
  'picture-of-no-format': ({ endings }) => `이름은 다음 중 하나로 끝나야 합니다: ${endings}`,
  'pcap-of-two-linktypes': ({ one, other }) =>
    `pcap에는 링크 타입이 하나만 들어가지만 프레임의 링크 타입은 ${and(String(one))} ${other}입니다. 이름을 '.pcapng'로 끝내세요.`,
  'pcap-time-beyond': ({ seconds, nanoseconds }) =>
    `프레임의 시각(${seconds}초 ${nanoseconds}나노초)은 pcap에 들어가지 않습니다. 이름을 '.pcapng'로 끝내세요.`,
};
