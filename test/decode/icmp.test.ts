import assert from 'node:assert/strict';
import { CUT, MALFORMED } from '../../src/decode/packet.ts';
import {
  icmpCode,
  icmpGateway,
  icmpHasIdentifier,
  icmpIdentifier,
  icmpMtu,
  icmpSequence,
  icmpType,
} from '../../src/decode/protocols/icmp.ts';
import { hex } from '../support/frames.ts';
import { ascii, ethernet, ipv4, tcp, udp, vxlan } from '../support/headers.ts';
import { decodeFrame, layers, values } from './decoded.ts';

const text = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
const icmp = (message: string, options = {}) => decodeFrame(ipv4(1, hex(message)), options);
const QUOTED = text(ipv4(17, udp(40_000, 53, ascii('question'))));

describe('ICMP', () => {
  it('echo has an identifier on both sides, in place of ports (RFC 792)', () => {
    for (const type of ['08', '00']) {
      const packet = icmp(`${type} 00 ab cd 12 34 00 07 61 62`);
      assert.equal(layers(packet), 'ip icmp');
      assert.deepEqual([packet.srcPort, packet.dstPort, packet.transport], [0x1234, 0x1234, 1]);
      const at = packet.at[1]!;
      assert.equal(icmpIdentifier(packet.view, at), 0x1234);
      assert.equal(icmpSequence(packet.view, at), 7);
      assert.equal(icmpType(packet.view, at), Number.parseInt(type, 16));
      assert.deepEqual(values(packet, 'icmp.ident'), ['4660']);
      assert.deepEqual(values(packet, 'icmp.ident_le'), ['13330']);
      assert.deepEqual(values(packet, 'icmp.seq'), ['7']);
      assert.deepEqual(values(packet, 'icmp.seq_le'), ['1792']);
      assert.deepEqual(values(packet, 'icmp.checksum'), ['0xabcd']);
    }
  });

  it('timestamp, mask and extended echo have one too; errors have none', () => {
    for (const type of [13, 14, 17, 18, 42, 43]) assert.equal(icmpHasIdentifier(type), true);
    for (const type of [3, 5, 9, 10, 11, 12]) assert.equal(icmpHasIdentifier(type), false);
    const stamps = icmp('0d 00 00 00 12 34 00 07 00000001 00000002 00000003');
    assert.deepEqual(values(stamps, 'icmp.originate_timestamp'), ['1']);
    assert.deepEqual(values(stamps, 'icmp.receive_timestamp'), ['2']);
    assert.deepEqual(values(stamps, 'icmp.transmit_timestamp'), ['3']);
    assert.deepEqual(values(icmp('0d 00 00 00 12 34 00 07 00'), 'icmp.originate_timestamp'), []);
    const mask = icmp('12 00 00 00 12 34 00 07 ff ff ff 00');
    assert.deepEqual(values(mask, 'icmp.address_mask'), ['255.255.255.0']);
    assert.deepEqual(values(icmp('2a 00 00 00 12 34 07 01'), 'icmp.ext.echo.seq'), ['7']);
  });

  it('errors quote a packet, whose layers follow and are not those of the packet itself', () => {
    const packet = icmp(`03 03 00 00 00 00 00 00 ${QUOTED}`);
    assert.equal(layers(packet).startsWith('ip icmp ip udp'), true);
    assert.equal(packet.quoted, 2);
    assert.deepEqual([packet.ip, packet.transport, packet.tunnels], [0, 1, 0]);
    assert.deepEqual([packet.srcPort, packet.dstPort, packet.ipProtocol], [0, 0, 1]);
    assert.equal(icmpCode(packet.view, packet.at[1]!), 3);
    assert.equal(packet.notes, 0);
  });

  it('errors that quote only 8 bytes of the transport are whole (RFC 792)', () => {
    const first8 = text(ipv4(17, udp(40_000, 53, ascii('question'))).subarray(0, 28));
    const packet = icmp(`0b 00 00 00 00 00 00 00 ${first8}`);
    assert.equal(layers(packet), 'ip icmp ip udp');
    assert.equal(packet.notes, 0);
    const segment = text(ipv4(6, tcp(40_000, 80, ascii('x'))).subarray(0, 28));
    const ofTcp = icmp(`0b 00 00 00 00 00 00 00 ${segment}`);
    assert.equal(layers(ofTcp), 'ip icmp ip');
    assert.equal(ofTcp.notes, 0);
  });

  it('errors may quote nothing, or garbage: no fault of the packet', () => {
    assert.equal(icmp('03 01 00 00 00 00 00 00').notes, 0);
    const garbage = icmp('03 01 00 00 00 00 00 00 ff ff ff ff');
    assert.deepEqual([layers(garbage), garbage.notes], ['ip icmp', 0]);
  });

  it('tell the MTU of the next hop and quote through the tunnel (RFC 1191 section 4)', () => {
    const inner = ethernet(0x0800, ipv4(6, tcp(40_000, 80, ascii('x'))));
    const tunnel = text(ipv4(17, udp(50_000, 4789, vxlan(4096, inner))));
    const packet = icmp(`03 04 00 00 00 00 05 96 ${tunnel}`);
    assert.equal(icmpMtu(packet.view, packet.at[1]!), 1430);
    assert.deepEqual(values(packet, 'icmp.mtu'), ['1430']);
    assert.equal(layers(packet).startsWith('ip icmp ip udp vxlan eth ip tcp'), true);
    assert.deepEqual([packet.ip, packet.outerIp, packet.quoted, packet.tunnels], [0, 0, 2, 0]);
  });

  it('end the quoted packet where their length says (RFC 4884 section 5.1)', () => {
    const padded = new Uint8Array(128);
    padded.set(ipv4(17, udp(1, 2, ascii('x'.repeat(999)))).subarray(0, 28));
    const extension = '20 00 12 34 00 08 01 01 00 01 01 40  00 06 02 01 ab cd';
    const packet = icmp(`0b 00 00 00 00 20 00 00 ${text(padded)} ${extension}`);
    assert.equal(layers(packet), 'ip icmp ip udp');
    assert.equal(packet.end[2]! - packet.at[2]!, 128);
    assert.equal(packet.notes, 0);
    assert.deepEqual(values(packet, 'icmp.length'), ['32']);
    assert.deepEqual(values(packet, 'icmp.ext.class'), ['1', '2']);
    assert.deepEqual(values(packet, 'icmp.ext.data'), ['abcd']);
    assert.deepEqual(values(packet, 'icmp.mpls.label'), ['16']);
    assert.deepEqual(values(packet, 'icmp.mpls.s'), ['1']);
    assert.deepEqual(values(packet, 'icmp.mpls.ttl'), ['64']);
  });

  it('end their extension at an object without a length', () => {
    const padded = `${QUOTED}${'00'.repeat(128 - QUOTED.length / 2)}`;
    for (const length of ['00 00', '00 03']) {
      const packet = icmp(`0b 00 00 00 00 20 00 00 ${padded} 20 00 00 00 ${length} 09 01 00 00`);
      assert.deepEqual(values(packet, 'icmp.ext.version'), ['2']);
      assert.deepEqual(values(packet, 'icmp.ext.class'), []);
    }
  });

  it('end it with the message when their length goes beyond', () => {
    const packet = icmp(`0b 00 00 00 00 ff 00 00 ${QUOTED}`);
    assert.equal(packet.end[2], packet.end[1]);
    assert.equal(packet.notes, 0);
  });

  it('redirects name the gateway, parameter problems the byte', () => {
    const redirect = icmp(`05 01 00 00 0a 00 00 fe ${QUOTED}`);
    assert.deepEqual(values(redirect, 'icmp.redir_gw'), ['10.0.0.254']);
    assert.equal(icmpGateway(redirect.view, redirect.at[1]!), 0x0a0000fe);
    assert.deepEqual(values(icmp(`0c 00 00 00 14 00 00 00 ${QUOTED}`), 'icmp.pointer'), ['20']);
  });

  it('shorter than 8 bytes is no layer', () => {
    assert.equal(icmp('08 00 00 00 12 34 00').notes, MALFORMED);
    assert.equal(icmp('08 00 00 00 12 34 00 07', { caplen: 27 }).notes, CUT);
  });
});

