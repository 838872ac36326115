/** What becomes of packets in the flow table. */
import assert from 'node:assert/strict';
import { tcpStateOf } from '../../src/flow/tcp-tracking.ts';
import { icmpEcho, ipv4, udp } from '../support/headers.ts';
import { Sightings, segment } from '../support/sightings.ts';

const SYN = 0x02;
const SYN_ACK = 0x12;
const ACK = 0x10;
const FIN_ACK = 0x11;
const RST = 0x04;
const A = '10.0.0.1:4000';
const B = '10.0.0.2:80';
const THERE = `${A} > ${B}`;
const BACK = `${B} > ${A}`;
const DATA = new Uint8Array(100);

function handshake(seen: Sightings): Sightings {
  return seen
    .see('n:eth0', 0, segment(THERE, 64, 1, { flags: SYN, seq: 100 }))
    .see('n:eth0', 200, segment(BACK, 63, 0, { flags: SYN_ACK, seq: 900, ack: 101 }))
    .see('n:eth0', 450, segment(THERE, 64, 2, { flags: ACK, seq: 101, ack: 901 }));
}

describe('flows', () => {
  it('hold both directions of a 5-tuple, and the handshake time from SYN to ACK', () => {
    const { flows } = handshake(new Sightings()).stage;
    assert.equal(flows.count, 1);
    assert.deepEqual([flows.packetsBy(0), flows.packetsBy(1)], [2, 1]);
    assert.equal(flows.rtt(0), 450_000);
    assert.equal(tcpStateOf(flows.tcpFlagsBy(0), flows.tcpFlagsBy(1)), 'established');
  });

  it('of a single packet have its counts and time, and no other direction', () => {
    const { flows } = new Sightings().see(
      'n:eth0',
      7,
      segment(THERE, 64, 1, { flags: SYN, seq: 100, payload: DATA }),
    ).stage;
    assert.deepEqual([flows.packetsBy(0), flows.packetsBy(1)], [1, 0]);
    assert.deepEqual([flows.bytesBy(0), flows.bytesBy(1)], [140, 0]);
    assert.deepEqual([flows.payloadBy(0), flows.payloadBy(1)], [100, 0]);
    assert.deepEqual([flows.wireBytesBy(0), flows.wireBytesBy(1)], [140, 0]);
    assert.deepEqual([flows.first(0), flows.last(0), flows.rtt(0)], [7000, 7000, -1]);
  });

  it('end no earlier than they begin, also when later frames have earlier times', () => {
    const { flows } = new Sightings()
      .see('n:eth0', 5e6, segment(THERE, 64, 1, { flags: SYN, seq: 100 }))
      .see('n:eth0', 1e6, segment(THERE, 64, 2, { flags: ACK, seq: 101 }))
      .see('n:eth0', 2e6, segment(BACK, 64, 2, { flags: ACK, seq: 101 })).stage;
    assert.equal(flows.packetsBy(0), 2);
    assert.equal(flows.last(0), flows.first(0));
  });

  it('count bytes from the IP header on, and payload above TCP', () => {
    const { flows } = handshake(new Sightings()).see(
      'n:eth0',
      500,
      segment(THERE, 64, 3, { flags: ACK, seq: 101, payload: DATA }),
    ).stage;
    assert.equal(flows.bytesBy(0), 40 + 40 + 140);
    assert.equal(flows.payloadBy(0), 100);
  });

  it('tell a retransmission by its sequence number and its newer IP identification', () => {
    const { flows } = handshake(new Sightings())
      .see('n:eth0', 500, segment(THERE, 64, 3, { flags: ACK, seq: 101, payload: DATA }))
      .see('n:eth0', 300_000, segment(THERE, 64, 4, { flags: ACK, seq: 101, payload: DATA })).stage;
    assert.equal(flows.retransmissions(0), 1);
    assert.equal(flows.repeats(0), 0);
  });

  it('do not call a packet seen again a router further a retransmission, nor count it twice', () => {
    const { flows } = handshake(new Sightings())
      .see('n:eth0', 500, segment(THERE, 64, 3, { flags: ACK, seq: 101, payload: DATA }))
      .see('n:eth0', 510, segment(THERE, 63, 3, { flags: ACK, seq: 101, payload: DATA })).stage;
    assert.equal(flows.retransmissions(0), 0);
    assert.equal(flows.repeats(0), 1);
    assert.equal(flows.payloadBy(0), 100);
  });

  it('do not call a keep-alive or a reordered segment a retransmission (RFC 9293 section 3.8.4)', () => {
    const { flows } = handshake(new Sightings())
      .see('n:eth0', 500, segment(THERE, 64, 4, { flags: ACK, seq: 201, payload: DATA }))
      .see('n:eth0', 600, segment(THERE, 64, 3, { flags: ACK, seq: 101, payload: DATA }))
      .see(
        'n:eth0',
        9e6,
        segment(THERE, 64, 9, { flags: ACK, seq: 300, payload: new Uint8Array(1) }),
      ).stage;
    assert.equal(flows.retransmissions(0), 0);
  });

  it('end with FIN both ways, or with a reset', () => {
    const closed = handshake(new Sightings())
      .see('n:eth0', 500, segment(THERE, 64, 3, { flags: FIN_ACK, seq: 101 }))
      .see('n:eth0', 600, segment(BACK, 63, 5, { flags: FIN_ACK, seq: 901 })).stage.flows;
    assert.equal(tcpStateOf(closed.tcpFlagsBy(0), closed.tcpFlagsBy(1)), 'closed');
    const reset = handshake(new Sightings()).see(
      'n:eth0',
      500,
      segment(BACK, 63, 5, { flags: RST, seq: 901 }),
    );
    assert.equal(reset.stage.flows.resets(0), 1);
  });

  it('are new when a SYN with another sequence number uses the 5-tuple again', () => {
    const { flows } = handshake(new Sightings())
      .see('n:eth0', 1e6, segment(THERE, 64, 7, { flags: SYN, seq: 77_777 }))
      .see(
        'n:eth0',
        1_000_100,
        segment(BACK, 63, 0, { flags: SYN_ACK, seq: 5, ack: 77_778 }),
      ).stage;
    assert.equal(flows.count, 2);
    assert.equal(flows.earlier(1), 0);
    assert.deepEqual([flows.packetsBy(2), flows.packetsBy(3)], [1, 1]);
  });

  it('stay the same for a SYN that is sent again', () => {
    const { flows } = new Sightings()
      .see('n:eth0', 0, segment(THERE, 64, 1, { flags: SYN, seq: 100 }))
      .see('n:eth0', 1e6, segment(THERE, 64, 2, { flags: SYN, seq: 100 })).stage;
    assert.equal(flows.count, 1);
    assert.equal(flows.retransmissions(0), 1);
  });

  it('are one per ICMP echo identifier', () => {
    const { flows } = new Sightings()
      .see('n:eth0', 0, ipv4(1, icmpEcho(8, 7, 1)))
      .see('n:eth0', 10, ipv4(1, icmpEcho(0, 7, 1), { src: [10, 0, 0, 2], dst: [10, 0, 0, 1] }))
      .see('n:eth0', 20, ipv4(1, icmpEcho(8, 8, 1))).stage;
    assert.equal(flows.count, 2);
    assert.deepEqual([flows.packetsBy(0), flows.packetsBy(1)], [1, 1]);
  });

  it('take the later fragments of their datagrams, also those that come first', () => {
    const body = udp(5000, 6000, new Uint8Array(40));
    const first = ipv4(17, body.slice(0, 24), { id: 9, more: true });
    const later = ipv4(17, body.slice(24), { id: 9, offset: 24 });
    const orphan = ipv4(17, body.slice(24), { id: 10, offset: 24 });
    const { stage } = new Sightings()
      .see('n:eth0', 0, later)
      .see('n:eth0', 5, first)
      .see('n:eth0', 9, orphan);
    stage.finish();
    assert.equal(stage.flows.count, 1);
    assert.equal(stage.flows.packetsBy(0), 2);
    assert.equal(stage.flows.payloadBy(0), 16 + 24);
    assert.equal(stage.orphanFragments, 1);
  });

  it('keep their ports when the snaplen cuts the TCP header', () => {
    const { flows } = new Sightings().see(
      'n:eth0',
      0,
      segment(THERE, 64, 1, { flags: SYN, seq: 100 }),
      30,
    ).stage;
    assert.equal(flows.ports(0), (4000 << 16) | 80);
  });

  it('beyond the limit are counted, and in no row', () => {
    const seen = new Sightings(1)
      .see('n:eth0', 0, segment(THERE, 64, 1, { flags: SYN }))
      .see('n:eth0', 1, segment('10.0.0.9:1 > 10.0.0.2:80', 64, 1, { flags: SYN }));
    assert.equal(seen.stage.flows.count, 1);
    assert.equal(seen.stage.untracked, 1);
  });
});
