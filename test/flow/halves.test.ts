/** Flows that show one way of a connection each. */
import assert from 'node:assert/strict';
import { DIRECTION_IN, DIRECTION_OUT } from '../../src/base/frames.ts';
import { journeyOf } from '../../src/flow/journey.ts';
import { JOINED_BY_HALVES, stitch } from '../../src/flow/stitch.ts';
import { ascii, ipv4, udp } from '../support/headers.ts';
import { endOf, Sightings, segment } from '../support/sightings.ts';

const SYN = 0x02;
const SYN_ACK = 0x12;
const ACK = 0x10;
const CLIENT = '10.42.0.5:40000';
const SERVICE = '10.43.0.10:80';
const BACKEND = '10.42.1.7:8080';
const NODE = '10.0.3.7:31000';

function datagram(tuple: string, ttl: number, id: number, text: string): Uint8Array {
  const [from = '', to = ''] = tuple.split(' > ');
  const [src, sport] = endOf(from);
  const [dst, dport] = endOf(to);
  return ipv4(17, udp(sport, dport, ascii(text)), { src, dst, ttl, id });
}

/** A handshake as a bridge whose frames pass netfilter shows it: in under one tuple, out under another. */
function onBridge(seen: Sightings, us: number, requests: string, answers: string): Sightings {
  const see = (at: number, bytes: Uint8Array, way: number) =>
    seen.see('n:cni0', us + at, bytes, 65_535, way);
  see(0, segment(requests, 64, 5, { flags: SYN, seq: 100 }), DIRECTION_IN);
  see(50, segment(answers, 62, 0, { flags: SYN_ACK, seq: 900, ack: 101 }), DIRECTION_OUT);
  return see(80, segment(requests, 64, 6, { flags: ACK, seq: 101, ack: 901 }), DIRECTION_IN);
}

function membersOf(seen: Sightings): number[][] {
  const { count, start, members } = stitch(seen.stage);
  return Array.from({ length: count }, (_, c) =>
    Array.from(members.subarray(start[c], start[c + 1]), (member) => member >> 1),
  );
}

describe('halves of a connection', () => {
  it('are joined, and the tuple of the answers is the one that was dialled', () => {
    const seen = onBridge(new Sightings(), 0, `${CLIENT} > ${BACKEND}`, `${SERVICE} > ${CLIENT}`);
    assert.deepEqual(membersOf(seen), [[0, 1]]);
    const stitching = stitch(seen.stage);
    assert.deepEqual([...stitching.how], [JOINED_BY_HALVES, JOINED_BY_HALVES]);
    const hops = journeyOf(seen.stage, stitching, 0).hops;
    assert.deepEqual(
      hops.map(({ dst, dport }) => `${dst}:${dport}`),
      [SERVICE, BACKEND],
    );
  });

  it('are joined by the server where it was SNAT that was undone', () => {
    const seen = onBridge(new Sightings(), 0, `${NODE} > ${BACKEND}`, `${BACKEND} > ${CLIENT}`);
    assert.deepEqual(membersOf(seen), [[0, 1]]);
  });

  it('are left alone when two answers fit', () => {
    const seen = onBridge(new Sightings(), 0, `${CLIENT} > ${BACKEND}`, `${SERVICE} > ${CLIENT}`);
    seen.see(
      'n:cni0',
      60,
      segment(`10.43.0.99:80 > ${CLIENT}`, 62, 0, { flags: SYN_ACK, seq: 7, ack: 101 }),
      65_535,
      DIRECTION_OUT,
    );
    assert.deepEqual(membersOf(seen), [[0], [1], [2]]);
  });

  it('are none when both came in by the same way', () => {
    const seen = new Sightings()
      .see('n:eth0', 0, segment(`${CLIENT} > ${BACKEND}`, 64, 5, { flags: SYN, seq: 100 }), 99, 1)
      .see(
        'n:eth0',
        50,
        segment(`${SERVICE} > ${CLIENT}`, 62, 0, { flags: SYN_ACK, seq: 900, ack: 101 }),
        99,
        1,
      )
      .see('n:eth0', 80, segment(`${CLIENT} > ${BACKEND}`, 64, 6, { flags: ACK, seq: 101 }), 99, 1);
    assert.deepEqual(membersOf(seen), [[0], [1]]);
  });

  it('are none of a question to many and an answer of one', () => {
    const seen = new Sightings()
      .see('n:eth0', 0, datagram(`${CLIENT} > 239.255.255.250:1900`, 64, 1, 'who'), 999, 2)
      .see('n:eth0', 50, datagram(`10.0.0.9:1900 > ${CLIENT}`, 64, 2, 'me'), 999, 1);
    assert.deepEqual(membersOf(seen), [[0], [1]]);
  });

  it('of one tuple are joined, in a tunnel one way and without it the other', () => {
    const seen = new Sightings()
      .see('n:vxlan0', 0, segment(`${CLIENT} > ${BACKEND}`, 64, 5, { flags: SYN, seq: 100 }))
      .see(
        'n:eth0',
        50,
        segment(`${BACKEND} > ${CLIENT}`, 62, 0, { flags: SYN_ACK, seq: 900, ack: 101 }),
      );
    assert.deepEqual(membersOf(seen), [[0, 1]]);
  });
});

describe('echoes', () => {
  it('are not taken for the datagram on its way, though they hold the same bytes', () => {
    const seen = new Sightings()
      .see('n:cni0', 0, datagram(`${CLIENT} > ${BACKEND}`, 64, 77, 'the same bytes'), 999, 1)
      .see('n:cni0', 400, datagram(`${SERVICE} > ${CLIENT}`, 62, 77, 'the same bytes'), 999, 2);
    const { how, turned } = ((s) => ({ how: [...s.how], turned: [...s.members] }))(
      stitch(seen.stage),
    );
    assert.deepEqual(how, [JOINED_BY_HALVES, JOINED_BY_HALVES]); // as question and answer
    assert.deepEqual(turned, [0, 3]); // the second flow runs the other way
  });
});
