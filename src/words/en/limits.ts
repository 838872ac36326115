/** What was left out while a capture is read, and what happened to its devices, in English. */
import type { Catalog } from '../sentence.ts';
import type { LimitSentences } from '../sentences/limits.ts';

export const limits: Catalog<LimitSentences> = {
  'limit-flows': ({ frames, kept }) => `${frames} frames of flows beyond the ${kept} kept at once`,
  'limit-room': ({ flows }) => `${flows} flows, silent longest, have made room: --max-flows`,
  'limit-packets': ({ packets, why }, say) => `${packets} packets are in no list: ${say(why)}`,
  'limit-newest': ({ packets }) => `${packets} packets are no longer kept: only the newest are`,
  'limit-ring': ({ times }) => `the kernel's ring was full ${times} times`,
  'limit-names': ({ count }) => `${count} names and comments left out`,
  'limit-tunnels': ({ packets }) => `${packets} packets of tunnels beyond those told apart`,
  'index-full': () => 'the index of packets is full',
  'store-closed': () => 'closed',
  'temporary-file-full': ({ bytes }) => `the temporary file has reached ${bytes} bytes`,
  'temporary-file-failed': ({ error }) => `the temporary file: ${error}`,
  'no-longer-kept': () => 'it is no longer kept',
  'not-readable-again': () => 'it cannot be read again',
  'positions-not-asked': () => 'positions were not asked for',
  'file-changed': () => 'the file has changed since it was read',
  'device-down': ({ device }) => `${device} is down: waiting for it`,
  'device-gone': ({ device }) => `${device} has gone: waiting for it to come again`,
  'device-back': ({ device, sameOne }) => `${device} is ${sameOne ? 'up' : 'there'} again`,
};
