import assert from 'node:assert/strict';
import { CUT, MALFORMED, UNKNOWN_PAYLOAD } from '../../src/decode/packet.ts';
import {
  awsIdentifier,
  GENEVE_CLASS_AWS,
  geneveDsrAddress,
  geneveDsrAt,
  geneveDsrPort,
  geneveFindOption,
  geneveVni,
} from '../../src/decode/protocols/geneve.ts';
import { isWeaveHeartbeat, vxlanGroup, vxlanVni } from '../../src/decode/protocols/vxlan.ts';
import { weaveFrames } from '../../src/decode/protocols/weave.ts';
import {
  wireguardReceiver,
  wireguardSender,
  wireguardType,
} from '../../src/decode/protocols/wireguard.ts';
import { hex } from '../support/frames.ts';
import { ipv4, udp } from '../support/headers.ts';
import { dnsQuery } from '../support/messages.ts';
import { decodeFrame, layers, overUdp, values } from './decoded.ts';

const PING = `45 00 00 1c 00 01 00 00 40 01 00 00 0a 00 00 01 0a 00 00 02
              08 00 f7 fd 00 01 00 01`;
const FRAME = `02 00 00 00 00 0b 02 00 00 00 00 0a 08 00 ${PING}`;
const ARP = `ff ff ff ff ff ff 02 00 00 00 00 0a 08 06
  00 01 08 00 06 04 00 01  02 00 00 00 00 0a 0a 00 00 01  00 00 00 00 00 00 0a 00 00 02`;
const to = (dst: number, text: string, { captured }: { captured?: number } = {}) =>
  decodeFrame(
    ipv4(17, udp(40_000, dst, hex(text))),
    captured === undefined ? {} : { caplen: 28 + captured },
  );

/** A SYN between two pods as Calico's VXLAN puts it on the wire: outer TTL 64, inner 63, VNI 4096. */
const CALICO_SYN = hex(`
  2a49a648e5af eaaae6095102 0800                      # Ethernet between the nodes
  4500006e 5eb30000 40118664 c0a80a0b c0a80a0c        # 192.168.10.11 -> .12, TTL 64
  e72512b5 005a8fc2                                   # UDP to 4789
  08000000 00100000                                   # VNI 4096
  662dbf44a68b 66f937c37e94 0800                      # VTEP addresses
  4500003c 9ac94000 3f0687f7 0af4010a 0af4020a        # 10.244.1.10 -> 10.244.2.10, TTL 63
  acce1f90 5e9e50b6 00000000 a002faf0 192a0000        # SYN to 8080
  020405b4 0402080a 9ec6d438 00000000 0103030a`);

