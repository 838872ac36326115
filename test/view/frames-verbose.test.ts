/** What -v tells of options and records. The expected words are those of tcpdump 4.99.3 for the same bytes, but where a comment says why not. */
import assert from 'node:assert/strict';
import { decode } from '../../src/decode/decode.ts';
import { Packet } from '../../src/decode/packet.ts';
import { BARE_LINES, FrameLines } from '../../src/view/frames/line.ts';
import { batch } from '../support/frames.ts';
import * as h from '../support/headers.ts';

const RAW_IP = 101;
const ALL_NODES = [0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1];
const DATAGRAM = h.udp(1, 2, h.ascii('a'));

function show(bytes: Uint8Array, verbosity = 1, caplen = bytes.length): string {
  const lines = new FrameLines({ ...BARE_LINES, verbosity });
  const frames = batch(bytes, { linktype: RAW_IP, caplen });
  const packet = new Packet();
  decode(frames, 0, packet);
  lines.add(packet, frames, 0);
  return lines.context.out.toString().trimEnd();
}

function options(...bytes: number[]): string {
  const text = show(h.ipv4(17, DATAGRAM, { options: Uint8Array.from(bytes) }));
  return /, (options \(.*\))\)\n/.exec(text)?.[1] ?? text;
}

/** After the IPv6 addresses. */
function upper(bytes: Uint8Array, verbosity = 1): string {
  return show(bytes, verbosity).replace(/^IP6 \(.*?\) \S+ > \S+: /, '');
}

function icmpv6(
  type: number,
  verbosity: number,
  ...body: readonly (Uint8Array | number[])[]
): string {
  const text = upper(h.ipv6(58, h.icmpv6(type, 0, h.join(...body))), verbosity);
  return text.replace(/^.*?ICMP6, /, '');
}

