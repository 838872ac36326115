import assert from 'node:assert/strict';
import { CUT, MALFORMED, UNKNOWN_LINKTYPE, UNKNOWN_PAYLOAD } from '../../src/decode/packet.ts';
import { nflogMark, nflogPrefix } from '../../src/decode/protocols/nflog.ts';
import { pktapInterface } from '../../src/decode/protocols/pktap.ts';
import {
  sll2AddressLen,
  sll2InterfaceIndex,
  sll2PacketType,
  sllPacketType,
} from '../../src/decode/protocols/sll.ts';
import { hex } from '../support/frames.ts';
import { decodeFrame, layers, values } from './decoded.ts';

const PING = `45 00 00 1c 00 01 00 00 40 01 00 00 0a 00 00 01 0a 00 00 02
              08 00 f7 fd 00 01 00 01`;
const IPV6 = `60 00 00 00 00 00 3b 40
  fd 00 00 00 00 00 00 00 00 00 00 00 00 00 00 01  fd 00 00 00 00 00 00 00 00 00 00 00 00 00 00 02`;
const of = (linktype: number, text: string, options = {}) =>
  decodeFrame(hex(text), { linktype, ...options });

describe('raw IP', () => {
  it('is told by its version, under every number that files use for it', () => {
    for (const linktype of [101, 12, 14]) {
      assert.equal(layers(of(linktype, PING)), 'ip icmp');
      assert.equal(layers(of(linktype, IPV6)), 'ipv6');
      assert.equal(of(linktype, '15 00').notes, MALFORMED);
    }
    assert.equal(layers(of(228, PING)), 'ip icmp');
    assert.equal(layers(of(229, IPV6)), 'ipv6');
  });

  it('of another version under LINKTYPE_IPV4 or IPV6 is malformed', () => {
    assert.equal(of(228, IPV6).notes, MALFORMED);
    assert.equal(of(229, `${PING} ${'00'.repeat(40)}`).notes, MALFORMED);
  });
});

describe('a link type that nobody decodes', () => {
  it('is noted, whatever its number', () => {
    for (const linktype of [127, 511, 512, 65_535]) {
      const packet = of(linktype, PING);
      assert.equal(packet.depth, 0);
      assert.equal(packet.notes, UNKNOWN_LINKTYPE);
    }
  });
});

describe('Linux cooked capture', () => {
  const SLL = '00 04 00 01 00 06 02 00 00 00 00 0a 00 00';

  it('carries an EtherType, VLAN tags among them', () => {
    const packet = of(113, `${SLL} 81 00  00 05 08 00 ${PING}`);
    assert.equal(layers(packet), 'sll vlan ip icmp');
    assert.equal(sllPacketType(packet.view, packet.at[0]!), 4);
    assert.deepEqual(values(packet, 'sll.pkttype'), ['4']);
    assert.deepEqual(values(packet, 'sll.src.eth'), ['02:00:00:00:00:0a']);
    assert.deepEqual(values(packet, 'sll.etype'), ['0x8100']);
    assert.deepEqual(values(packet, 'sll.unused'), ['0000']);
    assert.deepEqual(values(packet, 'vlan.id'), ['5']);
  });

  it('knows that 4 is LLC and 1 is raw 802.3 (LINKTYPE_LINUX_SLL)', () => {
    assert.equal(layers(of(113, `${SLL} 00 04  42 42 03 00`)), 'sll llc');
    const raw = of(113, `${SLL} 00 01  ff ff 00 22`);
    assert.equal(layers(raw), 'sll');
    assert.equal(raw.notes, UNKNOWN_PAYLOAD);
    assert.deepEqual(values(raw, 'sll.ltype'), ['0x0001']);
  });

  it('knows that the protocol is no EtherType under ARPHRD netlink and that of GRE under ipgre', () => {
    const netlink = of(113, `00 04 03 38 00 00 ${'00'.repeat(8)} 08 00 ${PING}`);
    assert.equal(layers(netlink), 'sll');
    assert.equal(netlink.notes, UNKNOWN_PAYLOAD);
    const gre = of(113, `00 04 03 0a 00 04 0a 00 00 01 ${'00'.repeat(4)} 08 00 ${PING}`);
    assert.equal(layers(gre), 'sll ip icmp');
    assert.deepEqual(values(gre, 'sll.gretype'), ['0x0800']);
    assert.deepEqual(values(gre, 'sll.src.ipv4'), ['10.0.0.1']);
  });

  it('of version 2 names the interface: the same SYN coming in on one and going out on another', () => {
    const SYN = `ac100001ac100002 9c40005000000001000000005002faf0 00000000`;
    const before = of(
      276,
      `0800 0000 00000003 0001 00 06 228ffefb0a120000
      450000287 4f440004006 0000 ${SYN}`,
    );
    const after = of(
      276,
      `0800 0000 00000004 0001 04 06 eeeeeeeeeeee0000
      450000287 4f440003f06 0100 ${SYN}`,
    );
    for (const packet of [before, after]) assert.equal(layers(packet), 'sll2 ip tcp');
    assert.equal(sll2InterfaceIndex(before.view, 0), 3);
    assert.equal(sll2InterfaceIndex(after.view, 0), 4);
    assert.equal(sll2PacketType(before.view, 0), 0);
    assert.equal(sll2PacketType(after.view, 0), 4);
    assert.equal(sll2AddressLen(after.view, 0), 6);
    assert.deepEqual(values(before, 'sll.ifindex'), ['3']);
    assert.deepEqual(values(after, 'ip.ttl'), ['63']);
  });

  it('holds 8 bytes of address at most, whatever length it says', () => {
    const packet = of(113, `00 00 00 20 00 14 01 02 03 04 05 06 07 08 08 00 ${PING}`);
    assert.deepEqual(values(packet, 'sll.halen'), ['20']);
    assert.deepEqual(values(packet, 'sll.src.other'), ['0102030405060708']);
  });

  it('cut within its header is no layer', () => {
    assert.equal(of(113, '00'.repeat(15)).depth, 0);
    assert.equal(of(276, '00'.repeat(19)).depth, 0);
    assert.equal(of(276, '00'.repeat(20), { caplen: 19 }).notes, CUT);
  });
});