describe('VXLAN', () => {
  it("is found on port 4789: a pod's SYN under Calico", () => {
    const packet = decodeFrame(CALICO_SYN, { linktype: 1 });
    assert.equal(layers(packet), 'eth ip udp vxlan eth ip tcp');
    assert.equal(packet.notes, 0);
    assert.equal(vxlanVni(packet.view, packet.at[3]!), 4096);
    assert.equal(vxlanGroup(packet.view, packet.at[3]!), -1);
    assert.deepEqual(values(packet, 'ip.ttl'), ['64', '63']);
    assert.deepEqual(values(packet, 'ip.id'), ['0x5eb3', '0x9ac9']);
    assert.deepEqual([packet.outerIp, packet.ip, packet.transport], [1, 5, 6]);
    assert.deepEqual([packet.srcPort, packet.dstPort], [44_238, 8080]);
    assert.equal(packet.tunnels, 1);
    assert.deepEqual(values(packet, 'tcp.options.mss_val'), ['1460']);
  });

  it("is found on Linux's port 8472 and on Weave's 6784", () => {
    for (const port of [4789, 8472, 6784]) {
      const packet = to(port, `08 00 00 00 00 00 01 00 ${FRAME}`);
      assert.equal(layers(packet), 'ip udp vxlan eth ip icmp', `port ${port}`);
    }
  });

  it('is found on any port when flags and frame are in order (RFC 7348 section 5)', () => {
    assert.equal(layers(to(9000, `08 00 00 00 00 00 01 00 ${FRAME}`)), 'ip udp vxlan eth ip icmp');
    assert.equal(layers(to(9000, `08 00 00 00 00 00 01 00 ${ARP}`)), 'ip udp vxlan eth arp');
    assert.equal(layers(to(9000, `88 00 00 07 00 00 01 00 ${FRAME}`)), 'ip udp vxlan eth ip icmp');
    for (const wrong of [
      `08 00 00 01 00 00 01 00 ${FRAME}`, // a reserved bit
      `08 00 00 00 00 00 01 01 ${FRAME}`, // the reserved byte
      `08 00 00 00 00 00 01 00 ${FRAME.replace('08 00 45', '08 00 55')}`, // no IPv4
      `08 00 00 00 00 00 01 00 ${FRAME.replace('00 0a 08 00', '00 0a 99 99')}`, // unknown type
      `08 00 00 00 00 00 01 00 ${FRAME.replace('02 00 00 00 00 0a', '03 00 00 00 00 0a')}`, // group source
      `08 00 00 00 00 00 01 00 ${FRAME.replace('00 1c', '00 1d')}`, // longer than the datagram
      '08 00 00 00 00 00 01 00',
    ]) {
      assert.equal(layers(to(9000, wrong)), 'ip udp', wrong);
    }
  });

  it('tells the group policy when the G bit is set', () => {
    const packet = to(4789, `88 48 01 00 00 13 88 00 ${FRAME}`);
    assert.equal(vxlanGroup(packet.view, packet.at[2]!), 256);
    assert.deepEqual(values(packet, 'vxlan.gbp'), ['256']);
    assert.deepEqual(values(packet, 'vxlan.flag_d'), ['1']);
    assert.deepEqual(values(packet, 'vxlan.flag_a'), ['1']);
    assert.deepEqual(values(packet, 'vxlan.vni'), ['5000']);
  });

  it('on its own port is taken with odd reserved bits when the frame proves itself', () => {
    assert.equal(layers(to(4789, `08 00 00 01 00 00 01 07 ${FRAME}`)), 'ip udp vxlan eth ip icmp');
    const disproved = `08 00 00 01 00 00 01 07 ${FRAME.replace('08 00 45', '08 00 55')}`;
    assert.equal(layers(to(4789, disproved)), 'ip udp');
    assert.equal(layers(to(4789, '08 00 00 00 00 00 01 00')), 'ip udp vxlan');
    const cut = to(4789, `88 00 00 07 00 00 01 00 ${FRAME}`, { captured: 23 });
    assert.equal(layers(cut), 'ip udp vxlan eth');
    assert.equal(cut.notes, CUT);
  });

  it('without the I flag is none: a NAT gave its port to a DNS client', () => {
    const answer = dnsQuery('web.default.svc.cluster.local');
    for (const port of [4500, 4789, 4790, 6081, 6783, 6784, 8285, 8472, 51_820]) {
      const packet = overUdp(answer, { src: 53, dst: port });
      assert.equal(layers(packet), 'ip udp dns', `port ${port}`);
      assert.equal(packet.notes, 0);
    }
  });

  it('within VXLAN: a mirrored overlay', () => {
    const inner = ipv4(17, udp(50_000, 8472, hex(`08 00 00 00 00 00 01 00 ${FRAME}`)));
    const frame = Buffer.from(inner).toString('hex');
    const packet = to(4789, `08 00 00 00 00 00 07 00 02000000000b 02000000000a 0800 ${frame}`);
    assert.equal(layers(packet), 'ip udp vxlan eth ip udp vxlan eth ip icmp');
    assert.equal(packet.tunnels, 2);
  });

  it('whose inner frame the capture cuts keeps the outer facts', () => {
    for (const captured of [8, 14, 22, 30, 41]) {
      const packet = to(4789, `08 00 00 00 00 00 01 00 ${FRAME}`, { captured });
      assert.deepEqual([packet.ip, packet.transport, packet.dstPort], [0, 1, 4789]);
      assert.equal(packet.notes & ~CUT, 0, `${captured} bytes`);
    }
    assert.equal(to(4789, `08 00 00 00 00 00 01 00 ${FRAME}`, { captured: 7 }).notes, CUT);
  });

  it('whose inner packet is malformed keeps the outer layers', () => {
    const packet = to(4789, `08 00 00 00 00 00 01 00 ${FRAME.replace('00 1c', '00 10')}`);
    assert.equal(layers(packet), 'ip udp vxlan eth');
    assert.equal(packet.notes, MALFORMED);
    assert.deepEqual([packet.ip, packet.transport, packet.dstPort], [0, 1, 4789]);
  });

  it("of Weave's fastdp carries heartbeats: no addresses, no type (weave router/fastdp.go)", () => {
    const packet = to(6784, `08 00 00 00 00 10 02 00 ${'00'.repeat(14)} 0123456789abcdef 05 b4`);
    assert.equal(layers(packet), 'ip udp vxlan eth');
    assert.equal(packet.notes & MALFORMED, 0);
    assert.equal(isWeaveHeartbeat(packet.view, packet.at[3]!), true);
    const other = to(6784, `08 00 00 00 00 10 02 00 ${FRAME}`);
    assert.equal(isWeaveHeartbeat(other.view, other.at[3]!), false);
  });
});

