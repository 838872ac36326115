/** The registry: every protocol, once. A new protocol is its file, a number, and a line here. */
import { PROTOCOL_COUNT } from '../../base/protocol-numbers.ts';
import type { Dissector } from '../dissector.ts';
import { byEtherType, byIpProtocol, byLinktype, byTcpPort, byUdpPort } from '../next.ts';
import { bgp } from './bgp.ts';
import { dns } from './dns.ts';
import { ethernet } from './ethernet.ts';
import { http } from './http.ts';
import { http2 } from './http2.ts';
import { ipv4 } from './ipv4.ts';
import { proxy } from './proxy.ts';
import { tcp } from './tcp.ts';
import { tls } from './tls.ts';
import { udp } from './udp.ts';

/** Where two claim the same number, the first wins. */
export const dissectors: readonly Dissector[] = [
  ethernet,
  ipv4,
  tcp,
  udp,
  dns,
  tls,
  http,
  http2,
  proxy,
  bgp,
];

/** By protocol number; undefined where no protocol has the number. */
export const dissectorOf: readonly (Dissector | undefined)[] = fill();

function fill(): (Dissector | undefined)[] {
  const table = new Array<Dissector | undefined>(PROTOCOL_COUNT).fill(undefined);
  for (const dissector of dissectors) {
    if (table[dissector.protocol] !== undefined) throw new Error(`two ${dissector.name}`);
    table[dissector.protocol] = dissector;
    claim(byLinktype, dissector.on.linktype, dissector);
    claim(byEtherType, dissector.on.etherType, dissector);
    claim(byIpProtocol, dissector.on.ipProtocol, dissector);
    claim(byUdpPort, dissector.on.udpPort, dissector);
    claim(byTcpPort, dissector.on.tcpPort, dissector);
  }
  return table;
}

function claim(table: Uint8Array, keys: readonly number[] | undefined, by: Dissector): void {
  for (const key of keys ?? []) table[key] ||= by.protocol;
}
