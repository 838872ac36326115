/** Every filter of the lists over every sample, cut anywhere and with any byte changed: no throw, no read past the capture. */
import assert from 'node:assert/strict';
import { FrameBatch } from '../../src/base/frames.ts';
import { decode } from '../../src/decode/decode.ts';
import { Packet } from '../../src/decode/packet.ts';
import { compileFilter } from '../../src/filter/filter.ts';
import { reload } from '../support/frames.ts';
import { samples } from '../support/samples.ts';
import { COOKED_EXPRESSIONS, ETHERNET_EXPRESSIONS, EXPRESSIONS } from './tcpdump-expressions.ts';

const OWN = [
  'inner (host 10.0.0.1 and not port 80)',
  'outer ether host 02:00:00:00:00:0a',
  'inner ether[12:2] = 0x0800',
  'vlan 10',
  'mpls 1024',
  'pppoes 1',
  'vxlan 4096',
  'geneve 2',
  'llc',
  'encap any',
  'encap ipip',
  'encap gre',
  'encap none',
  'proxy',
  'dns *',
  'sni *',
  'inner dns *',
  'iface eth0',
  'file *',
  'ip.ttl < 5',
  'tcp.options.mss_val',
  'dns.qry.name contains "x"',
  'eth.src == 02:00:00:00:00:0a',
  'ip.addr == 10.0.0.0/8',
  'ipv6.src == fd00::/8',
  'arp[24:4] = 0',
  'sctp[12] = 0',
  'tcp[((tcp[12] & 0xf0) >> 2):4] = 0x47455420',
  'ifindex 3',
  'esp or ah or stp or pppoed',
  'ip6[40:4] = 0',
  'rarp[14:4] = 0',
  'bgp.type == 2',
  'vxlan.vni == 1',
  'tls.handshake.type == 1',
  'vlan.id == 10',
];

const filters = [...EXPRESSIONS, ...ETHERNET_EXPRESSIONS, ...COOKED_EXPRESSIONS, ...OWN].map(
  (text) => compileFilter(text),
);
const packet = new Packet();
const frames = new FrameBatch(new Uint8Array(0));

function ask(): number {
  decode(frames, 0, packet);
  let passed = 0;
  for (const filter of filters) if (filter.frame(packet, frames, 0)) passed++;
  return passed;
}

describe('filter: sweep', function () {
  this.timeout(240_000);

  it('every sample at every length', () => {
    let asked = 0;
    for (const { bytes, linktype } of samples) {
      for (let caplen = 0; caplen <= bytes.length; caplen++) {
        reload(frames, bytes, { linktype, caplen });
        ask();
        asked += filters.length;
      }
    }
    assert.ok(asked > 1_000_000);
  });

  it('every sample with each byte changed', () => {
    for (const { bytes, linktype } of samples) {
      reload(frames, bytes, { linktype });
      const intact = ask();
      const len = Math.min(bytes.length, 120);
      for (let i = 0; i < len; i++) {
        for (const value of [0, 0x45, 0x60, 0xff]) {
          frames.view.setUint8(i, value);
          ask();
        }
        frames.view.setUint8(i, bytes[i]!);
      }
      assert.equal(ask(), intact, 'the answer depends on the frame alone');
    }
  });
});
