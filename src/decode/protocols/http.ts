/**
 * HTTP/1 message heads: request line or status line, and header fields (RFC 9112 sections 2 to 5).
 *
 *     GET /path HTTP/1.1\r\n                    HTTP/1.1 200 OK\r\n
 *     Host: example.com\r\n                     Content-Length: 2\r\n
 *     \r\n                                      \r\n
 *
 * The layer starts at a start line and its header ends after the empty line, or with the segment. What
 * belongs to a body that began in an earlier segment is not looked into.
 */
import { HTTP, NONE } from '../../base/protocol-numbers.ts';
import type { Offset, Protocol } from '../../base/units.ts';
import { type Dissector, type Field, type FieldSink, found } from '../dissector.ts';
import type { Packet } from '../packet.ts';
import { pushApplication } from '../payload.ts';
import { textAt } from '../walk.ts';

/** A longer head is not looked through for its end. */
const HEAD_LEN_MAX = 16_384;
const METHOD_LEN_MAX = 20;
/** Header lines of one head that are told. */
const LINES_MAX = 256;

const LF = 0x0a;
const CR = 0x0d;
const SPACE = 0x20;
const TAB = 0x09;
const COLON = 0x3a;
const SLASH = 0x2f;
const STAR = 0x2a;

/** The first four bytes of 'HTTP/1.1 200', and the fifth. */
const HTTP_WORD = 0x4854_5450;
const STATUS_LINE_LEN_MIN = 12;
const VERSION_LEN = 8;

const METHODS = [
  ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'CONNECT', 'OPTIONS', 'TRACE', 'PATCH'], // RFC 9110, 5789
  ['PROPFIND', 'PROPPATCH', 'MKCOL', 'COPY', 'MOVE', 'LOCK', 'UNLOCK'], // RFC 4918
  ['REPORT', 'CHECKOUT', 'CHECKIN', 'MERGE', 'MKACTIVITY', 'MKWORKSPACE', 'UPDATE'], // RFC 3253
  ['BASELINE-CONTROL', 'VERSION-CONTROL', 'LABEL', 'UNCHECKOUT', 'SEARCH', 'MKCALENDAR', 'ACL'],
  ['BIND', 'REBIND', 'UNBIND', 'LINK', 'UNLINK', 'ORDERPATCH', 'NOTIFY', 'SUBSCRIBE'],
  ['UNSUBSCRIBE', 'POLL', 'PURGE', 'RPC_CONNECT', 'RPC_IN_DATA', 'RPC_OUT_DATA'],
].flat();
/** Bytes that a request line or a status line may start with. */
export const HTTP_INITIALS: ReadonlySet<number> = new Set(
  ['HTTP', ...METHODS].map((word) => word.charCodeAt(0)),
);
/** The first four bytes of each method and the space after it: enough to turn the rest away at once. */
const METHOD_WORDS = Int32Array.from(METHODS, (method) => {
  const text = `${method} `;
  let word = 0;
  for (let i = 0; i < 4; i++) word = (word << 8) | text.charCodeAt(i);
  return word;
});
const CONNECT_WORD = 0x434f_4e4e;

export function dissectHttp(packet: Packet, at: Offset, end: Offset): Protocol {
  if (!startsHttp(packet.view, at, end)) return NONE;
  pushApplication(packet, HTTP, at, headEnd(packet.view, at, end), end);
  return NONE;
}

/** Does a request line or a status line of HTTP/1 start at `at`? */
export function startsHttp(view: DataView, at: Offset, end: Offset): boolean {
  if (end - at < 4) return false;
  const word = view.getInt32(at);
  if (word === HTTP_WORD) return isStatusLine(view, at, end);
  for (let i = 0; i < METHOD_WORDS.length; i++) {
    if (METHOD_WORDS[i] === word) return isRequestLine(view, at, end);
  }
  return false;
}

/** `HTTP/1.1 200` and then the end of the line, a space, or the end of the bytes. */
function isStatusLine(view: DataView, at: Offset, end: Offset): boolean {
  if (end - at < STATUS_LINE_LEN_MIN || !isVersion(view, at)) return false;
  if (view.getUint8(at + VERSION_LEN) !== SPACE) return false;
  for (let i = VERSION_LEN + 1; i < STATUS_LINE_LEN_MIN; i++) {
    const digit = view.getUint8(at + i);
    if (digit < 0x30 || digit > 0x39) return false;
  }
  return end - at === STATUS_LINE_LEN_MIN || view.getUint8(at + STATUS_LINE_LEN_MIN) <= SPACE;
}

