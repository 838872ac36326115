/** What a lab is, and the three things done with one: left up, run into a fixture, taken down. */
import { mkdirSync } from 'node:fs';
import { type Capture, type CaptureOptions, startCapture, stopCapture } from './capture.ts';
import type { Cluster } from './cluster.ts';
import { LabError, missingTools, sleep } from './command.ts';
import { type Harvest, writeFixture } from './fixture.ts';
import {
  createNetwork,
  destroyNetwork,
  type Network,
  namespacesOfLab,
  releaseLock,
  sweep,
} from './network.ts';
import { agentOf, type Outsider, openSession, type Session, type Translator } from './session.ts';
import { ask, type Command, serveDetached } from './traffic.ts';
import type { Truth } from './truth.ts';

const SETTLE_MS = 1500; // tcpdump's ring hands over a block within a second
const BASE_TOOLS = ['ip', 'iptables', 'conntrack', 'sysctl', 'tcpdump', 'tshark', 'python3'];

/** A lab: who is in it, how it is wired, what is said in it. */
export interface Lab {
  name: string;
  summary: string;
  /** Programs beyond those every lab needs. */
  tools: readonly string[];
  cluster: Cluster;
  outsiders: readonly Outsider[];
  /** Places that translate and are not nodes. */
  translators?: readonly Translator[];
  captures: readonly CaptureOptions[];
  servers: readonly { place: string; command: Command }[];
  /** Namespaces, devices, addresses, rules. */
  wire: (network: Network) => Promise<void> | void;
  /** Daemons and what they bring about; captures are already running. */
  converge: (network: Network) => Promise<void> | void;
  /** What is said before the captures start; daemons and servers then run before them too. */
  prelude?: (session: Session) => Promise<void>;
  /** Makes the conversations. */
  traffic: (session: Session) => Promise<void>;
  /** What the fixture holds beside captures and truth. */
  harvest: (session: Session) => Omit<Harvest, 'session' | 'captures' | 'summary'>;
}

/** Programs a lab needs that are not installed. */
export function missingFor(lab: Lab): string[] {
  return missingTools([...BASE_TOOLS, ...lab.tools]);
}

function refuseUnlessAble(lab: Lab): void {
  if (process.getuid?.() !== 0) throw new LabError('labs make network namespaces: run as root');
  const missing = missingFor(lab);
  if (missing.length > 0) throw new LabError(`lab ${lab.name} needs ${missing.join(', ')}`);
}

/** Builds a lab, makes its traffic, writes the fixture into `out`, takes the lab down; yields the truth. */
export async function runLab(lab: Lab, out: string): Promise<Truth> {
  refuseUnlessAble(lab);
  mkdirSync(out, { recursive: true });
  const network = createNetwork(lab.name);
  const stop = (): void => {
    void destroyNetwork(network).then(() => process.exit(130));
  };
  process.once('SIGINT', stop).once('SIGTERM', stop);
  try {
    await lab.wire(network);
    const captures: Capture[] = [];
    const capture = async (): Promise<void> => {
      for (const options of lab.captures) captures.push(await startCapture(network, options));
    };
    if (lab.prelude === undefined) await capture();
    await lab.converge(network);
    const session = openSession(network, lab.cluster, lab.outsiders, lab.translators);
    for (const { place, command } of lab.servers) await ask(agentOf(session, place), command);
    if (lab.prelude !== undefined) {
      await lab.prelude(session);
      await capture();
    }
    await lab.traffic(session);
    await sleep(SETTLE_MS);
    for (const capture of captures) await stopCapture(network, capture);
    const rest = lab.harvest(session);
    return writeFixture(out, { session, captures, summary: lab.summary, ...rest });
  } finally {
    await destroyNetwork(network);
    process.off('SIGINT', stop).off('SIGTERM', stop);
  }
}

/** Builds a lab with its servers and leaves it; yields its namespaces. */
export async function upLab(lab: Lab): Promise<string[]> {
  refuseUnlessAble(lab);
  const network = createNetwork(lab.name, true);
  try {
    await lab.wire(network);
    await lab.converge(network);
    const places = new Set(lab.servers.map(({ place }) => place));
    for (const place of places) {
      const commands = lab.servers.filter((server) => server.place === place);
      serveDetached(
        network,
        place,
        commands.map(({ command }) => command),
      );
    }
  } catch (error) {
    await destroyNetwork(network);
    throw error;
  }
  releaseLock(lab.name);
  return namespacesOfLab(lab.name);
}

/** Takes down whatever is up of a lab; yields the number of namespaces deleted. */
export async function downLab(lab: Lab): Promise<number> {
  refuseUnlessAble(lab);
  const count = namespacesOfLab(lab.name).length;
  await destroyNetwork(createNetwork(lab.name));
  return count - sweep(lab.name);
}
