/** Real captures in network namespaces, with tcpdump beside them. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import {
  CHECKSUM_NOT_READY,
  DIRECTION_MASK,
  DIRECTION_OUT,
  SEGMENTED_LATER,
} from '../../src/base/frames.ts';
import type { ConversationRecord } from '../../src/classify/record.ts';

import { openCaptures } from '../../src/source/open.ts';
import { netlens as netlensRead, withDirectory } from '../cli/run.ts';
import { readCapture } from '../support/read-capture.ts';
import { needRoot, needTools } from '../support/skip.ts';
import { Running, Wire } from '../support/wire.ts';

interface Seen {
  readonly time: string;
  readonly device: string | undefined;
  readonly len: number;
  readonly flags: number;
  readonly hex: string;
}

async function framesOf(file: string): Promise<Seen[]> {
  const source = await openCaptures([file]);
  const seen: Seen[] = [];
  for (let batch = await source.next(); batch !== undefined; batch = await source.next()) {
    for (let i = 0; i < batch.count; i++) {
      const at = batch.at[i]!;
      seen.push({
        time: `${batch.seconds[i]}.${String(batch.nanoseconds[i]).padStart(9, '0')}`,
        device: batch.interfaces[batch.iface[i]!]!.name,
        len: batch.len[i]!,
        flags: batch.flags[i]!,
        hex: Buffer.from(batch.bytes.subarray(at, at + batch.caplen[i]!)).toString('hex'),
      });
    }
  }
  await source.close();
  assert.deepEqual(source.damage, []);
  return seen;
}

const sameAs = ({ time, len, hex }: Seen): string => `${time} ${len} ${hex}`;

const ETHERNET_LEN = 14;
const PCAP_HEADER_LEN = 24;
const PCAP_RECORD_LEN = 16;
const PING_LEN = 98;

/** Of TCP over IPv4 in Ethernet: does it hold bytes of the stream? */
function hasPayload({ hex }: Seen): boolean {
  const ip = Buffer.from(hex, 'hex').subarray(ETHERNET_LEN);
  const ipLen = 4 * (ip[0]! & 15);
  return ip.readUInt16BE(2) > ipLen + 4 * (ip[ipLen + 12]! >> 4);
}

/** The same: does its TCP checksum hold? */
function isChecksumRight({ hex }: Seen): boolean {
  const ip = Buffer.from(hex, 'hex').subarray(ETHERNET_LEN);
  const tcp = ip.subarray(4 * (ip[0]! & 15), ip.readUInt16BE(2));
  const pseudo = [...ip.subarray(12, 20), 0, 6, tcp.length >> 8, tcp.length & 0xff];
  const bytes = [...pseudo, ...tcp];
  let sum = 0;
  for (let i = 0; i < bytes.length; i += 2) sum += bytes[i]! * 256 + (bytes[i + 1] ?? 0);
  return sum % 0xffff === 0;
}