describe('BSD loopback', () => {
  it('is read in both byte orders', () => {
    for (const family of ['02 00 00 00', '00 00 00 02']) {
      for (const linktype of [0, 108]) {
        const packet = of(linktype, `${family} ${PING}`);
        assert.equal(layers(packet), 'null ip icmp');
        assert.deepEqual(values(packet, 'null.family'), ['2']);
      }
    }
  });

  it('knows AF_INET6 of Linux, NetBSD, FreeBSD and macOS: 10, 24, 28, 30', () => {
    for (const family of ['0a', '18', '1c', '1e']) {
      assert.equal(layers(of(0, `${family} 00 00 00 ${IPV6}`)), 'null ipv6');
    }
  });

  it('takes an EtherType in its place', () => {
    const packet = of(0, `00 00 08 00 ${PING}`);
    assert.equal(layers(packet), 'null ip icmp');
    assert.deepEqual(values(packet, 'null.type'), ['0x0800']);
  });

  it('names any other family unknown, and is no layer when cut', () => {
    assert.equal(of(0, `07 00 00 00 ${PING}`).notes, UNKNOWN_PAYLOAD);
    assert.equal(of(0, '02 00 00').depth, 0);
  });
});

describe('PPP', () => {
  it('may start with address and control, and may compress the protocol to a byte (RFC 1661)', () => {
    for (const start of ['ff 03 00 21', 'ff 03 21', '00 21', '21']) {
      const packet = of(9, `${start} ${PING}`);
      assert.equal(layers(packet), 'ppp ip icmp', start);
      assert.deepEqual(values(packet, 'ppp.protocol'), ['0x0021']);
    }
    assert.equal(layers(of(50, `ff 03 00 57 ${IPV6}`)), 'ppp ipv6');
  });

  it('of Cisco carries an EtherType after 0F 00 (LINKTYPE_PPP_HDLC)', () => {
    assert.equal(layers(of(50, `0f 00 08 00 ${PING}`)), 'ppp ip icmp');
  });

  it('carries MPLS', () => {
    assert.equal(layers(of(9, `ff 03 02 81  00 01 01 40 ${PING}`)), 'ppp mpls ip icmp');
  });

  it('names other protocols unknown, and is no layer when cut', () => {
    assert.equal(of(9, 'ff 03 c0 21 01 01 00 04').notes, UNKNOWN_PAYLOAD);
    for (const cut of ['ff', 'ff 03', 'ff 03 00', '0f 00 08']) assert.equal(of(9, cut).depth, 0);
  });
});

