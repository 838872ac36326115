/** The fields of BGP messages under Wireshark’s names, and where they stand. */
import { BGP } from '../../base/protocol-numbers.ts';
import type { Offset } from '../../base/units.ts';
import { type Dissector, type Field, type FieldSink, found } from '../dissector.ts';
import type { Packet } from '../packet.ts';
import { give, giveBytes } from '../walk.ts';
import {
  type Attribute,
  BGP_HEADER_LEN,
  BGP_NOTIFICATION,
  BGP_OPEN,
  BGP_ROUTE_REFRESH,
  BGP_UPDATE,
  bgpMessages,
  CAPABILITY_ADD_PATH,
  CAPABILITY_AS4,
  CAPABILITY_MP,
  choosePathIds,
  dissectBgp,
  eachCapability,
  LENGTH,
  LOCAL_PREF,
  MP_REACH,
  MP_UNREACH,
  MULTI_EXIT_DISC,
  type Multiprotocol,
  NEXT_HOP,
  OPEN_AS,
  OPEN_HOLD_TIME,
  OPEN_IDENTIFIER,
  OPEN_LEN_MIN,
  OPEN_PARAMETERS_LEN,
  ORIGIN,
  type Range,
  readMultiprotocol,
  readNlri,
  TYPE,
  updateParts,
} from './bgp.ts';

const SAFI_VPN = 128;
const ROUTE_DISTINGUISHER_LEN = 8;

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
