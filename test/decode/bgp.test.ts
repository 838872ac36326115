import assert from 'node:assert/strict';
import {
  agreedAddPath,
  bgpLengthAt,
  bgpMessages,
  findBgpMessage,
  readBgpOpen,
  readBgpUpdate,
} from '../../src/decode/protocols/bgp.ts';
import { hex } from '../support/frames.ts';
import { ascii, join, u16 } from '../support/headers.ts';
import { bgpKeepalive, bgpNotification, bgpOpen, bgpUpdate } from '../support/messages.ts';
import { layers, overTcp, values, viewOf } from './decoded.ts';

const MARKER = 'ff'.repeat(16);

/** Two blocks of one node, as BIRD 2 announces them with ADD-PATH in both OPENs. */
const ADD_PATH_UPDATE = hex(`
  ${MARKER} 00 3e 02                          # 62 bytes, UPDATE
  00 00  00 15                                # nothing withdrawn; 21 bytes of attributes
  40 01 01 00  40 02 00                       # ORIGIN IGP, AS_PATH empty
  40 03 04 c0 a8 0a 0c                        # NEXT_HOP 192.168.10.12
  40 05 04 00 00 00 64                        # LOCAL_PREF 100
  00 00 00 02  1a c0 a8 de 40                 # path 2: 192.168.222.64/26
  00 00 00 02  1a c0 a8 de c0                 # path 2: 192.168.222.192/26`);

const END_OF_RIB = hex(`${MARKER} 00 17 02 0000 0000`);

const IPV6_UPDATE = hex(`
  ${MARKER} 00 5c 02                          # 92 bytes, UPDATE
  00 00  00 45                                # 69 bytes of attributes
  40 01 01 00
  90 0e 00 2e  00 02 01                       # MP_REACH_NLRI, 46 bytes: IPv6 unicast
  20  fd000000000000000000000000000001 fe800000000000000000000000000001  00  # next hop, link-local
  40  20010db800000001                        # 2001:db8:0:1::/64
  80 0f 0c  00 02 01  40  20010db800000002`); // MP_UNREACH_NLRI: 2001:db8:0:2::/64

function update(bytes: Uint8Array, addPath?: Parameters<typeof readBgpUpdate>[3]) {
  const read = readBgpUpdate(viewOf(bytes), 0, bytes.length, addPath);
  assert.ok(read !== undefined);
  return read;
}

