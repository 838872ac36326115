/** Parts of a conversation in words, for every view for people. All they yield is escaped. */
import type {
  ApplicationRecord,
  ConversationRecord,
  EncapsulationRecord,
  EndRecord,
  Label,
  ServiceRecord,
  TupleRecord,
} from '../classify/record.ts';
import { escapeText } from './escape.ts';

/** One letter for each label: colour is never the only carrier. */
export const LABEL_LETTERS: Record<Label, string> = {
  'same-node': 'S',
  'cross-node': 'X',
  external: 'E',
  host: 'H',
  unknown: '?',
};

const WITH_PORTS = new Set(['tcp', 'udp', 'sctp', 'dccp', 'udplite']);

/** True when the conversation's `port`s are ports, not an ICMP identifier or nothing. */
export function hasPorts(record: ConversationRecord): boolean {
  return WITH_PORTS.has(record.protocol);
}

/** `10.0.0.1:80`, `[2001:db8::1]:80`; without ports the address alone. */
export function showEndpoint(ip: string, port: number, ports: boolean): string {
  const address = escapeText(ip);
  if (!ports) return address;
  return ip.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}

/** `default/web-0`, `k8s-w1`; undefined when the end has no name but its address. */
export function showName(end: EndRecord): string | undefined {
  if (end.name === null || end.name === end.ip) return undefined;
  const name = escapeText(end.name);
  return end.namespace === null ? name : `${escapeText(end.namespace)}/${name}`;
}

/** Name and address with port of an end. */
export function showEnd(end: EndRecord, ports: boolean): string {
  const name = showName(end);
  const endpoint = showEndpoint(end.ip, end.port, ports);
  return name === undefined ? endpoint : `${name} ${endpoint}`;
}

/** `vxlan 4096`, `ipip`. */
export function showEncapsulation(encapsulation: EncapsulationRecord): string {
  const type = escapeText(encapsulation.type);
  return encapsulation.id === null ? type : `${type} ${encapsulation.id}`;
}

/** All tunnels of the conversation: `ipip`, `vxlan 1+ipip`; '' = none. */
export function showTunnels(record: ConversationRecord): string {
  return [...new Set(record.encapsulation.map(showEncapsulation))].join('+');
}

/** `snat`, `dnat`, `dnat+snat`; '' = none. */
export function showNat(record: ConversationRecord): string {
  return [...new Set(record.translations.map(({ type }) => type))].sort().join('+');
}

export function showTuple(tuple: TupleRecord, ports: boolean): string {
  return `${showEndpoint(tuple.src, tuple.sport, ports)} > ${showEndpoint(tuple.dst, tuple.dport, ports)}`;
}

export function showServiceName(service: ServiceRecord): string {
  const name = service.name === null ? showEndpoint(service.ip, service.port, true) : service.name;
  const escaped = escapeText(name);
  return service.namespace === null ? escaped : `${escapeText(service.namespace)}/${escaped}`;
}

/** What the application layer says: `GET web/index.html 200`, `tls example.com`, `dns A example.com`. */
export function showApplication(application: ApplicationRecord): string {
  return escapeText(applicationWords(application).filter(Boolean).join(' '));
}

function applicationWords(application: ApplicationRecord): (string | undefined)[] {
  const { protocol, host, status } = application;
  switch (protocol) {
    case 'http':
    case 'http2': {
      const target = `${host ?? ''}${application.path ?? ''}` || undefined;
      return [protocol, application.method, target, status === undefined ? '' : String(status)];
    }
    case 'tls':
      return ['tls', host, application.alpn?.join(',')];
    case 'dns': {
      const answers = application.answers?.join(', ');
      const isError = application.rcode !== undefined && application.rcode !== 'NOERROR';
      return [
        'dns',
        application.queryType,
        application.query,
        isError ? application.rcode : undefined,
        answers === undefined || answers === '' ? undefined : `= ${answers}`,
      ];
    }
    case 'bgp': {
      const prefixes = application.prefixes?.join(', ');
      return ['bgp', prefixes, application.nextHop && `via ${application.nextHop}`];
    }
  }
}

/** The application column: what its layer says, else the PROXY header's client, else ICMP's identifier. */
export function showPurpose(record: ConversationRecord): string {
  const parts: string[] = [];
  const proxied = record.proxyProtocol;
  if (proxied !== null) {
    const source = proxied.source;
    const client = source === null ? 'local' : showEndpoint(source.ip, source.port, true);
    parts.push(`proxy v${proxied.version} ${client}`);
  }
  if (record.application !== null) parts.push(showApplication(record.application));
  if (record.protocol.startsWith('icmp') && record.client.port !== 0) {
    parts.push(`echo id ${record.client.port}`);
  }
  return parts.join(', ');
}

/** `retr 3`, `rst 1`, `retr 3 rst 1`, with the number of other troubles; '' when all went well. */
export function showTrouble(record: ConversationRecord): string {
  const parts: string[] = [];
  if (record.tcp !== null && record.tcp.retransmissions > 0) {
    parts.push(`retr ${record.tcp.retransmissions}`);
  }
  if (record.tcp !== null && record.tcp.resets > 0) parts.push(`rst ${record.tcp.resets}`);
  if (record.troubles.length > 0) parts.push(`! ${record.troubles.length}`);
  return parts.join(' ');
}
