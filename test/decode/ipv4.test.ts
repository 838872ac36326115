import assert from 'node:assert/strict';
import {
  CUT,
  FIRST_FRAGMENT,
  GSO_LENGTH,
  LATER_FRAGMENT,
  MALFORMED,
  TOO_DEEP,
  TUNNELS_MAX,
  UNKNOWN_PAYLOAD,
} from '../../src/decode/packet.ts';
import {
  ciliumDsrAddress,
  ciliumDsrAt,
  ciliumDsrPort,
  ipv4FindOption,
} from '../../src/decode/protocols/ipv4.ts';
import { hex } from '../support/frames.ts';
import { ascii, ipv4, udp } from '../support/headers.ts';
import { decodeFrame, layers, values } from './decoded.ts';

const ADDRESSES = '0a 00 00 01 0a 00 00 02';
const decoded = (text: string, options = {}) => decodeFrame(hex(text), options);
/** A header with these options, and nothing above. */
const withOptions = (options: string) => {
  const len = hex(options).length;
  const ihl = (5 + len / 4).toString(16);
  const total = (20 + len).toString(16).padStart(2, '0');
  return decoded(`4${ihl} 00 00 ${total} 00 01 00 00 40 63 00 00 ${ADDRESSES} ${options}`);
};

describe('IPv4', () => {
  it('is read as RFC 791 section 3.1 draws it', () => {
    const packet = decoded(`45 b9 00 1c  12 34 40 00  3f 11 ab cd  ${ADDRESSES}
                            00 01 00 02 00 08 00 00`);
    assert.equal(layers(packet), 'ip udp');
    for (const [name, value] of [
      ['ip.version', '4'],
      ['ip.hdr_len', '20'],
      ['ip.dsfield', '0xb9'],
      ['ip.dsfield.dscp', '46'],
      ['ip.dsfield.ecn', '1'],
      ['ip.len', '28'],
      ['ip.id', '0x1234'],
      ['ip.flags', '0x02'],
      ['ip.flags.df', '1'],
      ['ip.flags.mf', '0'],
      ['ip.frag_offset', '0'],
      ['ip.ttl', '63'],
      ['ip.proto', '17'],
      ['ip.checksum', '0xabcd'],
      ['ip.src', '10.0.0.1'],
      ['ip.dst', '10.0.0.2'],
    ] as const) {
      assert.deepEqual(values(packet, name), [value], name);
    }
    assert.deepEqual([packet.outerIp, packet.ip, packet.transport], [0, 0, 1]);
  });

  it('is no layer with another version, an IHL below 5, or a header that is not whole', () => {
    for (const start of ['55', '44', '40']) {
      const packet = decoded(`${start} 00 00 14 00 00 00 00 40 11 00 00 ${ADDRESSES}`);
      assert.equal(packet.depth, 0, start);
      assert.equal(packet.notes, MALFORMED, start);
    }
    assert.equal(decoded('45 00 00 14 00 00 00 00 40 11 00 00 0a 00 00 01 0a 00 00').depth, 0);
    const options = `46 00 00 18 00 00 00 00 40 11 00 00 ${ADDRESSES} 01 01 01 00`;
    assert.equal(decoded(options, { caplen: 23 }).depth, 0);
    assert.equal(decoded(options, { caplen: 23 }).notes, CUT);
  });

  it('with a total length below its header is malformed (RFC 791 section 3.1)', () => {
    const packet = decoded(`45 00 00 13 00 00 00 00 40 11 00 00 ${ADDRESSES} 00`);
    assert.equal(packet.depth, 0);
    assert.equal(packet.notes, MALFORMED);
  });

  it('with a total length beyond the frame stands, noted, and ends with the frame', () => {
    const packet = decoded(`45 00 01 00 00 00 00 00 40 63 00 00 ${ADDRESSES} de ad`);
    assert.equal(packet.notes, MALFORMED | UNKNOWN_PAYLOAD);
    assert.equal(packet.wireEnd, 22);
  });

  it('cut by the capture ends on the wire where its total length says', () => {
    const frame = ipv4(17, udp(1, 9000, ascii('x'.repeat(100))));
    const packet = decodeFrame(frame, { caplen: 40 });
    assert.equal(packet.notes, CUT);
    assert.equal(packet.end[0], 40);
    assert.equal(packet.wireEnd, 128);
  });

  it('with total length 0 is a GSO frame: the length of the frame holds', () => {
    const packet = decoded(`45 00 00 00 00 01 00 00 40 06 00 00 ${ADDRESSES}
      00 01 23 28 00000001 00000001 50 10 ff ff 00 00 00 00  61 62 63`);
    assert.equal(layers(packet), 'ip tcp');
    assert.equal(packet.notes, GSO_LENGTH);
    assert.equal(packet.wireEnd - packet.payloadAt[1]!, 3);
    assert.deepEqual(values(packet, 'tcp.len'), ['3']);
  });
});

