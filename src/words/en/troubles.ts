/** What went wrong with a conversation, in English. */
import type { Catalog } from '../sentence.ts';
import type { IcmpFault, TroubleSentences } from '../sentences/troubles.ts';
import { place } from './phrases.ts';

/** Codes of ICMP type 3 (RFC 792, RFC 1122, RFC 1812). */
const UNREACHABLE = [
  'network unreachable',
  'host unreachable',
  'protocol unreachable',
  'port unreachable',
  'fragmentation needed',
  'source route failed',
  'network unknown',
  'host unknown',
  'source host isolated',
  'network prohibited',
  'host prohibited',
  'network unreachable for this service',
  'host unreachable for this service',
  'communication prohibited',
  'host precedence violation',
  'precedence cutoff',
];
/** Codes of ICMPv6 type 1 (RFC 4443 section 3.1). */
const UNREACHABLE_V6 = [
  'no route',
  'communication prohibited',
  'beyond the scope of the source address',
  'address unreachable',
  'port unreachable',
  'source address failed policy',
  'route rejected',
];

function faultWords({ isV6, type, code }: IcmpFault): string {
  if (!isV6 && type === 3) return UNREACHABLE[code] ?? `unreachable, code ${code}`;
  if (isV6 && type === 1) return UNREACHABLE_V6[code] ?? `unreachable, code ${code}`;
  if (type === (isV6 ? 3 : 11))
    return code === 0 ? 'time to live exceeded' : 'reassembly timed out';
  if (!isV6 && type === 5) return 'redirect';
  return `ICMP${isV6 ? 'v6' : ''} type ${type} code ${code}`;
}

export const troubles: Catalog<TroubleSentences> = {
  'one-way-place': (it) => {
    const [seen, other] = it.requests ? ['requests', 'replies'] : ['replies', 'requests'];
    return `${place(it.place)} saw the ${seen} (${it.packets} packets) and none of the ${other}, which take another way`;
  },
  'icmp-says': ({ from, frame, fault, times }) =>
    `${from} says in frame ${frame}: ${faultWords(fault)}${times > 1 ? `, ${times} times` : ''}`,
  'icmp-too-big': ({ from, frame, mtu, tunnel, overhead }) => {
    const why =
      tunnel === undefined || overhead === undefined
        ? ''
        : `; ${tunnel} takes ${overhead} bytes of the path's MTU`;
    return `${from} says in frame ${frame} that packets are too big: its next hop takes ${mtu} bytes${why}`;
  },
  'syn-unanswered': ({ packets, to }) => `${packets} SYN to ${to} and no answer`,
  'proxy-header-refused': ({ server, version }) =>
    `${server} answered 400 to a PROXY v${version} header: it takes the header for the request; let it expect PROXY protocol`,
  'proxy-header-absent': ({ server }) =>
    `${server} gets PROXY headers from others, and none in this conversation`,
  refused: ({ by }) => `connection refused: ${by} answered the SYN with a reset`,
  reset: ({ by }) => `${by} reset the connection`,
  'service-without-endpoints': ({ service }) => `${service} has no ready endpoint`,
};