describe('a frame with -v', () => {
  it('shows the options of IPv4', () => {
    assert.equal(options(0x94, 4, 0, 0), 'options (RA)');
    assert.equal(options(7, 7, 8, 10, 0, 0, 9, 1), 'options (RR 10.0.0.9,,NOP)');
    assert.equal(
      options(0x83, 11, 8, 10, 0, 0, 7, 10, 0, 0, 8, 0),
      'options (LSRR 10.0.0.7, 10.0.0.8,EOL)',
    );
    assert.equal(
      options(0x44, 12, 9, 0x10, 0, 0, 0, 5, 0, 0, 0, 6),
      'options (timestamp TS{TSONLY 5@ ^ 6@ [1 hops not recorded]})', // tcpdump: a space more
    );
    assert.equal(
      options(0x44, 12, 5, 1, 10, 0, 0, 9, 0, 0, 0, 6),
      'options (timestamp TS{TS+ADDR ^ 6@10.0.0.9})',
    );
    assert.equal(options(10, 200, 0, 0), 'options (unknown 10 [bad length])'); // tcpdump tells it
    // not known to tcpdump: the service that Cilium tells the other node (direct server return)
    assert.equal(
      options(0x9a, 8, 0x75, 0x80, 10, 2, 0, 192),
      'options (cilium-dsr 192.0.2.10.32885)',
    );
  });

  it('shows the options and routes of IPv6', () => {
    const alert = h.extension(17, Uint8Array.of(5, 2, 0, 0), DATAGRAM);
    assert.match(upper(h.ipv6(0, alert)), /^HBH \(rtalert: 0x0000\) \(padn\) 1 > 2: /);
    const odd = h.extension(17, Uint8Array.of(0x0b, 1, 0, 0), DATAGRAM);
    assert.match(
      upper(h.ipv6(60, odd)),
      /^DSTOPT \(opt_type 0x0b: len=1\)\(pad1\)\(padn\) 1 > 2: /,
    );
    const service = h.extension(17, Uint8Array.of(0x1b, 18, 0, 80, ...h.V6_B), DATAGRAM);
    assert.match(upper(h.ipv6(60, service)), /^DSTOPT \(cilium-dsr: fd00:0:0:1::b\.80\)/);
    assert.match(
      upper(h.ipv6(43, h.routing(17, DATAGRAM)), 0),
      /RT6 \(len=2, type=4, segleft=1, last-entry=0, flags=0x0, tag=0, \[0\]fd00:0:0:1::b\) 1 > 2: /,
    );
  });

  it('shows neighbour discovery with its options', () => {
    assert.equal(
      icmpv6(135, 1, h.u32(0), h.V6_B, [1, 1], h.MAC_A),
      'neighbor solicitation, length 32, who has fd00:0:0:1::b\n\t  source link-address option (1), length 8 (1): 02:00:00:00:00:0a',
    );
    assert.equal(
      icmpv6(136, 1, h.u32(0x6000_0000), h.V6_B, [2, 1], h.MAC_A),
      'neighbor advertisement, length 32, tgt is fd00:0:0:1::b, Flags [solicited, override]\n\t  destination link-address option (2), length 8 (1): 02:00:00:00:00:0a',
    );
    assert.equal(
      icmpv6(137, 1, h.u32(0), h.V6_A, h.V6_B),
      'redirect, length 40, fd00:0:0:1::b to fd00::a',
    );
    const prefix = h.join([3, 4, 64, 0xc0], h.u32(86_400), h.u32(0xffff_ffff), h.u32(0), h.V6_B);
    const others = h.join([5, 1, 0, 0], h.u32(1450), [25, 3, 0, 0], h.u32(1800), h.V6_A);
    assert.deepEqual(
      icmpv6(134, 1, [64, 0xc8], h.u16(1800), h.u32(0), h.u32(0), prefix, others).split('\n'),
      [
        'router advertisement, length 80',
        '\thop limit 64, Flags [managed, other stateful], pref high, router lifetime 1800s, reachable time 0ms, retrans timer 0ms',
        '\t  prefix info option (3), length 32 (4): fd00:0:0:1::b/64, Flags [onlink, auto], valid time 86400s, pref. time infinity',
        '\t  mtu option (5), length 8 (1):  1450',
        '\t  rdnss option (25), length 24 (3):  lifetime 1800s, addr: fd00::a',
      ],
    );
    // without -v the length stands last
    assert.equal(
      icmpv6(135, 0, h.u32(0), h.V6_B),
      'neighbor solicitation, who has fd00:0:0:1::b, length 24',
    );
  });

  it('shows multicast groups, with -vv their sources; here tcpdump leaves the length out', () => {
    const records = [h.u16(0), h.u16(2), [4, 0, 0, 0], ALL_NODES, [1, 0, 0, 1], ALL_NODES, h.V6_A];
    assert.equal(
      icmpv6(143, 1, ...records),
      'multicast listener report v2, 2 group record(s) [gaddr ff02::1 to_ex, 0 source(s)] [gaddr ff02::1 is_in, 1 source(s)], length 64',
    );
    assert.match(
      icmpv6(143, 2, ...records),
      / \[gaddr ff02::1 to_ex \{ \}\] \[gaddr ff02::1 is_in \{ fd00::a \}\],/,
    );
    assert.match(
      icmpv6(143, 0, ...records),
      /^multicast listener report v2, 2 group record\(s\), length 64/,
    );
    const query = [h.u16(0x9000), h.u16(0), ALL_NODES, [0x0a, 0x90], h.u16(1), h.V6_A];
    assert.match(
      icmpv6(130, 1, ...query),
      /^multicast listener query v2 \[max resp delay=65536\] \[gaddr ff02::1 sflag robustness=2 qqi=256, 1 source\(s\)\],/,
    );
    assert.match(
      icmpv6(131, 1, h.u16(0), h.u16(0), ALL_NODES),
      /report max resp delay: 0 addr: ff02::1,/,
    );
    assert.match(
      show(h.ipv4(2, h.igmpV3Report())),
      /igmp v3 report, 1 group record\(s\) \[gaddr 239\.1\.2\.3 to_ex, 1 source\(s\)\] bad igmp cksum 0!$/,
    );
    const igmpQuery = Uint8Array.of(0x11, 0x8a, 0, 0, 239, 1, 2, 3, 2, 125, 0, 1, 10, 0, 0, 1);
    assert.match(
      show(h.ipv4(2, igmpQuery), 2),
      /igmp query v3 \[max resp time 20\.8s\] \[gaddr 239\.1\.2\.3 \{ 10\.0\.0\.1 \}\]/,
    );
  });

  it('shows all sections of DNS queries with -vv, and both names of a start of authority', () => {
    const name = h.join([1], h.ascii('a'), [0]);
    const option = h.join([0], h.u16(41), h.u16(4096), h.u32(0x8000), h.u16(0)); // EDNS, DO
    const query = h.join(
      [...h.u16(7), 1, 0, ...h.u16(1), ...h.u16(0), ...h.u16(0), ...h.u16(1)],
      [...name, ...h.u16(1), ...h.u16(1)],
      option,
    );
    const asked = h.ipv4(17, h.udp(40_000, 53, query));
    assert.match(show(asked, 1), / 7\+ \[1au\] A\? a\. \(30\)$/);
    assert.match(show(asked, 2), / 7\+ \[1au\] A\? a\. ar: \. OPT UDPsize=4096 DO \(30\)$/);
    const data = h.join(name, name, ...[1, 2, 3, 4, 5].map(h.u32));
    const authority = h.join(name, h.u16(6), h.u16(1), h.u32(60), h.u16(data.length), data);
    const reply = h.join(
      [...h.u16(7), 0x81, 0x83, ...h.u16(1), ...h.u16(0), ...h.u16(1), ...h.u16(0)],
      [...name, ...h.u16(1), ...h.u16(1)],
      authority,
    );
    assert.match(
      show(h.ipv4(17, h.udp(53, 40_000, reply)), 2),
      / 7 NXDomain q: A\? a\. 0\/1\/0 ns: a\. SOA a\. a\. 1 2 3 4 5 \(\d+\)$/,
    );
  });

  it('shows the options of Geneve and the flags of GRE', () => {
    const inner = h.ipv4(17, DATAGRAM);
    const ovn = h.join(h.u32(0x0102_8001), h.u32(0x0001_0002));
    const geneve = h.ipv4(17, h.udp(1, 6081, h.geneve(7, 0x0800, inner, ovn)));
    assert.match(
      show(geneve),
      /options \[class Open Virtual Networking \(OVN\) \(0x102\) type 0x80\(C\) len 8\]\n/,
    );
    assert.match(show(geneve, 2), / len 8 data 00010002\]\n/);
    const gre = h.ipv4(47, h.gre(0x0800, inner, { key: 1, sequence: 2, checksum: true }));
    assert.match(
      show(gre),
      /GREv0, Flags \[checksum present, key present, sequence# present\], sum 0x0, off 0x0, key=0x1, seq 2, length 45/,
    );
  });

  it('tells what of a TCP header was captured, and the length of the payload all the same', () => {
    const segment = h.tcp(40_000, 80, h.ascii('abcd'), { options: h.TIMESTAMP_OPTIONS });
    const frame = h.ipv4(6, segment);
    const words = (caplen: number): string =>
      show(frame, 0, caplen).replace('IP 10.0.0.1.40000 > 10.0.0.2.80: ', '');
    const start = 'Flags [P.], seq 1000:1004, ack 2000, win 502, options';
    assert.equal(words(frame.length - 4), `${start} [nop,nop,TS val 4097 ecr 8194], length 4`);
    assert.equal(words(20 + 30), `${start} [nop,nop,TS [|tcp]], length 4`);
    assert.equal(words(20 + 22), `${start} [nop,nop, [|tcp]], length 4`);
    assert.equal(words(20 + 20), `${start} [[|tcp]], length 4`);
    assert.equal(words(20 + 19), '[|tcp]');
    assert.equal(show(frame, 0, 20 + 3), 'IP 10.0.0.1 > 10.0.0.2: [|tcp]');
  });
});