describe('VXLAN-GPE', () => {
  it('on port 4790 names what it carries (draft-ietf-nvo3-vxlan-gpe section 3.2)', () => {
    const packet = to(4790, `0c 00 00 01 00 00 2a 00 ${PING}`);
    assert.equal(layers(packet), 'ip udp vxlan-gpe ip icmp');
    assert.deepEqual(values(packet, 'vxlan.vni'), ['42']);
    assert.deepEqual(values(packet, 'vxlan.next_proto'), ['1']);
    assert.equal(
      layers(to(4790, `0c 00 00 03 00 00 2a 00 ${FRAME}`)),
      'ip udp vxlan-gpe eth ip icmp',
    );
    assert.equal(
      layers(to(4790, `08 00 00 00 00 00 2a 00 ${FRAME}`)),
      'ip udp vxlan-gpe eth ip icmp',
    );
    assert.equal(
      layers(to(4790, `0c 00 00 05 00 00 2a 00 00 01 01 40 ${PING}`)),
      'ip udp vxlan-gpe mpls ip icmp',
    );
    assert.equal(to(4790, `0c 00 00 04 00 00 2a 00 ${PING}`).notes, UNKNOWN_PAYLOAD);
  });

  it('of another version, without a VNI, or cut within its header is no layer', () => {
    assert.equal(layers(to(4790, `1c 00 00 01 00 00 2a 00 ${PING}`)), 'ip udp');
    assert.equal(layers(to(4790, `04 00 00 01 00 00 2a 00 ${PING}`)), 'ip udp');
    assert.equal(layers(to(4790, '0c 00 00 01 00 00 2a')), 'ip udp');
  });
});

