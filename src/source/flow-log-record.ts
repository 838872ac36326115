/** One line's words, or one row's values, as a record; what is wrong with it otherwise. */
import { isIP } from 'node:net';
import type { FlowLogRecord } from '../base/flow-log.ts';
import type { FieldOrder } from './flow-log-fields.ts';

/** What a line is when it is no record of traffic. */
export type NoTraffic = 'nodata' | 'skipdata';

/** A line that cannot be understood, and why. */
export class DamagedLine {
  readonly why: string;

  constructor(why: string) {
    this.why = why;
  }
}

const PORT_MAX = 65_535;
const PROTOCOL_MAX = 255;
const FLAGS_MAX = 255;
/** Seconds of the year 9999: a time beyond is none. */
const SECONDS_MAX = 253_402_300_799;

/** Value of a field by name; undefined = the log lacks it or it is missing in this record (`-`). */
export type ValueOf = (field: string) => string | undefined;

/** Values of a line's words. */
export function wordsIn(
  order: FieldOrder,
  words: readonly (string | undefined)[],
  from: number,
): ValueOf {
  return (field) => {
    const column = order.columns.get(field);
    const word = column === undefined ? undefined : words[from + column];
    return word === undefined || word === '-' || word === '' ? undefined : word;
  };
}

/** The record that these values are. Never throws. */
export function recordOf(
  told: ValueOf,
  fileIndex: number,
  line: number,
): FlowLogRecord | NoTraffic | DamagedLine {
  const status = told('log-status');
  if (status === 'NODATA') return 'nodata';
  if (status === 'SKIPDATA') return 'skipdata';
  if (status !== undefined && status !== 'OK') return damaged('log-status', status);
  const srcaddr = told('srcaddr');
  const dstaddr = told('dstaddr');
  const pktSrcaddr = told('pkt-srcaddr');
  const pktDstaddr = told('pkt-dstaddr');
  const given = [srcaddr, dstaddr, pktSrcaddr, pktDstaddr];
  if (given.every((address) => address === undefined)) return 'nodata';
  const wrong = given.find((address) => address !== undefined && isIP(address) === 0);
  if (wrong !== undefined) return new DamagedLine(`${shown(wrong)} is no address`);
  const src = pktSrcaddr ?? srcaddr;
  const dst = pktDstaddr ?? dstaddr;
  if (src === undefined || dst === undefined) return new DamagedLine('one address is missing');
  if (isIP(src) !== isIP(dst)) return new DamagedLine('its addresses are of two IP versions');
  const action = told('action');
  if (action !== undefined && action !== 'ACCEPT' && action !== 'REJECT') {
    return damaged('action', action);
  }
  const direction = told('flow-direction');
  if (direction !== undefined && direction !== 'ingress' && direction !== 'egress') {
    return damaged('flow-direction', direction);
  }
  const numbers = numbersOf(told);
  if (numbers instanceof DamagedLine) return numbers;
  return {
    fileIndex,
    line,
    interfaceId: told('interface-id'),
    instanceId: told('instance-id'),
    srcaddr,
    dstaddr,
    pktSrcaddr,
    pktDstaddr,
    ...numbers,
    rejected: action === 'REJECT',
    direction,
    srcService: told('pkt-src-aws-service'),
    dstService: told('pkt-dst-aws-service'),
    rejectReason: told('reject-reason'),
    encryptionStatus: told('encryption-status'),
    workload: workloadOf(told),
  };
}

type Numbers = Pick<
  FlowLogRecord,
  | 'srcport'
  | 'dstport'
  | 'protocol'
  | 'packets'
  | 'bytes'
  | 'start'
  | 'end'
  | 'tcpFlags'
  | 'trafficPath'
>;

/** Of each number its field, its greatest value, and what stands for a missing one. */
const NUMBERS: readonly (readonly [keyof Numbers, string, number, number])[] = [
  ['srcport', 'srcport', PORT_MAX, 0],
  ['dstport', 'dstport', PORT_MAX, 0],
  ['protocol', 'protocol', PROTOCOL_MAX, -1],
  ['packets', 'packets', Number.MAX_SAFE_INTEGER, 0],
  ['bytes', 'bytes', Number.MAX_SAFE_INTEGER, 0],
  ['start', 'start', SECONDS_MAX, Number.NaN],
  ['end', 'end', SECONDS_MAX, Number.NaN],
  ['tcpFlags', 'tcp-flags', FLAGS_MAX, -1],
  ['trafficPath', 'traffic-path', 255, 0],
];

function numbersOf(told: ValueOf): Numbers | DamagedLine {
  const numbers: Record<string, number> = {};
  for (const [key, field, most, missing] of NUMBERS) {
    const word = told(field);
    const value = word === undefined ? missing : decimal(word);
    if (value > most || value === DECIMAL_NONE) return damaged(field, word ?? '');
    numbers[key] = value;
  }
  const { start, end } = numbers;
  if (start! > end!) return new DamagedLine('it ends before it starts');
  return numbers as unknown as Numbers;
}

const DECIMAL_NONE = -2;

/** The number that these digits are, DECIMAL_NONE when there is something else among them. */
function decimal(word: string): number {
  if (word.length > 16) return DECIMAL_NONE;
  let value = 0;
  for (let i = 0; i < word.length; i++) {
    const digit = word.charCodeAt(i) - 0x30;
    if (digit < 0 || digit > 9) return DECIMAL_NONE;
    value = 10 * value + digit;
  }
  return word.length === 0 ? DECIMAL_NONE : value;
}

function workloadOf(told: ValueOf): string | undefined {
  const service = told('ecs-service-name');
  if (service !== undefined) return `ECS service ${service}`;
  const task = told('ecs-task-id');
  if (task !== undefined) return `ECS task ${task}`;
  const resource = told('resource-id');
  return resource === undefined ? undefined : `resource ${resource}`;
}

function damaged(field: string, word: string): DamagedLine {
  return new DamagedLine(`${field} is ${shown(word)}`);
}

/** At most 40 characters of it: a view escapes them. */
function shown(word: string): string {
  return JSON.stringify(word.length > 40 ? `${word.slice(0, 40)}…` : word);
}
