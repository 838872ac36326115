/** The fields of PROXY protocol headers, under Wireshark’s names where it has them, and where they stand. */
import { PROXY } from '../../base/protocol-numbers.ts';
import type { Offset } from '../../base/units.ts';
import { type Dissector, type Field, type FieldSink, found } from '../dissector.ts';
import type { Packet } from '../packet.ts';
import { give, giveBytes, textAt } from '../walk.ts';
import {
  ALPN,
  AUTHORITY,
  dissectProxy,
  FAMILY_PROTOCOL,
  HEADER_LEN,
  LENGTH,
  LINE_START,
  NETNS,
  type ProxyHeader,
  type ProxyTlv,
  readProxyHeader,
  SSL,
  SSL_CIPHER_NAME,
  SSL_COMMON_NAME,
  SSL_HEADER_LEN,
  SSL_KEY_ALGORITHM,
  SSL_KEY_GROUP,
  SSL_SIGNATURE_ALGORITHM,
  SSL_SIGNATURE_SCHEME,
  SSL_TLS_VERSION,
  showUtf8,
  TLV_HEADER_LEN,
  UNIQUE_ID,
  UNIX_PATH_LEN,
  VERSION_COMMAND,
} from './proxy.ts';

const V1_PROTO = found('proxy.v1.proto', 'Protocol', 'text');
/** Version 1 writes addresses as text; they are fields of the same name. */
const V1_SRC_IPV4 = found('proxy.src.ipv4', 'Source', 'text');
const V1_DST_IPV4 = found('proxy.dst.ipv4', 'Destination', 'text');
const V1_SRC_IPV6 = found('proxy.src.ipv6', 'Source', 'text');
const V1_DST_IPV6 = found('proxy.dst.ipv6', 'Destination', 'text');
const SRC_IPV4 = found('proxy.src.ipv4', 'Source', 'ipv4');
const DST_IPV4 = found('proxy.dst.ipv4', 'Destination', 'ipv4');
const SRC_IPV6 = found('proxy.src.ipv6', 'Source', 'ipv6');
const DST_IPV6 = found('proxy.dst.ipv6', 'Destination', 'ipv6');
const SRC_PORT = found('proxy.srcport', 'Source port', 'uint');
const DST_PORT = found('proxy.dstport', 'Destination port', 'uint');
const V2_VERSION = found('proxy.v2.version', 'Version', 'uint', 0xf0);
const V2_COMMAND = found('proxy.v2.cmd', 'Command', 'uint', 0x0f);
const V2_FAMILY = found('proxy.v2.addr_family', 'Address family', 'hex', 0xf0);
const V2_TRANSPORT = found('proxy.v2.protocol', 'Protocol', 'hex', 0x0f);
const V2_LENGTH = found('proxy.v2.length', 'Length', 'uint');
const SRC_UNIX = found('proxy.v2.src.unix', 'Source path', 'bytes');
const DST_UNIX = found('proxy.v2.dst.unix', 'Destination path', 'bytes');
const TLV_TYPE = found('proxy.v2.tlv.type', 'Type', 'hex');
const TLV_LENGTH = found('proxy.v2.tlv.length', 'Length', 'uint');
const TLV_VALUE = found('proxy.v2.tlv.value', 'Value', 'bytes');
const SSL_CLIENT = found('proxy.v2.tlv.ssl.client', 'Client', 'hex');
const SSL_VERIFY = found('proxy.v2.tlv.ssl.verify', 'Verify', 'hex');
const SSL_VERSION = found('proxy.v2.tlv.ssl.version', 'TLS version', 'text');
const SSL_CN = found('proxy.v2.tlv.ssl.cn', 'Common name', 'text');
const SSL_CIPHER = found('proxy.v2.tlv.ssl.cipher', 'Cipher', 'text');
const SSL_SIG_ALG = found('proxy.v2.tlv.ssl.sig_alg', 'Signature algorithm', 'text');
/** Decoded values that Wireshark has no field for, or one with another name. */
const SSL_KEY_ALG = found('proxy.v2.tlv.ssl.key_alg', 'Key algorithm', 'text');
const SSL_GROUP = found('proxy.v2.tlv.ssl.group', 'Key exchange group', 'text');
const SSL_SIG_SCHEME = found('proxy.v2.tlv.ssl.sig_scheme', 'Signature scheme', 'text');
const ALPN_FIELD = found('proxy.v2.tlv.alpn', 'ALPN protocol', 'text');
const AUTHORITY_FIELD = found('proxy.v2.tlv.authority', 'Authority', 'text');
const CRC32C_FIELD = found('proxy.v2.tlv.crc32c', 'CRC-32C', 'hex');
const CRC32C_VALID = found('proxy.v2.tlv.crc32c.valid', 'CRC-32C is right', 'boolean');
const UNIQUE_ID_FIELD = found('proxy.v2.tlv.unique_id', 'Unique identifier', 'text');
const NETNS_FIELD = found('proxy.v2.tlv.netns', 'Network namespace', 'text');
const AWS_ENDPOINT = found('proxy.v2.tlv.aws.vpc_endpoint_id', 'VPC endpoint', 'text');
const AZURE_LINK = found('proxy.v2.tlv.azure.link_id', 'Private endpoint link', 'uint');
const GCP_CONNECTION = found('proxy.v2.tlv.gcp.psc_connection_id', 'PSC connection', 'uint');

