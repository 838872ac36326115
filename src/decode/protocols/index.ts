/** The registry: every protocol, once. A new protocol is its file, a number, and a line here. */
import { PROTOCOL_COUNT } from '../../base/protocol-numbers.ts';
import type { Dissector } from '../dissector.ts';
import { byEtherType, byIpProtocol, byLinktype, byTcpPort, byUdpPort } from '../next.ts';
import { ah } from './ah.ts';
import { arp } from './arp.ts';
import { bgp } from './bgp-fields.ts';
import { dns } from './dns-fields.ts';
import { erspan } from './erspan.ts';
import { esp } from './esp.ts';
import { ethernet } from './ethernet.ts';
import { flannelUdp } from './flannel-udp.ts';
import { geneve } from './geneve.ts';
import { gre } from './gre.ts';
import { http } from './http.ts';
import { http2 } from './http2.ts';
import { icmp } from './icmp.ts';
import { icmpv6 } from './icmpv6.ts';
import { igmp } from './igmp.ts';
import { ipv4 } from './ipv4.ts';
import { ipv6 } from './ipv6.ts';
import { ipv6Extension } from './ipv6-extension.ts';
import { ipv6Fragment } from './ipv6-fragment.ts';
import { llc } from './llc.ts';
import { mpls } from './mpls.ts';
import { nflog } from './nflog.ts';
import { nullLoopback } from './null-loopback.ts';
import { pktap } from './pktap.ts';
import { ppp } from './ppp.ts';
import { pppoe } from './pppoe.ts';
import { proxy } from './proxy-fields.ts';
import { rawIp } from './raw-ip.ts';
import { sctp } from './sctp.ts';
import { sll, sll2 } from './sll.ts';
import { tcp } from './tcp.ts';
import { tls } from './tls.ts';
import { udp } from './udp.ts';
import { vlan } from './vlan.ts';
import { vxlan } from './vxlan.ts';
import { vxlanGpe } from './vxlan-gpe.ts';
import { weave } from './weave.ts';
import { wireguard } from './wireguard.ts';

/** Where two claim the same number, the first wins. */
export const dissectors: readonly Dissector[] = [
  ethernet,
  vlan,
  llc,
  sll,
  sll2,
  rawIp,
  nullLoopback,
  ppp,
  pppoe,
  nflog,
  pktap,
  mpls,
  arp,
  ipv4,
  ipv6,
  ipv6Extension,
  ipv6Fragment,
  ah,
  esp,
  gre,
  erspan,
  tcp,
  udp,
  sctp,
  icmp,
  icmpv6,
  igmp,
  vxlan,
  vxlanGpe,
  geneve,
  wireguard,
  weave,
  flannelUdp,
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
