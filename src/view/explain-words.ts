/** What `netlens explain` says around the reasons, in both languages. A key that one lacks does not compile. */

import type { ConnectionState } from '../classify/record.ts';
import type { LanguageName } from '../words/language-names.ts';
import { countOf } from './amounts.ts';
import { CONNECTION_STATES } from './connection-states.ts';

export interface ExplainWords {
  readonly journey: string;
  readonly why: string;
  readonly troubles: string;
  readonly notSeen: string;
  readonly connectionStates: Readonly<Record<ConnectionState, string>>;
  readonly direction: Readonly<Record<'in' | 'out', string>>;
  readonly dialled: (service: string | undefined, type: string, at: string) => string;
  readonly names: (header: string, client: string | undefined) => string;
  readonly volume: (
    there: { readonly packets: number; readonly size: string },
    back: { readonly packets: number; readonly size: string },
    ofPayload: boolean,
  ) => string;
  readonly related: (ids: string) => string;
  readonly wrapped: (tunnel: string) => string;
  readonly unwrapped: (tunnel: string) => string;
  readonly inTunnel: (tunnel: string, outer: string) => string;
  readonly packets: (count: number) => string;
  readonly frameOf: (frame: number, file: string | undefined, isLine: boolean) => string;
  readonly change: (nat: string, node: string | undefined, before: string, after: string) => string;
  readonly toldByConntrack: string;
  readonly theCapture: string;
}

const en: ExplainWords = {
  journey: 'Journey, client to server',
  why: 'Why',
  troubles: 'Troubles',
  notSeen: 'Not seen',
  connectionStates: CONNECTION_STATES.en,
  direction: { in: 'in', out: 'out' },
  dialled: (service, type, at) => `dialled ${service ?? 'a service'} (${type}) at ${at}`,
  names: (header, client) => `${header} names ${client ?? 'no client'}`,
  volume: (there, back, ofPayload) =>
    `${countOf(there.packets, 'packet')} there (${there.size}${ofPayload ? ' payload' : ''}), ${back.packets} back (${back.size})`,
  related: (ids) => `the other side of a proxy: ${ids}`,
  wrapped: (tunnel) => `wrapped into ${tunnel}`,
  unwrapped: (tunnel) => `unwrapped from ${tunnel}`,
  inTunnel: (tunnel, outer) => `in ${tunnel} ${outer}`,
  packets: (count) => countOf(count, 'packet'),
  frameOf: (frame, file, isLine) =>
    `${isLine ? 'line' : 'frame'} ${frame} of ${file ?? 'the capture'}`,
  change: (nat, node, before, after) =>
    `${nat}${node === undefined ? '' : ` on ${node}`}: ${before} becomes ${after}`,
  toldByConntrack: ', told by conntrack',
  theCapture: 'the capture',
};

const ko: ExplainWords = {
  journey: '경로, 클라이언트에서 서버까지',
  why: '이유',
  troubles: '이상',
  notSeen: '관찰되지 않음',
  connectionStates: CONNECTION_STATES.ko,
  direction: { in: '수신', out: '송신' },
  dialled: (service, type, at) => `접속 대상: ${service ?? '서비스'} (${type}), ${at}`,
  names: (header, client) => `${header} 헤더의 클라이언트: ${client ?? '없음'}`,
  volume: (there, back, ofPayload) =>
    `보낸 패킷 ${there.packets}개(${ofPayload ? '페이로드 ' : ''}${there.size}), 받은 패킷 ${back.packets}개(${back.size})`,
  related: (ids) => `프록시의 반대편: ${ids}`,
  wrapped: (tunnel) => `${tunnel} 터널로 감쌈`,
  unwrapped: (tunnel) => `${tunnel} 터널에서 벗김`,
  inTunnel: (tunnel, outer) => `${tunnel} 터널 ${outer}`,
  packets: (count) => `패킷 ${count}개`,
  frameOf: (frame, file, isLine) =>
    `${file ?? '캡처'} ${isLine ? `${frame}행` : `프레임 ${frame}`}`,
  change: (nat, node, before, after) =>
    `${nat}${node === undefined ? '' : ` (노드 ${node})`}: ${before} → ${after}`,
  toldByConntrack: ', conntrack 기록',
  theCapture: '캡처',
};

export const EXPLAIN_WORDS: Readonly<Record<LanguageName, ExplainWords>> = { en, ko };
