/** What a lab is, and the three things done with one: left up, run into a fixture, taken down. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Capture, type CaptureOptions, startCapture, stopCapture } from './capture.ts';
import type { Cluster } from './cluster.ts';
import { LabError, missingTools, sleep } from './command.ts';
import { type Harvest, writeFixture } from './fixture.ts';
import type { LabName } from './names.ts';
import {
  createNetwork,
  destroyNetwork,
  type Network,
  namespaceOf,
  namespacesOfLab,
  releaseLock,
  rememberUp,
  sweep,
  type UpState,
  upState,
} from './network.ts';
import { agentOf, type Outsider, openSession, type Session, type Translator } from './session.ts';
import { ask, type Call, type Command, callDetached, serveDetached } from './traffic.ts';
import type { Truth } from './truth.ts';

const SETTLE_MS = 1500; // tcpdump's ring hands over a block within a second
/** Programs that every lab is built with, and those that making a fixture needs beside them. */
const BUILD_TOOLS = ['ip', 'iptables', 'sysctl', 'python3'];
const RUN_TOOLS = ['conntrack', 'tcpdump', 'tshark'];
/** Debian's package of a program, where it has another name. */
const PACKAGES: Readonly<Record<string, string>> = {
  bird: 'bird2',
  birdc: 'bird2',
  bridge: 'iproute2',
  ip: 'iproute2',
  'iptables-restore': 'iptables',
  nginx: 'nginx-light',
  ss: 'iproute2',
  sysctl: 'procps',
};
/** Pause between two rounds of the calls of a lab that is up. */
const ROUND_SECONDS = 2;

/** A lab: who is in it, how it is wired, what is said in it. */
export interface Lab {
  name: LabName;
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
  /** What is said again and again while the lab is up. */
  calls?: readonly Call[];
  /** File name to what `kubectl get … -A -o json` would print. */
  kube: () => Readonly<Record<string, unknown>>;
  /** What the fixture holds beside captures, truth and `kube`. */
  harvest: (session: Session) => Omit<Harvest, 'session' | 'captures' | 'summary' | 'kube'>;
}

/** Programs that bringing a lab up needs and that are not installed. */
export function missingFor(lab: Lab): string[] {
  return missingTools([...BUILD_TOOLS, ...lab.tools]);
}

function refuseUnlessAble(lab: Lab, missing: readonly string[]): void {
  if (process.platform !== 'linux') {
    throw new LabError('labs are made of network namespaces, which only Linux has');
  }
  if (process.getuid?.() !== 0) {
    throw new LabError('labs are made of network namespaces: run as root (sudo)');
  }
  if (missing.length > 0) {
    const packages = new Set(missing.map((tool) => PACKAGES[tool] ?? tool));
    const install = `on Debian: apt-get install ${[...packages].join(' ')}`;
    throw new LabError(`lab ${lab.name} needs ${missing.join(', ')}; ${install}`);
  }
  if (upState(lab.name) !== undefined) {
    throw new LabError(`lab ${lab.name} is up: take it down first (netlens lab down ${lab.name})`);
  }
}

/** Looks on beside a lab's own captures: begins where they begin; what it yields ends it when all is said. */
export type Onlooker = (network: Network) => Promise<() => Promise<void>>;

