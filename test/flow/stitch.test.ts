/** Which flows are joined, and which must not be. */
import assert from 'node:assert/strict';
import { DIRECTION_IN, DIRECTION_OUT } from '../../src/base/frames.ts';
import { JOINED_BY_TUPLE, stitch } from '../../src/flow/stitch.ts';
import { ascii, ipv4, udp } from '../support/headers.ts';
import { endOf, Sightings, segment } from '../support/sightings.ts';

const SYN = 0x02;
const SYN_ACK = 0x12;
const CLIENT = '10.0.0.1:4000';
const SERVICE = '10.96.0.1:80';
const BACKEND = '10.0.1.2:8080';
const NODE = '192.168.0.1:33333';

function datagram(tuple: string, ttl: number, id: number, text: string): Uint8Array {
  const [from = '', to = ''] = tuple.split(' > ');
  const [src, sport] = endOf(from);
  const [dst, dport] = endOf(to);
  return ipv4(17, udp(sport, dport, ascii(text)), { src, dst, ttl, id });
}

/** Conversations as lists of flow rows. */
function conversations(seen: Sightings): number[][] {
  const { count, start, members } = stitch(seen.stage);
  return Array.from({ length: count }, (_, c) =>
    Array.from(members.subarray(start[c], start[c + 1]), (member) => member >> 1),
  );
}

