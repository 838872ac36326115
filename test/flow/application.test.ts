import assert from 'node:assert/strict';
import fc from 'fast-check';
import { FrameBatch } from '../../src/base/frames.ts';
import { decode } from '../../src/decode/decode.ts';
import { Packet } from '../../src/decode/packet.ts';
import { ApplicationFacts, HEADS_MAX, STREAMS_MAX } from '../../src/flow/application.ts';
import type { ApplicationFact } from '../../src/flow/application-fact.ts';
import { hex, reload } from '../support/frames.ts';
import { ascii, ipv4, join, tcp, u16, udp } from '../support/headers.ts';
import {
  bgpKeepalive,
  bgpOpen,
  bgpUpdate,
  clientHello,
  dnsAnswer,
  dnsOverTcp,
  dnsQuery,
  http2Preface,
  httpRequest,
  proxyHealthCheck,
  proxyV1,
  proxyV2,
  serverHello,
  tlv,
} from '../support/messages.ts';

const SYN = 0x02;
const FIRST_SEQ = 1001;

interface Sent {
  readonly payload: Uint8Array;
  /** Bytes of the direction before it. */
  readonly offset: number;
  readonly back?: boolean;
  readonly captured?: number;
  readonly flags?: number;
}

/** What the facts say after these segments of one connection, called as the flow stage calls. */
class Connection {
  readonly facts = new ApplicationFacts();
  private readonly packet = new Packet();
  private readonly batch = new FrameBatch(new Uint8Array(0));
  private readonly port: number;
  private readonly hasSyn: boolean;

  constructor(port = 8443, hasSyn = true) {
    this.port = port;
    this.hasSyn = hasSyn;
  }

  send(...all: readonly Sent[]): this {
    for (const { payload, offset, back, captured, flags } of all) {
      const d = back === true ? 1 : 0;
      const seq = FIRST_SEQ + offset - (((flags ?? 0) & SYN) === 0 ? 0 : 1);
      const [src, dst] = d === 0 ? [40_000, this.port] : [this.port, 40_000];
      const frame = ipv4(6, tcp(src, dst, payload, { seq, flags: flags ?? 0x18 }));
      const caplen = captured === undefined ? frame.length : 40 + captured;
      decode(reload(this.batch, frame, { linktype: 228, caplen }), 0, this.packet);
      if (this.packet.application < 0 && !this.facts.wants(0, d)) continue;
      this.facts.observe(0, d, this.packet, seq, 0, this.hasSyn ? FIRST_SEQ : seq);
    }
    return this;
  }

  datagram(payload: Uint8Array, flow = 0, back = false, seconds = 0): this {
    const [src, dst] = back ? [this.port, 40_000] : [40_000, this.port];
    decode(reload(this.batch, ipv4(17, udp(src, dst, payload)), { linktype: 228 }), 0, this.packet);
    const d = back ? 1 : 0;
    if (this.packet.application >= 0 || this.facts.wants(flow, d)) {
      this.facts.observe(flow, d, this.packet, 0, seconds * 1e9, 0);
    }
    return this;
  }

  get fact(): ApplicationFact | undefined {
    return this.facts.of(0);
  }
}

/** The payload as one segment from the client. */
function client(payload: Uint8Array, offset = 0): Sent {
  return { payload, offset };
}

function server(payload: Uint8Array, offset = 0): Sent {
  return { payload, offset, back: true };
}

