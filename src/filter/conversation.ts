/**
 * A filter as a function of a conversation's record.
 *
 * Addresses, ports and protocols are asked of each of the record's layers: every hop's tuple, the outer
 * addresses of its tunnels, the real ends, the service, the tuples before and after a translation, and
 * the addresses of a PROXY header. As with frames, one layer must satisfy all of a conjunction, and
 * `not X` means that none satisfies X. `src` is the client's side. What a record does not hold (bytes,
 * lengths, VLAN tags, ...) is decided by its frames: see `witnesses`.
 */
import { ipProtocolName } from '../base/ip-protocols.ts';
import type { ConversationRecord, EndRecord } from '../classify/record.ts';
import { parseIp, type Words } from '../topology/ip.ts';
import type {
  ConversationWord,
  Direction,
  Expression,
  FrameWord,
  Layer,
  LayerWord,
} from './ast.ts';
import { readsFrame, relationTest } from './frame-arithmetic.ts';
import { globTest, hostNameTest } from './glob.ts';

/** The most words of one filter that frames must decide for conversations: bits of an int32. */
export const WITNESSES_MAX = 31;

/** A word that a record cannot answer, with the layer it is pinned to. */
export interface Witness {
  readonly expression: Expression;
  readonly bit: number;
}

/** An IP header of the conversation, or what would be one: client to server. */
interface Tuple {
  readonly src: Words | undefined;
  readonly dst: Words | undefined;
  /** -1 = not known. */
  readonly sport: number;
  readonly dport: number;
  /** As in a record; '' = not known. */
  readonly protocol: string;
  readonly outer: boolean;
  readonly inner: boolean;
}

/** What is asked: one conversation, and the bits of the witnesses that its frames were true of. */
interface Scene {
  readonly record: ConversationRecord;
  readonly tuples: readonly Tuple[];
  readonly witnessed: number | undefined;
}

type Test = (scene: Scene, tuple: Tuple | undefined) => boolean;

interface Compiled {
  readonly test: Test;
  readonly perTuple: boolean;
}

/** `witnessed`: bits of the witnesses that held for a frame of the conversation; undefined = not known. */
export type ConversationTest = (
  record: ConversationRecord,
  witnessed: number | undefined,
) => boolean;

export interface CompiledConversation {
  readonly test: ConversationTest;
  /** The words that only frames decide, one bit each. */
  readonly witnesses: readonly Witness[];
}

interface Context {
  readonly pin: Layer | undefined;
  /** What a word counts as that nobody has decided: true, under `not` false, so that nothing is lost. */
  readonly assume: boolean;
  readonly witnesses: Map<string, Witness>;
}

/** The filter as a function of a record; undecided words count in favour of the conversation. */
export function compileConversation(expression: Expression): CompiledConversation {
  const witnesses = new Map<string, Witness>();
  const { test, perTuple } = compile(expression, { pin: undefined, assume: true, witnesses });
  return {
    test: (record, witnessed) => {
      const scene = { record, tuples: tuplesOf(record), witnessed };
      return perTuple ? someTuple(scene, undefined, test) : test(scene, undefined);
    },
    witnesses: [...witnesses.values()],
  };
}

/** Is the test true of some tuple, of those at the layer when it is pinned? */
function someTuple(scene: Scene, pin: Layer | undefined, test: Test): boolean {
  for (const tuple of scene.tuples) {
    if (pin !== undefined && !tuple[pin]) continue;
    if (test(scene, tuple)) return true;
  }
  return false;
}

function compile(expression: Expression, context: Context): Compiled {
  switch (expression.kind) {
    case 'and':
    case 'or': {
      const parts = expression.of.map((part) => compile(part, context));
      const perTuple = parts.some((part) => part.perTuple);
      const tests = parts.map((part) => part.test);
      return expression.kind === 'and'
        ? { perTuple, test: (scene, tuple) => tests.every((test) => test(scene, tuple)) }
        : { perTuple, test: (scene, tuple) => tests.some((test) => test(scene, tuple)) };
    }
    case 'not': {
      const { test, perTuple } = compile(expression.of, { ...context, assume: !context.assume });
      if (!perTuple) return { test: (scene) => !test(scene, undefined), perTuple };
      return { test: (scene) => !someTuple(scene, context.pin, test), perTuple: false };
    }
    case 'pin': {
      const { test, perTuple } = compile(expression.of, { ...context, pin: expression.layer });
      if (!perTuple) return { test, perTuple };
      return { test: (scene) => someTuple(scene, expression.layer, test), perTuple: false };
    }
    default:
      return word(expression, context);
  }
}