function walkProxy(packet: Packet, row: number, sink: FieldSink): void {
  const view = packet.view;
  const header = readProxyHeader(view, packet.at[row]!, packet.payloadAt[row]!);
  if (header === undefined) return;
  if (header.version === 2) walkV2(view, header, packet.payloadAt[row]!, sink);
  else walkV1(view, header, packet.payloadAt[row]!, sink);
}

/** The words of a version 1 line, each at its place. */
function walkV1(view: DataView, header: ProxyHeader, end: Offset, sink: FieldSink): void {
  const isIpv4 = header.family === 'INET';
  const fields = [
    V1_PROTO,
    isIpv4 ? V1_SRC_IPV4 : V1_SRC_IPV6,
    isIpv4 ? V1_DST_IPV4 : V1_DST_IPV6,
    SRC_PORT,
    DST_PORT,
  ];
  let wordAt = header.at + LINE_START.length;
  const count = header.source === null ? 1 : fields.length;
  for (let i = 0; i < count; i++) {
    let wordEnd = wordAt;
    while (wordEnd < end && view.getUint8(wordEnd) > 0x20) wordEnd++;
    const text = textAt(view, wordAt, wordEnd - wordAt);
    const field = fields[i]!;
    sink.field(field, field.kind === 'uint' ? Number(text) : text, wordAt, wordEnd - wordAt);
    wordAt = wordEnd + 1;
  }
}

function walkV2(view: DataView, header: ProxyHeader, end: Offset, sink: FieldSink): void {
  const at = header.at;
  give(sink, view, V2_VERSION, at + VERSION_COMMAND, 1);
  give(sink, view, V2_COMMAND, at + VERSION_COMMAND, 1);
  if (end - at < HEADER_LEN) return;
  give(sink, view, V2_FAMILY, at + FAMILY_PROTOCOL, 1);
  give(sink, view, V2_TRANSPORT, at + FAMILY_PROTOCOL, 1);
  give(sink, view, V2_LENGTH, at + LENGTH, 2);
  if (header.source !== null) walkAddresses(view, header, sink);
  for (const tlv of header.tlvs) walkTlv(view, tlv, sink);
}

function walkAddresses(view: DataView, header: ProxyHeader, sink: FieldSink): void {
  const at = header.addressesAt;
  if (header.family === 'UNIX') {
    giveBytes(sink, SRC_UNIX, at, UNIX_PATH_LEN);
    giveBytes(sink, DST_UNIX, at + UNIX_PATH_LEN, UNIX_PATH_LEN);
    return;
  }
  const isIpv4 = header.family === 'INET';
  const len = isIpv4 ? 4 : 16;
  giveBytes(sink, isIpv4 ? SRC_IPV4 : SRC_IPV6, at, len);
  giveBytes(sink, isIpv4 ? DST_IPV4 : DST_IPV6, at + len, len);
  give(sink, view, SRC_PORT, at + 2 * len, 2);
  give(sink, view, DST_PORT, at + 2 * len + 2, 2);
}

function walkTlv(view: DataView, tlv: ProxyTlv, sink: FieldSink): void {
  sink.open(tlv.name, tlv.at, TLV_HEADER_LEN + tlv.len);
  const valueAt = tlv.at + TLV_HEADER_LEN;
  give(sink, view, TLV_TYPE, tlv.at, 1);
  give(sink, view, TLV_LENGTH, tlv.at + 1, 2);
  if (tlv.len > 0) giveBytes(sink, TLV_VALUE, valueAt, tlv.len);
  if (tlv.type === SSL && tlv.len >= SSL_HEADER_LEN) {
    walkSsl(view, valueAt, valueAt + tlv.len, sink);
  } else walkValue(tlv, valueAt, sink);
  sink.close();
}