describe('IGMP', () => {
  const igmp = (message: string) => decodeFrame(ipv4(2, hex(message)));

  it('of version 2 names the group (RFC 2236 section 2)', () => {
    const packet = igmp('16 64 fa 04 e0 00 00 fb');
    assert.equal(layers(packet), 'ip igmp');
    assert.deepEqual(values(packet, 'igmp.type'), ['0x16']);
    assert.deepEqual(values(packet, 'igmp.max_resp'), ['100']);
    assert.deepEqual(values(packet, 'igmp.maddr'), ['224.0.0.251']);
  });

  it('of version 3 asks about sources (RFC 9776 section 4.1)', () => {
    const packet = igmp('11 64 00 00 e8 00 00 01  0a 7d 00 02  c0 00 02 01 c0 00 02 02');
    assert.deepEqual(values(packet, 'igmp.s'), ['1']);
    assert.deepEqual(values(packet, 'igmp.qrv'), ['2']);
    assert.deepEqual(values(packet, 'igmp.qqic'), ['125']);
    assert.deepEqual(values(packet, 'igmp.saddr'), ['192.0.2.1', '192.0.2.2']);
  });

  it('of version 3 reports records, each with sources and auxiliary data (section 4.2)', () => {
    const packet = igmp(`22 00 00 00 00 00 00 02
      04 01 00 01 e8 00 00 01 c0 00 02 01 ff ff ff ff
      03 00 00 00 e8 00 00 02`);
    assert.deepEqual(values(packet, 'igmp.num_grp_recs'), ['2']);
    assert.deepEqual(values(packet, 'igmp.record_type'), ['4', '3']);
    assert.deepEqual(values(packet, 'igmp.maddr'), ['232.0.0.1', '232.0.0.2']);
    assert.deepEqual(values(packet, 'igmp.saddr'), ['192.0.2.1']);
  });

  it('shows the sources and records that are there, whatever it counts', () => {
    assert.deepEqual(values(igmp('11 64 00 00 e8 00 00 01 00 7d ff ff c0 00'), 'igmp.saddr'), []);
    assert.deepEqual(values(igmp('22 00 00 00 00 00 ff ff 04 01 00'), 'igmp.record_type'), []);
    assert.equal(layers(igmp('16 64 fa 04 e0 00 00')), 'ip');
  });
});
