/** A router or host said in ICMP that packets of this conversation did not get through. */
import type { IcmpError } from '../../flow/events.ts';
import type { Case } from '../case.ts';
import { encapsulationsOf } from '../encapsulation.ts';
import type { EvidenceRecord } from '../record.ts';
import { overheadOf } from '../wording.ts';

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

export function icmpError(one: Case): EvidenceRecord | undefined {
  const errors = one.tuples.flatMap((t) => one.run.icmpErrors.about(one.protocol, t));
  const [first] = errors;
  if (first === undefined) return undefined;
  const tooBig = errors.find((e) => e.mtu > 0);
  if (tooBig !== undefined) return fragmentationNeeded(one, tooBig);
  const times = errors.length > 1 ? `, ${errors.length} times` : '';
  return {
    rule: 'icmp-error',
    confidence: 'certain',
    text: `${first.from} says in frame ${first.frame}: ${show(first)}${times}`,
  };
}

function fragmentationNeeded(one: Case, error: IcmpError): EvidenceRecord {
  const tunnel = encapsulationsOf(one.run.stage, one.hops)[0];
  const overhead = tunnel === undefined ? undefined : overheadOf(tunnel.type);
  const why =
    tunnel === undefined || overhead === undefined
      ? ''
      : `; ${tunnel.type} takes ${overhead} bytes of the path's MTU`;
  return {
    rule: 'fragmentation-needed',
    confidence: 'certain',
    text: `${error.from} says in frame ${error.frame} that packets are too big: its next hop takes ${error.mtu} bytes${why}`,
  };
}

function show(error: IcmpError): string {
  const { isV6, type, code } = error;
  if (!isV6 && type === 3) return UNREACHABLE[code] ?? `unreachable, code ${code}`;
  if (isV6 && type === 1) return UNREACHABLE_V6[code] ?? `unreachable, code ${code}`;
  if (type === (isV6 ? 3 : 11))
    return code === 0 ? 'time to live exceeded' : 'reassembly timed out';
  if (!isV6 && type === 5) return 'redirect';
  return `ICMP${isV6 ? 'v6' : ''} type ${type} code ${code}`;
}
