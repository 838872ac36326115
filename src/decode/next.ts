/**
 * Which protocol follows a number in a header. The registry fills these tables once, at load, from the
 * dissectors' selectors; dissectors read them. Entry = dense protocol number, NONE = nobody decodes it.
 */
export const byLinktype = new Uint8Array(512);
export const byEtherType = new Uint8Array(65_536);
export const byIpProtocol = new Uint8Array(256);
export const byUdpPort = new Uint8Array(65_536);
export const byTcpPort = new Uint8Array(65_536);
