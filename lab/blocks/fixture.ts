/** Writes a fixture directory: captures, kubectl JSON, node state, truth and README; refuses what does not agree. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Capture } from './capture.ts';
import { LabError } from './command.ts';
import { dumpConntrack, type Tuple } from './conntrack.ts';
import { exec } from './network.ts';
import { type PcapFile, readPcap, writePcap, writePcapng } from './pcap.ts';
import { addressesOf, type Session } from './session.ts';
import {
  type CarriedFrame,
  encapsulationSeen,
  framesOf,
  readSightings,
  tupleOf,
} from './sightings.ts';
import {
  nanosecondsOf,
  TRUTH_SCHEMA,
  type Truth,
  type TruthConversation,
  type TruthEncapsulation,
} from './truth.ts';

/** What a lab hands over when its traffic is done and its captures are closed. */
export interface Harvest {
  session: Session;
  captures: readonly Capture[];
  summary: string;
  readme: string;
  /** File name under kube/ to JSON value. */
  kube: Readonly<Record<string, unknown>>;
  /** The outer headers a conversation must have worn; what was seen is held against it. */
  encapsulation: (session: Session, conversation: TruthConversation) => TruthEncapsulation[];
  /** Node whose interfaces are joined into any.pcapng. */
  joined?: string;
  /** Nanoseconds to add to the timestamps of a node's captures. */
  skewNs?: Record<string, number>;
  /** Node name to more files (name to JSON value) under its folder in nodes/. */
  nodeFiles?: Record<string, Record<string, unknown>>;
  /** Conversations whose ports no capture can hold: left out of the truth when that is so. */
  unseen?: readonly string[];
}

/** Writes the fixture into `out`, in place of what was there. Throws LabError when captures and truth differ. */
export function writeFixture(out: string, harvest: Harvest): Truth {
  const { captures } = harvest;
  const state = nodeState(harvest); // before tshark takes its time and entries end
  countSightings(harvest);
  for (const part of ['captures', 'kube', 'nodes']) {
    rmSync(join(out, part), { recursive: true, force: true });
    mkdirSync(join(out, part), { recursive: true });
  }
  const files = new Map<string, PcapFile>();
  for (const capture of captures) {
    const file = readPcap(capture.path);
    const skew = BigInt(harvest.skewNs?.[capture.node] ?? 0);
    for (const frame of file.frames) frame.timeNs += skew;
    files.set(capture.name, file);
    writePcap(join(out, 'captures', capture.name), file);
  }
  if (harvest.joined !== undefined) {
    const parts = captures.filter((c) => c.node === harvest.joined && c.device !== 'any');
    const interfaces = parts.map((c) => ({ name: c.device, file: files.get(c.name) as PcapFile }));
    writePcapng(join(out, 'any.pcapng'), interfaces);
  }
  for (const [name, value] of Object.entries(harvest.kube)) {
    writeFileSync(join(out, 'kube', name), `${JSON.stringify(value, null, 1)}\n`);
  }
  for (const [name, text] of state) {
    mkdirSync(join(out, 'nodes', dirname(name)), { recursive: true });
    writeFileSync(join(out, 'nodes', name), text);
  }
  const truth = truthOf(harvest);
  writeFileSync(join(out, 'truth.json'), `${JSON.stringify(truth, null, 1)}\n`);
  writeFileSync(join(out, 'README.md'), harvest.readme);
  return truth;
}

/** What each node knows of itself now, by path under nodes/: addresses, routes, neighbours, tracked connections. */
function nodeState({ nodeFiles, session }: Harvest): Map<string, string> {
  const state = new Map<string, string>();
  const { cluster, network } = session;
  for (const { name, place } of cluster.nodes) {
    for (const [file, word] of [
      ['ip-address.json', 'address'],
      ['ip-route.json', 'route'],
      ['ip-neigh.json', 'neigh'],
    ] as const) {
      const value = JSON.parse(exec(network, place, ['ip', '-d', '-j', word])) as unknown[];
      const lines = value.map((item) => ` ${JSON.stringify(item)}`);
      state.set(join(name, file), `[\n${lines.join(',\n')}\n]\n`);
    }
    for (const [file, value] of Object.entries(nodeFiles?.[name] ?? {})) {
      state.set(join(name, file), `${JSON.stringify(value, null, 1)}\n`);
    }
    const families = cluster.podCidr6 === undefined ? ['ipv4'] : ['ipv4', 'ipv6'];
    const tracked = families.map((family) => dumpConntrack(network, place, family));
    state.set(join(name, 'conntrack.txt'), tracked.join(''));
  }
  return state;
}

/** Fills in each conversation's captures, encapsulation and visible translations, and checks what must be so. */
function countSightings(harvest: Harvest): void {
  const { conversations } = harvest.session;
  const seen = new Map<TruthConversation, CarriedFrame[]>(conversations.map((c) => [c, []]));
  for (const capture of harvest.captures) {
    const sightings = readSightings(capture.path);
    for (const conversation of conversations) {
      const frames = framesOf(sightings, conversation, conversations);
      if (frames.length > 0) conversation.captures[capture.name] = frames.length;
      seen.get(conversation)?.push(...frames);
    }
  }
  for (const [conversation, frames] of seen) {
    const { id } = conversation;
    if (frames.length === 0) {
      if (!harvest.unseen?.includes(id)) throw new LabError(`${id}: no capture has a frame of it`);
      conversations.splice(conversations.indexOf(conversation), 1);
      continue;
    }
    const expected = harvest.encapsulation(harvest.session, conversation);
    const found = distinct(encapsulationSeen(frames)).join(' | ');
    if (found !== distinct(expected).join(' | ')) {
      throw new LabError(`${id}: wore ${found}, expected ${distinct(expected).join(' | ')}`);
    }
    conversation.encapsulation = expected;
    markVisible(conversation, frames);
  }
}

/** Says of each translation whether frames from before and after what its node did were captured. */
function markVisible(conversation: TruthConversation, frames: readonly CarriedFrame[]): void {
  const key = ({ src, sport, dst, dport }: Tuple): string => `${src} ${sport} ${dst} ${dport}`;
  const keys = new Set(
    frames.map(({ sighting, toServer }) => {
      const { src, sport, dst, dport } = tupleOf(sighting);
      return key(
        toServer ? { src, sport, dst, dport } : { src: dst, sport: dport, dst: src, dport: sport },
      );
    }),
  );
  const { translations } = conversation;
  for (const translation of translations) {
    const one = translations.filter(({ node }) => node === translation.node);
    const [first, last] = [one[0] ?? translation, one.at(-1) ?? translation];
    translation.visible = keys.has(key(first.before)) && keys.has(key(last.after));
  }
}

function distinct(list: readonly TruthEncapsulation[]): string[] {
  return [
    ...new Set(list.map((e) => `${e.type} ${e.vni ?? ''} ${e.outer.src} ${e.outer.dst}`)),
  ].sort();
}

function truthOf(harvest: Harvest): Truth {
  const { cluster, conversations, network } = harvest.session;
  const sorted = [...conversations].sort((a, b) =>
    nanosecondsOf(a.start) < nanosecondsOf(b.start) ? -1 : 1,
  );
  return {
    schema: TRUTH_SCHEMA,
    lab: network.lab,
    summary: harvest.summary,
    nodes: cluster.nodes.map((node) => ({
      name: node.name,
      ip: node.ip,
      addresses: addressesOf(node),
      captures: harvest.captures.filter((c) => c.node === node.name).map(({ name }) => name),
      clockSkewNs: harvest.skewNs?.[node.name] ?? 0,
    })),
    conversations: sorted,
  };
}