describe('stitching', () => {
  it('joins one 5-tuple at two places', () => {
    const seen = new Sightings()
      .see(
        'n:veth',
        0,
        segment(`${CLIENT} > ${BACKEND}`, 64, 5, { flags: SYN, seq: 70_000, stamp: 1 }),
      )
      .see(
        'n:eth0',
        9,
        segment(`${CLIENT} > ${BACKEND}`, 63, 5, { flags: SYN, seq: 70_000, stamp: 1 }),
      );
    assert.deepEqual(conversations(seen), [[0, 1]]);
  });

  it('joins before and after DNAT, and both ways round', () => {
    const seen = new Sightings()
      .see(
        'n:veth',
        0,
        segment(`${CLIENT} > ${SERVICE}`, 64, 5, { flags: SYN, seq: 70_000, stamp: 1 }),
      )
      .see(
        'n:eth0',
        9,
        segment(`${CLIENT} > ${BACKEND}`, 63, 5, { flags: SYN, seq: 70_000, stamp: 1 }),
      )
      .see(
        'n:eth0',
        50,
        segment(`${BACKEND} > ${CLIENT}`, 63, 0, {
          flags: SYN_ACK,
          seq: 90_000,
          ack: 70_001,
          stamp: 2,
        }),
      )
      .see(
        'n:veth',
        60,
        segment(`${SERVICE} > ${CLIENT}`, 62, 0, {
          flags: SYN_ACK,
          seq: 90_000,
          ack: 70_001,
          stamp: 2,
        }),
      );
    assert.deepEqual(conversations(seen), [[0, 1]]);
    const { shared } = stitch(seen.stage);
    assert.equal(shared[0], 2);
  });

  it('joins through DNAT and SNAT at once, when the packets cannot be alike by chance', () => {
    const seen = new Sightings()
      .see(
        'n:eth0',
        0,
        segment(`${CLIENT} > ${NODE}`, 63, 5, { flags: SYN, seq: 70_000, stamp: 1 }),
      )
      .see(
        'n:veth',
        9,
        segment(`10.9.9.9:1024 > ${BACKEND}`, 62, 5, { flags: SYN, seq: 70_000, stamp: 1 }),
      );
    assert.deepEqual(conversations(seen), [[0, 1]]);
  });

  it('does not join two connections that both begin at sequence 0 without timestamps', () => {
    const seen = new Sightings()
      .see('a:eth0', 0, segment('10.0.0.1:1 > 10.0.0.2:2', 64, 5, { flags: SYN, seq: 0 }))
      .see('b:eth0', 9, segment('10.7.0.1:3 > 10.7.0.2:4', 63, 6, { flags: SYN, seq: 0 }));
    assert.equal(conversations(seen).length, 2);
  });

  it('does not join connections side by side at one place, however alike', () => {
    const seen = new Sightings()
      .see(
        'n:eth0',
        0,
        segment('10.0.0.1:1 > 10.0.0.2:2', 64, 5, { flags: SYN, seq: 70_000, stamp: 1 }),
      )
      .see(
        'n:eth0',
        9,
        segment('10.0.0.1:3 > 10.0.0.2:2', 64, 5, { flags: SYN, seq: 70_000, stamp: 1 }),
      );
    assert.equal(conversations(seen).length, 2);
  });

  it('joins what a bridge sends back out of the veth it came in by, its TTL as it was', () => {
    const syn = { flags: SYN, seq: 70_000, stamp: 1 };
    const seen = new Sightings()
      .see('n:veth1', 0, segment('10.0.0.1:1 > 10.9.0.1:80', 64, 5, syn), 65_535, DIRECTION_IN)
      .see('n:veth1', 9, segment('10.0.0.9:3 > 10.0.0.1:80', 64, 5, syn), 65_535, DIRECTION_OUT);
    assert.equal(conversations(seen).length, 1);
  });

  it('leaves identical DNS queries of two pods apart, and counts the tie', () => {
    const seen = new Sightings()
      .see('n:veth1', 0, datagram('10.0.0.1:5000 > 10.96.0.10:53', 64, 0, 'same query, same text'))
      .see('n:veth2', 1, datagram('10.0.0.2:5000 > 10.96.0.10:53', 64, 0, 'same query, same text'))
      .see('n:eth0', 5, datagram('192.168.0.1:6001 > 10.0.1.2:53', 63, 0, 'same query, same text'))
      .see('n:eth0', 6, datagram('192.168.0.1:6002 > 10.0.1.2:53', 63, 0, 'same query, same text'));
    assert.equal(conversations(seen).length, 4);
    const { ties } = stitch(seen.stage);
    assert.ok(ties.some((n) => n > 0));
  });

  it('matches identical queries by the end that NAT left as it was', () => {
    const seen = new Sightings()
      .see('n:veth1', 0, datagram('10.0.0.1:5001 > 10.96.0.10:53', 64, 0, 'same query, same text'))
      .see('n:veth2', 1, datagram('10.0.0.2:5002 > 10.96.0.10:53', 64, 0, 'same query, same text'))
      .see('n:eth0', 5, datagram('10.0.0.1:5001 > 10.0.1.2:53', 63, 0, 'same query, same text'))
      .see('n:eth0', 6, datagram('10.0.0.2:5002 > 10.0.1.2:53', 63, 0, 'same query, same text'));
    assert.deepEqual(conversations(seen), [
      [0, 2],
      [1, 3],
    ]);
  });

  it('joins captures that began at different times by the tuple and the sequence numbers', () => {
    const data = new Uint8Array(1000);
    const seen = new Sightings();
    for (let n = 0; n < 4; n++) {
      seen.see(
        'n:veth',
        10 * n,
        segment(`${CLIENT} > ${BACKEND}`, 64, n + 1, {
          flags: 0x10,
          seq: 70_000 + 1000 * n,
          payload: data,
          stamp: n,
        }),
      );
    }
    for (let n = 3; n < 9; n++) {
      seen.see(
        'n:eth0',
        40 + 10 * n,
        segment(`${CLIENT} > ${BACKEND}`, 63, n + 1, {
          flags: 0x10,
          seq: 71_500 + 1000 * n,
          payload: data,
          stamp: n,
        }),
      );
    }
    assert.equal(conversations(seen).length, 2, 'sequence ranges apart');
    seen.see(
      'n:veth',
      200,
      segment(`${CLIENT} > ${BACKEND}`, 64, 20, {
        flags: 0x10,
        seq: 76_000,
        payload: data,
        stamp: 9,
      }),
    );
    assert.deepEqual(conversations(seen), [[0, 1]]);
    assert.equal(stitch(seen.stage).how[1], JOINED_BY_TUPLE);
  });

  it('keeps the uses of a 5-tuple apart', () => {
    const seen = new Sightings();
    for (const [at, seq] of [
      [0, 70_000],
      [1000, 990_000],
    ] as const) {
      seen
        .see('n:veth', at, segment(`${CLIENT} > ${BACKEND}`, 64, 1, { flags: SYN, seq, stamp: at }))
        .see(
          'n:eth0',
          at + 9,
          segment(`${CLIENT} > ${BACKEND}`, 63, 1, { flags: SYN, seq, stamp: at }),
        );
    }
    assert.deepEqual(conversations(seen), [
      [0, 1],
      [2, 3],
    ]);
  });

  it('estimates how far clocks are apart from packets that both saw, free of the travel time', () => {
    const seen = new Sightings();
    const ahead = 250_000;
    for (let n = 0; n < 3; n++) {
      const at = 1000 * n;
      const tuple = `10.0.0.1:${4000 + n} > ${BACKEND}`;
      const back = `${BACKEND} > 10.0.0.1:${4000 + n}`;
      seen
        .see('a:eth0', at, segment(tuple, 63, n, { flags: SYN, seq: 70_000 + n, stamp: n }))
        .see(
          'b:eth0',
          at + 100 + ahead,
          segment(tuple, 63, n, { flags: SYN, seq: 70_000 + n, stamp: n }),
        )
        .see(
          'b:eth0',
          at + 200 + ahead,
          segment(back, 64, 0, { flags: SYN_ACK, seq: 90_000 + n, ack: 70_001 + n, stamp: n }),
        )
        .see(
          'a:eth0',
          at + 300,
          segment(back, 64, 0, { flags: SYN_ACK, seq: 90_000 + n, ack: 70_001 + n, stamp: n }),
        );
    }
    const { clocks, count } = stitch(seen.stage);
    assert.equal(count, 3);
    assert.deepEqual(clocks[1], { file: 1, correction: -250_000_000, connections: 3 });
  });
});
