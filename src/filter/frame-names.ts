/** Tests of host names in DNS messages and TLS hellos; run only for frames that hold one. */
import { DNS, PROXY, TCP, TLS } from '../base/protocol-numbers.ts';
import type { Offset } from '../base/units.ts';
import type { Packet } from '../decode/packet.ts';
import { dnsMessagesOverTcp, readDnsMessage } from '../decode/protocols/dns.ts';
import { readClientHello } from '../decode/protocols/tls.ts';
import type { FrameWord } from './ast.ts';
import { hostNameTest } from './glob.ts';
import { type LayerTest, nextLayer, rowsEnd } from './layers.ts';

/** `dns`: a question or the owner of a record. `sni`: the server that a ClientHello names. */
export function nameTest(
  { word, pattern }: Extract<FrameWord, { kind: 'name' }>,
  pinned: boolean,
): LayerTest {
  const fits = hostNameTest(pattern);
  const protocol = word === 'dns' ? DNS : TLS;
  const holds = word === 'dns' ? dnsHolds : sniHolds;
  return (packet, layer) => {
    const from = pinned ? layer + 1 : 0;
    const end = pinned ? (layer < 0 ? 0 : nextLayer(packet, layer)) : rowsEnd(packet);
    for (let row = from; row < end; row++) {
      if (packet.protocol[row] === protocol && holds(packet, row, fits)) return true;
    }
    return false;
  };
}

type Fits = (name: string) => boolean;

function dnsHolds(packet: Packet, row: number, fits: Fits): boolean {
  const view = packet.view;
  const at = packet.at[row]!;
  const end = packet.end[row]!;
  if (!isOverTcp(packet, row)) return messageHolds(view, at, end, fits);
  for (const message of dnsMessagesOverTcp(view, at, end)) {
    if (messageHolds(view, message.at, message.end, fits)) return true;
  }
  return false;
}

function isOverTcp(packet: Packet, row: number): boolean {
  let below = row - 1;
  while (below > 0 && packet.protocol[below] === PROXY) below--;
  return below >= 0 && packet.protocol[below] === TCP;
}

function messageHolds(view: DataView, at: Offset, end: Offset, fits: Fits): boolean {
  const message = readDnsMessage(view, at, end);
  if (message === undefined) return false;
  return (
    message.questions.some((question) => fits(question.name)) ||
    message.records.some((record) => fits(record.name))
  );
}

function sniHolds(packet: Packet, row: number, fits: Fits): boolean {
  const hello = readClientHello(packet.view, packet.at[row]!, packet.end[row]!);
  return hello?.serverName !== undefined && fits(hello.serverName);
}