/** Wait until the file is at least so long. */
async function untilLong(file: string, len: number): Promise<void> {
  const end = performance.now() + 15_000;
  while ((statSync(file, { throwIfNoEntry: false })?.size ?? 0) < len) {
    assert.ok(performance.now() < end, `${file} is not ${len} bytes long`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** The same with an 802.1Q tag behind the addresses. */
function tagged(frame: Uint8Array, tci: number): Uint8Array {
  const tag = Uint8Array.of(0x81, 0, tci >> 8, tci);
  return Buffer.concat([frame.subarray(0, 12), tag, frame.subarray(12)]);
}

/**
 * Takes what comes over TCP, and closes so late that the other side has forgotten its socket: the last
 * acknowledgement then comes of none, and the kernel computes its checksum itself.
 */
const SINK = `
import socket, time
listener = socket.create_server(('10.77.0.2', 7000))
print('ready', flush=True)
peer, _ = listener.accept()
while peer.recv(65536): pass
time.sleep(0.5)
`;
/** Sends a megabyte. */
const SOURCE = `
import socket
peer = socket.create_connection(('10.77.0.2', 7000))
peer.sendall(bytes(1000000))
`;

describe('netlens capture', () => {
  let wire: Wire;

  before(function () {
    needRoot(this);
    needTools(this, 'ip', 'tcpdump', 'python3', 'ping');
  });

  beforeEach(() => {
    wire = new Wire();
  });

  afterEach(() => wire?.close());

  it('holds what tcpdump holds: every byte, length and nanosecond, VLAN tags in place', async () => {
    const plain = Array.from({ length: 300 }, (_, i) => {
      const frame = new Uint8Array(60 + (i % 900)).fill(i);
      frame.set([2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 8, 0, 0x45, 0, 0, 46]);
      return frame;
    });
    const frames = [...plain, ...plain.map((frame, i) => tagged(frame, i + 1))];
    await withDirectory(async (folder) => {
      const [ours, theirs] = [join(folder, 'ours.pcapng'), join(folder, 'theirs.pcap')];
      const netlens = await Running.netlens(wire.far, ['-i', 'v1', '-w', ours]);
      const options = ['-i', 'v1', '-U', '-Z', 'root', '--time-stamp-precision=nano', '-B', '8192'];
      const tcpdump = await Running.tcpdump(wire.far, [...options, '-w', theirs]);
      wire.send(frames);
      const recordsLen = frames.reduce((len, frame) => len + PCAP_RECORD_LEN + frame.length, 0);
      await untilLong(theirs, PCAP_HEADER_LEN + recordsLen); // what is in tcpdump's ring at its end is lost
      const { code, err } = await netlens.end();
      await tcpdump.end();
      assert.equal(code, 130);
      assert.match(err, /Captured 600 frames .*\nLost: nothing\./);
      const seen = await framesOf(ours);
      assert.deepEqual(seen.map(sameAs), (await framesOf(theirs)).map(sameAs));
      const sent = frames.map((frame) => Buffer.from(frame).toString('hex'));
      assert.deepEqual(
        seen.map(({ hex }) => hex),
        sent,
      );
    });
  });

  it('frames of offloads keep what the kernel knew of them: no checksum is called bad', async () => {
    await withDirectory(async (folder) => {
      const file = join(folder, 'bulk.pcapng');
      const netlens = await Running.netlens(wire.near, ['-i', 'v0', '-w', file, 'tcp']);
      const server = await Running.command(wire.far, 'python3', ['-c', SINK], /ready/);
      wire.inside(wire.near, 'python3', ['-c', SOURCE]);
      await server.end();
      await netlens.end();
      const seen = await framesOf(file);
      const out = seen.filter(({ flags }) => (flags & DIRECTION_MASK) === DIRECTION_OUT);
      assert.ok(out.length > 0 && out.length < seen.length, 'both directions are told apart');
      assert.ok(out.some(({ len, flags }) => len > 1514 && (flags & SEGMENTED_LATER) !== 0));
      const isReady = ({ flags }: Seen): boolean => (flags & CHECKSUM_NOT_READY) === 0;
      assert.deepEqual(out.filter(isReady).filter(hasPayload), []);
      assert.deepEqual(
        out.filter((frame) => isReady(frame) !== isChecksumRight(frame)),
        [],
      );
      const shown = netlensRead(['read', file, '--frames', '-vv']);
      assert.equal(shown.code, 0, shown.err);
      assert.doesNotMatch(shown.out, /incorrect|bad/);
    });
  });

  it('SIGTERM leaves every frame in the file; SIGKILL a file that can be read', async () => {
    await withDirectory(async (folder) => {
      const [ended, killed] = [join(folder, 'ended.pcapng'), join(folder, 'killed.pcapng')];
      const one = await Running.netlens(wire.near, ['-w', ended, 'icmp']);
      const other = await Running.netlens(wire.near, ['-w', killed, 'icmp']);
      wire.ping(50);
      const { code } = await one.end('SIGTERM');
      assert.equal(code, 143);
      assert.equal((await framesOf(ended)).length, 100);
      await untilLong(killed, 90 * (32 + PING_LEN)); // 32: an Enhanced Packet Block without options
      const { signal } = await other.end('SIGKILL');
      assert.equal(signal, 'SIGKILL');
      const { frames } = await readCapture(killed);
      assert.ok(frames.length >= 90, `${frames.length} of 100 frames`);
    });
  });

  it('rings larger than a node should give are refused, with their size', async () => {
    await assert.rejects(
      Running.netlens(wire.near, ['-B', '4194304']),
      /-B: a ring of 4096 MiB, more than 1 GiB together: make it smaller/,
    );
  });

  it('devices that go, come again and come anew are followed, and that is said', async () => {
    const all = await Running.netlens(wire.near, ['--frames', '-n', 'icmp']);
    const one = await Running.netlens(wire.near, ['-i', 'w0', '-i', 'v0', '--frames', 'icmp']).then(
      () => assert.fail('w0 is not there'),
      (error: Error) => error.message,
    );
    assert.match(one, /w0: there is no such device; netlens interfaces lists/);
    wire.addLink('w0', 'w1', '10.78.0');
    const single = await Running.netlens(wire.near, ['-i', 'w0', '--frames', '-n', 'icmp']);
    const both = await Running.netlens(wire.near, [
      '-i',
      'w0',
      '-i',
      'v0',
      '--frames',
      '-n',
      'icmp',
    ]);
    wire.ping(1, '10.78.0.2');
    wire.removeLink('w0');
    await single.until(() => /w0 has gone: waiting/.test(single.err));
    await both.until(() => /w0 has gone: waiting/.test(both.err));
    wire.ping(1);
    wire.addLink('w0', 'w1', '10.78.0');
    await single.until(() => /w0 is (there|up) again/.test(single.err));
    await both.until(() => /w0 is (there|up) again/.test(both.err));
    wire.ping(1, '10.78.0.2');
    const lines = async (running: Running): Promise<string[]> =>
      (await running.end()).out.match(/ [vw]0 IP /g)?.map((word) => word.slice(1, 3)) ?? [];
    assert.deepEqual(await lines(single), ['w0', 'w0', 'w0', 'w0']);
    assert.deepEqual(await lines(both), ['w0', 'w0', 'v0', 'v0', 'w0', 'w0']);
    assert.deepEqual(await lines(all), ['w0', 'w0', 'v0', 'v0', 'w0', 'w0']);
  });

  it('a device that goes down and up again is waited for', async () => {
    const netlens = await Running.netlens(wire.near, ['-i', 'v0', '--frames', '-n', 'icmp']);
    wire.inside(wire.near, 'ip', ['link', 'set', 'v0', 'down']);
    await netlens.until(() => /v0 is down: waiting for it/.test(netlens.err));
    wire.inside(wire.near, 'ip', ['link', 'set', 'v0', 'up']);
    await netlens.until(() => /v0 is up again/.test(netlens.err));
    await netlens.until(() => true);
    wire.inside(wire.near, 'ping', ['-qc', '1', '-w', '5', '10.77.0.2']);
    const { out } = await netlens.end();
    assert.match(out, /v0 IP 10\.77\.0\.1 > 10\.77\.0\.2: ICMP echo request/);
  });

  it('looks into other network namespaces, several at once, and joins what it sees there', async () => {
    const words = [
      '--netns',
      wire.near,
      '--netns',
      `/run/netns/${wire.far}`,
      '-o',
      'jsonl',
      'icmp',
    ];
    const netlens = await Running.here(words);
    wire.ping(2);
    const { out, err } = await netlens.end();
    const records = out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as ConversationRecord);
    assert.equal(records.length, 1, err);
    const devices = records[0]!.hops.map((hop) => hop.interface).sort();
    assert.deepEqual(devices, [`${wire.near}:v0`, `${wire.far}:v1`].sort());
    assert.deepEqual(records[0]!.packets, { toServer: 2, toClient: 2 });
    assert.equal(records[0]!.lifecycle, 'unfinished');
  });

  it('-Q takes one direction, -s so many bytes, -c so many frames', async () => {
    const words = [
      '-i',
      'v0',
      '-Q',
      'out',
      '-s',
      '40',
      '-c',
      '3',
      '-o',
      'jsonl',
      '--frames',
      'icmp',
    ];
    const netlens = await Running.netlens(wire.near, words);
    wire.ping(5);
    await once(netlens.child, 'close');
    const frames = netlens.out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { captured: number; length: number });
    assert.deepEqual(
      frames.map(({ captured, length }) => [captured, length]),
      [
        [40, 98],
        [40, 98],
        [40, 98],
      ],
    );
    assert.equal(netlens.child.exitCode, 0);
  });

  it('frames of the loopback device are there once', async () => {
    const netlens = await Running.netlens(wire.near, ['--count', 'icmp']);
    wire.ping(3, '127.0.0.1');
    const { out } = await netlens.end();
    assert.equal(out, '6 packets\n');
  });

  it('a reader that leaves ends the capture', async () => {
    const netlens = await Running.netlens(wire.near, ['--frames', 'icmp']);
    netlens.child.stdout.destroy();
    const ended = once(netlens.child, 'close', { signal: AbortSignal.timeout(10_000) });
    for (let i = 0; i < 3 && netlens.child.exitCode === null; i++) wire.ping(20);
    await ended;
    assert.equal(netlens.child.exitCode, 0, netlens.err);
  });

  it('a full disk ends the capture: said, with the sum, and the file can be read', async () => {
    await withDirectory(async (folder) => {
      const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=128k', 'none', folder]);
      assert.equal(mounted.status, 0, String(mounted.stderr));
      try {
        const file = join(folder, 'full.pcapng');
        const netlens = await Running.netlens(wire.near, ['-w', file, 'icmp']);
        const ended = once(netlens.child, 'close', { signal: AbortSignal.timeout(15_000) });
        const large = ['-i', '0.002', '-s', '1400', '10.77.0.2'];
        wire.inside(wire.near, 'ping', ['-qc', '20', ...large]);
        await untilLong(file, 40 * 1400); // these fitted, and what comes later does not take them away
        for (let i = 0; i < 5 && netlens.child.exitCode === null; i++) {
          wire.inside(wire.near, 'ping', ['-qc', '100', ...large]);
        }
        await ended;
        assert.equal(netlens.child.exitCode, 1, netlens.err);
        assert.match(netlens.err, /full\.pcapng: the disk is full/);
        const said = /Captured (\d+) frames[\s\S]*Lost: (\d+) frames could not be written/.exec(
          netlens.err,
        );
        assert.ok(said !== null, netlens.err);
        const { length } = await framesOf(file);
        assert.ok(length >= 40, `${length} frames`);
        assert.equal(Number(said[2]), Number(said[1]) - length);
      } finally {
        spawnSync('umount', [folder]);
      }
    });
  });
});
