/** Neighbour discovery messages with -v, in tcpdump's words: their own fields, then a line an option. */
import type { Packet } from '../../decode/packet.ts';
import {
  ICMPV6_NEIGHBOR_ADVERTISEMENT,
  ICMPV6_ROUTER_ADVERTISEMENT,
} from '../../decode/protocols/icmpv6.ts';
import type { FrameContext } from './context.ts';
import { type FieldValues, fieldValues } from './field-values.ts';

const SOURCE_LINK = 1;
const TARGET_LINK = 2;
const PREFIX = 3;
const MTU = 5;
const NONCE = 14;
const ROUTE = 24;
const DNS_SERVERS = 25;

const OPTION_NAMES: Record<number, string> = {
  [SOURCE_LINK]: 'source link-address',
  [TARGET_LINK]: 'destination link-address',
  [PREFIX]: 'prefix info',
  4: 'redirected header',
  [MTU]: 'mtu',
  7: 'advertisement interval',
  8: 'homeagent information',
  [NONCE]: 'nonce',
  [ROUTE]: 'route info',
  [DNS_SERVERS]: 'rdnss',
  31: 'dnssl',
};

/** Two bits of a router's preference (RFC 4191 section 2.1). */
const PREFERENCES = ['medium', 'high', 'rsv', 'low'];
const INFINITE = 0xffff_ffff;

/** What -v tells of the message in layer `row` after its target. */
export function showDiscovery(line: FrameContext, packet: Packet, row: number, type: number): void {
  const { own, parts } = fieldValues(packet, row);
  if (type === ICMPV6_ROUTER_ADVERTISEMENT) line.out.ascii(routerText(own));
  else if (
    type === ICMPV6_NEIGHBOR_ADVERTISEMENT &&
    own.number('icmpv6.nd.na.flag.r') !== undefined
  ) {
    line.out.ascii(`, Flags [${flagsOf(own, 'icmpv6.nd.na.flag.', NEIGHBOR_FLAGS)}]`);
  }
  for (const option of parts) line.out.ascii(optionText(option));
}

const NEIGHBOR_FLAGS = { r: 'router', s: 'solicited', o: 'override' };
const ROUTER_FLAGS = { m: 'managed', o: 'other stateful' };
const PREFIX_FLAGS = { l: 'onlink', a: 'auto' };

/** The words of the flags that are set, by the last part of their fields' names. */
function flagsOf(values: FieldValues, prefix: string, words: Record<string, string>): string {
  const set = Object.entries(words).filter(([name]) => values.number(prefix + name) === 1);
  return set.map(([, word]) => word).join(', ') || 'none';
}

function routerText(own: FieldValues): string {
  const hops = own.number('icmpv6.nd.ra.cur_hop_limit');
  if (hops === undefined) return '';
  const preference = PREFERENCES[((own.number('icmpv6.nd.ra.flag') ?? 0) >> 3) & 3];
  return [
    `\n\thop limit ${hops}`,
    `Flags [${flagsOf(own, 'icmpv6.nd.ra.flag.', ROUTER_FLAGS)}]`,
    `pref ${preference}`,
    `router lifetime ${own.number('icmpv6.nd.ra.router_lifetime')}s`,
    `reachable time ${own.number('icmpv6.nd.ra.reachable_time')}ms`,
    `retrans timer ${own.number('icmpv6.nd.ra.retrans_timer')}ms`,
  ].join(', ');
}

function optionText(option: FieldValues): string {
  const type = option.number('icmpv6.opt.type') ?? 0;
  const name = OPTION_NAMES[type] ?? 'unknown';
  const units = option.number('icmpv6.opt.length');
  return `\n\t  ${name} option (${type}), length ${option.length} (${units}): ${valueText(option, type)}`;
}

function valueText(option: FieldValues, type: number): string {
  const prefix = option.texts('icmpv6.opt.prefix')[0] ?? '';
  const prefixLen = option.number('icmpv6.opt.prefix.length');
  switch (type) {
    case SOURCE_LINK:
      return option.texts('icmpv6.opt.src_linkaddr').join('');
    case TARGET_LINK:
      return option.texts('icmpv6.opt.target_linkaddr').join('');
    case PREFIX: {
      const flags = flagsOf(option, 'icmpv6.opt.prefix.flag.', PREFIX_FLAGS);
      const valid = lifetime(option.number('icmpv6.opt.prefix.valid_lifetime'));
      const preferred = lifetime(option.number('icmpv6.opt.prefix.preferred_lifetime'));
      return `${prefix}/${prefixLen}, Flags [${flags}], valid time ${valid}, pref. time ${preferred}`;
    }
    case MTU:
      return ` ${option.number('icmpv6.opt.mtu') ?? ''}`;
    case NONCE:
      return option.texts('icmpv6.opt.nonce').join('');
    case ROUTE: {
      const life = lifetime(option.number('icmpv6.opt.route_lifetime'));
      return ` ${prefix || '::'}/${prefixLen}, lifetime=${life}`;
    }
    case DNS_SERVERS: {
      const servers = option.texts('icmpv6.opt.rdnss').map((server) => ` addr: ${server}`);
      return ` lifetime ${option.number('icmpv6.opt.rdnss.lifetime')}s,${servers.join('')}`;
    }
    default:
      return '';
  }
}

function lifetime(seconds = 0): string {
  return seconds === INFINITE ? 'infinity' : `${seconds}s`;
}
