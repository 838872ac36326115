import assert from 'node:assert/strict';
import {
  isTlsPrefix,
  readClientHello,
  readServerHello,
  showTlsVersion,
} from '../../src/decode/protocols/tls.ts';
import { hex } from '../support/frames.ts';
import { ascii, join, u16 } from '../support/headers.ts';
import { clientHello, serverHello } from '../support/messages.ts';
import { layers, overTcp, values, viewOf } from './decoded.ts';

const HELLO = clientHello('shop.example.com', 'h2', 'http/1.1');

function read(bytes: Uint8Array) {
  return readClientHello(viewOf(bytes), 0, bytes.length);
}

describe('TLS ClientHello', () => {
  it('tells server name, protocols, versions and the number of cipher suites', () => {
    assert.deepEqual(read(HELLO), {
      legacyVersion: 0x0303,
      supportedVersions: [0x0304, 0x0303],
      version: 0x0304,
      serverName: 'shop.example.com',
      alpn: ['h2', 'http/1.1'],
      cipherSuiteCount: 2,
      complete: true,
    });
  });

  it('offers its legacy version where there is no extension, and never a GREASE one (RFC 8701)', () => {
    const old = hex(`
      16 03 01 00 2d  01 00 00 29                  # record, ClientHello
      03 02  ${'11'.repeat(32)}  00                # TLS 1.1, random, no session
      00 02 00 2f  01 00`); // one suite, no compression, no extensions
    assert.deepEqual([read(old)?.version, read(old)?.supportedVersions], [0x0302, []]);
    const grease = HELLO.slice();
    const at = indexOf(grease, [0x03, 0x04, 0x03, 0x03]);
    grease.set([0x7a, 0x7a], at);
    assert.deepEqual(read(grease)?.supportedVersions, [0x7a7a, 0x0303]);
    assert.equal(read(grease)?.version, 0x0303);
  });

  it('yields what is there of one that goes on in the next segment', () => {
    const whole = read(HELLO)!;
    for (let len = 0; len < HELLO.length; len++) {
      const part = read(HELLO.slice(0, len));
      if (part === undefined)
        assert.ok(isTlsPrefix(viewOf(HELLO.slice(0, len)), 0, len) || len === 0);
      else {
        assert.equal(part.complete, false);
        assert.ok(part.serverName === undefined || part.serverName === whole.serverName);
        assert.deepEqual(part.alpn, whole.alpn.slice(0, part.alpn.length));
      }
    }
    const afterName = indexOf(HELLO, [...ascii('shop.example.com')]) + 16;
    assert.equal(read(HELLO.slice(0, afterName))?.serverName, 'shop.example.com');
  });

  it('is put together from several records, cut anywhere', () => {
    const body = HELLO.slice(5);
    const record = (part: Uint8Array) => join([22, 3, 1], u16(part.length), part);
    for (let cut = 1; cut < body.length; cut++) {
      const split = join(record(body.slice(0, cut)), record(body.slice(cut)));
      assert.deepEqual(read(split), read(HELLO), `cut after ${cut}`);
    }
    const bytes = join(...[...body].map((byte) => record(Uint8Array.of(byte))));
    assert.deepEqual(read(bytes), read(HELLO));
    const halves = join(record(body.slice(0, 60)), record(body.slice(60)));
    for (let len = 0; len < halves.length; len++) {
      assert.notEqual(read(halves.slice(0, len))?.complete, true);
    }
  });

  it('ends where it says, whatever lengths in it and bytes behind it say', () => {
    const bare = hex(`
      16 03 01 00 2f  01 00 00 2b                  # record, ClientHello
      03 03  ${'11'.repeat(32)}  00                # no session
      00 02 00 2f  01 00  00 50`); // extensions of 80 bytes, of which none are there
    const beyond = join(hex('00 00 00 13  00 11 00 00 0e'), ascii('beyond.example')); // server_name
    assert.equal(read(join(bare, beyond, beyond, beyond, beyond))?.serverName, undefined);
    bare.set(u16(47 + 4 * beyond.length), 3); // in the same record, and not in the message
    assert.equal(read(join(bare, beyond, beyond, beyond, beyond))?.serverName, undefined);
  });

  it('is not found in other messages, records and protocols', () => {
    assert.equal(read(serverHello()), undefined);
    assert.equal(read(hex('17 03 03 00 02 01 00')), undefined);
    assert.equal(read(ascii('GET / HTTP/1.1\r\n\r\n')), undefined);
  });
});

