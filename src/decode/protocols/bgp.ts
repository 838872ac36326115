/**
 * Border Gateway Protocol 4 (RFC 4271 section 4; capabilities: RFC 5492; multiprotocol: RFC 4760;
 * ADD-PATH: RFC 7911; four-byte AS numbers: RFC 6793; ROUTE-REFRESH: RFC 2918).
 *
 *     0                                               16              18      19
 *     +-----------------------------------------------+---------------+-------+---
 *     | marker: 16 bytes of ones                      |    length     | type  | OPEN, UPDATE, …
 *     +-----------------------------------------------+---------------+-------+---
 *
 * One layer holds all the messages of a segment, from the first marker on; what comes before belongs to
 * a message of an earlier segment, and the last message may go on in the next.
 */
import { showIpv4, showIpv6 } from '../../base/address.ts';
import { BGP, NONE } from '../../base/protocol-numbers.ts';
import type { Offset, Protocol } from '../../base/units.ts';
import type { Packet } from '../packet.ts';
import { pushApplication } from '../payload.ts';

const MARKER_LEN = 16;
export const LENGTH = 16;
export const TYPE = 18;
/** Header; also the shortest message, KEEPALIVE. */
export const BGP_HEADER_LEN = 19;
/** RFC 4271 allows 4096, the extended messages of RFC 8654 fill the field. */
export const BGP_MESSAGE_LEN_MAX = 65_535;

export const BGP_OPEN = 1;
export const BGP_UPDATE = 2;
export const BGP_NOTIFICATION = 3;
export const BGP_KEEPALIVE = 4;
export const BGP_ROUTE_REFRESH = 5;

export const OPEN_AS = 20;
export const OPEN_HOLD_TIME = 22;
export const OPEN_IDENTIFIER = 24;
export const OPEN_PARAMETERS_LEN = 28;
export const OPEN_LEN_MIN = 29;
const CAPABILITIES = 2;
export const CAPABILITY_MP = 1;
export const CAPABILITY_AS4 = 65;
export const CAPABILITY_ADD_PATH = 69;
/** An optional parameter's type that says: lengths take two bytes from here on (RFC 9072). */
const EXTENDED_LENGTH = 255;

const ATTRIBUTE_EXTENDED = 0x10;
export const ORIGIN = 1;
export const NEXT_HOP = 3;
export const MULTI_EXIT_DISC = 4;
export const LOCAL_PREF = 5;
export const MP_REACH = 14;
export const MP_UNREACH = 15;

const AFI_IPV4 = 1;
const AFI_IPV6 = 2;
const SAFI_UNICAST = 1;

export function dissectBgp(packet: Packet, at: Offset, end: Offset): Protocol {
  const first = findBgpMessage(packet.view, at, end);
  if (first < 0) return NONE;
  pushApplication(packet, BGP, first, first + BGP_HEADER_LEN, end);
  return NONE;
}

/** Is there a message header at `at`: marker, a type that exists, a length that it can have? */
function isMessage(view: DataView, at: Offset, end: Offset): boolean {
  if (end - at < BGP_HEADER_LEN) return false;
  for (let i = 0; i < MARKER_LEN; i += 4) if (view.getInt32(at + i) !== -1) return false;
  const type = view.getUint8(at + TYPE);
  return type >= BGP_OPEN && type <= BGP_ROUTE_REFRESH && lengthOf(view, at) >= BGP_HEADER_LEN;
}

function lengthOf(view: DataView, at: Offset): number {
  return view.getUint16(at + LENGTH);
}

/**
 * Bytes of the message that starts at `at`: 0 = its header goes on beyond `end`, -1 = no message starts
 * there.
 */
export function bgpLengthAt(view: DataView, at: Offset, end: Offset): number {
  const known = Math.min(end - at, MARKER_LEN);
  for (let i = 0; i < known; i++) if (view.getUint8(at + i) !== 0xff) return -1;
  if (end - at < BGP_HEADER_LEN) return 0;
  return isMessage(view, at, end) ? lengthOf(view, at) : -1;
}

/** Where the first message header at or after `at` stands, whole within [at, end); -1 = none. */
export function findBgpMessage(view: DataView, at: Offset, end: Offset): Offset {
  for (let pos = at; end - pos >= BGP_HEADER_LEN; pos++) {
    if (view.getUint8(pos) === 0xff && isMessage(view, pos, end)) return pos;
  }
  return -1;
}

