/** Options of IPv4 and of IPv6 extension headers, and routing headers, in tcpdump's words. */
import type { Packet } from '../../decode/packet.ts';
import type { FrameContext } from './context.ts';
import { type FieldValues, fieldValues } from './field-values.ts';

const END = 0;
const NOP = 1;
const RECORD_ROUTE = 7;
const TIMESTAMP = 0x44;
const LOOSE_ROUTE = 0x83;
const STRICT_ROUTE = 0x89;
const ROUTER_ALERT = 0x94;
const CILIUM_DSR = 0x9a;

const IPV4_NAMES: Record<number, string> = {
  [END]: 'EOL',
  [NOP]: 'NOP',
  [RECORD_ROUTE]: 'RR',
  [TIMESTAMP]: 'timestamp',
  82: 'traceroute',
  130: 'security',
  [LOOSE_ROUTE]: 'LSRR',
  [STRICT_ROUTE]: 'SSRR',
  [ROUTER_ALERT]: 'RA',
  [CILIUM_DSR]: 'cilium-dsr',
};

/** `RA,NOP,RR 192.0.2.1,`: the options of IPv4 layer `row`, separated by commas. */
export function showIpv4Options(line: FrameContext, packet: Packet, row: number): void {
  const { parts } = fieldValues(packet, row);
  line.out.ascii(parts.map(ipv4Option).join(','));
}

function ipv4Option(option: FieldValues): string {
  const type = option.number('ip.opt.type')!;
  const name = IPV4_NAMES[type] ?? `unknown ${type}`;
  const len = option.number('ip.opt.len');
  if (type > NOP && (len === undefined || len < 2 || len > option.length)) {
    return `${name} [bad length${len === undefined ? '' : ` ${len}`}]`;
  }
  switch (type) {
    case RECORD_ROUTE:
    case LOOSE_ROUTE:
    case STRICT_ROUTE:
      return name + routeText(option);
    case TIMESTAMP:
      return name + timestampsText(option);
    case ROUTER_ALERT: {
      const value = option.number('ip.opt.ra') ?? 0;
      return value === 0 ? name : `${name} value ${value}`;
    }
    case CILIUM_DSR: {
      const port = option.number('ip.opt.cilium_dsr.port');
      const address = option.texts('ip.opt.cilium_dsr.address')[0];
      return port === undefined ? name : `${name} ${address}.${port}`;
    }
    default:
      return name;
  }
}

/** Addresses; those that the pointer has passed have a comma. */
function routeText(option: FieldValues): string {
  const passed = option.texts('ip.rec_rt').map((address) => ` ${address},`);
  const ahead = [...option.texts('ip.src_rt'), ...option.texts('ip.empty_rt')];
  return [...passed, ...ahead.map((address) => ` ${address}`)].join('');
}

const TIMESTAMP_KINDS: Record<number, string> = { 0: 'TSONLY', 1: 'TS+ADDR', 3: 'PRESPEC' };

function timestampsText(option: FieldValues): string {
  const kind = option.number('ip.opt.flag');
  if (kind === undefined) return '';
  const addresses = option.texts('ip.opt.time_stamp_addr');
  const step = kind === 0 ? 4 : 8;
  const next = (option.number('ip.opt.ptr') ?? 0) - 5; // from 1, and the first time stands at 5
  const times = option
    .texts('ip.opt.time_stamp')
    .map((time, i) => `${i * step === next ? ' ^ ' : ' '}${time}@${addresses[i] ?? ''}`);
  const missed = option.number('ip.opt.overflow') ?? 0;
  const end = missed === 0 ? '}' : ` [${missed} hops not recorded]}`;
  const isFull = times.length * step === next;
  return ` TS{${TIMESTAMP_KINDS[kind] ?? `[bad ts type ${kind}]`}${times.join('')}${isFull ? ' ^ ' : ''}${end}`;
}

const PAD_1 = 0;
const PAD_N = 1;
const ALERT = 5;
const CILIUM_DSR_6 = 0x1b;
const JUMBO = 0xc2;
const HOME_ADDRESS = 0xc9;

/** `(rtalert: 0x0000) (padn)`: options of the extension header in layer `row`, a space after them. */
export function showIpv6Options(line: FrameContext, packet: Packet, row: number): void {
  const { parts } = fieldValues(packet, row);
  line.out.ascii(`${parts.map(ipv6Option).join('')} `);
}

function ipv6Option(option: FieldValues): string {
  const type = option.number('ipv6.opt.type');
  const alert = option.number('ipv6.opt.router_alert');
  const jumbo = option.number('ipv6.opt.jumbo');
  const home = option.texts('ipv6.opt.mipv6.home_address')[0];
  const service = option.texts('ipv6.opt.cilium_dsr.address')[0];
  if (type === PAD_1) return '(pad1)';
  if (type === PAD_N) return '(padn)';
  if (type === ALERT && alert !== undefined) {
    return `(rtalert: 0x${alert.toString(16).padStart(4, '0')}) `;
  }
  if (type === JUMBO && jumbo !== undefined) return `(jumbo: ${jumbo}) `;
  if (type === HOME_ADDRESS && home !== undefined) return `(homeaddr: ${home})`;
  if (type === CILIUM_DSR_6 && service !== undefined) {
    return `(cilium-dsr: ${service}.${option.number('ipv6.opt.cilium_dsr.port')})`;
  }
  const digits = (type ?? 0).toString(16).padStart(2, '0');
  return `(opt_type 0x${digits}: len=${option.number('ipv6.opt.length') ?? 0})`;
}

const ROUTING_SOURCE = 0;
const ROUTING_SEGMENTS = 4;

/** `RT6 (len=2, type=4, segleft=0, …, [0]fd00::1) ` of the routing header in layer `row`. */
export function showRouting(line: FrameContext, packet: Packet, row: number): void {
  const { own } = fieldValues(packet, row);
  const type = own.number('ipv6.routing.type') ?? 0;
  const hex = (name: string): string => (own.number(name) ?? 0).toString(16);
  const parts = [
    `len=${own.number('ipv6.routing.len')}`,
    `type=${type}${type === ROUTING_SOURCE ? ' [Deprecated]' : ''}`, // RFC 5095
    `segleft=${own.number('ipv6.routing.segleft')}`,
  ];
  if (type === ROUTING_SEGMENTS) {
    parts.push(`last-entry=${own.number('ipv6.routing.srh.last_entry')}`);
    parts.push(`flags=0x${hex('ipv6.routing.srh.flags')}`);
    const tag = Number.parseInt(own.texts('ipv6.routing.srh.tag')[0] ?? '0', 16);
    parts.push(`tag=${tag.toString(16)}`);
  }
  const addresses = ['src.addr', 'mipv6.home_address', 'srh.addr'].flatMap((name) =>
    own.texts(`ipv6.routing.${name}`),
  );
  parts.push(...addresses.map((address, i) => `[${i}]${address}`));
  line.out.ascii(`RT6 (${parts.join(', ')}) `);
}
