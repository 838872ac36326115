/**
 * tshark as the oracle of what is inside tunnels: its display filters see every layer, and `#1` and
 * `#[-1]` name the first and the last of a kind. Over the encapsulated frames of the fixtures and of the
 * shared captures (NETLENS_CAPTURES, or ../shared/captures).
 */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { IPV4 } from '../../src/base/protocol-numbers.ts';
import type { Packet } from '../../src/decode/packet.ts';
import { innerRow, nextLayer, outerRow } from '../../src/filter/layers.ts';
import { capturesIn } from '../oracle/survey.ts';
import { needTools } from '../support/skip.ts';
import {
  framesOf,
  inParallel,
  makePools,
  netlensMatches,
  type Pool,
  tsharkMatches,
} from './capture-pool.ts';

const shared = path.resolve(process.env.NETLENS_CAPTURES ?? '../shared/captures');
const FRAMES_OF_A_CAPTURE_MAX = 150;
/** tshark processes at a time. */
const PARALLEL = 2;

const net = (prefix: string): string =>
  `(ip.addr == ${prefix} || arp.src.proto_ipv4 == ${prefix} || arp.dst.proto_ipv4 == ${prefix})`;

/** The same question to netlens and to tshark. */
const PAIRS: readonly (readonly [ours: string, theirs: string])[] = [
  ['net 172.16.0.0/12', net('172.16.0.0/12')],
  ['net 10', net('10.0.0.0/8')],
  ['not net 10', `!${net('10.0.0.0/8')}`],
  [
    'net 192.168.0.0/16 and not net 10.244.0.0/16',
    `${net('192.168.0.0/16')} && !${net('10.244.0.0/16')}`,
  ],
  ['outer src net 192.168.0.0/16', 'ip.src#1 == 192.168.0.0/16'],
  ['inner net 10', 'ip.src#[-1] == 10.0.0.0/8 || ip.dst#[-1] == 10.0.0.0/8'],
  ['inner (src net 10 and tcp)', 'ip.src#[-1] == 10.0.0.0/8 && tcp'],
  ['inner not net 10', '!(ip.src#[-1] == 10.0.0.0/8 || ip.dst#[-1] == 10.0.0.0/8)'],
  ['outer ip[8] = 64', 'ip.ttl#1 == 64'],
  ['inner ip.ttl < 64', 'ip.ttl#[-1] < 64'],
  ['ip[8] < 64', 'ip.ttl < 64'],
  ['tcp', 'tcp'],
  ['tcp port 80', 'tcp.port == 80'],
  ['not tcp port 80', '!(tcp.port == 80)'],
  ['udp port 4789 or 8472', 'udp.port == 4789 || udp.port == 8472'],
  ['src port 53 or dst port 53', 'udp.port == 53 || tcp.port == 53'],
  ['tcp[tcpflags] & tcp-syn != 0', 'tcp.flags.syn == 1'],
  ['tcp.flags.syn == 1 and not tcp.flags.ack == 1', 'tcp.flags.syn == 1 && tcp.flags.ack == 0'],
  ['icmp[icmptype] = icmp-echo', 'icmp.type == 8'],
  ['encap vxlan', 'vxlan'],
  ['vxlan 1', 'vxlan.vni == 1'],
  ['encap vxlan and inner tcp', 'vxlan && tcp'],
  ['encap ipip', 'ip.proto == 4 || ah.next_header == 4'],
  ['encap gre', 'gre'],
  ['geneve', 'geneve'],
  [
    'inner (udp and dns *.local)',
    '!tcp && (dns.qry.name matches "[.]local$" || dns.resp.name matches "[.]local$")',
  ],
];

/** Encapsulated frames without damage whose layers are all IPv4, which `ip...#1` and `ip...#[-1]` can name. */
function leave(packet: Packet): string | undefined {
  if (packet.notes !== 0 || packet.cut) return 'cut, fragment or malformed';
  if (outerRow(packet) === innerRow(packet)) return 'not encapsulated';
  if (packet.quoted >= 0) return 'quotes a packet, whose addresses tshark counts too';
  for (let row = outerRow(packet); row < packet.depth; row = nextLayer(packet, row)) {
    if (packet.protocol[row] !== IPV4) return 'IPv6 or ARP among its layers';
  }
  return undefined;
}

describe('filter: tshark finds the same inside tunnels', function () {
  this.timeout(300_000);
  let directory: string;
  let pool: Pool;

  before(async function () {
    needTools(this, 'tshark');
    directory = mkdtempSync(path.join(tmpdir(), 'netlens-filter-'));
    const captures = [...capturesIn('fixtures', ''), ...capturesIn(shared, '')];
    const frames = await framesOf(captures, FRAMES_OF_A_CAPTURE_MAX);
    pool = makePools(frames, [1], directory, leave)[0]!;
    console.log(`filter oracle: ${pool.frames.length} encapsulated frames`);
  });

  after(() => {
    if (directory !== undefined) rmSync(directory, { recursive: true });
  });

  it('for every pair of filters', async () => {
    const ours = netlensMatches(
      pool,
      PAIRS.map(([text]) => text),
    );
    const differences: string[] = [];
    let effective = 0;
    await inParallel(PARALLEL, PAIRS, async ([text, filter], f) => {
      const theirs = await tsharkMatches(pool, filter);
      if (theirs instanceof Error) {
        differences.push(`tshark does not take '${filter}': ${theirs.message}`);
        return;
      }
      if (theirs.size > 0) effective++;
      const unlike = pool.frames.findIndex((_, place) => ours[f]!.has(place) !== theirs.has(place));
      if (unlike < 0) return;
      const which = theirs.has(unlike) ? 'only tshark' : 'only netlens';
      const hex = Buffer.from(pool.frames[unlike]!.bytes.slice(0, 120)).toString('hex');
      differences.push(`'${text}', '${filter}': ${which}, frame ${unlike + 1}: ${hex}`);
    });
    assert.deepEqual(differences, []);
    assert.ok(effective >= 15, `only ${effective} filters find anything: the frames are too poor`);
  });
});