export interface BgpMessage {
  readonly at: Offset;
  /** 1 OPEN, 2 UPDATE, 3 NOTIFICATION, 4 KEEPALIVE, 5 ROUTE-REFRESH. */
  readonly type: number;
  /** Where it ends: beyond the bytes given when it is unfinished. */
  readonly end: Offset;
}

/** The messages at [at, end), one after the other; stops before one whose header is broken or not whole. */
export function* bgpMessages(view: DataView, at: Offset, end: Offset): Generator<BgpMessage> {
  for (let pos = at; isMessage(view, pos, end); ) {
    const messageEnd = pos + lengthOf(view, pos);
    yield { at: pos, type: view.getUint8(pos + TYPE), end: messageEnd };
    pos = messageEnd;
  }
}

/** For which address families a session's announcements carry path identifiers; undefined = not known. */
export interface AddPath {
  readonly ipv4: boolean | undefined;
  readonly ipv6: boolean | undefined;
}

const ADD_PATH_UNKNOWN: AddPath = { ipv4: undefined, ipv6: undefined };

export interface BgpOpen {
  readonly version: number;
  /** With the AS4 capability the four-byte number, else the two-byte field. */
  readonly as: number;
  readonly holdTimeSeconds: number;
  readonly identifier: string;
  readonly capabilities: readonly number[];
  /** ADD-PATH for IPv4 and IPv6 unicast: 1 receive, 2 send, 3 both, 0 = not offered. */
  readonly addPathIpv4: number;
  readonly addPathIpv6: number;
}

/** The OPEN message [at, end), header included; undefined when it is none or its fixed part is cut. */
export function readBgpOpen(view: DataView, at: Offset, end: Offset): BgpOpen | undefined {
  if (!isMessage(view, at, end) || view.getUint8(at + TYPE) !== BGP_OPEN) return undefined;
  if (end - at < OPEN_LEN_MIN) return undefined;
  const messageEnd = Math.min(end, at + lengthOf(view, at));
  const open = {
    version: view.getUint8(at + BGP_HEADER_LEN),
    as: view.getUint16(at + OPEN_AS),
    holdTimeSeconds: view.getUint16(at + OPEN_HOLD_TIME),
    identifier: showIpv4(view.getInt32(at + OPEN_IDENTIFIER)),
    capabilities: [] as number[],
    addPathIpv4: 0,
    addPathIpv6: 0,
  };
  eachCapability(view, at, messageEnd, (code, dataAt, dataEnd) => {
    open.capabilities.push(code);
    if (code === CAPABILITY_AS4 && dataEnd - dataAt === 4) open.as = view.getUint32(dataAt);
    if (code !== CAPABILITY_ADD_PATH) return;
    for (let pos = dataAt; dataEnd - pos >= 4; pos += 4) {
      if (view.getUint8(pos + 2) !== SAFI_UNICAST) continue;
      const mode = view.getUint8(pos + 3);
      if (view.getUint16(pos) === AFI_IPV4) open.addPathIpv4 = mode;
      if (view.getUint16(pos) === AFI_IPV6) open.addPathIpv6 = mode;
    }
  });
  return open;
}

/**
 * Do the announcements of the sender of `from` carry path identifiers? It must offer to send them and
 * the other side to receive them (RFC 7911 section 4). Unknown while an OPEN is missing.
 */
export function agreedAddPath(from: BgpOpen | undefined, to: BgpOpen | undefined): AddPath {
  if (from === undefined || to === undefined) {
    // One side alone can still rule it out.
    const known = from ?? to;
    if (known === undefined) return ADD_PATH_UNKNOWN;
    const bit = known === from ? 2 : 1;
    return {
      ipv4: (known.addPathIpv4 & bit) === 0 ? false : undefined,
      ipv6: (known.addPathIpv6 & bit) === 0 ? false : undefined,
    };
  }
  return {
    ipv4: (from.addPathIpv4 & 2) !== 0 && (to.addPathIpv4 & 1) !== 0,
    ipv6: (from.addPathIpv6 & 2) !== 0 && (to.addPathIpv6 & 1) !== 0,
  };
}

type CapabilityTaker = (code: number, dataAt: Offset, dataEnd: Offset, at: Offset) => void;

