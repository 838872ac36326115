/** Network namespaces and what joins them: veth pairs, bridges, addresses, routes. */
import type { ChildProcess } from 'node:child_process';
import {
  closeSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import {
  attempt,
  inside,
  LabError,
  PYTHON,
  programPath,
  run,
  sleep,
  start,
  startDetached,
  until,
} from './command.ts';

import { type LabName, labOfNamespace, namespaceName } from './names.ts';

const STATE_FOLDER = '/run/netlens-lab';
const UP_FILE = 'up.json';
const END_WAIT_MS = 2000;
const DEVICE_TIMEOUT_MS = 5000;

/** One network: everything that must be gone when it is taken down. */
export interface Network {
  readonly lab: LabName;
  /** Namespaces by short name, as made. */
  readonly places: string[];
  /** Programs started here, ended with the network unless the network is left up. */
  readonly children: ChildProcess[];
  /** Whether the network is to outlive this process (`lab up`): its programs are then started detached. */
  readonly stays: boolean;
  /** A folder for sockets, configuration and captures in the making. */
  readonly folder: string;
}

/** The namespace name of a place in a lab. */
export function namespaceOf(network: Network, place: string): string {
  return namespaceName(network.lab, place);
}

/** An empty network, after clearing what an earlier, killed run left. Throws when that lab is running. */
export function createNetwork(lab: LabName, stays = false): Network {
  mkdirSync(STATE_FOLDER, { recursive: true });
  takeLock(lab);
  sweep(lab);
  const folder = `${STATE_FOLDER}/${lab}`;
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  return { lab, places: [], children: [], stays, folder };
}

function takeLock(lab: LabName): void {
  const path = `${STATE_FOLDER}/${lab}.pid`;
  for (let tries = 0; tries < 2; tries++) {
    try {
      const file = openSync(path, 'wx');
      writeSync(file, `${process.pid}\n`);
      closeSync(file);
      return;
    } catch {
      const owner = Number(readFileSync(path, 'utf8'));
      if (owner > 0 && owner !== process.pid && isRunning(owner)) {
        throw new LabError(`lab ${lab} is being run by process ${owner}: wait for it, or end it`);
      }
      rmSync(path, { force: true });
    }
  }
  throw new LabError(`lab ${lab}: cannot take ${path}`);
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Lets another process build or take down the lab; its namespaces stay as they are. */
export function releaseLock(lab: LabName): void {
  rmSync(`${STATE_FOLDER}/${lab}.pid`, { force: true });
}

/** What is remembered of a lab that was left up. */
export interface UpState {
  /** ISO times. */
  readonly since: string;
  /** When its traffic ends; null = it has none. */
  readonly trafficUntil: string | null;
}

/** Remember that a lab is up, for `upState`. */
export function rememberUp(network: Network, state: UpState): void {
  writeFileSync(`${network.folder}/${UP_FILE}`, `${JSON.stringify(state)}\n`);
}

/** What is known of a lab that was brought up and is there still; undefined = it is not. */
export function upState(lab: LabName): UpState | undefined {
  try {
    const state = JSON.parse(readFileSync(`${STATE_FOLDER}/${lab}/${UP_FILE}`, 'utf8')) as UpState;
    return namespacesOfLab(lab).length > 0 ? state : undefined;
  } catch {
    return undefined;
  }
}

/** Namespaces of a lab that exist now, whoever made them. */
export function namespacesOfLab(lab: LabName): string[] {
  return run(['ip', 'netns', 'list'])
    .split('\n')
    .map((line) => line.split(' ')[0] ?? '')
    .filter((name) => labOfNamespace(name) === lab);
}

/** Ends the processes inside a lab's namespaces, by pid, and deletes the namespaces. Yields how many. */
export function sweep(lab: LabName): number {
  const namespaces = namespacesOfLab(lab);
  const pids = namespaces.flatMap((name) =>
    (attempt(['ip', 'netns', 'pids', name]) ?? '').split('\n').filter(Boolean).map(Number),
  );
  for (const pid of pids) end(pid, 'SIGKILL');
  for (const name of namespaces) attempt(['ip', 'netns', 'del', name]);
  return namespaces.length;
}

function end(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // it ended by itself
  }
}

/** Ends this run's programs and deletes its namespaces and folder. Safe to call twice. */
export async function destroyNetwork(network: Network): Promise<void> {
  const alive = network.children.filter((child) => child.exitCode === null && !child.killed);
  for (const child of alive) child.kill('SIGTERM');
  const deadline = Date.now() + END_WAIT_MS;
  while (alive.some((child) => child.exitCode === null && child.signalCode === null)) {
    if (Date.now() > deadline) break;
    await sleep(20);
  }
  network.children.length = 0;
  sweep(network.lab);
  rmSync(network.folder, { recursive: true, force: true });
  releaseLock(network.lab);
}

/** What a new namespace is to be. */
export interface PlaceOptions {
  /** Forward packets, as nodes and routers do. */
  forward?: boolean;
  /** Without IPv6 unless wanted, so that its chatter does not fill captures. */
  ipv6?: boolean;
}

/** A new namespace with lo up; a forwarding one has reverse-path checks off and conntrack counters on. */
export function addPlace(network: Network, place: string, options: PlaceOptions = {}): void {
  const namespace = namespaceOf(network, place);
  run(['ip', 'netns', 'add', namespace]);
  network.places.push(place);
  const settings: Record<string, string> = {
    'net.ipv4.conf.all.rp_filter': '0',
    'net.ipv4.conf.default.rp_filter': '0',
    'net.ipv6.conf.all.disable_ipv6': options.ipv6 === true ? '0' : '1',
    'net.ipv6.conf.default.disable_ipv6': options.ipv6 === true ? '0' : '1',
  };
  if (options.ipv6 === true) {
    settings['net.ipv6.conf.default.accept_dad'] = '0';
    settings['net.ipv6.conf.default.router_solicitations'] = '0';
  }
  if (options.forward === true) {
    settings['net.ipv4.ip_forward'] = '1';
    settings['net.ipv4.conf.all.send_redirects'] = '0';
    settings['net.ipv4.conf.default.send_redirects'] = '0';
    settings['net.netfilter.nf_conntrack_acct'] = '1';
    // entries must still be there when the tables are dumped at the end
    for (const name of ['udp_timeout', 'icmp_timeout', 'icmpv6_timeout']) {
      settings[`net.netfilter.nf_conntrack_${name}`] = '300';
    }
    if (options.ipv6 === true) settings['net.ipv6.conf.all.forwarding'] = '1';
  }
  sysctl(network, place, settings);
  ip(network, place, 'link set lo up');
}

/** Kernel settings of one namespace. */
export function sysctl(network: Network, place: string, settings: Record<string, string>): void {
  const words = Object.entries(settings).map(([name, value]) => `${name}=${value}`);
  run(inside(namespaceOf(network, place), ['sysctl', '-q', '-w', ...words]));
}

/** Runs `ip` commands inside a place, one a line, all or nothing up to the failing line. */
export function ip(network: Network, place: string, ...commands: string[]): void {
  run(['ip', '-n', namespaceOf(network, place), '-batch', '-'], `${commands.join('\n')}\n`);
}

/** Runs a program inside a place and yields its stdout. */
export function exec(
  network: Network,
  place: string,
  argv: readonly string[],
  input?: string,
): string {
  return run(inside(namespaceOf(network, place), argv), input);
}

/** One end of a veth pair. */
export interface VethEnd {
  place: string;
  device: string;
  mac?: string;
  mtu?: number;
  /** Enslave to this bridge of the same place. */
  bridge?: string;
  /** Addresses with prefix length. */
  addresses?: readonly string[];
}

/** A veth pair between two places, both ends up. */
export function addVeth(network: Network, a: VethEnd, b: VethEnd): void {
  const mac = (end: VethEnd): string => (end.mac === undefined ? '' : `address ${end.mac}`);
  const there = namespaceOf(network, b.place);
  ip(
    network,
    a.place,
    `link add ${a.device} ${mac(a)} type veth peer name ${b.device} ${mac(b)} netns ${there}`,
  );
  for (const end of [a, b]) {
    const lines = [];
    if (end.mtu !== undefined) lines.push(`link set dev ${end.device} mtu ${end.mtu}`);
    if (end.bridge !== undefined) lines.push(`link set dev ${end.device} master ${end.bridge}`);
    lines.push(`link set dev ${end.device} up`);
    for (const address of end.addresses ?? []) {
      lines.push(`addr add ${address} dev ${end.device}${address.includes(':') ? ' nodad' : ''}`);
    }
    ip(network, end.place, ...lines);
  }
}

/** A bridge device, up, that forwards at once. */
export function addBridge(
  network: Network,
  place: string,
  device: string,
  addresses: readonly string[] = [],
): void {
  ip(
    network,
    place,
    `link add ${device} type bridge forward_delay 0 mcast_snooping 0`,
    `link set ${device} up`,
    ...addresses.map((address) => `addr add ${address} dev ${device}`),
  );
}

/** A program that runs inside a place for as long as the network is there. */
export function background(network: Network, place: string, argv: readonly string[]): void {
  const whole = inside(namespaceOf(network, place), argv);
  if (network.stays) startDetached(whole);
  else {
    const child = start(whole);
    child.stdout?.resume();
    child.stderr?.resume();
    network.children.push(child);
  }
}

/** Whether a network device is there. */
export function hasDevice(network: Network, place: string, device: string): boolean {
  return attempt(['ip', '-n', namespaceOf(network, place), 'link', 'show', device]) !== undefined;
}

/** An 802.1Q device on `parent`, up, with these addresses: carried through TAP, as this needs no 8021q module. */
export async function addVlan(
  network: Network,
  place: string,
  parent: string,
  vlan: number,
  addresses: readonly string[],
): Promise<void> {
  const device = `${parent}.${vlan}`;
  const carrier = [PYTHON, '-I', '-S', programPath('vlan-carrier.py'), parent, device, `${vlan}`];
  background(network, place, carrier);
  await until(`${device} in ${place}`, DEVICE_TIMEOUT_MS, () =>
    hasDevice(network, place, device) ? true : undefined,
  );
  ip(
    network,
    place,
    `link set dev ${device} up`,
    ...addresses.map((one) => `addr add ${one} dev ${device}${one.includes(':') ? ' nodad' : ''}`),
  );
}
