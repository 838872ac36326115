import assert from 'node:assert/strict';
import { CUT, MALFORMED, UNKNOWN_PAYLOAD } from '../../src/decode/packet.ts';
import { hex } from '../support/frames.ts';
import { decodeFrame, layers, values } from './decoded.ts';

const ETHERNET = '02 00 00 00 00 0b  02 00 00 00 00 0a';
const PING = `45 00 00 1c 00 01 00 00 40 01 00 00 0a 00 00 01 0a 00 00 02
              08 00 f7 fd 00 01 00 01`;
/** Its destination starts with the nibble 6, as Calico's VXLAN devices do. */
const CALICO_FRAME = `66 2d bf 44 a6 8b  66 f9 37 c3 7e 94  08 00 ${PING}`;
const mpls = (text: string, options = {}) =>
  decodeFrame(hex(`${ETHERNET} 88 47 ${text}`), { linktype: 1, ...options });

describe('MPLS', () => {
  it('is one layer for the whole stack, to the entry with the S bit (RFC 3032 section 2.1)', () => {
    const packet = mpls(`00 01 00 40  00 01 2b 3f ${PING}`);
    assert.equal(layers(packet), 'eth mpls ip icmp');
    assert.deepEqual(values(packet, 'mpls.label'), ['16', '18']);
    assert.deepEqual(values(packet, 'mpls.exp'), ['0', '5']);
    assert.deepEqual(values(packet, 'mpls.bottom'), ['0', '1']);
    assert.deepEqual(values(packet, 'mpls.ttl'), ['64', '63']);
    assert.equal(packet.payloadAt[1]! - packet.at[1]!, 8);
  });

  it('carries IPv6 when the first nibble is 6 and a header agrees', () => {
    const packet = mpls(`00 01 01 40  60 00 00 00 00 00 3b 40
      fd 00 00 00 00 00 00 00 00 00 00 00 00 00 00 01  fd 00 00 00 00 00 00 00 00 00 00 00 00 00 00 02`);
    assert.equal(layers(packet), 'eth mpls ipv6');
    assert.equal(packet.notes, 0);
  });

  it('carries Ethernet behind a control word (RFC 4448 section 4.3)', () => {
    const packet = mpls(`00 01 01 40  00 00 00 01  ${CALICO_FRAME}`);
    assert.equal(layers(packet), 'eth mpls eth ip icmp');
    assert.equal(packet.payloadAt[1]! - packet.at[1]!, 8);
    assert.deepEqual(values(packet, 'mpls.label'), ['16']);
  });

  it('carries Ethernet without one, even from an address that looks like IP', () => {
    assert.equal(layers(mpls(`00 01 01 40  ${CALICO_FRAME}`)), 'eth mpls eth ip icmp');
  });

  it('carries what cannot be told: named unknown', () => {
    const packet = mpls('00 01 01 40  de ad be ef');
    assert.equal(layers(packet), 'eth mpls');
    assert.equal(packet.notes, UNKNOWN_PAYLOAD);
  });

  it('keeps the entries before the one that is missing', () => {
    const packet = mpls('00 01 00 40  00 01');
    assert.equal(layers(packet), 'eth mpls');
    assert.equal(packet.notes, MALFORMED);
    assert.deepEqual(values(packet, 'mpls.label'), ['16']);
    assert.equal(layers(mpls('00 01')), 'eth');
  });

  it('says cut, not unknown, where the capture ends before the payload can be told', () => {
    const packet = mpls(`00 01 01 40 ${PING}`, { caplen: 22 });
    assert.equal(packet.notes, CUT);
  });
});
