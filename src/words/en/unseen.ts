/** What of a conversation nobody saw, in English. */
import type { Catalog } from '../sentence.ts';
import type { UnseenSentences } from '../sentences/unseen.ts';
import { owner } from './phrases.ts';

export const unseen: Catalog<UnseenSentences> = {
  'node-not-captured': ({ node }) =>
    `${node} was not captured, or none of its captures shows this conversation`,
  'no-reply': () => 'no reply was seen: there was none, or it takes a way that was not captured',
  'only-replies': () => 'only replies were seen: requests take a way that was not captured',
  'no-beginning': () => 'its beginning: the connection is older than the capture',
  'log-no-reply': () =>
    'no reply is in the logs: there was none, or its interface or window is missing',
  'log-only-replies': () => 'only replies are in the logs',
  'log-interface-missing': (it) => `the interface of ${owner(it.owner)} is not in the logs`,
  'log-hides-pod': ({ ip }) =>
    `whose ${ip} was: the log lacks pkt-srcaddr and pkt-dstaddr, so it shows an interface's primary address for its pods too`,
  'log-hides-snat': ({ ip }) =>
    `whether a pod was behind ${ip}: the VPC CNI lends pods the node's address to outside the VPC before its interface logs it; conntrack of that node tells (--conntrack)`,
  'log-without-time': () => 'its time: the log has neither start nor end',
};
