/**
 * What may follow the quoted packet in an ICMP error of either version (RFC 4884 section 7): objects
 * such as the MPLS labels that the packet had (RFC 4950). Only for people: a walk, no layer.
 *
 *     0               1               2               3
 *     +-------+-----------------------+-------------------------------+
 *     |Version|       reserved        |           Checksum            |
 *     +-------+-----------------------+---------------+---------------+
 *     |     Length, 4 bytes and all   |     Class     |    C-Type     |  objects
 *     +-------------------------------+---------------+---------------+
 */
import type { Offset } from '../../base/units.ts';
import { type FieldSink, found } from '../dissector.ts';
import { give, giveBytes } from '../walk.ts';

const HEADER_LEN = 4;
const OBJECT_HEADER_LEN = 4;
const VERSION = 2;

const CLASS_MPLS = 1;
const CTYPE_STACK = 1;
const LABEL_LEN = 4;

const VERSION_FIELD = found('icmp.ext.version', 'Extension version', 'uint', 0xf0);
const CHECKSUM = found('icmp.ext.checksum', 'Extension checksum', 'hex');
const LENGTH = found('icmp.ext.length', 'Object length', 'uint');
const CLASS = found('icmp.ext.class', 'Object class', 'uint');
const CTYPE = found('icmp.ext.ctype', 'Object type', 'uint');
const DATA = found('icmp.ext.data', 'Data', 'bytes');
const LABEL = found('icmp.mpls.label', 'Label', 'uint', 0xff_fff0);
const EXP = found('icmp.mpls.exp', 'Traffic class', 'uint', 0x00_000e);
const BOTTOM = found('icmp.mpls.s', 'Bottom of stack', 'boolean', 0x00_0001);
const TTL = found('icmp.mpls.ttl', 'TTL', 'uint');

/** The fields that `walkIcmpExtension` yields, for the dissectors that have them. */
export const ICMP_EXTENSION_FIELDS = [
  VERSION_FIELD,
  CHECKSUM,
  LENGTH,
  CLASS,
  CTYPE,
  DATA,
  LABEL,
  EXP,
  BOTTOM,
  TTL,
];

/** Yield the extension that stands at [at, end), if one does; its objects when they are of version 2. */
export function walkIcmpExtension(sink: FieldSink, view: DataView, at: Offset, end: Offset): void {
  if (end - at < HEADER_LEN) return;
  give(sink, view, VERSION_FIELD, at, 1);
  give(sink, view, CHECKSUM, at + 2, 2);
  if (view.getUint8(at) >> 4 !== VERSION) return;
  for (let next = at + HEADER_LEN; end - next >= OBJECT_HEADER_LEN; ) {
    const len = Math.min(view.getUint16(next), end - next);
    if (len < OBJECT_HEADER_LEN) return;
    sink.open(`Object ${view.getUint8(next + 2)}`, next, len);
    give(sink, view, LENGTH, next, 2);
    give(sink, view, CLASS, next + 2, 1);
    give(sink, view, CTYPE, next + 3, 1);
    const isStack =
      view.getUint8(next + 2) === CLASS_MPLS && view.getUint8(next + 3) === CTYPE_STACK;
    if (isStack) walkLabels(sink, view, next + OBJECT_HEADER_LEN, next + len);
    else if (len > OBJECT_HEADER_LEN) {
      giveBytes(sink, DATA, next + OBJECT_HEADER_LEN, len - OBJECT_HEADER_LEN);
    }
    sink.close();
    next += len;
  }
}

function walkLabels(sink: FieldSink, view: DataView, at: Offset, end: Offset): void {
  for (let next = at; end - next >= LABEL_LEN; next += LABEL_LEN) {
    give(sink, view, LABEL, next, 3);
    give(sink, view, EXP, next, 3);
    give(sink, view, BOTTOM, next, 3);
    give(sink, view, TTL, next + 3, 1);
  }
}
