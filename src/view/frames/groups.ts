/** Multicast groups in a frame's line, in tcpdump's words: IGMP, and the listener messages of ICMPv6. */
import { UNVERIFIED } from '../../decode/checksum.ts';
import type { Packet } from '../../decode/packet.ts';
import {
  IGMP_LEAVE,
  IGMP_QUERY,
  IGMP_REPORT_V1,
  IGMP_REPORT_V2,
  IGMP_REPORT_V3,
  igmpChecksum,
  igmpGroup,
  igmpRecords,
  igmpType,
} from '../../decode/protocols/igmp.ts';
import type { FrameContext } from './context.ts';
import { type FieldValues, fieldValues } from './field-values.ts';
import { checksumOf } from './ip.ts';

const QUERY_V3_LEN = 12;
/** The response time of a query that is not said, 100 ms each. */
const USUAL_RESPONSE = 100;
const RECORD_TYPES = ['', 'is_in', 'is_ex', 'to_in', 'to_ex', 'allow', 'block'];

export function showIgmp(line: FrameContext, packet: Packet, row: number): void {
  const out = line.out;
  const at = packet.at[row]!;
  const type = igmpType(packet.view, at);
  out.ascii('igmp ');
  if (type === IGMP_QUERY) showQuery(line, packet, row);
  else if (type === IGMP_REPORT_V1) out.ascii('v1 report ');
  else if (type === IGMP_REPORT_V2) out.ascii('v2 report ');
  else if (type === IGMP_LEAVE) out.ascii('leave ');
  else if (type === IGMP_REPORT_V3) {
    out.ascii('v3 report, ');
    out.uint(igmpRecords(packet.view, at));
    out.ascii(' group record(s)');
    if (line.verbosity > 0) {
      showRecords(
        line,
        fieldValues(packet, row).parts,
        'igmp.record_type',
        'igmp.maddr',
        'igmp.saddr',
      );
    }
  } else {
    out.ascii('type-0x');
    out.hexShort(type);
  }
  if (type === IGMP_REPORT_V1 || type === IGMP_REPORT_V2 || type === IGMP_LEAVE) {
    line.ipv4(igmpGroup(packet.view, at));
  }
  if (line.verbosity > 0) showBadChecksum(line, packet, row);
}

function showBadChecksum(line: FrameContext, packet: Packet, row: number): void {
  const there = igmpChecksum(packet.view, packet.at[row]!);
  const right = checksumOf(line, packet, row);
  if (right !== UNVERIFIED && right !== there) {
    line.out.ascii(` bad igmp cksum ${there.toString(16)}!`);
  }
}

function showQuery(line: FrameContext, packet: Packet, row: number): void {
  const out = line.out;
  const at = packet.at[row]!;
  const isV3 = packet.end[row]! - at >= QUERY_V3_LEN;
  out.ascii(isV3 ? 'query v3' : 'query v2');
  const { own } = fieldValues(packet, row);
  const response = own.number('igmp.max_resp') ?? USUAL_RESPONSE;
  if (line.verbosity > 0 && response !== USUAL_RESPONSE) {
    const tenths = isV3 ? floating(response, 128, 4) : response;
    out.ascii(
      isV3 ? ` [max resp time ${(tenths / 10).toFixed(1)}s]` : ` [max resp time ${tenths}]`,
    );
  }
  const group = igmpGroup(packet.view, at);
  if (group === 0) return;
  out.ascii(' [gaddr ');
  line.ipv4(group);
  showSources(line, own.texts('igmp.saddr'), own.number('igmp.num_src') ?? 0, false);
  out.char(93);
}

/** A listener message of ICMPv6 after its name: what -v tells of it. */
export function showListener(line: FrameContext, packet: Packet, row: number): void {
  const { own, parts } = fieldValues(packet, row);
  const out = line.out;
  if (parts.length > 0) {
    const names = ['record_type', 'multicast_address', 'source_address'].map(
      (name) => `icmpv6.mldr.mar.${name}`,
    );
    showRecords(line, parts, names[0]!, names[1]!, names[2]!);
    return;
  }
  const address = own.texts('icmpv6.mld.multicast_address')[0];
  if (address === undefined) return;
  const code = own.number('icmpv6.mld.maximum_response_code');
  if (code === undefined) {
    out.ascii(
      ` max resp delay: ${own.number('icmpv6.mld.maximum_response_delay')} addr: ${address}`,
    );
    return;
  }
  out.ascii(` v2 [max resp delay=${floating(code, 32_768, 12)}] [gaddr ${address}`);
  if (own.number('icmpv6.mld.flag.s') === 1) out.ascii(' sflag');
  const robustness = own.number('icmpv6.mld.flag.qrv') ?? 0;
  if (robustness > 0) out.ascii(` robustness=${robustness}`);
  out.ascii(` qqi=${floating(own.number('icmpv6.mld.qqi') ?? 0, 128, 4)}`);
  const sources = own.texts('icmpv6.mld.source_address');
  showSources(line, sources, own.number('icmpv6.mld.nb_sources') ?? 0, false);
  out.char(93);
}

/** A number that is itself below `limit`, else a mantissa of `bits` under three bits of exponent (RFC 9776, RFC 9777). */
function floating(code: number, limit: number, bits: number): number {
  if (code < limit) return code;
  const mantissa = (code & ((1 << bits) - 1)) | (1 << bits);
  return mantissa * 2 ** (((code >> bits) & 7) + 3);
}

/** ` [gaddr 239.255.255.250 to_ex, 0 source(s)]` of each record. */
function showRecords(
  line: FrameContext,
  records: readonly FieldValues[],
  typeName: string,
  groupName: string,
  sourceName: string,
): void {
  for (const record of records) {
    const type = record.number(typeName) ?? 0;
    const group = record.texts(groupName)[0];
    if (group === undefined) continue;
    line.out.ascii(` [gaddr ${group} ${RECORD_TYPES[type] || `[record type ${type}]`}`);
    const sources = record.texts(sourceName);
    showSources(line, sources, sources.length, true);
    line.out.char(93);
  }
}

/** Their number, with -vv themselves. */
function showSources(
  line: FrameContext,
  sources: readonly string[],
  count: number,
  always: boolean,
): void {
  if (count === 0 && !always) return;
  if (line.verbosity < 2) line.out.ascii(`, ${count} source(s)`);
  else line.out.ascii(` { ${sources.map((source) => `${source} `).join('')}}`);
}
