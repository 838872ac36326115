/**
 * HTTP/2: the connection preface and frame headers (RFC 9113 sections 3.4, 4.1).
 *
 *     client: PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n, then frames; server: frames, SETTINGS first
 *
 *     0                       3       4       5                               9
 *     +-----------------------+-------+-------+-------------------------------+---
 *     |        length         | type  | flags |R|       stream identifier     | payload
 *     +-----------------------+-------+-------+-------------------------------+---
 *
 * Only the start of a connection tells itself apart: later segments are not taken for HTTP/2 here.
 */
import { HTTP2, NONE } from '../../base/protocol-numbers.ts';
import type { Offset, Protocol } from '../../base/units.ts';
import { type Dissector, type FieldSink, found } from '../dissector.ts';
import type { Packet } from '../packet.ts';
import { pushApplication } from '../payload.ts';
import { give, textAt } from '../walk.ts';

const PREFACE = Uint8Array.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', (c) => c.charCodeAt(0));
/** Its first line tells enough. */
const PREFACE_TOLD = 16;
const LENGTH = 0;
const TYPE = 3;
const FLAGS = 4;
const STREAM = 5;
const FRAME_HEADER_LEN = 9;

const SETTINGS = 4;
const ACK = 1;
const SETTING_LEN = 6;
/** More settings than this do not start a connection. */
const SETTINGS_MAX = 32;

export function dissectHttp2(packet: Packet, at: Offset, end: Offset): Protocol {
  const framesAt = startsPreface(packet.view, at, end) ? at + PREFACE.length : at;
  if (framesAt === at && !startsSettings(packet.view, at, end)) return NONE;
  pushApplication(packet, HTTP2, at, framesAt < end ? framesAt : end, end);
  return NONE;
}

/** Does the client's preface stand at `at`, or as much of it as there are bytes (at least its first line)? */
function startsPreface(view: DataView, at: Offset, end: Offset): boolean {
  const known = Math.min(PREFACE.length, end - at);
  if (known < PREFACE_TOLD) return false;
  for (let i = 0; i < known; i++) if (view.getUint8(at + i) !== PREFACE[i]) return false;
  return true;
}

/** Can the bytes, too few yet to tell, be the start of a connection from either side? */
export function isHttp2Prefix(view: DataView, at: Offset, end: Offset): boolean {
  const known = end - at;
  if (known < 1 || known >= PREFACE_TOLD) return false;
  let isClient = true;
  for (let i = 0; i < known; i++) if (view.getUint8(at + i) !== PREFACE[i]) isClient = false;
  const isServer =
    known < FRAME_HEADER_LEN &&
    view.getUint8(at) === 0 &&
    (known < 2 || view.getUint8(at + 1) === 0) &&
    (known <= TYPE || view.getUint8(at + TYPE) === SETTINGS);
  return isClient || isServer;
}

/** Does a SETTINGS frame stand at `at`, as it must at the start of what a server sends? */
function startsSettings(view: DataView, at: Offset, end: Offset): boolean {
  if (end - at < FRAME_HEADER_LEN) return false;
  const length = view.getUint32(at) >>> 8;
  return (
    view.getUint8(at + TYPE) === SETTINGS &&
    view.getUint32(at + STREAM) === 0 &&
    view.getUint8(at + FLAGS) <= ACK &&
    length % SETTING_LEN === 0 &&
    length <= SETTINGS_MAX * SETTING_LEN &&
    (view.getUint8(at + FLAGS) === 0 || length === 0)
  );
}

/** What can be said of the start of a connection: is it HTTP/2, and from the client's side? */
export function readHttp2Start(
  view: DataView,
  at: Offset,
  end: Offset,
): 'client' | 'server' | undefined {
  if (startsPreface(view, at, end)) return 'client';
  return startsSettings(view, at, end) ? 'server' : undefined;
}

const MAGIC = found('http2.magic', 'Preface', 'text');
const FRAME_LENGTH = found('http2.length', 'Length', 'uint');
const FRAME_TYPE = found('http2.type', 'Type', 'uint');
const FRAME_STREAM = found('http2.streamid', 'Stream', 'uint', 0x7fff_ffff);

function walkHttp2(packet: Packet, row: number, sink: FieldSink): void {
  const view = packet.view;
  const at = packet.at[row]!;
  const end = packet.end[row]!;
  let pos = at;
  if (view.getUint8(at) === PREFACE[0]) {
    const len = Math.min(PREFACE.length, end - at);
    if (len === PREFACE.length) sink.field(MAGIC, textAt(view, at, len), at, len);
    pos = at + len;
  }
  while (end - pos >= FRAME_HEADER_LEN) {
    const length = view.getUint32(pos + LENGTH) >>> 8;
    const frameEnd = pos + FRAME_HEADER_LEN + length;
    sink.open('Frame', pos, Math.min(frameEnd, end) - pos);
    give(sink, view, FRAME_LENGTH, pos + LENGTH, 3);
    give(sink, view, FRAME_TYPE, pos + TYPE, 1);
    give(sink, view, FRAME_STREAM, pos + STREAM, 4);
    sink.close();
    pos = frameEnd;
  }
}

export const http2: Dissector = {
  protocol: HTTP2,
  name: 'http2',
  reference: 'RFC 9113 sections 3.4, 4.1',
  on: {},
  dissect: dissectHttp2,
  fields: [MAGIC, FRAME_LENGTH, FRAME_TYPE, FRAME_STREAM],
  walk: walkHttp2,
};