describe('IPv4 options', () => {
  it('are walked one by one to the end (RFC 791 section 3.1)', () => {
    const packet = withOptions('01  94 04 00 00  88 04 12 34  00 00 00');
    assert.deepEqual(values(packet, 'ip.hdr_len'), ['32']);
    assert.deepEqual(values(packet, 'ip.opt.type'), ['1', '148', '136', '0']);
    assert.deepEqual(values(packet, 'ip.opt.len'), ['4', '4']);
    assert.deepEqual(values(packet, 'ip.opt.ra'), ['0']);
    assert.deepEqual(values(packet, 'ip.opt.sid'), [String(0x1234)]);
    assert.equal(packet.notes, UNKNOWN_PAYLOAD);
  });

  it('without a pointer have nothing to show', () => {
    for (const options of ['07 02 00 00', '44 03 05 00']) {
      const packet = withOptions(options);
      assert.deepEqual(values(packet, 'ip.opt.len'), [String(hex(options)[1])]);
      assert.deepEqual(values(packet, 'ip.opt.ptr'), []);
      assert.equal(packet.notes, UNKNOWN_PAYLOAD);
    }
  });

  it('record the route behind the pointer, and leave the rest empty', () => {
    const packet = withOptions('07 0b 08  c0 00 02 01  00 00 00 00  00');
    assert.deepEqual(values(packet, 'ip.opt.ptr'), ['8']);
    assert.deepEqual(values(packet, 'ip.rec_rt'), ['192.0.2.1']);
    assert.deepEqual(values(packet, 'ip.empty_rt'), ['0.0.0.0']);
  });

  it('route: recorded hops, and those to come', () => {
    const packet = withOptions('83 0f 08  c0 00 02 01  c0 00 02 02  c0 00 02 03  00');
    assert.deepEqual(values(packet, 'ip.rec_rt'), ['192.0.2.1']);
    assert.deepEqual(values(packet, 'ip.src_rt'), ['192.0.2.2', '192.0.2.3']);
  });

  it('take time stamps, with addresses when the flag says so', () => {
    const plain = withOptions('44 08 05 00  00 00 00 07');
    assert.deepEqual(values(plain, 'ip.opt.flag'), ['0x00']);
    assert.deepEqual(values(plain, 'ip.opt.time_stamp'), ['7']);
    const addressed = withOptions('44 0c 05 21  0a 00 00 09  00 00 00 08');
    assert.deepEqual(values(addressed, 'ip.opt.overflow'), ['2']);
    assert.deepEqual(values(addressed, 'ip.opt.time_stamp_addr'), ['10.0.0.9']);
    assert.deepEqual(values(addressed, 'ip.opt.time_stamp'), ['8']);
  });

  it('with a wrong length are noted; what is above them is decoded', () => {
    for (const options of ['07 00 00 00', '07 01 00 00', '07 05 00 00', '01 01 01 07']) {
      const packet = withOptions(options);
      assert.equal(packet.depth, 1, options);
      assert.equal(packet.notes & MALFORMED, MALFORMED, options);
    }
  });

  it("hold the service of Cilium's direct server return (cilium bpf/lib/nodeport.h)", () => {
    const syn = decoded(`47000030424240003f068b37cb0071090a000105
      9a08 8075 0a0200c0                         # 192.0.2.10 port 30080, little-endian
      9c400050 00000001 00000000 5002ffff 00000000`);
    assert.equal(layers(syn), 'ip tcp');
    const optionAt = ciliumDsrAt(syn.view, 0, syn.payloadAt[0]!);
    assert.equal(optionAt, 20);
    assert.equal(ciliumDsrPort(syn.view, optionAt), 30_080);
    assert.equal(ciliumDsrAddress(syn.view, optionAt) | 0, 0xc000020a | 0);
    assert.deepEqual(values(syn, 'ip.opt.cilium_dsr.address'), ['192.0.2.10']);
    assert.deepEqual(values(syn, 'ip.opt.cilium_dsr.port'), ['30080']);
  });

  it('are found only whole: an option that the header cuts is none', () => {
    const { view, payloadAt } = withOptions('9a 08 80 75');
    assert.equal(ciliumDsrAt(view, 0, payloadAt[0]!), -1);
    assert.equal(ipv4FindOption(view, 0, payloadAt[0]!, 0x9a), -1);
    const other = withOptions('9a 04 80 75 00 00 00 00');
    assert.equal(ciliumDsrAt(other.view, 0, other.payloadAt[0]!), -1);
  });
});