function word(expression: LayerWord | FrameWord | ConversationWord, context: Context): Compiled {
  switch (expression.kind) {
    case 'address':
    case 'port':
    case 'network':
    case 'protocol':
    case 'cast':
      return { test: tupleTest(expression), perTuple: true };
    case 'relation': {
      if (readsFrame(expression)) return { test: witness(expression, context), perTuple: false };
      const answer = relationTest(expression, false).test(undefined as never, -1); // constants alone
      return { test: () => answer, perTuple: false };
    }
    case 'tag':
      if (expression.tag !== 'vxlan' && expression.tag !== 'geneve') break;
      return { test: tunnelTest(expression.tag, expression.id), perTuple: false };
    case 'encapsulation':
      return { test: encapsulationTest(expression.type), perTuple: false };
    case 'place':
      return { test: placeTest(expression), perTuple: false };
    case 'proxy':
      return { test: ({ record }) => record.proxyProtocol !== null, perTuple: false };
    case 'name':
      return { test: nameTest(expression), perTuple: false };
    case 'label':
      return { test: ({ record }) => record.label === expression.label, perTuple: false };
    case 'nat':
      return { test: natTest(expression.type), perTuple: false };
    case 'object':
      return { test: objectTest(expression), perTuple: false };
  }
  return { test: witness(expression, context), perTuple: false };
}

/** A word that frames decide: its bit, or the assumption when nobody has looked at the frames. */
function witness(expression: Expression, { pin, assume, witnesses }: Context): Test {
  const pinned: Expression =
    pin === undefined ? expression : { kind: 'pin', layer: pin, of: expression };
  const key = JSON.stringify(pinned);
  const known = witnesses.get(key) ?? { expression: pinned, bit: 1 << witnesses.size };
  witnesses.set(key, known);
  return ({ witnessed }) => (witnessed === undefined ? assume : (witnessed & known.bit) !== 0);
}

/** Every header that the record tells of, hop by hop; the hops' own first. */
function tuplesOf(record: ConversationRecord): Tuple[] {
  const { protocol, client, server, service, proxyProtocol } = record;
  const tuples: Tuple[] = [];
  for (const { tuple, encapsulation } of record.hops) {
    tuples.push({
      ...ends(tuple),
      protocol: tuple.protocol,
      inner: true,
      outer: encapsulation === null,
    });
    if (encapsulation !== null) tuples.push(outerOf(encapsulation));
  }
  for (const encapsulation of record.encapsulation) tuples.push(outerOf(encapsulation));
  const add = (src: string, sport: number, dst: string, dport: number): void => {
    tuples.push({ ...ends({ src, sport, dst, dport }), protocol, inner: true, outer: false });
  };
  add(client.ip, client.port, server.ip, server.port);
  if (service !== null) add(client.ip, client.port, service.ip, service.port);
  for (const { before, after } of record.translations) {
    add(before.src, before.sport, before.dst, before.dport);
    add(after.src, after.sport, after.dst, after.dport);
  }
  for (const { source, destination } of proxyProtocol === null
    ? []
    : [proxyProtocol, ...proxyProtocol.stacked]) {
    if (source !== null && destination !== null) {
      add(source.ip, source.port, destination.ip, destination.port);
    }
  }
  return tuples;
}

interface TupleText {
  readonly src: string;
  readonly sport: number;
  readonly dst: string;
  readonly dport: number;
}

function ends({
  src,
  sport,
  dst,
  dport,
}: TupleText): Pick<Tuple, 'src' | 'dst' | 'sport' | 'dport'> {
  return { src: parseIp(src), dst: parseIp(dst), sport, dport };
}

