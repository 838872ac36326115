/**
 * The fields of VPC Flow Logs and how a log orders them. Versions 2 to 5 and their order are those of
 * Amazon's user guide ("Flow log records"); 7 to 10 add the names below, version 6 is a transit gateway's.
 */

/** The default format, version 2: also the order of a log that has no header. */
export const DEFAULT_FIELDS: readonly string[] = [
  'version',
  'account-id',
  'interface-id',
  'srcaddr',
  'dstaddr',
  'srcport',
  'dstport',
  'protocol',
  'packets',
  'bytes',
  'start',
  'end',
  'action',
  'log-status',
];

/** Every field of the versions 2 to 10. */
export const FIELDS: readonly string[] = [
  ...DEFAULT_FIELDS,
  ...['vpc-id', 'subnet-id', 'instance-id', 'tcp-flags', 'type', 'pkt-srcaddr', 'pkt-dstaddr'], // 3
  ...['region', 'az-id', 'sublocation-type', 'sublocation-id'], // 4
  ...['pkt-src-aws-service', 'pkt-dst-aws-service', 'flow-direction', 'traffic-path'], // 5
  ...['ecs-cluster-arn', 'ecs-cluster-name', 'ecs-container-instance-arn'], // 7
  ...['ecs-container-instance-id', 'ecs-container-id', 'ecs-second-container-id'],
  ...['ecs-service-name', 'ecs-task-definition-arn', 'ecs-task-arn', 'ecs-task-id'],
  ...['reject-reason', 'resource-id', 'encryption-status'], // 8, 9, 10
];

const KNOWN = new Set(FIELDS);
/** Shape of a name of a later version, which is read over. */
const NAME = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/;
/** Columns of one log at most: a longer line is none. */
export const COLUMNS_MAX = 256;

export interface FieldOrder {
  readonly columns: ReadonlyMap<string, number>;
  /** Columns of a line. */
  readonly count: number;
}

/** A name as the user guide spells it: of `${pkt-srcaddr}` and of Parquet's `pkt_srcaddr` too. */
export function fieldName(word: string): string {
  const bare = word.startsWith('${') && word.endsWith('}') ? word.slice(2, -1) : word;
  return bare.replaceAll('_', '-').toLowerCase();
}

/** The order of these names; the first of two alike counts. */
export function orderOf(names: readonly string[]): FieldOrder {
  const columns = new Map<string, number>();
  names.forEach((name, i) => {
    if (!columns.has(name)) columns.set(name, i);
  });
  return { columns, count: names.length };
}

export const DEFAULT_ORDER = orderOf(DEFAULT_FIELDS);

/** Whether addresses of either kind can be told from it: without them a record says nothing of a conversation. */
export function hasAddresses({ columns }: FieldOrder): boolean {
  return (
    (columns.has('srcaddr') && columns.has('dstaddr')) ||
    (columns.has('pkt-srcaddr') && columns.has('pkt-dstaddr'))
  );
}

/** The order that a header line tells, undefined when the line is none: nearly all its words are names of fields. */
export function headerOrder(words: readonly string[]): FieldOrder | undefined {
  if (words.length < 3 || words.length > COLUMNS_MAX) return undefined;
  const names = words.map(fieldName);
  const known = names.filter((name) => KNOWN.has(name)).length;
  const isHeader = known >= 3 && 2 * known > names.length && names.every((name) => NAME.test(name));
  return isHeader ? orderOf(names) : undefined;
}

/** Thrown for a format that the user gave and that is none. */
export class FlowLogFormatError extends Error {
  readonly code = 'NETLENS_FLOW_LOG_FORMAT';
  /** The word at fault, where one is. */
  readonly word: string | undefined;

  constructor(message: string, word?: string) {
    super(message);
    this.name = 'FlowLogFormatError';
    this.word = word;
  }
}

/** The order of a format as the console writes it, `${version} ${srcaddr} …`, or of bare names; `default` = version 2. */
export function parseFormat(text: string): FieldOrder {
  if (text.trim() === 'default') return DEFAULT_ORDER;
  const names = text
    .trim()
    .split(/[\s,]+/)
    .filter((word) => word !== '')
    .map(fieldName);
  if (names.length === 0) throw new FlowLogFormatError('names no field');
  if (names.length > COLUMNS_MAX) throw new FlowLogFormatError('names too many fields');
  const bad = names.find((name) => !KNOWN.has(name));
  if (bad !== undefined) throw new FlowLogFormatError(`${bad}: no field of a flow log`, bad);
  const order = orderOf(names);
  if (!hasAddresses(order)) {
    throw new FlowLogFormatError('has neither srcaddr and dstaddr nor pkt-srcaddr and pkt-dstaddr');
  }
  return order;
}