/** Builds a lab, makes its traffic, writes the fixture into `out`, takes the lab down; yields the truth. */
export async function runLab(lab: Lab, out: string, onlooker?: Onlooker): Promise<Truth> {
  refuseUnlessAble(lab, [...missingFor(lab), ...missingTools(RUN_TOOLS)]);
  mkdirSync(out, { recursive: true });
  const network = createNetwork(lab.name);
  const stop = (): void => {
    void destroyNetwork(network).then(() => process.exit(130));
  };
  process.once('SIGINT', stop).once('SIGTERM', stop);
  try {
    await lab.wire(network);
    const captures: Capture[] = [];
    let lookAway: (() => Promise<void>) | undefined;
    const capture = async (): Promise<void> => {
      lookAway = await onlooker?.(network);
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
    await lookAway?.();
    for (const capture of captures) await stopCapture(network, capture);
    const { kube, summary } = lab;
    return writeFixture(out, { session, captures, summary, kube: kube(), ...lab.harvest(session) });
  } finally {
    await destroyNetwork(network);
    process.off('SIGINT', stop).off('SIGTERM', stop);
  }
}

/** Someone in a lab, and the namespace to enter for it. */
export interface LabPlace {
  readonly what: 'node' | 'pod' | 'outside';
  readonly name: string;
  readonly ip: string;
  /** The node of a pod. */
  readonly on: string;
  readonly namespace: string;
  /** Calls it makes in a round of the traffic. */
  readonly calls: number;
}

/** A lab that was brought up. */
export interface LabUp {
  readonly lab: LabName;
  readonly state: UpState;
  readonly namespaces: readonly string[];
  /** Nodes, pods with a network of their own, and who is outside: where each is to be entered. */
  readonly places: readonly LabPlace[];
  /** What kubectl would print of its cluster. */
  readonly kubeFolder: string;
}

/** Builds a lab with its servers and leaves it, with its calls going on for `trafficSeconds`; 0 = none. */
export async function upLab(lab: Lab, trafficSeconds: number): Promise<LabUp> {
  refuseUnlessAble(lab, missingFor(lab));
  const network = createNetwork(lab.name, true);
  const kubeFolder = join(network.folder, 'kube');
  const stop = (): void => {
    void destroyNetwork(network).then(() => process.exit(130));
  };
  process.once('SIGINT', stop).once('SIGTERM', stop);
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
    startCalls(network, lab.calls ?? [], trafficSeconds);
    mkdirSync(kubeFolder);
    for (const [name, value] of Object.entries(lab.kube())) {
      writeFileSync(join(kubeFolder, name), `${JSON.stringify(value, null, 1)}\n`);
    }
    rememberUp(network, stateOf(lab, trafficSeconds));
  } catch (error) {
    await destroyNetwork(network);
    throw error;
  } finally {
    process.off('SIGINT', stop).off('SIGTERM', stop);
  }
  releaseLock(lab.name);
  return {
    lab: lab.name,
    state: upState(lab.name)!,
    namespaces: namespacesOfLab(lab.name),
    places: placesOf(lab, network),
    kubeFolder,
  };
}

function stateOf({ calls }: Lab, trafficSeconds: number): UpState {
  const now = Date.now();
  const until = new Date(now + 1000 * trafficSeconds).toISOString();
  const hasTraffic = trafficSeconds > 0 && calls !== undefined;
  return { since: new Date(now).toISOString(), trafficUntil: hasTraffic ? until : null };
}

function placesOf({ calls = [], cluster, outsiders }: Lab, network: Network): LabPlace[] {
  const at = (place: string): Pick<LabPlace, 'namespace' | 'calls'> => ({
    namespace: namespaceOf(network, place),
    calls: calls.filter(({ from }) => from === place).length,
  });
  const nodes = cluster.nodes.map(
    ({ ip, name, place }): LabPlace => ({ what: 'node', name, ip, on: '', ...at(place) }),
  );
  const pods = cluster.pods.flatMap(({ ip, name, node, place }): LabPlace[] =>
    place === undefined ? [] : [{ what: 'pod', name, ip, on: node, ...at(place) }],
  );
  const others = outsiders.map(
    ({ ips, name, place }): LabPlace => ({
      what: 'outside',
      name,
      ip: ips[0]!,
      on: '',
      ...at(place),
    }),
  );
  return [...nodes, ...pods, ...others];
}

/** Every place that calls makes its calls, round after round. */
function startCalls(network: Network, calls: readonly Call[], seconds: number): void {
  if (seconds === 0) return;
  for (const place of new Set(calls.map(({ from }) => from))) {
    const commands = calls.filter(({ from }) => from === place).map(({ command }) => command);
    callDetached(network, place, commands, { seconds, roundSeconds: ROUND_SECONDS });
  }
}

/** Takes down whatever is up of a lab, or what a killed run left; yields the number of namespaces deleted. */
export async function downLab(lab: Lab): Promise<number> {
  if (process.getuid?.() !== 0) throw new LabError('run as root (sudo)');
  const count = namespacesOfLab(lab.name).length;
  await destroyNetwork(createNetwork(lab.name));
  return count - sweep(lab.name);
}
