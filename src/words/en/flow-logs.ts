/** What flow logs tell of a connection, in English. */
import type { Catalog } from '../sentence.ts';
import type { LogSentences, TrafficPath } from '../sentences/flow-logs.ts';
import { logPlace, packets } from './phrases.ts';

const PATHS: Readonly<Record<TrafficPath, string>> = {
  1: 'through another resource in the VPC',
  2: 'through an internet gateway or a gateway VPC endpoint',
  3: 'through a virtual private gateway',
  4: 'through a VPC peering connection in the region',
  5: 'through a VPC peering connection to another region',
  6: 'through a local gateway',
  7: 'through a gateway VPC endpoint',
  8: 'through an internet gateway',
};

function gateway(interfaceId: string | undefined): string {
  return `at the gateway's ${interfaceId ?? 'interface'}`;
}

export const flowLogs: Catalog<LogSentences> = {
  'log-or-a-pod': ({ verdict }, say) => `${say(verdict)}; or one of its pods`,
  'log-client-by-syn': ({ dialled, client }) =>
    `${dialled} was dialled: tcp-flags show the SYN of ${client}`,
  'log-client-by-service': ({ dialled, port }) =>
    `${dialled} was dialled: a Service answers at its port ${port}`,
  'log-client-by-port': ({ dialled, port, other }) =>
    `${dialled} was dialled: port ${port} looks more like a server's than ${other} does`,
  'log-client-first': ({ client }) =>
    `which end is the client is not told: the log names ${client} first`,
  'log-joined': ({ places, unmasked }) => {
    const what = unmasked
      ? 'tell of the same ports at the same time, and each names an address behind the other'
      : 'tell of the same addresses and ports at the same time';
    return `${places.map(logPlace).join(' and ')} ${what}`;
  },
  'log-passing': ({ place, shown, ip, rewritten }) =>
    `${logPlace(place)} shows ${shown} where packets bore ${ip}: the traffic passes through that interface, ${
      rewritten
        ? 'which rewrites it'
        : 'such as a NAT gateway, a transit gateway or a firewall; the log shows no rewriting'
    }`,
  'log-unmasked': ({ place, shown, ip }) =>
    `${logPlace(place)} shows the interface's own ${shown} for ${ip}, which the other end's log names`,
  'log-secondary': ({ place, shown, ip }) =>
    `${logPlace(place)} shows ${shown} where packets bore ${ip}: another address of that interface, as pods have; nothing was rewritten`,
  'log-nat': ({ from, to, interfaceId, line }) =>
    `the source ${from} became ${to} ${gateway(interfaceId)}: it sent as many packets to the same place at the same time (line ${line})`,
  'log-nat-of-several': ({ from, to, interfaceId, candidates }) =>
    `the source ${from} became ${to} ${gateway(interfaceId)}; its port is not told, as ${candidates} connections from there fit alike`,
  'log-path': ({ ofClient, place, path }) =>
    `the ${ofClient ? 'client' : 'server'}'s packets left ${logPlace(place)} ${PATHS[path]} (traffic-path ${path})`,
  'log-aws-service': ({ ip, service }) => `${ip} is in the address range of AWS service ${service}`,
  'log-workload': ({ place, workload }) => `${logPlace(place)} is of ${workload}`,
  'log-encryption': ({ place, status }) => `${logPlace(place)} has encryption-status ${status}`,
  'log-rejected': ({ packets: count, to, place, direction, reason, byNetworkAcl }) => {
    const whose = to === undefined ? 'back to the client' : `to ${to}`;
    const way = direction === undefined ? '' : ` (${direction})`;
    const what = `${packets(count)} ${whose} rejected at ${logPlace(place)}${way}`;
    if (reason !== undefined) return `${what}: reject-reason ${reason}`;
    return byNetworkAcl
      ? `${what} by a network ACL: a security group would let the reply pass`
      : `${what} by a security group or a network ACL`;
  },
};
