import assert from 'node:assert/strict';
import { MALFORMED } from '../../src/decode/packet.ts';
import { icmpv6Identifier, icmpv6Mtu, icmpv6TargetAt } from '../../src/decode/protocols/icmpv6.ts';
import { hex } from '../support/frames.ts';
import { ascii, ipv6, udp } from '../support/headers.ts';
import { decodeFrame, layers, values } from './decoded.ts';

const TARGET = 'fe 80 00 00 00 00 00 00 02 00 00 ff fe 00 00 0b';
const icmpv6 = (message: string) => decodeFrame(ipv6(58, hex(message)), { linktype: 229 });
const QUOTED = Buffer.from(ipv6(17, udp(40_000, 53, ascii('question')))).toString('hex');

describe('ICMPv6', () => {
  it('echo has an identifier on both sides (RFC 4443 section 4.1)', () => {
    const packet = icmpv6('80 00 ab cd 12 34 00 07 61');
    assert.equal(layers(packet), 'ipv6 icmpv6');
    assert.deepEqual([packet.srcPort, packet.dstPort, packet.transport], [0x1234, 0x1234, 1]);
    assert.equal(icmpv6Identifier(packet.view, packet.at[1]!), 0x1234);
    assert.deepEqual(values(packet, 'icmpv6.echo.identifier'), ['0x1234']);
    assert.deepEqual(values(packet, 'icmpv6.echo.sequence_number'), ['7']);
  });

  it('errors quote a packet, whose layers follow; too big tells the MTU (section 3.2)', () => {
    const packet = icmpv6(`02 00 00 00 00 00 05 00 ${QUOTED}`);
    assert.equal(layers(packet).startsWith('ipv6 icmpv6 ipv6 udp'), true);
    assert.deepEqual([packet.quoted, packet.ip, packet.ipProtocol], [2, 0, 58]);
    assert.equal(icmpv6Mtu(packet.view, packet.at[1]!), 1280);
    assert.deepEqual(values(packet, 'icmpv6.mtu'), ['1280']);
    assert.deepEqual(values(icmpv6(`04 00 00 00 00 00 00 28 ${QUOTED}`), 'icmpv6.pointer'), ['40']);
    const cut = icmpv6(`01 04 00 00 00 00 00 00 ${QUOTED.slice(0, 60)}`);
    assert.deepEqual([layers(cut), cut.notes], ['ipv6 icmpv6', 0]);
  });

  it('end the quoted packet where their length says, in units of 8 bytes (RFC 4884 section 5.2)', () => {
    const long = Buffer.from(ipv6(17, udp(1, 2, ascii('x'.repeat(999))))).toString('hex');
    const packet = icmpv6(`03 00 00 00 06 00 00 00 ${long.slice(0, 96)} 20 00 00 00 00 04 09 01`);
    assert.equal(packet.end[2]! - packet.at[2]!, 48);
    assert.deepEqual(values(packet, 'icmp.ext.class'), ['9']);
    const beyond = icmpv6(`03 00 00 00 ff 00 00 00 ${QUOTED}`);
    assert.equal(beyond.end[2], beyond.end[1]);
  });
});