describe('Geneve', () => {
  it('of an AWS gateway load balancer names endpoint, attachment and flow', () => {
    const packet = to(
      6081,
      `08 00 08 00 00 00 00 00
      0108 01 02 0f0123456789abcd                     # endpoint
      0108 02 02 0000000000000007                     # attachment
      0108 03 01 deadbeef                             # flow cookie
      ${PING}`,
    );
    assert.equal(layers(packet), 'ip udp geneve ip icmp');
    assert.equal(packet.notes, 0);
    const at = packet.at[2]!;
    const payloadAt = packet.payloadAt[2]!;
    assert.equal(payloadAt - at, 40);
    const optionAt = geneveFindOption(packet.view, at, payloadAt, GENEVE_CLASS_AWS, 1);
    assert.equal(awsIdentifier(packet.view, optionAt + 4), '00f0123456789abcd');
    assert.deepEqual(values(packet, 'geneve.option.aws.endpoint'), ['00f0123456789abcd']);
    assert.deepEqual(values(packet, 'geneve.option.aws.attachment'), ['00000000000000007']);
    assert.deepEqual(values(packet, 'geneve.option.aws.cookie'), ['0xdeadbeef']);
    assert.deepEqual(values(packet, 'geneve.option.class'), ['0x0108', '0x0108', '0x0108']);
    assert.deepEqual(values(packet, 'geneve.option.length'), ['32', '12', '12', '8']);
  });

  it("of Cilium's direct server return names the service", () => {
    const packet = to(6081, `03 00 65 58 00 00 02 00  014b 81 02 c000020a 7580 0000 ${FRAME}`);
    assert.equal(layers(packet), 'ip udp geneve eth ip icmp');
    assert.equal(geneveVni(packet.view, packet.at[2]!), 2);
    const optionAt = geneveDsrAt(packet.view, packet.at[2]!, packet.payloadAt[2]!);
    assert.equal(geneveDsrAddress(packet.view, optionAt) | 0, 0xc000020a | 0);
    assert.equal(geneveDsrPort(packet.view, optionAt), 30_080);
    assert.deepEqual(values(packet, 'geneve.option.type.critical'), ['1']);
    assert.deepEqual(values(packet, 'geneve.option.cilium_dsr.address'), ['192.0.2.10']);
    assert.deepEqual(values(packet, 'geneve.option.cilium_dsr.port'), ['30080']);
    const six = `fd00000000000000000000000000000b 7580 0000`;
    const packet6 = to(6081, `06 00 65 58 00 00 02 00  014b 81 05 ${six} ${FRAME}`);
    assert.deepEqual(values(packet6, 'geneve.option.cilium_dsr.address6'), ['fd00::b']);
    assert.equal(geneveDsrAt(packet6.view, packet6.at[2]!, packet6.payloadAt[2]!), -1);
  });

  it('whose options do not fill their length is noted (RFC 8926 section 3.5)', () => {
    const packet = to(6081, `01 00 65 58 00 00 02 00  0100 01 01 ${FRAME}`);
    assert.equal(packet.notes, MALFORMED);
    assert.equal(layers(packet), 'ip udp geneve eth ip icmp');
    assert.equal(geneveFindOption(packet.view, packet.at[2]!, packet.payloadAt[2]!, 0x100, 1), -1);
  });

  it('of another version is none; with a header beyond the datagram is no layer', () => {
    assert.equal(layers(to(6081, `40 00 65 58 00 00 02 00 ${FRAME}`)), 'ip udp');
    const long = to(6081, '3f 00 65 58 00 00 02 00 00 00 00 00');
    assert.equal(layers(long), 'ip udp');
    assert.equal(long.notes, MALFORMED);
    assert.equal(layers(to(6081, '00 00 65 58 00 00 02')), 'ip udp');
  });

  it('is found on any port when header, options and payload are in order', () => {
    const inOrder = [
      [`00 00 65 58 00 00 02 00 ${FRAME}`, 'ip udp geneve eth ip icmp'],
      [`02 00 08 00 00 00 02 00 0100 01 01 00000000 ${PING}`, 'ip udp geneve ip icmp'],
    ] as const;
    for (const [text, found] of inOrder) assert.equal(layers(to(9000, text)), found);
    for (const wrong of [
      `00 01 65 58 00 00 02 00 ${FRAME}`,
      `00 00 65 58 00 00 02 01 ${FRAME}`,
      `01 00 65 58 00 00 02 00 0100 01 01 ${FRAME}`,
      `00 00 08 00 00 00 02 00 ${PING.replace('45', '55')}`,
      '3f 00 65 58 00 00 02 00 00 00 00 00',
    ]) {
      assert.equal(layers(to(9000, wrong)), 'ip udp', wrong);
    }
  });
});