describe('NFLOG', () => {
  const LITTLE = `02 00 00 56                    # IPv4, version 0, group 86
    08 00 01 00  08 00 03 00                     # packet header: EtherType, hook 3
    08 00 02 00  00 00 40 00                     # mark 0x4000
    08 00 04 00  00 00 00 07                     # in: interface 7
    08 00 06 00  00 00 00 08                     # physically in: 8
    08 00 07 00  00 00 00 09                     # physically out: 9
    0b 00 0a 00  64 72 6f 70 3a 20 00 00         # prefix "drop: "
    20 00 09 00  ${PING}`;
  const BIG = `0a 00 00 01  00 08 00 01  86 dd 01 00  00 2c 00 09 ${IPV6}`;

  it('holds the packet in its payload TLV, after what the rule knew', () => {
    const packet = of(239, LITTLE);
    assert.equal(layers(packet), 'nflog ip icmp');
    assert.deepEqual(values(packet, 'nflog.prefix'), ['drop: ']);
    assert.deepEqual(values(packet, 'nflog.ifindex_indev'), ['7']);
    assert.deepEqual(values(packet, 'nflog.ifindex_physindev'), ['8']);
    assert.deepEqual(values(packet, 'nflog.ifindex_physoutdev'), ['9']);
    assert.deepEqual(values(packet, 'nflog.hook'), ['3']);
    assert.deepEqual(values(packet, 'nflog.tlv_value'), ['00004000']);
    assert.deepEqual(values(packet, 'nflog.res_id'), ['86']);
    assert.equal(nflogPrefix(packet.view, packet.at[0]!, packet.payloadAt[0]!), 'drop: ');
    assert.equal(nflogMark(packet.view, packet.at[0]!, packet.payloadAt[0]!), 0x4000);
    assert.equal(packet.notes, 0);
  });

  it('is read in the byte order of either host', () => {
    const packet = of(239, BIG);
    assert.equal(layers(packet), 'nflog ipv6');
    assert.equal(nflogPrefix(packet.view, 0, packet.payloadAt[0]!), '');
    assert.equal(nflogMark(packet.view, 0, packet.payloadAt[0]!), -1);
  });

  it('of a bridge is decoded by the EtherType of its packet header', () => {
    const packet = of(239, `07 00 00 01  08 00 01 00  08 00 00 00  20 00 09 00 ${PING}`);
    assert.equal(layers(packet), 'nflog ip icmp');
  });

  it('with a TLV shorter than its own header is malformed', () => {
    for (const length of ['00', '03']) {
      const packet = of(239, `02 00 00 01  ${length} 00 01 00  08 00 00 00`);
      assert.equal(layers(packet), 'nflog');
      assert.equal(packet.notes, MALFORMED);
      assert.deepEqual(values(packet, 'nflog.tlv_type'), []);
    }
  });

  it('whose payload goes beyond the frame is noted and decoded', () => {
    const packet = of(239, `02 00 00 01  21 00 09 00 ${PING}`);
    assert.equal(layers(packet), 'nflog ip icmp');
    assert.equal(packet.notes, MALFORMED);
    assert.equal(of(239, '02 00 00').depth, 0);
  });

  it('cut anywhere is told cut', () => {
    const whole = hex(LITTLE);
    for (let caplen = 0; caplen < whole.length; caplen++) {
      const packet = decodeFrame(whole, { linktype: 239, caplen });
      assert.equal(packet.notes & MALFORMED, 0, `${caplen} bytes`);
    }
    assert.equal(decodeFrame(whole, { linktype: 239, caplen: 30 }).notes, CUT);
  });
});

describe('PKTAP', () => {
  const header = (dlt: string) => `6c 00 00 00  01 00 00 00  ${dlt} 00 00 00
    65 6e 30 ${'00'.repeat(21)}                  # en0
    02 00 00 00  02 00 00 00  0e 00 00 00  00 00 00 00  # flags, family, header and trailer length
    2a 00 00 00  63 75 72 6c ${'00'.repeat(16)}  # process 42, curl
    00 00 00 00  06 00 00 00  2b 00 00 00  73 68 ${'00'.repeat(18)}`;

  it('carries a frame of the link type it names', () => {
    const packet = of(258, `${header('01')} 02 00 00 00 00 0b 02 00 00 00 00 0a 08 00 ${PING}`);
    assert.equal(layers(packet), 'pktap eth ip icmp');
    assert.equal(pktapInterface(packet.view, 0), 'en0');
    assert.deepEqual(values(packet, 'pktap.cmdname'), ['curl']);
    assert.deepEqual(values(packet, 'pktap.ecmdname'), ['sh']);
    assert.deepEqual(values(packet, 'pktap.pid'), ['42']);
    assert.equal(layers(of(258, `${header('0c')} ${PING}`)), 'pktap ip icmp');
  });

  it('does not nest, and names a link type that nobody decodes', () => {
    assert.equal(of(258, `${header('7f')} ${PING}`).notes, UNKNOWN_LINKTYPE);
    const nested = hex(`${header('02')} ${PING}`);
    nested[9] = 1; // DLT 258, PKTAP itself
    assert.equal(decodeFrame(nested, { linktype: 258 }).notes, UNKNOWN_LINKTYPE);
  });

  it('with a header length below 108 or beyond the frame is no layer', () => {
    const bytes = hex(`${header('01')} ${PING}`);
    for (const length of [0, 107, 255]) {
      bytes[0] = length;
      const packet = decodeFrame(bytes, { linktype: 258 });
      assert.equal(packet.depth, 0);
      assert.equal(packet.notes, MALFORMED);
    }
    assert.equal(of(258, '6c 00 00 00').depth, 0);
  });
});
