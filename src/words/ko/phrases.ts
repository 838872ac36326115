/** Owners, places and their particles in Korean. */
import type { LogPlacePhrase, OwnerPhrase, PlacePhrase } from '../sentences/phrases.ts';
import { josa } from './particles.ts';

/** The word as topic, as subject, as object. */
export const topic = (word: string): string => josa(word, '은/는');
export const subject = (word: string): string => josa(word, '이/가');
export const object = (word: string): string => josa(word, '을/를');
/** With `and` after it; with `to`, `as` or `by` after it. */
export const and = (word: string): string => josa(word, '과/와');
export const to = (word: string): string => josa(word, '으로/로');

/** `파드 default/web-0(노드 w1)`, `노드 w1(hostNetwork 파드 7개)`, `203.0.113.50`. */
export function owner({ kind, ip, name, node, hostNetworkPods }: OwnerPhrase): string {
  switch (kind) {
    case 'pod':
      return `파드 ${name ?? ip}${node === undefined ? '' : `(노드 ${node})`}`;
    case 'node': {
      const pods = hostNetworkPods === 0 ? '' : `(hostNetwork 파드 ${hostNetworkPods}개)`;
      return `노드 ${node ?? name ?? ip}${pods}`;
    }
    case 'service':
      return name === undefined ? `서비스 주소 ${ip}` : `서비스 ${name}`;
    case 'loadbalancer':
      return `로드 밸런서 ${name ?? ip}`;
    case 'external':
      return name === undefined ? ip : `${name}(${ip})`;
    case 'unknown':
      return ip;
  }
}

/** `노드 k8s-w1 cali0761ccbeace`, `eth0(k8s-w1.eth0.pcap)`. */
export function place({ device, node, file }: PlacePhrase): string {
  const what = device ?? file;
  if (node !== undefined) return `노드 ${node} ${what}`;
  return device === undefined ? file : `${device}(${file})`;
}

/** `a.log 3행`, with the interface before it where it is told. */
export function logPlace({ interfaceId, line, file }: LogPlacePhrase): string {
  const where = `${file} ${line}행`;
  return interfaceId === undefined ? where : `${interfaceId}(${where})`;
}

/** Each with `and` after it but the last. */
export function listed(words: readonly string[]): string {
  return words.map((word, i) => (i < words.length - 1 ? and(word) : word)).join(' ');
}