describe('facts of a connection', () => {
  it('of TLS: name, protocols and version, those chosen once the server has answered', () => {
    const connection = new Connection().send(client(clientHello('shop.example', 'h2', 'http/1.1')));
    assert.deepEqual(
      [connection.fact?.protocol, connection.fact?.host, connection.fact?.version],
      ['tls', 'shop.example', 'TLS 1.3'],
    );
    assert.deepEqual(connection.fact?.alpn, ['h2', 'http/1.1']);
    const old = serverHello();
    old.set(hex('00 2b 00 02 03 02'), old.length - 6); // supported_versions: TLS 1.1
    connection.send(server(old));
    assert.equal(connection.fact?.version, 'TLS 1.1');
    assert.equal(connection.fact?.host, 'shop.example');
    assert.equal(connection.fact?.asker, 0);
  });

  it('of HTTP: the first request and its final response', () => {
    const { fact } = new Connection(80).send(
      client(httpRequest('web', '/healthz')),
      server(ascii('HTTP/1.1 100 Continue\r\n\r\n')),
      server(ascii('HTTP/1.1 503 Down\r\n\r\n'), 25),
      client(httpRequest('other', '/second'), 200),
      server(ascii('HTTP/1.1 200 OK\r\n\r\n'), 100),
    );
    assert.deepEqual(
      [fact?.protocol, fact?.host, fact?.method, fact?.path, fact?.status, fact?.userAgent],
      ['http', 'web', 'GET', '/healthz', 503, 'kube-probe/1.30'],
    );
  });

  it('of HTTP/2 and of a connection seen from its middle on', () => {
    assert.equal(new Connection().send(client(http2Preface())).fact?.protocol, 'http2');
    const middle = new Connection(443, false).send(client(hex('17 03 03 00 02 aa bb')));
    assert.deepEqual([middle.fact?.protocol, middle.fact?.host], ['tls', undefined]);
    const request = new Connection(80, false)
      .send(client(ascii('…the rest of something…')))
      .send(client(httpRequest('late'), 500));
    assert.equal(request.fact?.host, 'late');
  });

  it('of who asks: the side that sends the first request, wherever the row starts', () => {
    const backwards = new Connection(80).send(server(httpRequest('web')));
    assert.equal(backwards.fact?.asker, 1);
    assert.equal(new Connection(80).send(server(ascii('HTTP/1.1 200 OK\r\n\r\n'))).fact?.asker, 0);
  });
});

describe('a PROXY header', () => {
  const header = proxyV2(1, 0x11, tlv(0xea, join([1], ascii('vpce-0123'))));

  it('is kept with what is stacked behind it and what follows', () => {
    const { fact } = new Connection().send(
      client(join(header, proxyV1(), proxyHealthCheck(), clientHello('a.b'))),
    );
    assert.deepEqual(fact?.proxy?.source, { ip: '10.0.0.1', port: 56_324 });
    assert.deepEqual(fact?.proxy?.tlvs, [
      { type: 0xea, name: 'AWS', value: { subtype: 1, vpcEndpointId: 'vpce-0123' } },
    ]);
    assert.deepEqual(
      fact?.stacked.map(({ version, command, checksum }) => [version, command, checksum]),
      [
        [1, 'PROXY', 'absent'],
        [2, 'LOCAL', 'valid'],
      ],
    );
    assert.equal(fact?.host, 'a.b');
  });

  it('alone, or cut by the capture, says what it says', () => {
    const alone = new Connection().send(client(proxyHealthCheck()));
    assert.deepEqual([alone.fact?.proxy?.command, alone.fact?.proxy?.source], ['LOCAL', null]);
    assert.equal(alone.fact?.protocol, undefined);
    const cut = new Connection().send({ payload: header, offset: 0, captured: 28 });
    assert.deepEqual(cut.fact?.proxy?.source, { ip: '10.0.0.1', port: 56_324 });
    assert.equal(cut.fact?.proxy?.complete, false);
    assert.equal(cut.facts.unfinishedHeads, 1);
  });

  it('is believed at the start of its direction only: what a client sends later is no header', () => {
    const spoofed = new Connection(80).send(
      client(httpRequest('web')),
      client(join(header, httpRequest('web')), 500),
    );
    assert.equal(spoofed.fact?.proxy, undefined);
    const unknown = new Connection(9000).send(client(ascii('binary')), client(header, 6));
    assert.equal(unknown.fact, undefined);
    // the start was lost: what comes behind it is not the start
    const lost = new Connection(9000).send(client(header, 600));
    lost.facts.finish();
    assert.equal(lost.fact?.proxy, undefined);
  });

  it('comes with a SYN that carries data (RFC 7413), and behind a keep-alive', () => {
    const fast = new Connection().send({ payload: header, offset: 0, flags: SYN });
    assert.equal(fast.fact?.proxy?.command, 'PROXY');
    const probed = new Connection().send(client(Uint8Array.of(0), -1), client(header));
    assert.equal(probed.fact?.proxy?.command, 'PROXY');
  });

  it('over UDP stands before a datagram', () => {
    const { fact } = new Connection(53).datagram(join(header, dnsQuery('a.b')));
    assert.deepEqual([fact?.proxy?.command, fact?.query], ['PROXY', 'a.b']);
  });
});