describe('BGP UPDATE', () => {
  it('announces prefixes through its next hop, and withdraws', () => {
    assert.deepEqual(update(bgpUpdate()), {
      announced: [{ prefix: '172.16.34.0/26', pathId: undefined, nextHop: '10.0.0.1' }],
      withdrawn: [{ prefix: '172.16.0.64/26', pathId: undefined, nextHop: undefined }],
      isEndOfRib: false,
      malformed: false,
    });
  });

  it('with path identifiers (RFC 7911) is read by what the OPENs agreed, or by trying', () => {
    const routes = [
      { prefix: '192.168.222.64/26', pathId: 2, nextHop: '192.168.10.12' },
      { prefix: '192.168.222.192/26', pathId: 2, nextHop: '192.168.10.12' },
    ];
    assert.deepEqual(update(ADD_PATH_UPDATE, { ipv4: true, ipv6: false }).announced, routes);
    assert.deepEqual(update(ADD_PATH_UPDATE).announced, routes);
    // agreed otherwise, it is not what it says
    assert.equal(update(ADD_PATH_UPDATE, { ipv4: false, ipv6: false }).malformed, true);
  });

  it('is tried without identifiers first, and with them when that yields the default route twice', () => {
    const nlri = (bytes: string) => {
      const body = hex(bytes);
      const header = hex(`${MARKER} 00 00 02 0000 0007 40 03 04 0a 00 00 01`);
      header[17] = header.length + body.length;
      return update(join(header, body)).announced.map(({ prefix, pathId }) => [prefix, pathId]);
    };
    assert.deepEqual(nlri('00'), [['0.0.0.0/0', undefined]]); // a default route
    assert.deepEqual(nlri('18 0a 01 02  10 0a 02'), [
      ['10.1.2.0/24', undefined],
      ['10.2.0.0/16', undefined],
    ]);
    assert.deepEqual(nlri('00 00 00 00 00'), [['0.0.0.0/0', 0]]); // not five default routes
    assert.deepEqual(nlri('00 00 00 01 00'), [['0.0.0.0/0', 1]]);
  });

  it('of IPv6 names the global next hop', () => {
    const read = update(IPV6_UPDATE);
    const packet = overTcp(IPV6_UPDATE, { dst: 179 });
    const nextHop = 'bgp.update.path_attribute.mp_reach_nlri.next_hop.ipv6';
    assert.deepEqual(values(packet, nextHop), ['fd00::1']);
    assert.deepEqual(values(packet, `${nextHop}.link_local`), ['fe80::1']);
    assert.deepEqual(read.announced, [
      { prefix: '2001:db8:0:1::/64', pathId: undefined, nextHop: 'fd00::1' },
    ]);
    assert.deepEqual(read.withdrawn, [
      { prefix: '2001:db8:0:2::/64', pathId: undefined, nextHop: undefined },
    ]);
  });

  it('without routes is the end of what a peer says at first (RFC 4724)', () => {
    assert.equal(update(END_OF_RIB).isEndOfRib, true);
    assert.equal(update(bgpUpdate()).isEndOfRib, false);
  });

  it('clears host bits, and refuses prefixes longer than an address', () => {
    const untidy = bgpUpdate();
    untidy[untidy.length - 1] = 0x3f;
    assert.equal(
      update(untidy, { ipv4: false, ipv6: false }).announced[0]!.prefix,
      '172.16.34.0/26',
    );
    const long = join(bgpUpdate(), [0]);
    long.set(u16(long.length), 16);
    long[long.length - 6] = 33; // and five bytes are there
    const read = update(long, { ipv4: false, ipv6: false });
    assert.deepEqual(read.announced, []);
    assert.equal(read.malformed, true);
  });

  it('whose attributes end with it, one byte too early or within a length, is malformed', () => {
    const attributes = (len: number, bytes: string) => {
      const message = join(hex(`${MARKER} 00 00 02 0000`), [0, len], hex(bytes));
      message[17] = message.length;
      return update(message).malformed;
    };
    assert.equal(attributes(4, '40 01 01 00'), false);
    assert.equal(attributes(5, '40 01 01 00'), true);
    assert.equal(attributes(7, '40 01 01 00 50 02 00'), true);
    // multiprotocol attributes that are too short for their header, or for the next hop they announce
    assert.equal(attributes(5, '80 0f 02 00 02'), false);
    assert.equal(attributes(7, '80 0e 04 00 02 01 00'), false);
    assert.equal(attributes(8, '80 0e 05 00 02 01 20 00'), false);
  });

  it('whose lengths exceed it keeps within it', () => {
    for (const place of [20, 27]) {
      const bytes = bgpUpdate();
      bytes[place] = 0xff;
      assert.equal(update(bytes).malformed, true);
    }
  });
});

