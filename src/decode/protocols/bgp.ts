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
import { type Dissector, type Field, type FieldSink, found } from '../dissector.ts';
import type { Packet } from '../packet.ts';
import { pushApplication } from '../payload.ts';
import { give, giveBytes } from '../walk.ts';

const MARKER_LEN = 16;
const LENGTH = 16;
const TYPE = 18;
/** Header; also the shortest message, KEEPALIVE. */
export const BGP_HEADER_LEN = 19;
/** RFC 4271 allows 4096, the extended messages of RFC 8654 fill the field. */
export const BGP_MESSAGE_LEN_MAX = 65_535;

export const BGP_OPEN = 1;
export const BGP_UPDATE = 2;
export const BGP_NOTIFICATION = 3;
export const BGP_KEEPALIVE = 4;
export const BGP_ROUTE_REFRESH = 5;

const OPEN_AS = 20;
const OPEN_HOLD_TIME = 22;
const OPEN_IDENTIFIER = 24;
const OPEN_PARAMETERS_LEN = 28;
const OPEN_LEN_MIN = 29;
const CAPABILITIES = 2;
const CAPABILITY_MP = 1;
const CAPABILITY_AS4 = 65;
const CAPABILITY_ADD_PATH = 69;
/** An optional parameter's type that says: lengths take two bytes from here on (RFC 9072). */
const EXTENDED_LENGTH = 255;

const ATTRIBUTE_EXTENDED = 0x10;
const ORIGIN = 1;
const NEXT_HOP = 3;
const MULTI_EXIT_DISC = 4;
const LOCAL_PREF = 5;
const MP_REACH = 14;
const MP_UNREACH = 15;

const AFI_IPV4 = 1;
const AFI_IPV6 = 2;
const SAFI_UNICAST = 1;
const SAFI_VPN = 128;
const ROUTE_DISTINGUISHER_LEN = 8;

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
function eachCapability(view: DataView, at: Offset, end: Offset, take: CapabilityTaker): void {
  eachParameter(view, at, end, (type, dataAt, dataEnd) => {
    if (type !== CAPABILITIES) return;
    for (let pos = dataAt; dataEnd - pos >= 2; ) {
      const next = pos + 2 + view.getUint8(pos + 1);
      take(view.getUint8(pos), pos + 2, Math.min(next, dataEnd), pos);
      pos = next;
    }
  });
}