describe('TLS ServerHello', () => {
  it('tells the version chosen: of TLS 1.3 by its extension', () => {
    const bytes = serverHello();
    assert.deepEqual(readServerHello(viewOf(bytes), 0, bytes.length), {
      legacyVersion: 0x0303,
      version: 0x0304,
      alpn: [],
      cipherSuite: 0x1301,
      isRetry: false,
      complete: true,
    });
    const retry = bytes.slice();
    retry.set(hex('cf 21 ad 74 e5 9a 61 11'), 11); // the random of HelloRetryRequest
    assert.equal(readServerHello(viewOf(retry), 0, retry.length)?.isRetry, true);
  });
});

describe('TLS records', () => {
  it('are found on any port, several in a segment, with the fields of tshark', () => {
    const change = hex('14 03 03 00 01 01');
    const data = hex('17 03 03 00 03 aa bb cc');
    const packet = overTcp(join(HELLO, change, data), { dst: 30_443 });
    assert.equal(layers(packet), 'ip tcp tls');
    assert.equal(packet.payloadAt[2], packet.at[2]! + HELLO.length); // the header is the first record
    assert.equal(overTcp(HELLO.slice(0, 50)).payloadAt[2], overTcp(HELLO.slice(0, 50)).end[2]);
    assert.deepEqual(values(packet, 'tls.record.content_type'), ['22', '20', '23']);
    assert.deepEqual(values(packet, 'tls.handshake.type'), ['1']);
    assert.deepEqual(values(packet, 'tls.handshake.ciphersuite'), ['0x1301', '0xc02f']);
    assert.deepEqual(values(packet, 'tls.handshake.extensions_server_name'), ['shop.example.com']);
    assert.deepEqual(values(packet, 'tls.handshake.extensions_alpn_str'), ['h2', 'http/1.1']);
    assert.deepEqual(values(packet, 'tls.handshake.extensions.supported_version'), [
      '0x0304',
      '0x0303',
    ]);
    assert.deepEqual(values(overTcp(hex('15 03 03 00 02 02 28')), 'tls.alert_message.desc'), [
      '40',
    ]);
  });

  it('after a ChangeCipherSpec are encrypted: their bytes are no handshake and no alert', () => {
    const change = hex('14 03 03 00 01 01');
    const finished = hex('16 03 03 00 04 02 00 00 00');
    const packet = overTcp(join(change, finished, hex('15 03 03 00 02 02 28')));
    assert.deepEqual(values(packet, 'tls.record.content_type'), ['20', '22', '21']);
    assert.deepEqual(values(packet, 'tls.handshake.type'), []);
    assert.deepEqual(values(packet, 'tls.alert_message.level'), []);
  });

  it('have a type from 20 to 23, a version 3.x, and a length that one may have', () => {
    for (const header of [
      '13 03 03 00 01',
      '16 02 00 00 01',
      '16 03 05 00 01',
      '16 03 03 48 01',
      '16 03 03 00 00',
    ]) {
      const packet = overTcp(join(hex(header), HELLO));
      assert.equal(layers(packet), 'ip tcp', header);
      assert.equal(packet.notes, 0);
    }
    assert.equal(layers(overTcp(hex('17 03 03 00 00'))), 'ip tcp tls'); // an empty one is lawful
  });

  it('are named as people do', () => {
    assert.deepEqual([0x0300, 0x0301, 0x0304, 0x7a7a].map(showTlsVersion), [
      'SSL 3.0',
      'TLS 1.0',
      'TLS 1.3',
      '0x7a7a',
    ]);
  });
});

function indexOf(bytes: Uint8Array, part: readonly number[]): number {
  for (let at = 0; at <= bytes.length - part.length; at++) {
    if (part.every((byte, i) => bytes[at + i] === byte)) return at;
  }
  throw new Error('not there');
}
