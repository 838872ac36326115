import assert from 'node:assert/strict';
import { isHttpPrefix, readHttpHead } from '../../src/decode/protocols/http.ts';
import { ascii, join } from '../support/headers.ts';
import { httpRequest, httpResponse } from '../support/messages.ts';
import { layers, overTcp, values, viewOf } from './decoded.ts';

function read(text: string) {
  const bytes = ascii(text);
  return readHttpHead(viewOf(bytes), 0, bytes.length);
}

describe('HTTP/1 head', () => {
  it('of a request: method, target, host, user agent', () => {
    const head = read('GET /a?b=c HTTP/1.1\r\nHost: web\r\nUser-Agent:  curl/8 \r\n\r\nbody');
    assert.equal(head?.isRequest, true);
    assert.deepEqual(
      [head?.method, head?.target, head?.version, head?.host, head?.userAgent],
      ['GET', '/a?b=c', 'HTTP/1.1', 'web', 'curl/8'],
    );
    assert.equal(head?.complete, true);
    assert.equal(head?.headEnd, 56);
  });

  it('of a response: status, phrase with spaces, length', () => {
    const head = read('HTTP/1.0 404 Not Found\r\ncontent-length: 12\r\n\r\n');
    assert.deepEqual(
      [head?.isRequest, head?.version, head?.status, head?.phrase, head?.contentLength],
      [false, 'HTTP/1.0', 404, 'Not Found', 12],
    );
    assert.equal(read('HTTP/1.1 200\r\n\r\n')?.phrase, '');
    assert.equal(read('HTTP/1.1 200 \r\n\r\n')?.status, 200);
  });

  it('takes the host of an absolute target when there is no Host field (RFC 9112 section 3.2.2)', () => {
    assert.equal(
      read('GET http://proxied.example:8080/x HTTP/1.1\r\n\r\n')?.host,
      'proxied.example:8080',
    );
    assert.equal(read('CONNECT a.b:443 HTTP/1.1\r\n\r\n')?.target, 'a.b:443');
  });

  it('takes lines that end without carriage return, and a length only when it is one', () => {
    const head = read('POST / HTTP/1.1\nHost: a\nContent-Length: 1x\n\n');
    assert.deepEqual([head?.host, head?.contentLength, head?.complete], ['a', undefined, true]);
  });

  it('yields what is there of one that goes on in the next segment', () => {
    const text = 'OPTIONS * HTTP/1.1\r\nHost: web.example\r\nUser-Agent: x\r\n\r\n';
    for (let len = 1; len < text.length; len++) {
      const head = read(text.slice(0, len));
      if (head === undefined) assert.ok(isHttpPrefix(viewOf(ascii(text)), 0, len), `${len}`);
      else assert.equal(head.complete, false);
    }
    assert.equal(read(text.slice(0, 37))?.host, 'web.example');
  });

  it('is not what other protocols with the same words send', () => {
    for (const text of [
      'OPTIONS rtsp://a/b RTSP/1.0\r\n\r\n',
      'OPTIONS sip:a@b SIP/2.0\r\n\r\n',
      'GET key\r\n',
      'HELO mail.example\r\n',
      'HTTP/2.0 200 OK\r\n',
      'HTTP/1.1 2x0 OK\r\n',
      'GETX / HTTP/1.1\r\n',
    ]) {
      assert.equal(read(text), undefined, text);
      const packet = overTcp(ascii(text));
      assert.equal(layers(packet), 'ip tcp', text);
      assert.equal(packet.notes, 0);
    }
  });

  it('gives up on a head that does not end', () => {
    const packet = overTcp(join(ascii('GET / HTTP/1.1\r\n'), ascii('a: b\r\n'.repeat(10_000))));
    assert.equal(layers(packet), 'ip tcp http');
    assert.equal(values(packet, 'http.request.line').length, 256);
  });
});

describe('HTTP layer', () => {
  it('is found on any port, and tells pipelined messages of a segment', () => {
    const packet = overTcp(join(httpRequest('a'), httpRequest('b', '/two')), { dst: 31_234 });
    assert.equal(layers(packet), 'ip tcp http');
    assert.deepEqual(values(packet, 'http.host'), ['a', 'b']);
    assert.deepEqual(values(packet, 'http.request.uri'), ['/', '/two']);
    assert.equal(values(packet, 'http.request.line')[0], 'Host: a\\r\\n');
    assert.deepEqual(values(overTcp(join(httpResponse(), httpResponse())), 'http.response.code'), [
      '200',
      '200',
    ]);
  });

  it('has its head as header and the body as payload', () => {
    const packet = overTcp(httpResponse());
    assert.equal(packet.end[2]! - packet.payloadAt[2]!, 2);
    assert.deepEqual(values(packet, 'http.content_length_header'), ['2']);
  });
});