/** Protocol that the outer header of a tunnel carries, where its type says so. */
const CARRIED: Readonly<Record<string, string>> = {
  ipip: 'ipip',
  '4in6': 'ipip',
  '6in4': 'ipv6',
  '6in6': 'ipv6',
  gre: 'gre',
  vxlan: 'udp',
  geneve: 'udp',
  wireguard: 'udp',
  'weave-sleeve': 'udp',
  'flannel-udp': 'udp',
  esp: 'esp',
};

function outerOf({ type, outer }: { type: string; outer: { src: string; dst: string } }): Tuple {
  return {
    src: parseIp(outer.src),
    dst: parseIp(outer.dst),
    sport: -1,
    dport: -1,
    protocol: CARRIED[type] ?? '',
    inner: false,
    outer: true,
  };
}

type TupleWord = Extract<LayerWord, { kind: 'address' | 'port' | 'network' | 'protocol' | 'cast' }>;

function tupleTest(expression: TupleWord): Test {
  const test = tupleWord(expression);
  return (_scene, tuple) => tuple !== undefined && test(tuple);
}

function tupleWord(expression: TupleWord): (tuple: Tuple) => boolean {
  switch (expression.kind) {
    case 'address': {
      const { words, mask, network, direction } = expression;
      if (network === 'arp' || network === 'rarp') return () => false;
      const fits = (address: Words | undefined): boolean =>
        address?.length === words.length &&
        words.every((word, i) => (address[i]! & mask[i]!) === word);
      return ({ src, dst }) => oneOrBoth(direction, fits(src), fits(dst));
    }
    case 'port': {
      const { transport, first, last, direction } = expression;
      const known = transport === 'any' ? ['tcp', 'udp', 'sctp'] : [transport];
      const fits = (port: number): boolean => port >= first && port <= last;
      return ({ protocol, sport, dport }) =>
        known.includes(protocol) && oneOrBoth(direction, fits(sport), fits(dport));
    }
    case 'network': {
      const { network } = expression;
      const len = network === 'ip' ? 1 : network === 'ip6' ? 4 : 0;
      return ({ src }) => src?.length === len;
    }
    case 'protocol': {
      const name = ipProtocolName(expression.number);
      const len = { ip: 1, ip6: 4, any: -1 }[expression.network];
      return ({ src, protocol }) => protocol === name && (len < 0 || src?.length === len);
    }
    case 'cast':
      return castTest(expression);
  }
}

function castTest({
  network,
  to,
}: Extract<LayerWord, { kind: 'cast' }>): (tuple: Tuple) => boolean {
  if (network === 'ip6') return ({ dst }) => dst?.length === 4 && dst[0]! >>> 24 === 0xff;
  if (to === 'multicast') return ({ dst }) => dst?.length === 1 && dst[0]! >>> 28 >= 0xe;
  return ({ dst }) => dst?.length === 1 && (dst[0] === -1 || dst[0] === 0);
}

function oneOrBoth(direction: Direction, src: boolean, dst: boolean): boolean {
  if (direction === 'src') return src;
  if (direction === 'dst') return dst;
  return direction === 'both' ? src && dst : src || dst;
}

function tunnelTest(type: string, id: number | undefined): Test {
  return ({ record }) =>
    tunnelsOf(record).some((t) => t.type === type && (id === undefined || t.id === id));
}

function tunnelsOf({
  encapsulation,
  hops,
}: ConversationRecord): { type: string; id: number | null }[] {
  return [...encapsulation, ...hops.flatMap((hop) => hop.encapsulation ?? [])];
}

function encapsulationTest(type: string): Test {
  if (type === 'any') return ({ record }) => tunnelsOf(record).length > 0;
  if (type === 'none') return ({ record }) => tunnelsOf(record).length === 0;
  return tunnelTest(type, undefined);
}

function placeTest({ word, pattern }: Extract<FrameWord, { kind: 'place' }>): Test {
  const fits = globTest(pattern);
  if (word === 'iface') {
    return ({ record }) => record.hops.some((hop) => hop.interface !== null && fits(hop.interface));
  }
  const fitsPath = (file: string): boolean =>
    fits(file) || fits(file.slice(file.lastIndexOf('/') + 1));
  return ({ record }) => record.hops.some((hop) => hop.file !== null && fitsPath(hop.file));
}