describe('the start of a direction over two segments', () => {
  const starts: Record<string, Uint8Array> = {
    'PROXY v2, TLS': join(proxyV2(1, 0x21), clientHello('a.b', 'h2')),
    'PROXY v1, HTTP': join(proxyV1(), httpRequest('a.b', '/x')),
    'health check, HTTP': join(proxyHealthCheck(), httpRequest('a.b')),
    'stacked headers': join(proxyV1(), proxyV2(1, 0x11), proxyV1(), httpRequest('a.b')),
    HTTP: httpRequest('a.b'),
    TLS: clientHello('a.b', 'h2', 'http/1.1'),
    'HTTP/2': http2Preface(),
  };

  for (const [name, bytes] of Object.entries(starts)) {
    const whole = new Connection().send(client(bytes)).fact;

    it(`${name}: cut after any byte it says the same`, () => {
      for (const hasSyn of [true, false]) {
        for (let cut = 1; cut < bytes.length; cut++) {
          const { fact, facts } = new Connection(8443, hasSyn).send(
            client(bytes.slice(0, cut)),
            client(bytes.slice(cut), cut),
          );
          assert.deepEqual(fact, whole, `cut after ${cut}`);
          facts.finish();
          assert.equal(facts.unfinishedHeads, 0);
        }
      }
    });

    it(`${name}: in the wrong order, sent again, overlapping, byte by byte it says the same`, () => {
      for (let cut = 1; cut < bytes.length; cut++) {
        const [a, b] = [client(bytes.slice(0, cut)), client(bytes.slice(cut), cut)];
        assert.deepEqual(new Connection().send(b, a).fact, whole, `second before first, ${cut}`);
        assert.deepEqual(new Connection().send(a, a, b, b).fact, whole);
        const back = Math.max(1, cut - 3);
        const overlapping = client(bytes.slice(back), back);
        assert.deepEqual(new Connection().send(a, overlapping).fact, whole);
      }
      const each = [...bytes].map((byte, i) => client(Uint8Array.of(byte), i));
      assert.deepEqual(new Connection().send(...each).fact, whole);
    });
  }

  it('that is lost leaves what comes later to be read', () => {
    const lost = new Connection(80).send(client(httpRequest('later'), 700));
    assert.equal(lost.facts.size, 0); // it may still come
    lost.facts.finish();
    assert.equal(lost.fact?.host, 'later');
    const far = new Connection(80).send(client(ascii('x'), 10), client(httpRequest('far'), 20_000));
    assert.equal(far.fact?.host, 'far');
  });

  it('that the capture cut says what is there', () => {
    const hello = clientHello('shop.example', 'h2');
    const { fact, facts } = new Connection().send({ payload: hello, offset: 0, captured: 90 });
    assert.equal(fact?.host, 'shop.example');
    assert.equal(facts.unfinishedHeads, 1);
    assert.equal(facts.wants(0, 0), false);
  });

  it('waits in a bounded number of flows; the oldest is read as it is', () => {
    const facts = new ApplicationFacts();
    const packet = new Packet();
    const batch = new FrameBatch(new Uint8Array(0));
    const part = clientHello('shop.example', 'h2').slice(0, 90);
    decode(reload(batch, ipv4(6, tcp(1, 443, part, { seq: 5 })), { linktype: 228 }), 0, packet);
    for (let f = 0; f < HEADS_MAX + 100; f++) facts.observe(f, 0, packet, 5, 0, 5);
    assert.equal(facts.unfinishedHeads, 100);
    assert.equal(facts.wants(0, 0), false);
    assert.equal(facts.of(0)?.host, 'shop.example');
    assert.equal(facts.wants(HEADS_MAX, 0), true);
  });
});