/** Each capability of the OPEN message [at, end) whose header is whole, its data cut at its parameter's end. */
export function eachCapability(
  view: DataView,
  at: Offset,
  end: Offset,
  take: CapabilityTaker,
): void {
  eachParameter(view, at, end, (type, dataAt, dataEnd) => {
    if (type !== CAPABILITIES) return;
    for (let pos = dataAt; dataEnd - pos >= 2; ) {
      const next = pos + 2 + view.getUint8(pos + 1);
      take(view.getUint8(pos), pos + 2, Math.min(next, dataEnd), pos);
      pos = next;
    }
  });
}

/** Each optional parameter of the OPEN message [at, end), whose fixed part is there, with one-byte lengths or RFC 9072's two-byte ones. */
function eachParameter(view: DataView, at: Offset, end: Offset, take: CapabilityTaker): void {
  let pos = at + OPEN_LEN_MIN;
  let stop = Math.min(end, pos + view.getUint8(at + OPEN_PARAMETERS_LEN));
  let lenLen = 1;
  if (end - pos >= 3 && view.getUint8(pos) === EXTENDED_LENGTH) {
    stop = Math.min(end, pos + 3 + view.getUint16(pos + 1));
    pos += 3;
    lenLen = 2;
  }
  while (stop - pos >= 1 + lenLen) {
    const dataAt = pos + 1 + lenLen;
    const len = lenLen === 1 ? view.getUint8(pos + 1) : view.getUint16(pos + 1);
    take(view.getUint8(pos), dataAt, Math.min(dataAt + len, stop), pos);
    pos = dataAt + len;
  }
}

export interface BgpRoute {
  /** CIDR, host bits cleared. */
  readonly prefix: string;
  readonly pathId: number | undefined;
  /** Undefined for withdrawn routes, and where the attribute is missing. */
  readonly nextHop: string | undefined;
}

export interface BgpUpdate {
  readonly announced: readonly BgpRoute[];
  readonly withdrawn: readonly BgpRoute[];
  /** Nothing announced or withdrawn: the end of what the peer has to say at first (RFC 4724 section 2). */
  readonly isEndOfRib: boolean;
  /** A part that could not be read: a length beyond the message, a prefix longer than its family. */
  readonly malformed: boolean;
}

/**
 * The IPv4 and IPv6 unicast routes of the UPDATE message [at, end), header included; undefined when it is
 * no UPDATE. Other families are left out. What `addPath` does not know is found by trying both readings.
 */
export function readBgpUpdate(
  view: DataView,
  at: Offset,
  end: Offset,
  addPath: AddPath = ADD_PATH_UNKNOWN,
): BgpUpdate | undefined {
  if (!isMessage(view, at, end) || view.getUint8(at + TYPE) !== BGP_UPDATE) return undefined;
  const parts = updateParts(view, at, Math.min(end, at + lengthOf(view, at)));
  const announced: BgpRoute[] = [];
  const withdrawn: BgpRoute[] = [];
  let malformed = parts.malformed || end < at + lengthOf(view, at);
  const take = (range: Nlri, nextHop: string | undefined, routes: BgpRoute[]) => {
    for (const prefix of range.prefixes) {
      routes.push({ prefix: prefix.text, pathId: prefix.pathId, nextHop });
    }
    if (range.malformed) malformed = true;
  };
  const ipv4 = choosePathIds(view, parts.ipv4Ranges, 4, addPath.ipv4);
  take(readNlri(view, parts.withdrawnAt, parts.withdrawnEnd, 4, ipv4), undefined, withdrawn);
  take(readNlri(view, parts.nlriAt, parts.nlriEnd, 4, ipv4), parts.nextHop, announced);
  let otherFamily = false;
  for (const mp of parts.multiprotocol) {
    if (mp.addressLen === 0) {
      otherFamily = true;
      continue;
    }
    const agreed = mp.addressLen === 4 ? addPath.ipv4 : addPath.ipv6;
    const pathIds = choosePathIds(view, [mp], mp.addressLen, agreed);
    const range = readNlri(view, mp.at, mp.end, mp.addressLen, pathIds);
    take(range, mp.isReach ? mp.nextHop : undefined, mp.isReach ? announced : withdrawn);
  }
  const isEmpty = announced.length + withdrawn.length === 0 && !malformed && !otherFamily;
  return { announced, withdrawn, isEndOfRib: isEmpty, malformed };
}