/** The decoded value, where there is one. */
function walkValue(tlv: ProxyTlv, at: Offset, sink: FieldSink): void {
  const { value, len } = tlv;
  if (typeof value === 'string') {
    const field = TEXT_FIELDS[tlv.type];
    if (field !== undefined) sink.field(field, value, at, len);
    return;
  }
  if (typeof value !== 'object' || value === null) return;
  if (typeof value.checksum === 'string') {
    sink.field(CRC32C_FIELD, Number(value.checksum), at, len);
    if (value.valid !== null) sink.field(CRC32C_VALID, value.valid === true ? 1 : 0, at, len);
  }
  if (typeof value.vpcEndpointId === 'string') {
    sink.field(AWS_ENDPOINT, value.vpcEndpointId, at + 1, len - 1);
  }
  if (typeof value.linkId === 'number') sink.field(AZURE_LINK, value.linkId, at + 1, len - 1);
  if (typeof value.pscConnectionId === 'string') {
    sink.field(GCP_CONNECTION, value.pscConnectionId, at, len);
  }
}

const TEXT_FIELDS: Readonly<Record<number, Field>> = {
  [ALPN]: ALPN_FIELD,
  [AUTHORITY]: AUTHORITY_FIELD,
  [UNIQUE_ID]: UNIQUE_ID_FIELD,
  [NETNS]: NETNS_FIELD,
};

const SSL_FIELDS: Readonly<Record<number, Field>> = {
  [SSL_TLS_VERSION]: SSL_VERSION,
  [SSL_COMMON_NAME]: SSL_CN,
  [SSL_CIPHER_NAME]: SSL_CIPHER,
  [SSL_SIGNATURE_ALGORITHM]: SSL_SIG_ALG,
  [SSL_KEY_ALGORITHM]: SSL_KEY_ALG,
  [SSL_KEY_GROUP]: SSL_GROUP,
  [SSL_SIGNATURE_SCHEME]: SSL_SIG_SCHEME,
};

function walkSsl(view: DataView, at: Offset, end: Offset, sink: FieldSink): void {
  give(sink, view, SSL_CLIENT, at, 1);
  give(sink, view, SSL_VERIFY, at + 1, 4);
  for (let pos = at + SSL_HEADER_LEN; end - pos >= TLV_HEADER_LEN; ) {
    const type = view.getUint8(pos);
    const len = view.getUint16(pos + 1);
    const valueAt = pos + TLV_HEADER_LEN;
    if (len > end - valueAt) return;
    give(sink, view, TLV_TYPE, pos, 1);
    give(sink, view, TLV_LENGTH, pos + 1, 2);
    const field = SSL_FIELDS[type];
    if (len > 0) giveBytes(sink, TLV_VALUE, valueAt, len);
    if (field !== undefined)
      sink.field(field, showUtf8(view, valueAt, valueAt + len), valueAt, len);
    pos = valueAt + len;
  }
}

export const proxy: Dissector = {
  protocol: PROXY,
  name: 'proxy',
  reference: 'HAProxy doc/proxy-protocol.txt',
  on: {},
  dissect: dissectProxy,
  fields: [
    V1_PROTO,
    SRC_IPV4,
    DST_IPV4,
    SRC_IPV6,
    DST_IPV6,
    SRC_PORT,
    DST_PORT,
    V2_VERSION,
    V2_COMMAND,
    V2_FAMILY,
    V2_TRANSPORT,
    V2_LENGTH,
    SRC_UNIX,
    DST_UNIX,
    TLV_TYPE,
    TLV_LENGTH,
    TLV_VALUE,
    SSL_CLIENT,
    SSL_VERIFY,
    SSL_VERSION,
    SSL_CN,
    SSL_CIPHER,
    SSL_SIG_ALG,
    SSL_KEY_ALG,
    SSL_GROUP,
    SSL_SIG_SCHEME,
    ALPN_FIELD,
    AUTHORITY_FIELD,
    CRC32C_FIELD,
    CRC32C_VALID,
    UNIQUE_ID_FIELD,
    NETNS_FIELD,
    AWS_ENDPOINT,
    AZURE_LINK,
    GCP_CONNECTION,
  ],
  walk: walkProxy,
};
