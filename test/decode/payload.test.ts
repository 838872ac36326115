import assert from 'node:assert/strict';
import { BGP, HTTP, HTTP2, NONE, PROXY, TLS } from '../../src/base/protocol-numbers.ts';
import { guessByBytes } from '../../src/decode/payload.ts';
import { hex } from '../support/frames.ts';
import { ascii, join } from '../support/headers.ts';
import {
  bgpKeepalive,
  bgpOpen,
  clientHello,
  dnsQuery,
  http2Preface,
  httpRequest,
  httpResponse,
  proxyHealthCheck,
  proxyV1,
  proxyV2,
} from '../support/messages.ts';
import { layers, overTcp, overUdp, viewOf } from './decoded.ts';

function guess(bytes: Uint8Array): number {
  return guessByBytes(viewOf(bytes), 0, bytes.length);
}

describe('the guess at a payload', () => {
  it('goes by the first bytes, on any TCP port', () => {
    assert.equal(guess(clientHello('a')), TLS);
    assert.equal(guess(httpRequest('a')), HTTP);
    assert.equal(guess(httpResponse()), HTTP);
    assert.equal(guess(http2Preface()), HTTP2);
    assert.equal(guess(proxyV1()), PROXY);
    assert.equal(guess(proxyV2(1, 0x11)), PROXY);
    assert.equal(guess(proxyHealthCheck()), PROXY);
    assert.equal(guess(bgpOpen()), BGP);
    assert.equal(guess(ascii('PUT / HTTP/1.1')), HTTP);
    for (const other of ['', '00', 'ff ff ff', '0d 0a 0d 0a 00', '16 03 05 00', 'de ad be ef 00']) {
      assert.equal(guess(hex(other)), NONE, other);
    }
  });

  it('goes by the port where the port says more, but for a PROXY header', () => {
    const looksLikeTls = join(hex('16 03'), dnsQuery('a.b')); // a DNS message of 5635 bytes
    assert.equal(layers(overTcp(looksLikeTls, { dst: 53 })), 'ip tcp dns');
    assert.equal(layers(overTcp(proxyV1(), { dst: 179 })), 'ip tcp proxy');
    assert.equal(layers(overUdp(proxyV2(1, 0x12), { dst: 53 })), 'ip udp proxy');
    assert.equal(layers(overTcp(bgpKeepalive(), { src: 179 })), 'ip tcp bgp');
  });

  it('tries the bytes where the port was wrong', () => {
    assert.equal(layers(overTcp(clientHello('a'), { dst: 53 })), 'ip tcp tls');
  });

  it('is wrong in silence: every start of every message, at every length, leaves no note', () => {
    const messages = [
      clientHello('a'),
      httpRequest('a'),
      httpResponse(),
      http2Preface(),
      proxyV1(),
      proxyV2(1, 0x21),
      bgpOpen(),
    ];
    for (const message of messages) {
      for (let len = 0; len <= message.length; len++) {
        assert.equal(overTcp(message.slice(0, len)).notes, 0);
      }
    }
  });

  it('makes the last application layer the packet’s', () => {
    const packet = overTcp(join(proxyV1(), httpRequest('a')));
    assert.equal(packet.application, 3);
    assert.equal(packet.protocol[3], HTTP);
  });
});