export interface Range {
  readonly at: Offset;
  readonly end: Offset;
}

export interface Multiprotocol extends Range {
  readonly isReach: boolean;
  readonly afi: number;
  readonly safi: number;
  /** 4 or 16 for IPv4 and IPv6 unicast, 0 for families that are not read. */
  readonly addressLen: number;
  /** Where the next hop stands, and its length; 0 when it is MP_UNREACH. */
  readonly nextHopAt: Offset;
  readonly nextHopLen: number;
  readonly nextHop: string | undefined;
}

export interface Attribute {
  readonly at: Offset;
  readonly flags: number;
  readonly type: number;
  readonly dataAt: Offset;
  readonly dataEnd: Offset;
}

interface UpdateParts {
  readonly withdrawnAt: Offset;
  readonly withdrawnEnd: Offset;
  readonly attributesAt: Offset;
  readonly attributes: readonly Attribute[];
  readonly nlriAt: Offset;
  readonly nlriEnd: Offset;
  readonly ipv4Ranges: readonly Range[];
  readonly nextHop: string | undefined;
  readonly multiprotocol: readonly Multiprotocol[];
  readonly malformed: boolean;
}

/** The parts of the UPDATE message [at, end), each within it, whatever its lengths say. */
export function updateParts(view: DataView, at: Offset, end: Offset): UpdateParts {
  const withdrawnAt = at + BGP_HEADER_LEN + 2;
  const withdrawnLen = end - at >= BGP_HEADER_LEN + 2 ? view.getUint16(at + BGP_HEADER_LEN) : 0;
  const withdrawnEnd = Math.min(withdrawnAt + withdrawnLen, end);
  let malformed = withdrawnAt + withdrawnLen + 2 > end;
  const attributesAt = Math.min(withdrawnEnd + 2, end);
  const attributesLen = malformed ? 0 : view.getUint16(withdrawnEnd);
  const attributesEnd = Math.min(attributesAt + attributesLen, end);
  if (attributesAt + attributesLen > end) malformed = true;
  const attributes: Attribute[] = [];
  let pos = attributesAt;
  while (attributesEnd - pos >= 3) {
    const flags = view.getUint8(pos);
    const lenLen = (flags & ATTRIBUTE_EXTENDED) === 0 ? 1 : 2;
    if (attributesEnd - pos < 2 + lenLen) break;
    const dataAt = pos + 2 + lenLen;
    const len = lenLen === 1 ? view.getUint8(pos + 2) : view.getUint16(pos + 2);
    if (dataAt + len > attributesEnd) break;
    attributes.push({
      at: pos,
      flags,
      type: view.getUint8(pos + 1),
      dataAt,
      dataEnd: dataAt + len,
    });
    pos = dataAt + len;
  }
  if (pos !== attributesEnd) malformed = true;
  const nextHop = attributes.find((a) => a.type === NEXT_HOP && a.dataEnd - a.dataAt === 4);
  return {
    withdrawnAt: Math.min(withdrawnAt, end),
    withdrawnEnd,
    attributesAt,
    attributes,
    nlriAt: attributesEnd,
    nlriEnd: malformed ? attributesEnd : end,
    ipv4Ranges: [
      { at: Math.min(withdrawnAt, end), end: withdrawnEnd },
      { at: attributesEnd, end: malformed ? attributesEnd : end },
    ],
    nextHop: nextHop && showIpv4(view.getInt32(nextHop.dataAt)),
    multiprotocol: attributes.flatMap((attribute) => readMultiprotocol(view, attribute) ?? []),
    malformed,
  };
}