describe('WireGuard', () => {
  const keepalive = `04 00 00 00 aa bb cc dd 07 00 00 00 00 00 00 00 ${'5a'.repeat(16)}`;

  it('data tells receiver and counter; 32 bytes are a keepalive', () => {
    const packet = to(51_820, keepalive);
    assert.equal(layers(packet), 'ip udp wg');
    const [at, end] = [packet.at[2]!, packet.end[2]!];
    assert.equal(wireguardType(packet.view, at), 4);
    assert.equal(wireguardReceiver(packet.view, at, end), 0xddccbbaa);
    assert.equal(wireguardSender(packet.view, at, end), -1);
    assert.deepEqual(values(packet, 'wg.receiver'), ['0xddccbbaa']);
    assert.deepEqual(values(packet, 'wg.counter'), ['7']);
    assert.equal(packet.end[2]! - packet.payloadAt[2]!, 16);
  });

  it('handshakes tell their indices by type and length', () => {
    const initiation = to(51_871, `01 00 00 00 01 02 03 04 ${'11'.repeat(140)}`);
    assert.equal(layers(initiation), 'ip udp wg');
    assert.deepEqual(values(initiation, 'wg.sender'), ['0x04030201']);
    assert.equal(wireguardSender(initiation.view, 28, 176), 0x04030201);
    assert.equal(wireguardReceiver(initiation.view, 28, 176), -1);
    const response = to(51_821, `02 00 00 00 05 06 07 08 01 02 03 04 ${'11'.repeat(80)}`);
    assert.deepEqual(values(response, 'wg.sender'), ['0x08070605']);
    assert.deepEqual(values(response, 'wg.receiver'), ['0x04030201']);
    assert.equal(wireguardReceiver(response.view, 28, 120), 0x04030201);
    const cookie = to(51_820, `03 00 00 00 05 06 07 08 ${'11'.repeat(56)}`);
    assert.deepEqual(values(cookie, 'wg.receiver'), ['0x08070605']);
    assert.deepEqual(values(cookie, 'wg.nonce'), ['11'.repeat(24)]);
  });

  it('of the wrong length is none', () => {
    for (const wrong of [
      `01 00 00 00 01 02 03 04 ${'11'.repeat(139)}`,
      `02 00 00 00 01 02 03 04 ${'11'.repeat(85)}`,
      `03 00 00 00 01 02 03 04 ${'11'.repeat(57)}`,
      `04 00 00 00 aa bb cc dd ${'00'.repeat(23)}`,
      `05 00 00 00 aa bb cc dd ${'00'.repeat(24)}`,
      `04 00 00 01 aa bb cc dd ${'00'.repeat(24)}`,
    ]) {
      assert.equal(layers(to(51_820, wrong)), 'ip udp', wrong);
    }
  });

  it('is not padded beyond the MTU: on its own port any length from 32 on is data', () => {
    assert.equal(layers(to(51_820, `${keepalive} 00`)), 'ip udp wg');
    assert.equal(layers(to(9000, `${keepalive} 00`)), 'ip udp');
    assert.equal(layers(to(9000, `${keepalive} ${'00'.repeat(1420)}`)), 'ip udp wg');
  });

  it('is found on any port unless the counter could not be one', () => {
    assert.equal(layers(to(9000, keepalive)), 'ip udp wg');
    const wild = keepalive.replace('07 00 00 00 00 00 00 00', '07 00 00 00 00 00 00 ec');
    assert.equal(layers(to(9000, wild)), 'ip udp');
  });

  it('shows a counter above 2^53 in full', () => {
    const packet = to(51_820, keepalive.replace('07 00 00 00 00 00 00 00', 'ff '.repeat(8)));
    assert.deepEqual(values(packet, 'wg.counter'), ['18446744073709551615']);
  });

  it('cut by the capture is told by its length on the wire', () => {
    const packet = to(51_820, `${keepalive} ${'00'.repeat(64)}`, { captured: 10 });
    assert.equal(layers(packet), 'ip udp wg');
    assert.equal(packet.notes, CUT);
    assert.equal(wireguardReceiver(packet.view, packet.at[2]!, packet.end[2]!), 0xddccbbaa);
    const shorter = to(51_820, keepalive, { captured: 6 });
    assert.equal(wireguardReceiver(shorter.view, shorter.at[2]!, shorter.end[2]!), -1);
    assert.equal(to(51_820, keepalive, { captured: 3 }).notes, CUT);
  });
});

