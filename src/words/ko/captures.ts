/** Why a capture, or a flow log, cannot be read, or not to its end, in Korean. */
import type { Catalog } from '../sentence.ts';
import type { CaptureSentences, CutPart, FileFault, OtherFormat } from '../sentences/captures.ts';
import { topic } from './phrases.ts';

const FILE_FAULTS: Readonly<Record<FileFault, string>> = {
  missing: '파일이 없습니다. 이름과 디렉터리를 확인하세요.',
  denied: '권한이 없습니다. 이 파일을 읽을 수 있는 사용자로 실행하세요.',
  directory: '디렉터리입니다. 그 안의 캡처 파일을 지정하세요.',
  'too-many-open':
    "열린 파일이 너무 많습니다. 한 번에 여는 파일을 줄이거나 한도를 늘리세요('ulimit -n').",
  closed: '닫혀 있습니다. 캡처를 파이프로 보내거나 파일을 지정하세요.',
  'not-in-a-directory': '경로의 일부가 디렉터리가 아닙니다. 이름을 확인하세요.',
  'too-many-links': '심볼릭 링크가 너무 많습니다. 이름을 확인하세요.',
};

const OTHER_FORMATS: Readonly<Record<OtherFormat, string>> = {
  xz: "xz로 압축되어 있습니다. 먼저 압축을 푸세요('xz -dk').",
  bzip2: "bzip2로 압축되어 있습니다. 먼저 압축을 푸세요('bzip2 -dk').",
  lz4: "lz4로 압축되어 있습니다. 먼저 압축을 푸세요('lz4 -dk').",
  zip: 'zip 파일입니다. 먼저 압축을 푸세요.',
  snoop: "snoop 캡처입니다. 먼저 변환하세요('editcap').",
  netmon: "Microsoft Network Monitor 캡처입니다. 먼저 변환하세요('editcap').",
  parquet: 'Parquet 파일입니다. pcap이나 pcapng 파일이어야 합니다.',
  program: '실행 파일입니다. pcap이나 pcapng 파일이어야 합니다.',
  'unpublished-pcap': '구조가 공개되지 않은 pcap 변형입니다. 캡처를 만든 곳에서 변환하세요.',
};

const CUT_PARTS: Readonly<Record<CutPart, string>> = {
  'pcap-header': 'pcap 파일 헤더',
  'record-header': '레코드 헤더',
  record: '레코드',
  'block-header': '블록 헤더',
  block: '블록',
};

export const captures: Catalog<CaptureSentences> = {
  'capture-fault': ({ file, offset, what }, say) =>
    offset < 0 ? `${file}: ${say(what)}` : `${file}: 바이트 ${offset}: ${say(what)}`,

  'file-fault': ({ fault }) => FILE_FAULTS[fault],
  'file-shrunk': ({ size }) =>
    `읽는 동안 파일이 ${size}바이트로 줄었습니다. 파일이 새로 쓰였는지 확인하세요.`,
  'input-is-terminal': () => '터미널입니다. 캡처 파일을 지정하거나 캡처를 파이프로 보내세요.',
  'stopped-before-capture': () => '캡처가 오기 전에 읽기가 중지되었습니다.',
  'no-capture-given': () => '캡처 파일을 지정하지 않았습니다.',
  'too-many-captures': ({ given, most }) =>
    `파일을 ${given}개 지정했지만 한 번에 ${most}개까지만 병합할 수 있습니다. 먼저 일부를 병합하세요('mergecap').`,
  'standard-input-twice': () => '표준 입력을 두 번 이상 지정했습니다.',

  'capture-empty': () => '비어 있습니다. pcap이나 pcapng 캡처여야 합니다.',
  'capture-is-other': ({ format }) => OTHER_FORMATS[format],
  'capture-is-none': ({ start }) =>
    `캡처 파일이 아닙니다. pcap이나 pcapng(압축 없음, gzip, zstd)여야 하지만 첫 바이트가 '${start}'입니다.`,

  'capture-cut': ({ part, needed, left }) =>
    `${CUT_PARTS[part]}에 ${needed}바이트가 필요하지만, 파일이 ${left}바이트 뒤에서 끝납니다.`,
  'pcap-version': ({ version }) =>
    `pcap 버전 ${topic(String(version))} 지원하지 않습니다. 버전 2부터 지원합니다.`,
  'pcap-record-too-long': ({ captured, most }) =>
    `레코드의 캡처 길이가 ${captured}바이트로 적혀 있지만 ${most}바이트 이하여야 합니다. 파일이 여기서부터 손상되었습니다.`,
  'pcapng-version': ({ version }) =>
    `pcapng 버전 ${topic(String(version))} 지원하지 않습니다. 버전 1이어야 합니다.`,
  'pcapng-no-section': () => "섹션 헤더('0a 0d 0d 0a')가 와야 합니다.",
  'pcapng-no-byte-order': () => "섹션 헤더에 바이트 순서 표시('1a 2b 3c 4d')가 없습니다.",
  'pcapng-too-many-interfaces': ({ most }) =>
    `인터페이스가 ${most}개를 넘습니다. 그런 캡처는 없습니다.`,
  'pcapng-undeclared-interface': ({ id, declared }) =>
    `인터페이스 ${id}의 프레임이지만, 섹션이 지금까지 선언한 인터페이스는 ${declared}개입니다.`,
  'pcapng-frame-too-long': ({ captured, most }) =>
    `프레임의 캡처 길이가 ${captured}바이트로 적혀 있지만, 그 블록에서는 ${most}바이트 이하여야 합니다.`,
  'pcapng-block-too-short': ({ type, total, least }) =>
    `타입 ${type} 블록의 길이가 ${total}바이트로 적혀 있지만 ${least}바이트 이상이어야 합니다.`,
  'pcapng-lengths-differ': ({ total, trailer }) =>
    `블록의 길이가 앞에는 ${total}바이트, 끝에는 ${trailer}바이트로 적혀 있습니다. 파일이 여기서부터 손상되었습니다.`,

  'compressed-cut': ({ format, taken }) =>
    `${format} 데이터가 압축된 ${taken}바이트 뒤에서 끊겼습니다. 파일이 잘려 있습니다.`,
  'compressed-damaged': ({ format, from, to, error }) =>
    `${format} 데이터가 ${from}바이트와 ${to}바이트 사이에서 손상되었습니다: ${error}`,

  'parquet-from-pipe': () => 'Parquet 파일은 파이프에서 읽을 수 없습니다. 먼저 파일로 저장하세요.',
  'parquet-damaged': ({ error }) => `Parquet 데이터가 손상되었습니다: ${error}`,
  'parquet-endless': () => 'Parquet 데이터가 손상되었습니다. 데이터가 끝나지 않습니다.',
  'parquet-decoder-ended': () => 'Parquet 데이터가 손상되었습니다. 디코더가 종료되었습니다.',
  'parquet-no-flow-log': () =>
    "Parquet 파일이지만 플로 로그가 아닙니다. 'srcaddr'과 'dstaddr' 열도, 'pkt_srcaddr'과 'pkt_dstaddr' 열도 없습니다.",
  'parquet-needs-package': () =>
    "Parquet 파일을 읽으려면 hyparquet 패키지가 필요합니다('npm install hyparquet').",
};
