/** Filters attached to real sockets: what the kernel lets through is what netlens wants, on every kind of device. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FrameBatch } from '../../src/base/frames.ts';
import { decode } from '../../src/decode/decode.ts';
import { Packet } from '../../src/decode/packet.ts';
import { compileFilter } from '../../src/filter/filter.ts';
import { openCaptures } from '../../src/source/open.ts';
import { withDirectory } from '../cli/run.ts';
import { samples } from '../support/samples.ts';
import { needRoot, needTools } from '../support/skip.ts';
import { Running, Wire } from '../support/wire.ts';

const FILTERS = [
  'icmp',
  'tcp port 443',
  'not icmp',
  'outer udp and inner icmp',
  'vlan and icmp6',
  'encap ipip or encap vxlan',
  'ip6 and not (tcp or udp)',
  'outbound and tcp',
];
const ALL = '';
/** The shortest and the longest frame that the wire takes. */
const LEN_MIN = 14;
const LEN_MAX = 1500;

/** Frames of the file that the filter lets through, one text each. */
async function wantedOf(file: string, text: string): Promise<string[]> {
  const filter = compileFilter(text);
  const packet = new Packet();
  const source = await openCaptures([file]);
  const wanted: string[] = [];
  for (let batch = await source.next(); batch !== undefined; batch = await source.next()) {
    for (let i = 0; i < batch.count; i++) {
      decode(batch, i, packet);
      if (filter.frame(packet, batch, i)) wanted.push(textOf(batch, i));
    }
  }
  await source.close();
  return wanted;
}

function textOf(batch: FrameBatch, i: number): string {
  const at = batch.at[i]!;
  const bytes = Buffer.from(batch.bytes.subarray(at, at + batch.caplen[i]!));
  return `${batch.interfaces[batch.iface[i]!]!.linktype} ${batch.flags[i]} ${bytes.toString('hex')}`;
}

function sendable(linktypes: readonly number[]): Uint8Array[] {
  return samples
    .filter(({ linktype, bytes }) => linktypes.includes(linktype) && bytes.length >= LEN_MIN)
    .filter(({ bytes }) => bytes.length <= LEN_MAX)
    .map(({ bytes }) => bytes);
}

/** As Ethernet has them, with the addresses of nobody here. */
function inEthernet(packet: Uint8Array): Uint8Array {
  const type = packet[0]! >> 4 === 6 ? [0x86, 0xdd] : [0x08, 0x00];
  return Uint8Array.from([...new Array(12).fill(0x02), ...type, ...packet]);
}

describe('filter in the kernel, on real sockets', function () {
  this.timeout(60_000);
  let wire: Wire;

  before(function () {
    needRoot(this);
    needTools(this, 'ip', 'python3');
    wire = new Wire();
  });

  after(() => wire?.close());

  it('loses no frame of Ethernet, VLANs, loopback and tunnel devices, and keeps others out of the ring', async () => {
    const raw = sendable([101, 228, 229]);
    await withDirectory(async (folder) => {
      const captures = await Promise.all(
        [ALL, ...FILTERS].map(async (filter, n) => {
          const [file, ledger] = [join(folder, `${n}.pcapng`), join(folder, `${n}.json`)];
          const options = ['-B', '4096', '-p', '--no-host', '-w', file, '--ledger', ledger];
          const running = await Running.netlens(wire.far, [...options, filter]);
          return { filter, file, ledger, running };
        }),
      );
      wire.send([...sendable([1]), ...raw.map(inEthernet)]);
      const lines = raw.map((packet) => Buffer.from(packet).toString('hex')).join('\n');
      wire.inside(wire.far, 'python3', ['-c', SENDER_INSIDE], lines);
      const whole = captures[0]!;
      for (const { running } of captures) assert.equal((await running.end()).code, 130);
      const received = (ledger: string): number =>
        JSON.parse(readFileSync(ledger, 'utf8')).live.received;
      const all = received(whole.ledger);
      assert.ok(all > 300, `${all} frames`);
      for (const { filter, file, ledger } of captures.slice(1)) {
        const wanted = await wantedOf(whole.file, filter);
        assert.deepEqual(await wantedOf(file, ''), wanted, filter);
        assert.ok(wanted.length > 0, filter);
        const most = wanted.length + all / 4; // a frame of every header there is: many are left to netlens
        assert.ok(
          received(ledger) <= most,
          `${filter}: ${received(ledger)} of ${all}, wanted ${wanted.length}`,
        );
      }
    });
  });

  it('takes a long filter where the kernel has little room for it', async () => {
    const hosts = Array.from({ length: 150 }, (_, i) => `host 10.9.${i}.1`).join(' or ');
    wire.inside(wire.far, 'sysctl', ['-qw', 'net.core.optmem_max=20480']);
    await withDirectory(async (folder) => {
      const file = join(folder, 'seen.pcapng');
      const options = ['-B', '4096', '-p', '--no-host', '-w', file];
      const running = await Running.netlens(wire.far, [...options, `icmp or ${hosts}`]);
      wire.send(sendable([1]));
      const { code, err } = await running.end();
      assert.equal(code, 130, err);
      assert.ok((await wantedOf(file, '')).length > 0);
    });
  });
});

/**
 * Each packet out of a TUN device and into it, which has no link header, and through the loopback device
 * behind a header of zeros.
 */
const SENDER_INSIDE = `
import fcntl, os, socket, struct, subprocess, sys
TUNSETIFF, TUN_WITHOUT_HEADER = 0x400454ca, 0x1001
tun = os.open('/dev/net/tun', os.O_RDWR)
fcntl.ioctl(tun, TUNSETIFF, struct.pack('16sH', b'tun9', TUN_WITHOUT_HEADER))
subprocess.run(['ip', 'link', 'set', 'tun9', 'up'], check=True)
def wire(device):
    made = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
    made.bind((device, 0))
    return made
out, loop = wire('tun9'), wire('lo')
for line in sys.stdin:
    packet = bytes.fromhex(line.strip())
    kind = b'\\x86\\xdd' if packet[0] >> 4 == 6 else b'\\x08\\x00'
    loop.send(bytes(12) + kind + packet)
    out.send(packet)
    try:
        os.write(tun, packet)
    except OSError:
        pass # no packet that a host takes
`;