/** Ends whose names come from outside the cluster. */
const NAMED_BY_DNS = ['external', 'loadbalancer', 'unknown'];

/** `dns`: the question, an answer, or the name that DNS gave an end. `sni`: the server a TLS client asked for. */
function nameTest({ word, pattern }: Extract<FrameWord, { kind: 'name' }>): Test {
  const fits = hostNameTest(pattern);
  if (word === 'sni') {
    return ({ record: { application } }) =>
      application?.protocol === 'tls' && application.host !== undefined && fits(application.host);
  }
  return ({ record: { application, client, server } }) => {
    const named = [client, server].some(
      ({ kind, name }) => name !== null && NAMED_BY_DNS.includes(kind) && fits(name),
    );
    if (named || application?.protocol !== 'dns') return named;
    return [application.query ?? '', ...(application.answers ?? [])].some(fits);
  };
}

function natTest(type: Extract<ConversationWord, { kind: 'nat' }>['type']): Test {
  return ({ record: { translations } }) => {
    const snat = translations.some((translation) => translation.type === 'snat');
    const dnat = translations.some((translation) => translation.type === 'dnat');
    switch (type) {
      case 'snat':
        return snat;
      case 'dnat':
        return dnat;
      case 'both':
        return snat && dnat;
      case 'any':
        return translations.length > 0;
      case 'none':
        return translations.length === 0;
    }
  };
}

function objectTest(expression: Extract<ConversationWord, { kind: 'object' }>): Test {
  const { word, direction } = expression;
  const isEnd = endTest(expression);
  const ends: Test = ({ record: { client, server } }) =>
    oneOrBoth(direction, isEnd(client), isEnd(server));
  if (direction !== 'either') return ends;
  const fits = qualifiedTest(expression);
  if (word === 'node') {
    const onNode = ({ record }: Scene): boolean =>
      record.hops.some(({ node }) => node !== null && fits(null, node)) ||
      record.translations.some(({ node }) => node !== null && fits(null, node));
    return (scene, tuple) => ends(scene, tuple) || onNode(scene);
  }
  if (word !== 'svc' && word !== 'ns') return ends;
  return (scene, tuple) => {
    const { service } = scene.record;
    if (ends(scene, tuple)) return true;
    if (service === null) return false;
    if (word === 'ns') return service.namespace !== null && fits(null, service.namespace);
    return service.name !== null && fits(service.namespace, service.name);
  };
}

/** Is this end the object, or, for a node, on it? */
function endTest(
  expression: Extract<ConversationWord, { kind: 'object' }>,
): (end: EndRecord) => boolean {
  const fits = qualifiedTest(expression);
  switch (expression.word) {
    case 'pod':
      return ({ kind, namespace, name }) =>
        kind === 'pod' && name !== null && fits(namespace, name);
    case 'svc':
      return ({ kind, namespace, name }) =>
        kind === 'service' && name !== null && fits(namespace, name);
    case 'ns':
      return ({ namespace }) => namespace !== null && fits(null, namespace);
    case 'node':
      return ({ kind, name, node }) =>
        (node !== null && fits(null, node)) ||
        (kind === 'node' && name !== null && fits(null, name));
  }
}

/** `NAMESPACE/NAME`, `NAME` in any namespace, or `NAME.NAMESPACE` as cluster DNS writes it. */
function qualifiedTest({
  word,
  namespace,
  name,
}: Extract<ConversationWord, { kind: 'object' }>): (
  namespace: string | null,
  name: string,
) => boolean {
  const fitsName = globTest(name);
  if (namespace !== undefined) {
    const fitsNamespace = globTest(namespace);
    return (itsNamespace, itsName) =>
      itsNamespace !== null && fitsNamespace(itsNamespace) && fitsName(itsName);
  }
  if (word !== 'pod' && word !== 'svc') return (_namespace, itsName) => fitsName(itsName);
  return (itsNamespace, itsName) =>
    fitsName(itsName) || (itsNamespace !== null && fitsName(`${itsName}.${itsNamespace}`));
}