describe('DNS', () => {
  it('tells the first question and the answer to it', () => {
    const { fact } = new Connection(53)
      .datagram(dnsQuery('web.default.svc.cluster.local'))
      .datagram(dnsQuery('second.example', 28))
      .datagram(dnsAnswer('web.default.svc.cluster.local'), 0, true);
    assert.deepEqual(
      [fact?.protocol, fact?.query, fact?.queryType, fact?.rcode],
      ['dns', 'web.default.svc.cluster.local', 'A', 'NOERROR'],
    );
    assert.deepEqual(fact?.answers?.slice(0, 2), ['web.web.default.svc.cluster.local', '10.0.0.2']);
  });

  it('does not take the answer to another question', () => {
    const answer = dnsAnswer('web');
    answer[1]! ^= 1; // another transaction
    const { fact } = new Connection(53).datagram(dnsQuery('web')).datagram(answer, 0, true);
    assert.equal(fact?.rcode, undefined);
  });

  it('teaches each name once, with when it was said first and last', () => {
    const connection = new Connection(53);
    for (let i = 0; i < 3; i++) connection.datagram(dnsAnswer('Web.example'), i, true, i);
    const taught = [...connection.facts.answers.values()];
    const address = taught.find(({ type }) => type === 'A');
    assert.deepEqual(
      [address?.name, address?.data, address?.ttlSeconds, address?.count, address?.last],
      ['web.example', '10.0.0.2', 30, 3, 2e9],
    );
    assert.deepEqual(taught.map(({ type }) => type).sort(), ['A', 'AAAA', 'CNAME', 'SRV', 'TXT']);
    assert.equal(taught.find(({ type }) => type === 'TXT')?.data, 'heritage=extdns');
  });

  it('over TCP is followed from message to message, however it is cut', () => {
    const bytes = join(dnsOverTcp(dnsAnswer('a.example')), dnsOverTcp(dnsAnswer('b.example')));
    for (let cut = 1; cut < bytes.length; cut++) {
      const connection = new Connection(53).send(
        client(dnsOverTcp(dnsQuery('a.example'))),
        server(bytes.slice(0, cut)),
        server(bytes.slice(cut), cut),
      );
      connection.facts.finish();
      const names = new Set([...connection.facts.answers.values()].map(({ name }) => name));
      assert.deepEqual([...names], ['a.example', 'b.example'], `cut after ${cut}`);
      assert.equal(connection.fact?.rcode, 'NOERROR');
    }
  });
});

describe('streams of messages', () => {
  it('are followed in a bounded number; one that is dropped between messages is no loss', () => {
    const facts = new ApplicationFacts();
    const packet = new Packet();
    const batch = new FrameBatch(new Uint8Array(0));
    const send = (f: number, payload: Uint8Array, seq: number) => {
      decode(reload(batch, ipv4(6, tcp(53, 4000, payload, { seq })), { linktype: 228 }), 0, packet);
      if (packet.application >= 0 || facts.wants(f, 0)) facts.observe(f, 0, packet, seq, 0, 1);
    };
    const answer = dnsOverTcp(dnsAnswer('a.example'));
    for (let f = 0; f < STREAMS_MAX + 50; f++) send(f, answer, 1);
    assert.equal(facts.droppedStreams, 0);
    send(0, dnsOverTcp(dnsAnswer('b.example')), 1 + answer.length); // dropped, and found again
    const names = new Set([...facts.answers.values()].map(({ name }) => name));
    assert.deepEqual([...names], ['a.example', 'b.example']);
    const half = new ApplicationFacts();
    const part = answer.slice(0, 40);
    decode(reload(batch, ipv4(6, tcp(53, 4000, part)), { linktype: 228 }), 0, packet);
    for (let f = 0; f < STREAMS_MAX + 50; f++) half.observe(f, 0, packet, 1000, 0, 1000);
    assert.equal(half.droppedStreams, 50);
  });
});