describe("Weave's sleeve", () => {
  const PEERS = '1e 00 00 00 00 01  1e 00 00 00 00 02';
  const SENDER = '1e 00 00 00 00 01';

  it('in plaintext carries frames between peers (weave router/sleeve.go)', () => {
    const packet = to(6783, `${SENDER} ${PEERS} 00 2a ${FRAME}`);
    assert.equal(layers(packet), 'ip udp weave eth ip icmp');
    assert.equal(packet.notes, 0);
    assert.deepEqual(values(packet, 'weave.src'), ['1e:00:00:00:00:01']);
    assert.deepEqual(values(packet, 'weave.dst'), ['1e:00:00:00:00:02']);
    assert.deepEqual(values(packet, 'weave.frames'), ['1']);
  });

  it('may carry several: the layers are those of the first, the count is told', () => {
    const packet = to(6783, `${SENDER} ${PEERS} 00 2a ${FRAME} ${PEERS} 00 2a ${ARP}`);
    assert.equal(layers(packet), 'ip udp weave eth ip icmp');
    assert.equal(packet.end[3]! - packet.at[3]!, 42);
    assert.equal(weaveFrames(packet.view, packet.at[2]!, packet.end[2]!), 2);
  });

  it('carries heartbeats: a frame of 14 bytes of nothing and the connection', () => {
    const packet = to(6783, `${SENDER} ${PEERS} 00 16 ${'00'.repeat(14)} 0123456789abcdef`);
    assert.equal(layers(packet), 'ip udp weave eth');
    assert.equal(packet.notes & MALFORMED, 0);
  });

  it('is encrypted when no frames fill it: sequence number and box', () => {
    const encrypted = hex(`${SENDER} 80 00 00 00 00 00 00 2a ${'5a'.repeat(40)}`);
    const packet = overUdp(encrypted, { src: 6783, dst: 6783 });
    assert.equal(layers(packet), 'ip udp weave');
    assert.equal(layers(overUdp(encrypted, { src: 6783, dst: 9000 })), 'ip udp');
    assert.deepEqual(values(packet, 'weave.df'), ['1']);
    assert.deepEqual(values(packet, 'weave.sequence'), ['42']);
    assert.equal(packet.payloadAt[2]! - packet.at[2]!, 14);
  });

  it('too short for either is none', () => {
    const short = hex(`${SENDER} 80 00 00 00`);
    assert.equal(layers(overUdp(short, { src: 6783, dst: 6783 })), 'ip udp');
    assert.equal(layers(to(6783, '1e 00 00 00 00')), 'ip udp');
    assert.equal(layers(to(6783, `${SENDER} ${PEERS} 00 2b ${FRAME}`)), 'ip udp');
  });
});

describe("flannel's udp backend", () => {
  it('carries a bare IPv4 packet on port 8285', () => {
    const packet = to(8285, PING);
    assert.equal(layers(packet), 'ip udp flannel-udp ip icmp');
    assert.deepEqual([packet.outerIp, packet.ip, packet.tunnels], [0, 3, 1]);
  });

  it('is none when the packet does not fill the datagram', () => {
    assert.equal(layers(to(8285, `${PING} 00`)), 'ip udp');
    assert.equal(layers(to(8285, PING.replace('45', '55'))), 'ip udp');
    assert.equal(layers(to(8285, '45 00')), 'ip udp');
  });

  it('is told by its length on the wire when the capture cuts it', () => {
    const packet = to(8285, PING, { captured: 22 });
    assert.equal(layers(packet), 'ip udp flannel-udp ip');
    assert.equal(packet.notes, CUT);
  });
});