/** Each optional parameter of the OPEN message [at, end), with one-byte lengths or RFC 9072's two-byte ones. */
function eachParameter(view: DataView, at: Offset, end: Offset, take: CapabilityTaker): void {
  let pos = at + OPEN_LEN_MIN;
  if (end - at < OPEN_LEN_MIN) return;
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

interface Range {
  readonly at: Offset;
  readonly end: Offset;
}

interface Multiprotocol extends Range {
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

interface Attribute {
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
function updateParts(view: DataView, at: Offset, end: Offset): UpdateParts {
  const withdrawnAt = at + BGP_HEADER_LEN + 2;
  const withdrawnLen = end - at >= BGP_HEADER_LEN + 2 ? view.getUint16(at + BGP_HEADER_LEN) : 0;
  const withdrawnEnd = Math.min(withdrawnAt + withdrawnLen, end);
  let malformed = withdrawnAt + withdrawnLen + 2 > end;
  const attributesAt = Math.min(withdrawnEnd + 2, end);
  const attributesLen = malformed ? 0 : view.getUint16(withdrawnEnd);
  const attributesEnd = Math.min(attributesAt + attributesLen, end);
  if (attributesAt + attributesLen > end) malformed = true;
  const attributes: Attribute[] = [];
  for (let pos = attributesAt; attributesEnd - pos >= 3; ) {
    const flags = view.getUint8(pos);
    const lenLen = (flags & ATTRIBUTE_EXTENDED) === 0 ? 1 : 2;
    if (attributesEnd - pos < 2 + lenLen) break;
    const dataAt = pos + 2 + lenLen;
    const len = lenLen === 1 ? view.getUint8(pos + 2) : view.getUint16(pos + 2);
    const dataEnd = dataAt + len;
    if (dataEnd > attributesEnd) {
      malformed = true;
      break;
    }
    attributes.push({ at: pos, flags, type: view.getUint8(pos + 1), dataAt, dataEnd });
    pos = dataEnd;
  }
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
function readMultiprotocol(view: DataView, attribute: Attribute): Multiprotocol | undefined {
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
function readNlri(
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
function choosePathIds(
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

const LENGTH_FIELD = found('bgp.length', 'Length', 'uint');
const TYPE_FIELD = found('bgp.type', 'Type', 'uint');
const OPEN_VERSION_FIELD = found('bgp.open.version', 'Version', 'uint');
const OPEN_AS_FIELD = found('bgp.open.myas', 'AS', 'uint');
const OPEN_HOLD_TIME_FIELD = found('bgp.open.holdtime', 'Hold time', 'uint');
const OPEN_IDENTIFIER_FIELD = found('bgp.open.identifier', 'Identifier', 'ipv4');
const OPEN_PARAMETERS_LEN_FIELD = found('bgp.open.opt.len', 'Optional parameters length', 'uint');
const CAPABILITY_TYPE = found('bgp.cap.type', 'Capability', 'uint');
const CAPABILITY_LEN = found('bgp.cap.length', 'Capability length', 'uint');
const CAPABILITY_MP_AFI = found('bgp.cap.mp.afi', 'Address family', 'uint');
const CAPABILITY_MP_SAFI = found('bgp.cap.mp.safi', 'Subsequent address family', 'uint');
const CAPABILITY_AS4_FIELD = found('bgp.cap.4as', 'AS (4 bytes)', 'uint');
const CAPABILITY_AP_AFI = found('bgp.cap.ap.afi', 'Address family', 'uint');
const CAPABILITY_AP_SAFI = found('bgp.cap.ap.safi', 'Subsequent address family', 'uint');
const CAPABILITY_AP_MODE = found('bgp.cap.ap.sendreceive', 'Send/receive', 'uint');
const WITHDRAWN_LEN = found('bgp.update.withdrawn_routes.length', 'Withdrawn length', 'uint');
const ATTRIBUTES_LEN = found('bgp.update.path_attributes.length', 'Path attributes length', 'uint');
const ATTRIBUTE_TYPE = found('bgp.update.path_attribute.type_code', 'Attribute', 'uint');
const ATTRIBUTE_LEN = found('bgp.update.path_attribute.length', 'Attribute length', 'uint');
const ORIGIN_FIELD = found('bgp.update.path_attribute.origin', 'Origin', 'uint');
const NEXT_HOP_FIELD = found('bgp.update.path_attribute.next_hop', 'Next hop', 'ipv4');
const MED_FIELD = found('bgp.update.path_attribute.multi_exit_disc', 'Multi-exit disc.', 'uint');
const LOCAL_PREF_FIELD = found('bgp.update.path_attribute.local_pref', 'Local preference', 'uint');
const REACH_AFI = found('bgp.update.path_attribute.mp_reach_nlri.afi', 'Address family', 'uint');
const REACH_SAFI = found(
  'bgp.update.path_attribute.mp_reach_nlri.safi',
  'Subsequent address family',
  'uint',
);
const REACH_NEXT_HOP_IPV4 = found(
  'bgp.update.path_attribute.mp_reach_nlri.next_hop.ipv4',
  'Next hop',
  'ipv4',
);
const REACH_NEXT_HOP_IPV6 = found(
  'bgp.update.path_attribute.mp_reach_nlri.next_hop.ipv6',
  'Next hop',
  'ipv6',
);
const REACH_LINK_LOCAL = found(
  'bgp.update.path_attribute.mp_reach_nlri.next_hop.ipv6.link_local',
  'Link-local next hop',
  'ipv6',
);
const UNREACH_AFI = found(
  'bgp.update.path_attribute.mp_unreach_nlri.afi',
  'Address family',
  'uint',
);
const UNREACH_SAFI = found(
  'bgp.update.path_attribute.mp_unreach_nlri.safi',
  'Subsequent address family',
  'uint',
);
const PREFIX_LEN = found('bgp.prefix_length', 'Prefix length', 'uint');
const PATH_ID = found('bgp.nlri_path_id', 'Path identifier', 'uint');
const NLRI_PREFIX = found('bgp.nlri_prefix', 'Prefix', 'text');
const WITHDRAWN_PREFIX = found('bgp.withdrawn_prefix', 'Withdrawn prefix', 'text');
const REACH_IPV4_PREFIX = found('bgp.mp_reach_nlri_ipv4_prefix', 'Prefix', 'text');
const REACH_IPV6_PREFIX = found('bgp.mp_reach_nlri_ipv6_prefix', 'Prefix', 'text');
const UNREACH_IPV4_PREFIX = found('bgp.mp_unreach_nlri_ipv4_prefix', 'Withdrawn prefix', 'text');
const UNREACH_IPV6_PREFIX = found('bgp.mp_unreach_nlri_ipv6_prefix', 'Withdrawn prefix', 'text');
const MAJOR_ERROR = found('bgp.notify.major_error', 'Error', 'uint');
const REFRESH_AFI = found('bgp.route_refresh.afi', 'Address family', 'uint');
const REFRESH_SUBTYPE = found('bgp.route_refresh.subtype', 'Subtype', 'uint');
const REFRESH_SAFI = found('bgp.route_refresh.safi', 'Subsequent address family', 'uint');

const MESSAGE_NAMES = ['', 'OPEN', 'UPDATE', 'NOTIFICATION', 'KEEPALIVE', 'ROUTE-REFRESH'];

function walkBgp(packet: Packet, row: number, sink: FieldSink): void {
  const view = packet.view;
  const end = packet.end[row]!;
  for (const message of bgpMessages(view, packet.at[row]!, end)) {
    const at = message.at;
    const messageEnd = Math.min(message.end, end);
    sink.open(MESSAGE_NAMES[message.type]!, at, messageEnd - at);
    give(sink, view, LENGTH_FIELD, at + LENGTH, 2);
    give(sink, view, TYPE_FIELD, at + TYPE, 1);
    if (message.type === BGP_OPEN) walkOpen(view, at, messageEnd, sink);
    else if (message.type === BGP_UPDATE) walkUpdate(view, at, messageEnd, sink);
    else if (message.type === BGP_NOTIFICATION && messageEnd - at >= 20) {
      give(sink, view, MAJOR_ERROR, at + BGP_HEADER_LEN, 1);
    } else if (message.type === BGP_ROUTE_REFRESH && messageEnd - at >= 23) {
      give(sink, view, REFRESH_AFI, at + BGP_HEADER_LEN, 2);
      give(sink, view, REFRESH_SUBTYPE, at + BGP_HEADER_LEN + 2, 1);
      give(sink, view, REFRESH_SAFI, at + BGP_HEADER_LEN + 3, 1);
    }
    sink.close();
  }
}

function walkOpen(view: DataView, at: Offset, end: Offset, sink: FieldSink): void {
  if (end - at < OPEN_LEN_MIN) return;
  give(sink, view, OPEN_VERSION_FIELD, at + BGP_HEADER_LEN, 1);
  give(sink, view, OPEN_AS_FIELD, at + OPEN_AS, 2);
  give(sink, view, OPEN_HOLD_TIME_FIELD, at + OPEN_HOLD_TIME, 2);
  giveBytes(sink, OPEN_IDENTIFIER_FIELD, at + OPEN_IDENTIFIER, 4);
  give(sink, view, OPEN_PARAMETERS_LEN_FIELD, at + OPEN_PARAMETERS_LEN, 1);
  eachCapability(view, at, end, (code, dataAt, dataEnd, capabilityAt) => {
    sink.open('Capability', capabilityAt, dataEnd - capabilityAt);
    give(sink, view, CAPABILITY_TYPE, capabilityAt, 1);
    give(sink, view, CAPABILITY_LEN, capabilityAt + 1, 1);
    if (code === CAPABILITY_MP && dataEnd - dataAt === 4) {
      give(sink, view, CAPABILITY_MP_AFI, dataAt, 2);
      give(sink, view, CAPABILITY_MP_SAFI, dataAt + 3, 1);
    } else if (code === CAPABILITY_AS4 && dataEnd - dataAt === 4) {
      give(sink, view, CAPABILITY_AS4_FIELD, dataAt, 4);
    } else if (code === CAPABILITY_ADD_PATH) {
      for (let pos = dataAt; dataEnd - pos >= 4; pos += 4) {
        give(sink, view, CAPABILITY_AP_AFI, pos, 2);
        give(sink, view, CAPABILITY_AP_SAFI, pos + 2, 1);
        give(sink, view, CAPABILITY_AP_MODE, pos + 3, 1);
      }
    }
    sink.close();
  });
}

function walkUpdate(view: DataView, at: Offset, end: Offset, sink: FieldSink): void {
  if (end - at < BGP_HEADER_LEN + 2) return;
  const parts = updateParts(view, at, end);
  const pathIds = choosePathIds(view, parts.ipv4Ranges, 4, undefined);
  give(sink, view, WITHDRAWN_LEN, at + BGP_HEADER_LEN, 2);
  walkNlri(view, parts.ipv4Ranges[0]!, 4, pathIds, WITHDRAWN_PREFIX, sink);
  if (parts.attributesAt - parts.withdrawnEnd < 2) return;
  give(sink, view, ATTRIBUTES_LEN, parts.withdrawnEnd, 2);
  for (const attribute of parts.attributes) {
    sink.open('Path attribute', attribute.at, attribute.dataEnd - attribute.at);
    walkAttribute(view, attribute, sink);
    sink.close();
  }
  walkNlri(view, parts.ipv4Ranges[1]!, 4, pathIds, NLRI_PREFIX, sink);
}

function walkAttribute(view: DataView, attribute: Attribute, sink: FieldSink): void {
  const { at, type, dataAt, dataEnd } = attribute;
  const len = dataEnd - dataAt;
  give(sink, view, ATTRIBUTE_TYPE, at + 1, 1);
  give(sink, view, ATTRIBUTE_LEN, at + 2, dataAt - at - 2);
  if (type === ORIGIN && len === 1) give(sink, view, ORIGIN_FIELD, dataAt, 1);
  else if (type === NEXT_HOP && len === 4) giveBytes(sink, NEXT_HOP_FIELD, dataAt, 4);
  else if (type === MULTI_EXIT_DISC && len === 4) give(sink, view, MED_FIELD, dataAt, 4);
  else if (type === LOCAL_PREF && len === 4) give(sink, view, LOCAL_PREF_FIELD, dataAt, 4);
  else if (type === MP_REACH || type === MP_UNREACH) walkMultiprotocol(view, attribute, sink);
}

function walkMultiprotocol(view: DataView, attribute: Attribute, sink: FieldSink): void {
  const mp = readMultiprotocol(view, attribute);
  if (mp === undefined) return;
  give(sink, view, mp.isReach ? REACH_AFI : UNREACH_AFI, attribute.dataAt, 2);
  give(sink, view, mp.isReach ? REACH_SAFI : UNREACH_SAFI, attribute.dataAt + 2, 1);
  if (mp.isReach) walkNextHop(mp, sink);
  if (mp.addressLen === 0) return;
  const pathIds = choosePathIds(view, [mp], mp.addressLen, undefined);
  const isIpv4 = mp.addressLen === 4;
  const reach = isIpv4 ? REACH_IPV4_PREFIX : REACH_IPV6_PREFIX;
  const unreach = isIpv4 ? UNREACH_IPV4_PREFIX : UNREACH_IPV6_PREFIX;
  walkNlri(view, mp, mp.addressLen, pathIds, mp.isReach ? reach : unreach, sink);
}

/** The addresses of MP_REACH_NLRI's next hop; of a VPN a route distinguisher stands before each. */
function walkNextHop(mp: Multiprotocol, sink: FieldSink): void {
  const skip = mp.safi === SAFI_VPN ? ROUTE_DISTINGUISHER_LEN : 0;
  const at = mp.nextHopAt + skip;
  const len = mp.nextHopLen;
  if (len === skip + 4) giveBytes(sink, REACH_NEXT_HOP_IPV4, at, 4);
  if (len === skip + 16 || len === 2 * (skip + 16)) giveBytes(sink, REACH_NEXT_HOP_IPV6, at, 16);
  if (len === 2 * (skip + 16)) giveBytes(sink, REACH_LINK_LOCAL, at + skip + 16, 16);
}

function walkNlri(
  view: DataView,
  range: Range,
  addressLen: number,
  pathIds: boolean,
  field: Field,
  sink: FieldSink,
): void {
  for (const prefix of readNlri(view, range.at, range.end, addressLen, pathIds).prefixes) {
    if (pathIds) give(sink, view, PATH_ID, prefix.at, 4);
    give(sink, view, PREFIX_LEN, prefix.bitsAt, 1);
    const address = prefix.text.slice(0, prefix.text.indexOf('/'));
    sink.field(field, address, prefix.bitsAt + 1, prefix.end - prefix.bitsAt - 1);
  }
}

export const bgp: Dissector = {
  protocol: BGP,
  name: 'bgp',
  reference: 'RFC 4271 section 4, RFC 5492, RFC 4760, RFC 7911',
  on: { tcpPort: [179] },
  dissect: dissectBgp,
  fields: [
    LENGTH_FIELD,
    TYPE_FIELD,
    OPEN_VERSION_FIELD,
    OPEN_AS_FIELD,
    OPEN_HOLD_TIME_FIELD,
    OPEN_IDENTIFIER_FIELD,
    OPEN_PARAMETERS_LEN_FIELD,
    CAPABILITY_TYPE,
    CAPABILITY_LEN,
    CAPABILITY_MP_AFI,
    CAPABILITY_MP_SAFI,
    CAPABILITY_AS4_FIELD,
    CAPABILITY_AP_AFI,
    CAPABILITY_AP_SAFI,
    CAPABILITY_AP_MODE,
    WITHDRAWN_LEN,
    ATTRIBUTES_LEN,
    ATTRIBUTE_TYPE,
    ATTRIBUTE_LEN,
    ORIGIN_FIELD,
    NEXT_HOP_FIELD,
    MED_FIELD,
    LOCAL_PREF_FIELD,
    REACH_AFI,
    REACH_SAFI,
    REACH_NEXT_HOP_IPV4,
    REACH_NEXT_HOP_IPV6,
    REACH_LINK_LOCAL,
    UNREACH_AFI,
    UNREACH_SAFI,
    PREFIX_LEN,
    PATH_ID,
    NLRI_PREFIX,
    WITHDRAWN_PREFIX,
    REACH_IPV4_PREFIX,
    REACH_IPV6_PREFIX,
    UNREACH_IPV4_PREFIX,
    UNREACH_IPV6_PREFIX,
    MAJOR_ERROR,
    REFRESH_AFI,
    REFRESH_SUBTYPE,
    REFRESH_SAFI,
  ],
  walk: walkBgp,
};