/** `HTTP/1.` and a digit; the caller has checked that eight bytes are there. */
function isVersion(view: DataView, at: Offset): boolean {
  const digit = view.getUint8(at + 7);
  return (
    view.getInt32(at) === HTTP_WORD &&
    view.getInt16(at + 4) === 0x2f31 &&
    view.getUint8(at + 6) === 0x2e &&
    digit >= 0x30 &&
    digit <= 0x39
  );
}

/**
 * A method, a space, and a target; the line ends with the version. Of a line that goes on in the next
 * segment, the target must look like one: RTSP, SIP and Redis share some methods.
 */
function isRequestLine(view: DataView, at: Offset, end: Offset): boolean {
  let targetAt = at + 3;
  const methodEnd = Math.min(at + METHOD_LEN_MAX, end);
  while (targetAt < methodEnd && view.getUint8(targetAt) > SPACE) targetAt++;
  if (targetAt >= methodEnd || view.getUint8(targetAt) !== SPACE) return false;
  targetAt++;
  const lineEnd = endOfLine(view, targetAt, Math.min(end, at + HEAD_LEN_MAX));
  if (lineEnd >= 0) {
    const textEnd = trimEnd(view, targetAt, lineEnd);
    return textEnd - targetAt > VERSION_LEN && isVersion(view, textEnd - VERSION_LEN);
  }
  if (targetAt >= end) return false;
  const first = view.getUint8(targetAt);
  return (
    first === SLASH ||
    first === STAR ||
    view.getInt32(at) === CONNECT_WORD ||
    (end - targetAt >= 4 && (view.getInt32(targetAt) | 0x2020_2020) === 0x6874_7470)
  );
}

/** Can the bytes, too few yet to tell, be the start of a request line or status line? */
export function isHttpPrefix(view: DataView, at: Offset, end: Offset): boolean {
  const known = end - at;
  if (known < 1 || known > METHOD_LEN_MAX + 4 || startsHttp(view, at, end)) return false;
  const text = textAt(view, at, known);
  if (text.length < known) return false; // a zero byte
  if (known < STATUS_LINE_LEN_MIN) {
    const version = text.slice(0, VERSION_LEN).replace(/\d$/, '1');
    if ('HTTP/1.1'.startsWith(version) && /^( \d*)?$/.test(text.slice(VERSION_LEN))) return true;
  }
  return METHODS.some((method) => {
    const line = `${method} `;
    const target = text.slice(line.length);
    return (
      (text.length <= line.length ? line.startsWith(text) : text.startsWith(line)) &&
      'http'.startsWith(target.toLowerCase())
    );
  });
}

/** Where the line feed at or after `at` stands, -1 = none before `end`. */
function endOfLine(view: DataView, at: Offset, end: Offset): Offset {
  for (let i = at; i < end; i++) if (view.getUint8(i) === LF) return i;
  return -1;
}

/** [at, end) without carriage return, spaces and tabs at its end. */
function trimEnd(view: DataView, at: Offset, end: Offset): Offset {
  let i = end;
  for (; i > at; i--) {
    const byte = view.getUint8(i - 1);
    if (byte !== CR && byte !== SPACE && byte !== TAB) break;
  }
  return i;
}

/** After the empty line that ends the head, or `end` when it is not there. */
function headEnd(view: DataView, at: Offset, end: Offset): Offset {
  const limit = Math.min(end, at + HEAD_LEN_MAX);
  for (let i = at; i < limit; i++) {
    if (view.getUint8(i) !== LF) continue;
    if (i + 1 < limit && view.getUint8(i + 1) === LF) return i + 2;
    if (i + 2 < limit && view.getUint8(i + 1) === CR && view.getUint8(i + 2) === LF) return i + 3;
  }
  return end;
}

export interface HttpHeader {
  /** The line is [at, end), its line feed included. */
  readonly at: Offset;
  readonly end: Offset;
  /** As sent; compare in lower case. */
  readonly name: string;
  /** Where the value stands. */
  readonly valueAt: Offset;
  readonly value: string;
}

