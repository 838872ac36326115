/** Korean particles after names and addresses: which form follows depends on how the last sign is read. */

/** Digits read with a final consonant: 영 일 삼 육 칠 팔; of these ㄹ, after which 로 stands. */
const CLOSED = /([013678lmn]|ng)$/i;
const CLOSED_WITH_L = /[178l]$/i;

export type Particle = '이/가' | '은/는' | '을/를' | '과/와' | '으로/로';

/** The word with its particle, which agrees with what stands before parentheses: `10.0.0.1이`, `10.0.0.2가`, `web-c(10.0.1.111)가`. */
export function josa(word: string, particle: Particle): string {
  const [closed, open] = particle.split('/');
  const read = readLast(word);
  const last = read.charCodeAt(read.length - 1);
  const isHangul = last >= 0xac00 && last <= 0xd7a3;
  const final = isHangul ? (last - 0xac00) % 28 : 0;
  const isClosed = isHangul ? final !== 0 : CLOSED.test(read);
  const endsInL = isHangul ? final === 8 : CLOSED_WITH_L.test(read);
  const takesClosed = isClosed && !(particle === '으로/로' && endsInL);
  return `${word}${takesClosed ? closed : open}`;
}

/** The last two signs that are read aloud before a parenthesis at the end. */
function readLast(word: string): string {
  const opensAt = word.endsWith(')') ? word.lastIndexOf('(') : -1;
  let end = opensAt > 0 ? opensAt : word.length;
  while (end > 0 && !/[A-Za-z0-9\uac00-\ud7a3]/.test(word[end - 1]!)) end--;
  return word.slice(Math.max(0, end - 2), end);
}