/** MP_REACH_NLRI or MP_UNREACH_NLRI (RFC 4760 sections 3, 4); undefined for other attributes. */
export function readMultiprotocol(view: DataView, attribute: Attribute): Multiprotocol | undefined {
  const { type, dataAt: at, dataEnd: end } = attribute;
  const isReach = type === MP_REACH;
  if ((!isReach && type !== MP_UNREACH) || end - at < (isReach ? 5 : 3)) return undefined;
  const afi = view.getUint16(at);
  const safi = view.getUint8(at + 2);
  const nextHopLen = isReach ? view.getUint8(at + 3) : 0;
  const nextHopAt = at + 4;
  // A reserved byte follows the next hop: once a count of SNPAs, always 0 now.
  const nlriAt = isReach ? nextHopAt + nextHopLen + 1 : at + 3;
  if (nlriAt > end) return undefined;
  const addressLen = safi !== SAFI_UNICAST ? 0 : afi === AFI_IPV4 ? 4 : afi === AFI_IPV6 ? 16 : 0;
  const nextHop = isReach ? showNextHop(view, nextHopAt, nextHopLen) : undefined;
  return {
    isReach,
    afi,
    safi,
    addressLen,
    nextHopAt,
    nextHopLen,
    nextHop,
    at: nlriAt,
    end,
  };
}

/** The next hop's global address; a link-local one may follow it (RFC 2545 section 3). */
function showNextHop(view: DataView, at: Offset, len: number): string | undefined {
  if (len === 4) return showIpv4(view.getInt32(at));
  return len === 16 || len === 32 ? showIpv6(view, at) : undefined;
}

interface Prefix {
  /** Where its path identifier or, without one, its length byte stands. */
  readonly at: Offset;
  readonly pathId: number | undefined;
  readonly bits: number;
  readonly bitsAt: Offset;
  readonly end: Offset;
  readonly text: string;
  /** Bits beyond its length are set. */
  readonly isUntidy: boolean;
}

interface Nlri {
  readonly prefixes: readonly Prefix[];
  readonly malformed: boolean;
}

const NO_NLRI: Nlri = { prefixes: [], malformed: false };

/** The prefixes at [at, end), each a length in bits and as many bytes as that takes. */
export function readNlri(
  view: DataView,
  at: Offset,
  end: Offset,
  addressLen: number,
  pathIds: boolean,
): Nlri {
  if (at >= end) return NO_NLRI;
  const prefixes: Prefix[] = [];
  const idLen = pathIds ? 4 : 0;
  const address = new DataView(new ArrayBuffer(16));
  let pos = at;
  while (end - pos > idLen) {
    const bitsAt = pos + idLen;
    const bits = view.getUint8(bitsAt);
    const byteLen = (bits + 7) >> 3;
    const next = bitsAt + 1 + byteLen;
    if (bits > addressLen * 8 || next > end) return { prefixes, malformed: true };
    for (let i = 0; i < addressLen; i++) {
      address.setUint8(i, i < byteLen ? view.getUint8(bitsAt + 1 + i) : 0);
    }
    const spare = (8 - (bits & 7)) & 7;
    const last = byteLen === 0 ? 0 : address.getUint8(byteLen - 1);
    const kept = (last >> spare) << spare;
    if (byteLen > 0) address.setUint8(byteLen - 1, kept);
    const shown = addressLen === 4 ? showIpv4(address.getInt32(0)) : showIpv6(address, 0);
    prefixes.push({
      at: pos,
      pathId: pathIds ? view.getUint32(pos) : undefined,
      bits,
      bitsAt,
      end: next,
      text: `${shown}/${bits}`,
      isUntidy: kept !== last,
    });
    pos = next;
  }
  return { prefixes, malformed: pos !== end };
}

/**
 * Do these ranges carry path identifiers? Where the OPENs do not tell: the reading that uses up every
 * range decides; when both do, the one without identifiers, unless it yields the default route more than
 * once or prefixes with host bits, as identifiers read as prefixes would.
 */
export function choosePathIds(
  view: DataView,
  ranges: readonly Range[],
  addressLen: number,
  agreed: boolean | undefined,
): boolean {
  if (agreed !== undefined) return agreed;
  const read = (pathIds: boolean) =>
    ranges.map((range) => readNlri(view, range.at, range.end, addressLen, pathIds));
  const plain = read(false);
  const withIds = read(true);
  if (withIds.some((nlri) => nlri.malformed)) return false;
  if (plain.some((nlri) => nlri.malformed)) return true;
  return plain.some((nlri) => looksOdd(nlri)) && !withIds.some((nlri) => looksOdd(nlri));
}

function looksOdd(nlri: Nlri): boolean {
  let defaults = 0;
  for (const prefix of nlri.prefixes) {
    if (prefix.isUntidy) return true;
    if (prefix.bits === 0 && ++defaults > 1 && prefix.pathId === undefined) return true;
  }
  return false;
}
