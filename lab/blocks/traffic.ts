/** The lab's traffic: one process per namespace (lab/programs/traffic.py) that serves and calls on request. */
import type { ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { inside, LabError, PYTHON, programPath, start, startDetached } from './command.ts';
import { type Network, namespaceOf } from './network.ts';

const REPLY_TIMEOUT_MS = 60_000;

/** An address with a port; for ICMP echo the port is the identifier. */
export interface Endpoint {
  ip: string;
  port: number;
}

/** What a caller learned from its own socket, with the bytes of payload each way. */
export interface Report {
  id: string;
  /** Nanoseconds since 1970 before the call and after it, as decimal text. */
  startNs: string;
  endNs: string;
  local: Endpoint;
  remote: Endpoint;
  sent: number;
  received: number;
  /** Name of the socket error when the call did not succeed. */
  error?: string;
  /** HTTP status line, when it was an HTTP call. */
  status?: string | null;
  rcode?: number;
}

/** A server's account of one client, as the server saw it. */
export interface Served {
  event: 'served';
  protocol: 'tcp' | 'udp';
  peer: Endpoint;
  local?: Endpoint;
  bytes: number | null;
}

/** One command to traffic.py; `do` names what, the rest is in that program's docstrings. */
export type Command = { do: string; [field: string]: unknown };

/** A running traffic process. */
export interface Agent {
  readonly place: string;
  readonly child: ChildProcess;
  readonly waiting: Map<string, (line: Record<string, unknown>) => void>;
  readonly served: Served[];
}

let lastCommand = 0;

/** Starts the traffic process of a place. */
export function startAgent(network: Network, place: string): Agent {
  const argv = [PYTHON, '-I', '-S', '-u', programPath('traffic.py')];
  const child = start(inside(namespaceOf(network, place), argv));
  network.children.push(child);
  const agent: Agent = { place, child, waiting: new Map(), served: [] };
  let complaint = '';
  child.stderr?.on('data', (part: Buffer) => {
    complaint += part.toString('utf8');
  });
  child.once('exit', () => {
    for (const reply of agent.waiting.values()) {
      reply({ failed: `the traffic process ended: ${complaint.trim().split('\n').at(-1)}` });
    }
  });
  const lines = createInterface({ input: child.stdout! });
  lines.on('line', (line) => {
    const record = JSON.parse(line) as Record<string, unknown>;
    if (record.event === 'served') {
      agent.served.push(record as unknown as Served);
      return;
    }
    agent.waiting.get(String(record.id))?.(record);
    agent.waiting.delete(String(record.id));
  });
  return agent;
}

/** Has the place's process do one thing and yields its report; throws LabError when it could not try. */
export function ask(agent: Agent, command: Command): Promise<Report> {
  const id = String(command.id ?? `command-${++lastCommand}`);
  return new Promise((resolve, reject) => {
    const timer = setTimeout(
      () => reject(new LabError(`${agent.place}: no report of ${id}`)),
      REPLY_TIMEOUT_MS,
    );
    agent.waiting.set(id, (line) => {
      clearTimeout(timer);
      if (line.failed !== undefined) {
        reject(new LabError(`${agent.place}: ${id}: ${String(line.failed)}`));
      } else {
        resolve(line as unknown as Report);
      }
    });
    agent.child.stdin?.write(`${JSON.stringify({ ...command, id })}\n`);
  });
}

/** Starts a process that only serves and outlives this one: for labs that are left up. */
export function serveDetached(network: Network, place: string, servers: readonly Command[]): void {
  const commands = servers.map((server, i) => JSON.stringify({ id: `server-${i}`, ...server }));
  startDetached(
    inside(namespaceOf(network, place), [
      PYTHON,
      '-I',
      '-S',
      programPath('traffic.py'),
      '--stay',
      ...commands,
    ]),
  );
}

/** A call that a place makes. */
export interface Call {
  readonly from: string;
  readonly command: Command;
}

/** How long calls go on, and the pause between two rounds of them. */
export interface Rounds {
  readonly seconds: number;
  readonly roundSeconds: number;
}

/** Starts a process that makes these calls round after round until its time is over, and outlives this one. */
export function callDetached(
  network: Network,
  place: string,
  calls: readonly Command[],
  { roundSeconds, seconds }: Rounds,
): void {
  const commands = calls.map((call, i) => JSON.stringify({ id: `call-${i}`, ...call }));
  const rounds = [String(seconds), String(roundSeconds)];
  const program = [PYTHON, '-I', '-S', programPath('traffic.py'), '--repeat', ...rounds];
  startDetached(inside(namespaceOf(network, place), [...program, ...commands]));
}