describe('neighbour discovery', () => {
  it('asks for a target and tells who asks (RFC 4861 section 4.3)', () => {
    const packet = icmpv6(`87 00 00 00 00 00 00 00 ${TARGET} 01 01 02 00 00 00 00 0a`);
    assert.equal(layers(packet), 'ipv6 icmpv6');
    assert.deepEqual(values(packet, 'icmpv6.nd.ns.target_address'), ['fe80::200:ff:fe00:b']);
    assert.deepEqual(values(packet, 'icmpv6.opt.type'), ['1']);
    assert.deepEqual(values(packet, 'icmpv6.opt.src_linkaddr'), ['02:00:00:00:00:0a']);
    assert.equal(icmpv6TargetAt(packet.at[1]!), 48);
    assert.equal(packet.notes, 0);
  });

  it('answers with flags and the target link-layer address (section 4.4)', () => {
    const packet = icmpv6(`88 00 00 00 60 00 00 00 ${TARGET} 02 01 ee ee ee ee ee ee`);
    assert.deepEqual(values(packet, 'icmpv6.nd.na.flag.r'), ['0']);
    assert.deepEqual(values(packet, 'icmpv6.nd.na.flag.s'), ['1']);
    assert.deepEqual(values(packet, 'icmpv6.nd.na.flag.o'), ['1']);
    assert.deepEqual(values(packet, 'icmpv6.nd.na.target_address'), ['fe80::200:ff:fe00:b']);
    assert.deepEqual(values(packet, 'icmpv6.opt.target_linkaddr'), ['ee:ee:ee:ee:ee:ee']);
  });

  it('advertises routers with prefix and MTU (sections 4.2, 4.6)', () => {
    const packet = icmpv6(`86 00 00 00  40 c0 07 08  00 00 00 01  00 00 00 02
      05 01 00 00 00 00 05 dc
      03 04 40 c0 00 01 51 80 00 00 38 40 00 00 00 00 fd 00 ${'00'.repeat(14)}`);
    assert.deepEqual(values(packet, 'icmpv6.nd.ra.cur_hop_limit'), ['64']);
    assert.deepEqual(values(packet, 'icmpv6.nd.ra.router_lifetime'), ['1800']);
    assert.deepEqual(values(packet, 'icmpv6.nd.ra.flag.m'), ['1']);
    assert.deepEqual(values(packet, 'icmpv6.nd.ra.reachable_time'), ['1']);
    assert.deepEqual(values(packet, 'icmpv6.nd.ra.retrans_timer'), ['2']);
    assert.deepEqual(values(packet, 'icmpv6.opt.mtu'), ['1500']);
    assert.deepEqual(values(packet, 'icmpv6.opt.prefix.length'), ['64']);
    assert.deepEqual(values(packet, 'icmpv6.opt.prefix'), ['fd00::']);
    assert.deepEqual(values(packet, 'icmpv6.opt.prefix.valid_lifetime'), ['86400']);
    assert.deepEqual(values(packet, 'icmpv6.opt.prefix.preferred_lifetime'), ['14400']);
  });

  it('may hold a nonce, DNS servers and routes (RFC 7527, RFC 8106, RFC 4191)', () => {
    const packet = icmpv6(`87 00 00 00 00 00 00 00 ${TARGET} 0e 01 01 02 03 04 05 06
      19 03 00 00 00 00 0e 10 ${TARGET}  18 02 30 00 00 00 00 07 fd 00 00 00 00 01 00 00`);
    assert.deepEqual(values(packet, 'icmpv6.opt.nonce'), ['010203040506']);
    assert.deepEqual(values(packet, 'icmpv6.opt.rdnss.lifetime'), ['3600']);
    assert.deepEqual(values(packet, 'icmpv6.opt.rdnss'), ['fe80::200:ff:fe00:b']);
    assert.deepEqual(values(packet, 'icmpv6.opt.prefix.length'), ['48']);
    assert.deepEqual(values(packet, 'icmpv6.opt.prefix'), ['fd00:0:1::']);
    assert.deepEqual(values(packet, 'icmpv6.opt.route_lifetime'), ['7']);
    const long = icmpv6(`87 00 00 00 00 00 00 00 ${TARGET} 18 04 80 ${'00'.repeat(29)}`);
    assert.deepEqual(values(long, 'icmpv6.opt.prefix'), []);
  });

  it('redirects to a better target (section 4.5)', () => {
    const packet = icmpv6(`89 00 00 00 00 00 00 00 ${TARGET} fd 00 ${'00'.repeat(13)} 0b`);
    assert.deepEqual(values(packet, 'icmpv6.nd.rd.target_address'), ['fe80::200:ff:fe00:b']);
    assert.deepEqual(values(packet, 'icmpv6.rd.na.destination_address'), ['fd00::b']);
  });

  it('with an option of length 0, or longer than the message, is malformed (section 4.6)', () => {
    for (const option of ['01 00 02 00 00 00 00 0a', '01 02 02 00 00 00 00 0a', '01']) {
      const packet = icmpv6(`87 00 00 00 00 00 00 00 ${TARGET} ${option}`);
      assert.deepEqual([layers(packet), packet.notes], ['ipv6 icmpv6', MALFORMED], option);
      assert.deepEqual(values(packet, 'icmpv6.opt.src_linkaddr'), [], option);
    }
    const short = icmpv6('87 00 00 00 00 00 00 00 fe 80');
    assert.deepEqual([layers(short), short.notes], ['ipv6 icmpv6', MALFORMED]);
    assert.deepEqual(values(short, 'icmpv6.nd.ns.target_address'), []);
    assert.equal(layers(icmpv6('87 00 00 00 00 00 00')), 'ipv6');
  });
});

describe('multicast listeners', () => {
  const GROUP = `ff 02 ${'00'.repeat(13)} fb`;

  it('of version 1 report a group (RFC 2710 section 3)', () => {
    const packet = icmpv6(`83 00 00 00 27 10 00 00 ${GROUP}`);
    assert.deepEqual(values(packet, 'icmpv6.mld.maximum_response_delay'), ['10000']);
    assert.deepEqual(values(packet, 'icmpv6.mld.multicast_address'), ['ff02::fb']);
  });

  it('of version 2 ask about sources (RFC 3810 section 5.1)', () => {
    const packet = icmpv6(`82 00 00 00 27 10 00 00 ${GROUP} 0a 7d 00 02 ${TARGET}`);
    assert.deepEqual(values(packet, 'icmpv6.mld.maximum_response_code'), ['10000']);
    assert.deepEqual(values(packet, 'icmpv6.mld.flag.s'), ['1']);
    assert.deepEqual(values(packet, 'icmpv6.mld.flag.qrv'), ['2']);
    assert.deepEqual(values(packet, 'icmpv6.mld.qqi'), ['125']);
    assert.deepEqual(values(packet, 'icmpv6.mld.source_address'), ['fe80::200:ff:fe00:b']);
  });

  it('of version 2 report records with sources (RFC 3810 section 5.2)', () => {
    const packet = icmpv6(`8f 00 00 00 00 00 00 02
      04 01 00 01 ${GROUP} ${TARGET} ff ff ff ff
      03 00 00 00 ${GROUP}`);
    assert.deepEqual(values(packet, 'icmpv6.mldr.nb_mcast_records'), ['2']);
    assert.deepEqual(values(packet, 'icmpv6.mldr.mar.record_type'), ['4', '3']);
    assert.deepEqual(values(packet, 'icmpv6.mldr.mar.multicast_address'), ['ff02::fb', 'ff02::fb']);
    assert.deepEqual(values(packet, 'icmpv6.mldr.mar.source_address'), ['fe80::200:ff:fe00:b']);
  });

  it('show the records and sources that are there, whatever they count', () => {
    const packet = icmpv6(`8f 00 00 00 00 00 ff ff 04 00 ff ff ${GROUP} ${TARGET} 04 00`);
    assert.deepEqual(values(packet, 'icmpv6.mldr.mar.record_type'), ['4']);
    assert.deepEqual(values(packet, 'icmpv6.mldr.mar.source_address'), ['fe80::200:ff:fe00:b']);
  });
});
