import assert from 'node:assert/strict';
import { isHttp2Prefix, readHttp2Start } from '../../src/decode/protocols/http2.ts';
import { hex } from '../support/frames.ts';
import { ascii, join } from '../support/headers.ts';
import { http2Preface } from '../support/messages.ts';
import { layers, overTcp, values, viewOf } from './decoded.ts';

const SETTINGS = hex('00 00 06 04 00 00 00 00 00  00 03 00 00 00 64');

describe('HTTP/2', () => {
  it('is known by the client’s preface, and tells the frames after it', () => {
    const packet = overTcp(join(http2Preface(), hex('00 00 00 01 05 00 00 00 01')));
    assert.equal(layers(packet), 'ip tcp http2');
    assert.deepEqual(values(packet, 'http2.magic'), ['PRI * HTTP/2.0\\r\\n\\r\\nSM\\r\\n\\r\\n']);
    assert.deepEqual(values(packet, 'http2.type'), ['4', '1']);
    assert.deepEqual(values(packet, 'http2.length'), ['6', '0']);
    assert.deepEqual(values(packet, 'http2.streamid'), ['0', '1']);
  });

  it('is known by a server’s first SETTINGS', () => {
    assert.equal(layers(overTcp(SETTINGS)), 'ip tcp http2');
    assert.equal(readHttp2Start(viewOf(SETTINGS), 0, SETTINGS.length), 'server');
    assert.equal(readHttp2Start(viewOf(http2Preface()), 0, 24), 'client');
  });

  it('is not what looks nearly like it', () => {
    for (const [at, value] of [
      [2, 7], // no multiple of six
      [3, 5], // not SETTINGS
      [4, 2], // an unknown flag
      [4, 1], // an acknowledgement that carries settings
      [8, 1], // a stream
    ]) {
      const other = SETTINGS.slice();
      other[at!] = value!;
      assert.equal(layers(overTcp(other)), 'ip tcp');
    }
    assert.equal(layers(overTcp(ascii('PRI * HTTP/2.1\r\n\r\n'))), 'ip tcp');
  });

  it('may be cut anywhere', () => {
    const preface = http2Preface();
    for (let len = 1; len < preface.length; len++) {
      const view = viewOf(preface.slice(0, len));
      assert.ok(isHttp2Prefix(view, 0, len) || readHttp2Start(view, 0, len) === 'client');
      overTcp(preface.slice(0, len));
    }
    for (let len = 1; len < 9; len++) assert.ok(isHttp2Prefix(viewOf(SETTINGS), 0, len));
  });
});