export interface HttpHead {
  readonly at: Offset;
  readonly isRequest: boolean;
  /** '' in a response. */
  readonly method: string;
  /** The request target as sent: `/path?query`, `http://host/path`, `host:port`, `*`; '' in a response. */
  readonly target: string;
  /** `HTTP/1.1`; as much of it as there is when the line is cut. */
  readonly version: string;
  /** 0 in a request. */
  readonly status: number;
  readonly phrase: string;
  /** The Host field, or what an absolute target names. */
  readonly host: string | undefined;
  readonly userAgent: string | undefined;
  readonly contentLength: number | undefined;
  readonly headers: readonly HttpHeader[];
  /** Where the words of the start line stand: method or version, target or status, version or phrase. */
  readonly wordsAt: readonly [Offset, Offset, Offset];
  /** After the start line, and after the empty line, or the end of the bytes. */
  readonly lineEnd: Offset;
  readonly headEnd: Offset;
  /** The empty line was there. */
  readonly complete: boolean;
}

/** The head of the HTTP/1 message at [at, end), as far as it is there; undefined when none starts there. */
export function readHttpHead(view: DataView, at: Offset, end: Offset): HttpHead | undefined {
  if (!startsHttp(view, at, end)) return undefined;
  const stop = headEnd(view, at, end);
  const lineFeed = endOfLine(view, at, stop);
  const lineEnd = lineFeed < 0 ? stop : lineFeed + 1;
  const textEnd = trimEnd(view, at, lineFeed < 0 ? stop : lineFeed);
  const isRequest = view.getInt32(at) !== HTTP_WORD;
  const second = wordAfter(view, at, textEnd);
  const third = isRequest ? versionIn(view, second, textEnd) : wordAfter(view, second, textEnd);
  const headers = lineFeed < 0 ? [] : readHeaders(view, lineEnd, stop);
  const first = (name: string) =>
    headers.find((header) => header.name.toLowerCase() === name)?.value;
  const secondEnd = trimEnd(view, second, isRequest && third >= textEnd ? textEnd : third);
  const secondText = textAt(view, second, secondEnd - second);
  const thirdText = textAt(view, third, textEnd - third);
  const length = first('content-length');
  return {
    at,
    isRequest,
    method: isRequest ? textAt(view, at, trimEnd(view, at, second) - at) : '',
    target: isRequest ? secondText : '',
    version: isRequest ? thirdText : textAt(view, at, VERSION_LEN),
    status: isRequest ? 0 : Number(textAt(view, second, 3)),
    phrase: isRequest ? '' : thirdText,
    host: first('host') ?? hostOf(secondText, isRequest),
    userAgent: first('user-agent'),
    contentLength: length !== undefined && /^\d{1,15}$/.test(length) ? Number(length) : undefined,
    headers,
    wordsAt: [at, second, third],
    lineEnd,
    headEnd: stop,
    complete: endsHead(view, at, stop),
  };
}