describe('BGP', () => {
  const session = join(bgpOpen(), bgpKeepalive(), bgpUpdate());

  it('tells prefixes, next hop and OPENs, however the session is cut', () => {
    for (let cut = 1; cut < session.length; cut++) {
      const connection = new Connection(179).send(
        client(session.slice(0, cut)),
        client(session.slice(cut), cut),
      );
      const { fact, facts } = connection;
      assert.deepEqual(
        [fact?.protocol, fact?.prefixes, fact?.withdrawn, fact?.nextHop],
        ['bgp', ['172.16.34.0/26'], ['172.16.0.64/26'], '10.0.0.1'],
        `cut after ${cut}`,
      );
      assert.equal(fact?.opens?.[0]?.as, 64_512);
      const routes = [...facts.routes.values()];
      assert.deepEqual(
        routes.map(({ prefix, nextHop, withdrawn, fromSource }) => [
          prefix,
          nextHop,
          withdrawn,
          fromSource,
        ]),
        [
          ['172.16.34.0/26', '10.0.0.1', false, true],
          ['172.16.0.64/26', undefined, true, true],
        ],
      );
    }
  });

  it('is followed from the middle of a message on, and over bytes that were lost', () => {
    const middle = new Connection(179, false).send(client(session.slice(30)));
    assert.deepEqual(middle.fact?.prefixes, ['172.16.34.0/26']);
    const lost = new Connection(179).send(
      client(bgpOpen()),
      client(join(bgpKeepalive(), bgpUpdate()), bgpOpen().length + 500),
    );
    lost.facts.finish();
    assert.deepEqual(lost.fact?.prefixes, ['172.16.34.0/26']);
    assert.equal(lost.facts.streamGaps, 1);
  });

  it('reads path identifiers when both OPENs agree on them', () => {
    const agreed = hex(`
      ${'ff'.repeat(16)} 00 00 02 0000 0007 40 03 04 0a 00 00 01   # UPDATE, next hop 10.0.0.1
      00 00 00 00  18 0a 01 02`); // path 0: 10.1.2.0/24; plain: 0/0 four times and more
    agreed.set(u16(agreed.length), 16);
    const connection = new Connection(179).send(
      client(bgpOpen()),
      server(bgpOpen()),
      client(agreed, bgpOpen().length),
    );
    assert.deepEqual(connection.fact?.prefixes, ['10.1.2.0/24']);
  });
});

describe('whatever comes', () => {
  const messages = [
    clientHello('a.b', 'h2'),
    serverHello(),
    httpRequest('a.b'),
    ascii('HTTP/1.1 200 OK\r\n\r\n'),
    http2Preface(),
    join(proxyV1(), httpRequest('a')),
    join(proxyV2(1, 0x11), clientHello('a')),
    proxyHealthCheck(),
    join(bgpOpen(), bgpUpdate(), bgpKeepalive()),
    dnsOverTcp(dnsAnswer('a.b')),
    join(dnsOverTcp(dnsQuery('a.b')), dnsOverTcp(dnsAnswer('a.b'))),
  ];
  const sent = fc.record({
    message: fc.nat(messages.length - 1),
    from: fc.nat(60),
    len: fc.nat(400),
    flip: fc.option(fc.tuple(fc.nat(400), fc.nat(255)), { nil: undefined }),
    offset: fc.oneof(fc.nat(300), fc.nat(40_000), fc.integer({ min: -50, max: 50 }), fc.integer()),
    back: fc.boolean(),
    cut: fc.nat(3),
    flags: fc.constantFrom(0x18, 0x10, 0x02, 0x12, 0x11),
  });

  it('nothing throws and nothing is kept beyond its bounds', () => {
    const port = fc.constantFrom(53, 80, 179, 443, 8443);
    fc.assert(
      fc.property(port, fc.boolean(), fc.array(sent, { maxLength: 30 }), (p, hasSyn, all) => {
        const connection = new Connection(p, hasSyn);
        for (const { message, from, len, flip, offset, back, cut, flags } of all) {
          const payload = messages[message]!.slice(from, from + len);
          if (flip !== undefined && flip[0] < payload.length) payload[flip[0]] = flip[1];
          const captured = Math.max(0, payload.length - (cut === 0 ? 7 : 0));
          connection.send({ payload, offset, back, captured, flags });
        }
        connection.facts.finish();
        assert.ok(connection.facts.size <= 1);
        assert.ok(connection.facts.unfinishedHeads <= 2 * all.length);
        assert.equal(connection.facts.refusedFlows, 0);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('what says nothing', () => {
  it('costs one look a direction and leaves no entry', () => {
    const connection = new Connection(5432).send(client(hex('00 00 00 08 04 d2 16 2f')));
    assert.equal(connection.facts.wants(0, 0), false);
    assert.equal(connection.facts.wants(0, 1), true);
    assert.equal(connection.facts.size, 0);
  });
});
