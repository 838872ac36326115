/** A capture, and a kubectl dump, in which every name is what an attacker would choose. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join as joinPath } from 'node:path';
import { pcap } from '../source/capture-bytes.ts';
import { ethernet, ipv4, tcp, udp } from './headers.ts';
import { HOSTILE } from './hostile-record.ts';
import { clientHello, dnsAnswer, dnsQuery, httpRequest } from './messages.ts';

const IPV4 = 0x0800;
const TCP = 6;
const UDP = 17;
/** What one label of a DNS name, or a header line of a test message, has room for. */
const NAME_MAX = 60;

/** Letters beyond Latin-1 stand in packets as UTF-8. */
function asBytes(text: string): string {
  return Buffer.from(text.slice(0, NAME_MAX), 'utf8').toString('latin1');
}

/** DNS, HTTP and TLS with hostile names, a connection each, as a classic pcap. */
export function hostileCapture(): Uint8Array {
  const frames = HOSTILE.flatMap((text, i) => {
    const name = asBytes(text.replaceAll('.', ' ')).slice(0, NAME_MAX);
    const port = 40_000 + 10 * i;
    const packets = [
      ipv4(UDP, udp(port, 53, dnsQuery(name))),
      ipv4(UDP, udp(53, port, dnsAnswer(name))),
      ipv4(TCP, tcp(port + 1, 80, httpRequest(name, `/${name}`))),
      ipv4(TCP, tcp(port + 2, 443, clientHello(name, name.slice(0, 20)))),
    ];
    return packets.map((packet) => ethernet(IPV4, packet));
  });
  return pcap(frames.map((bytes, i) => ({ bytes, seconds: 1_700_000_000, fraction: 1000 * i })));
}

/** Pods, a node and a service whose names are hostile, at the addresses of the capture. */
export function hostileDump(): string {
  const [name] = HOSTILE;
  const pods = HOSTILE.filter((text) => text !== '').map((text, i) => ({
    kind: 'Pod',
    metadata: { namespace: text.slice(0, 200), name: text.slice(0, 200) },
    spec: { nodeName: name },
    status: { phase: 'Running', podIP: i === 0 ? '10.0.0.1' : `10.0.1.${i}`, hostIP: '10.9.0.1' },
  }));
  const service = {
    kind: 'Service',
    metadata: { namespace: HOSTILE[1], name: HOSTILE[6] },
    spec: { clusterIP: '10.0.0.2', type: 'ClusterIP', ports: [{ port: 80, protocol: 'TCP' }] },
  };
  const node = {
    kind: 'Node',
    metadata: { name },
    status: { addresses: [{ type: 'InternalIP', address: '10.9.0.1' }] },
  };
  return JSON.stringify({ kind: 'List', items: [node, ...pods, service] });
}

/** Both in a directory: paths of the capture, whose name is hostile too, and of the dump. */
export function writeHostile(directory: string): { capture: string; dump: string } {
  const capture = joinPath(directory, '<img src=x onerror=alert(1)>\u202e.pcap');
  const dump = joinPath(directory, 'dump');
  mkdirSync(dump);
  writeFileSync(capture, hostileCapture());
  writeFileSync(joinPath(dump, 'cluster.json'), hostileDump());
  return { capture, dump };
}