describe('BGP OPEN', () => {
  it('tells AS, hold time, identifier and ADD-PATH', () => {
    const bytes = bgpOpen();
    assert.deepEqual(readBgpOpen(viewOf(bytes), 0, bytes.length), {
      version: 4,
      as: 64_512,
      holdTimeSeconds: 90,
      identifier: '10.0.0.1',
      capabilities: [1, 2, 65, 69],
      addPathIpv4: 3,
      addPathIpv6: 0,
    });
  });

  it('takes a four-byte AS from its capability, and parameters with long lengths (RFC 9072)', () => {
    const bytes = hex(`
      ${MARKER} 00 2b 01  04 5b a0 00 b4 c0 00 02 01  # AS 23456 (AS_TRANS), 180 s, 192.0.2.1
      ff  ff 00 0b  02 00 08  45 00  41 04 00 01 00 00`); // AS 65536
    bytes[17] = bytes.length;
    const open = readBgpOpen(viewOf(bytes), 0, bytes.length);
    assert.deepEqual([open?.as, open?.capabilities], [65_536, [69, 65]]);
  });

  it('keeps capabilities within their parameter, and their data within them', () => {
    const open = (parameters: string) => {
      const tail = hex(parameters);
      const bytes = join(hex(`${MARKER} 00 00 01 04 fc00 00b4 c0000201`), [tail.length], tail);
      bytes[17] = bytes.length;
      return readBgpOpen(viewOf(bytes), 0, bytes.length)!;
    };
    // a parameter of another type follows, whose bytes would read as a capability
    assert.deepEqual(open('02 02 02 00  01 02 41 00').capabilities, [2]);
    // what follows ADD-PATH would read as another of its entries: IPv4 unicast, both ways
    const path = open('02 0b  45 04 00 01 01 01  00 01 01  03 00');
    assert.deepEqual([path.capabilities, path.addPathIpv4], [[69, 0, 3], 1]);
  });

  it('agrees on ADD-PATH only when one side sends and the other receives (RFC 7911 section 4)', () => {
    const bytes = bgpOpen();
    const both = readBgpOpen(viewOf(bytes), 0, bytes.length)!;
    const receives = { ...both, addPathIpv4: 1 };
    const none = { ...both, addPathIpv4: 0 };
    assert.deepEqual(agreedAddPath(both, receives), { ipv4: true, ipv6: false });
    assert.deepEqual(agreedAddPath(receives, both), { ipv4: false, ipv6: false });
    assert.deepEqual(agreedAddPath(both, undefined), { ipv4: undefined, ipv6: false });
    assert.deepEqual(agreedAddPath(undefined, none), { ipv4: false, ipv6: false });
    assert.deepEqual(agreedAddPath(undefined, undefined), { ipv4: undefined, ipv6: undefined });
  });
});

describe('BGP segment', () => {
  const several = join(bgpOpen(), bgpKeepalive(), bgpUpdate(), END_OF_RIB, bgpNotification());

  it('holds several messages in one layer, with the fields of tshark', () => {
    const packet = overTcp(several, { dst: 179 });
    assert.equal(layers(packet), 'ip tcp bgp');
    assert.deepEqual(values(packet, 'bgp.type'), ['1', '4', '2', '2', '3']);
    assert.deepEqual(values(packet, 'bgp.open.myas'), ['64512']);
    assert.deepEqual(values(packet, 'bgp.nlri_prefix'), ['172.16.34.0']);
    assert.deepEqual(values(packet, 'bgp.withdrawn_prefix'), ['172.16.0.64']);
    assert.deepEqual(values(packet, 'bgp.prefix_length'), ['26', '26']);
    assert.deepEqual(values(packet, 'bgp.update.path_attribute.next_hop'), ['10.0.0.1']);
    assert.deepEqual(values(packet, 'bgp.notify.major_error'), ['6']);
  });

  it('tells which family a ROUTE-REFRESH is for', () => {
    const refresh = overTcp(hex(`${MARKER} 00 17 05  00 02 00 01`), { dst: 179 });
    assert.deepEqual(values(refresh, 'bgp.route_refresh.afi'), ['2']);
    assert.deepEqual(values(refresh, 'bgp.route_refresh.safi'), ['1']);
  });

  it('is known on any port by its marker, and found behind the end of an earlier message', () => {
    assert.equal(layers(overTcp(bgpOpen(), { dst: 1790 })), 'ip tcp bgp');
    const tail = join([0x1a, 0xac, 0x10, 0x22, 0xff, 0xff], bgpKeepalive());
    const packet = overTcp(tail, { src: 179 });
    assert.deepEqual(values(packet, 'bgp.type'), ['4']);
    assert.equal(layers(overTcp(ascii('no marker here, at all'), { dst: 179 })), 'ip tcp');
    assert.equal(layers(overTcp(bgpKeepalive().slice(0, 18), { dst: 179 })), 'ip tcp');
  });

  it('stops at a header that cannot be one', () => {
    const view = viewOf(join(bgpKeepalive(), hex(`${MARKER} 00 12 04`), bgpKeepalive()));
    assert.equal([...bgpMessages(view, 0, view.byteLength)].length, 1);
    assert.equal(findBgpMessage(view, 1, view.byteLength), 38);
    assert.equal(bgpLengthAt(view, 19, view.byteLength), -1);
    assert.equal(bgpLengthAt(view, 0, 18), 0);
    for (let len = 0; len < 19; len++) {
      assert.equal(bgpLengthAt(viewOf(bgpKeepalive().slice(0, len)), 0, len), 0);
    }
    assert.equal(bgpLengthAt(view, 0, 19), 19);
  });
});