/** The host that an absolute target names (RFC 9112 section 3.2.2). */
function hostOf(target: string, isRequest: boolean): string | undefined {
  return isRequest ? /^[a-z][a-z0-9+.-]*:\/\/([^/?#]+)/i.exec(target)?.[1] : undefined;
}

/** Does the head that ends at `end` end with an empty line? */
function endsHead(view: DataView, at: Offset, end: Offset): boolean {
  if (end - at < 3 || view.getUint8(end - 1) !== LF) return false;
  return (
    view.getUint8(end - 2) === LF ||
    (view.getUint8(end - 2) === CR && view.getUint8(end - 3) === LF)
  );
}

/** Where the word after the one at `at` starts; `end` when there is none. */
function wordAfter(view: DataView, at: Offset, end: Offset): Offset {
  let i = at;
  while (i < end && view.getUint8(i) !== SPACE) i++;
  while (i < end && view.getUint8(i) === SPACE) i++;
  return i;
}

/**
 * Where the version at the end of a request line starts: the target may hold spaces, though it must not.
 * Of a line that is cut, what follows the first space is taken for the start of it.
 */
function versionIn(view: DataView, at: Offset, end: Offset): Offset {
  const versionAt = end - VERSION_LEN;
  return versionAt > at && isVersion(view, versionAt) ? versionAt : wordAfter(view, at, end);
}

function readHeaders(view: DataView, at: Offset, end: Offset): HttpHeader[] {
  const headers: HttpHeader[] = [];
  for (let pos = at; pos < end && headers.length < LINES_MAX; ) {
    const lineFeed = endOfLine(view, pos, end);
    const lineEnd = lineFeed < 0 ? end : lineFeed + 1;
    const textEnd = trimEnd(view, pos, lineFeed < 0 ? end : lineFeed);
    if (textEnd === pos) break; // the empty line
    let colon = pos;
    while (colon < textEnd && view.getUint8(colon) !== COLON) colon++;
    if (colon < textEnd) {
      let valueAt = colon + 1;
      while (valueAt < textEnd && view.getUint8(valueAt) <= SPACE) valueAt++;
      headers.push({
        at: pos,
        end: lineEnd,
        name: textAt(view, pos, trimEnd(view, pos, colon) - pos),
        valueAt,
        value: textAt(view, valueAt, textEnd - valueAt),
      });
    }
    pos = lineEnd;
  }
  return headers;
}

const REQUEST_METHOD = found('http.request.method', 'Method', 'text');
const REQUEST_URI = found('http.request.uri', 'Target', 'text');
const REQUEST_VERSION = found('http.request.version', 'Version', 'text');
const RESPONSE_VERSION = found('http.response.version', 'Version', 'text');
const RESPONSE_CODE = found('http.response.code', 'Status', 'uint');
const RESPONSE_PHRASE = found('http.response.phrase', 'Reason', 'text');
const REQUEST_LINE = found('http.request.line', 'Header', 'text');
const RESPONSE_LINE = found('http.response.line', 'Header', 'text');
const HOST = found('http.host', 'Host', 'text');
const USER_AGENT = found('http.user_agent', 'User-Agent', 'text');
const CONTENT_TYPE = found('http.content_type', 'Content-Type', 'text');
const CONTENT_LENGTH_HEADER = found('http.content_length_header', 'Content-Length', 'text');
const CONNECTION = found('http.connection', 'Connection', 'text');
const UPGRADE = found('http.upgrade', 'Upgrade', 'text');
const SERVER = found('http.server', 'Server', 'text');
const LOCATION = found('http.location', 'Location', 'text');
const FORWARDED_FOR = found('http.x_forwarded_for', 'X-Forwarded-For', 'text');

const HEADER_FIELDS: ReadonlyMap<string, Field> = new Map([
  ['host', HOST],
  ['user-agent', USER_AGENT],
  ['content-type', CONTENT_TYPE],
  ['content-length', CONTENT_LENGTH_HEADER],
  ['connection', CONNECTION],
  ['upgrade', UPGRADE],
  ['server', SERVER],
  ['location', LOCATION],
  ['x-forwarded-for', FORWARDED_FOR],
]);

/** The messages of the segment: the next starts where the body of the one before ends. */
function walkHttp(packet: Packet, row: number, sink: FieldSink): void {
  const view = packet.view;
  const end = packet.end[row]!;
  for (let pos = packet.at[row]!; pos < end; ) {
    const head = readHttpHead(view, pos, end);
    if (head === undefined) return;
    sink.open(head.isRequest ? 'Request' : 'Response', pos, head.headEnd - pos);
    walkHead(view, head, sink);
    sink.close();
    const bodyLen = head.contentLength ?? (head.isRequest ? 0 : end);
    pos = head.headEnd + bodyLen;
  }
}

function walkHead(view: DataView, head: HttpHead, sink: FieldSink): void {
  const [first, second, third] = head.wordsAt;
  if (head.isRequest) {
    sink.field(REQUEST_METHOD, head.method, first, head.method.length);
    sink.field(REQUEST_URI, head.target, second, head.target.length);
    if (head.version !== '') {
      sink.field(REQUEST_VERSION, head.version, third, head.version.length);
    }
  } else {
    sink.field(RESPONSE_VERSION, head.version, first, VERSION_LEN);
    sink.field(RESPONSE_CODE, head.status, second, 3);
    if (head.phrase !== '') sink.field(RESPONSE_PHRASE, head.phrase, third, head.phrase.length);
  }
  const line = head.isRequest ? REQUEST_LINE : RESPONSE_LINE;
  for (const header of head.headers) {
    sink.field(
      line,
      textAt(view, header.at, header.end - header.at),
      header.at,
      header.end - header.at,
    );
    const field = HEADER_FIELDS.get(header.name.toLowerCase());
    if (field !== undefined) {
      sink.field(field, header.value, header.valueAt, header.value.length);
    }
  }
}

export const http: Dissector = {
  protocol: HTTP,
  name: 'http',
  reference: 'RFC 9112 sections 2 to 5',
  on: {},
  dissect: dissectHttp,
  fields: [
    REQUEST_METHOD,
    REQUEST_URI,
    REQUEST_VERSION,
    RESPONSE_VERSION,
    RESPONSE_CODE,
    RESPONSE_PHRASE,
    REQUEST_LINE,
    RESPONSE_LINE,
    HOST,
    USER_AGENT,
    CONTENT_TYPE,
    CONTENT_LENGTH_HEADER,
    CONNECTION,
    UPGRADE,
    SERVER,
    LOCATION,
    FORWARDED_FOR,
  ],
  walk: walkHttp,
};