describe('IPv4 fragments', () => {
  const fragment = (flagsOffset: string, payload: string) => {
    const total = (20 + hex(payload).length).toString(16).padStart(4, '0');
    return decoded(`45 00 ${total} 00 07 ${flagsOffset} 40 11 00 00 ${ADDRESSES} ${payload}`);
  };

  it('of which the first holds the ports', () => {
    const packet = fragment('20 00', '00 07 00 08 05 dc 00 00 61 62 63 64 65 66 67 68');
    assert.equal(packet.notes, FIRST_FRAGMENT);
    assert.equal(layers(packet), 'ip udp');
    assert.deepEqual([packet.srcPort, packet.dstPort], [7, 8]);
    assert.deepEqual([packet.fragment, packet.fragmentId, packet.fragmentOffset], [0, 7, 0]);
  });

  it('of which later ones hold an offset in units of 8 bytes (RFC 791 section 3.1)', () => {
    const packet = fragment('20 b9', '61 62 63');
    assert.equal(packet.notes, LATER_FRAGMENT);
    assert.equal(layers(packet), 'ip');
    assert.deepEqual([packet.fragment, packet.fragmentId, packet.fragmentOffset], [0, 7, 1480]);
    assert.equal(packet.ipProtocol, 17);
    assert.deepEqual(values(packet, 'ip.frag_offset'), ['185']);
  });

  it('too small for the upper header are not malformed (RFC 1858)', () => {
    const packet = fragment('20 00', '00 07 00 08');
    assert.equal(packet.notes, FIRST_FRAGMENT);
    assert.equal(layers(packet), 'ip');
  });
});

describe('IP in IP', () => {
  it('makes the inner addresses those of the packet, the outer ones those of the tunnel (RFC 2003)', () => {
    const packet = decodeFrame(ipv4(4, ipv4(17, udp(7, 8, ascii('x')))));
    assert.equal(layers(packet), 'ip ip udp');
    assert.deepEqual([packet.outerIp, packet.ip, packet.tunnels], [0, 1, 1]);
    assert.equal(packet.wireEnd, 20 + 20 + 9);
  });

  it('whose inner packet is malformed keeps the outer one', () => {
    const packet = decodeFrame(
      ipv4(4, hex('35 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00')),
    );
    assert.equal(layers(packet), 'ip');
    assert.equal(packet.notes, MALFORMED);
    assert.deepEqual([packet.outerIp, packet.ip, packet.ipProtocol], [0, 0, 4]);
  });

  it('whose inner packet says it is longer than the outer one is noted, and ends with it', () => {
    const inner = ipv4(17, udp(7, 8, ascii('x')), { totalLength: 1000 });
    const packet = decodeFrame(ipv4(4, inner));
    assert.equal(packet.notes, MALFORMED);
    assert.equal(packet.wireEnd, 20 + 20 + 9);
  });

  it('nests to a bound, which is noted', () => {
    const nest = (depth: number): Uint8Array =>
      depth === 0 ? ipv4(17, udp(7, 8, ascii('x'))) : ipv4(4, nest(depth - 1));
    const most = decodeFrame(nest(TUNNELS_MAX));
    assert.equal(most.notes, 0);
    assert.equal(most.tunnels, TUNNELS_MAX);
    assert.equal(layers(most).split(' ').at(-1), 'udp');
    const more = decodeFrame(nest(TUNNELS_MAX + 1));
    assert.equal(more.notes, TOO_DEEP);
    assert.equal(layers(more).split(' ').at(-1), 'ip');
  });
});
