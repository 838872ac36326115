/**
 * A conversation's journey as a diagram shows it, whatever it is drawn with: zones (a node, the outside)
 * in the order the client's packets pass them, and in each the steps seen or known to be there.
 */
import type {
  ConversationRecord,
  EncapsulationRecord,
  EndRecord,
  ProxyRecord,
  TranslationRecord,
  TupleRecord,
} from '../../classify/record.ts';
import { isSameTuple } from '../../classify/rewrites.ts';
import { rewritesBetween } from '../hop-rewrites.ts';
import { type Place, placesOf } from './sightings.ts';

/** Places drawn; of a longer journey those in the middle are folded into one step that says how many. */
const PLACES_MAX = 18;
const REWRITES_MAX = 8;

export type Step =
  | { readonly kind: 'end'; readonly role: 'client' | 'server'; readonly end: EndRecord }
  | { readonly kind: 'place'; readonly place: Place }
  | {
      readonly kind: 'rewrite';
      readonly changes: readonly TranslationRecord[];
      /** No two sightings show it: a connection table does. */
      readonly told: boolean;
    }
  | { readonly kind: 'proxy'; readonly ip: string; readonly header: ProxyRecord }
  | { readonly kind: 'fold'; readonly count: number };

export type ZoneKind = 'node' | 'outside' | 'file' | 'unknown';

export interface Zone {
  readonly kind: ZoneKind;
  /** The node's or file's name; undefined where there is none. */
  readonly name: string | undefined;
  /** Some capture shows it there. */
  readonly captured: boolean;
  readonly steps: readonly Step[];
}

/** What lies between two zones: a network that nobody captured. */
export interface Crossing {
  /** The tunnel around the packets, as far as either side shows it. */
  readonly tunnel: EncapsulationRecord | null;
  /** TTL on this side and on that, where both are known of the same packet. */
  readonly ttl: { readonly from: number; readonly to: number } | undefined;
}

export interface JourneyModel {
  readonly record: ConversationRecord;
  readonly zones: readonly Zone[];
  /** Crossing i leads from zone i to zone i + 1. */
  readonly crossings: readonly Crossing[];
  /** Translations that have no place among the steps. */
  readonly elsewhere: readonly TranslationRecord[];
}

/** A step with where it is: steps of one key in a row are in one zone. */
interface Located {
  readonly step: Step;
  readonly zone: ZoneKind;
  readonly name: string | undefined;
}

export function journeyModel(record: ConversationRecord): JourneyModel {
  const places = placesOf(record.hops);
  const changes = record.translations.slice(0, REWRITES_MAX);
  const way = [
    ...clientSide(record, places[0]),
    ...alongPlaces(changes, places),
    ...serverSide(record, places.at(-1)),
  ];
  const told = new Set(
    way.flatMap(({ step }) => (step.kind === 'rewrite' ? [...step.changes] : [])),
  );
  const zones = zonesOf(way);
  return {
    record,
    zones,
    crossings: zones.slice(1).map((zone, i) => crossingOf(zones[i]!, zone)),
    elsewhere: record.translations.filter((change) => !told.has(change)),
  };
}

/** Client, the proxy that speaks for it, and what connection tables tell of the way before the first sighting. */
function clientSide(record: ConversationRecord, first: Place | undefined): Located[] {
  const way: Located[] = [locatedEnd('client', record.client)];
  const { proxyProtocol: header } = record;
  if (first === undefined) return way;
  const before = leadingTo(record.translations, first.hop.tuple);
  const tuple = before[0]?.before ?? first.hop.tuple;
  if (header !== null && tuple.src !== record.client.ip) {
    way.push({ step: { kind: 'proxy', ip: tuple.src, header }, zone: 'outside', name: tuple.src });
  }
  for (const change of before) way.push(toldStep(change));
  return way;
}

function serverSide(record: ConversationRecord, last: Place | undefined): Located[] {
  const after = last === undefined ? [] : leadingFrom(record.translations, last.hop.tuple);
  return [...after.map(toldStep), locatedEnd('server', record.server)];
}

function toldStep(change: TranslationRecord): Located {
  const zone = change.node === null ? 'unknown' : 'node';
  return {
    step: { kind: 'rewrite', changes: [change], told: true },
    zone,
    name: change.node ?? undefined,
  };
}

/** Translations, in order, whose last one results in the tuple. */
function leadingTo(all: readonly TranslationRecord[], tuple: TupleRecord): TranslationRecord[] {
  const found: TranslationRecord[] = [];
  for (let now = tuple; found.length < REWRITES_MAX; ) {
    const change = all.find((one) => isSameTuple(one.after, now) && !found.includes(one));
    if (change === undefined) break;
    found.unshift(change);
    now = change.before;
  }
  return found;
}

function leadingFrom(all: readonly TranslationRecord[], tuple: TupleRecord): TranslationRecord[] {
  const found: TranslationRecord[] = [];
  for (let now = tuple; found.length < REWRITES_MAX; ) {
    const change = all.find((one) => isSameTuple(one.before, now) && !found.includes(one));
    if (change === undefined) break;
    found.push(change);
    now = change.after;
  }
  return found;
}

function locatedEnd(role: 'client' | 'server', end: EndRecord): Located {
  const step: Step = { kind: 'end', role, end };
  if (end.kind === 'pod' || end.kind === 'node') {
    const name = end.node ?? (end.kind === 'node' ? (end.name ?? end.ip) : undefined);
    return { step, zone: name === undefined ? 'unknown' : 'node', name };
  }
  const isOutside = end.kind === 'external' || end.kind === 'loadbalancer';
  return { step, zone: isOutside ? 'outside' : 'unknown', name: undefined };
}

/** The places and, between two, the translations that turn one's tuple into the next one's. */
function alongPlaces(changes: readonly TranslationRecord[], places: readonly Place[]): Located[] {
  const way: Located[] = [];
  const head = Math.ceil(PLACES_MAX / 2);
  const tail = places.length - Math.floor(PLACES_MAX / 2);
  let previous: Place | undefined;
  places.forEach((place, i) => {
    if (places.length > PLACES_MAX && i >= head && i < tail) {
      if (i === head) way.push(fold(tail - head, place));
      return;
    }
    const between = rewritesBetween(changes, previous?.hop.tuple, place.hop.tuple);
    if (between.length > 0) way.push(rewriteStep(between, previous!, place));
    way.push(locatedPlace(place));
    previous = place;
  });
  return way;
}

function fold(count: number, at: Place): Located {
  return { ...locatedPlace(at), step: { kind: 'fold', count } };
}

function locatedPlace(place: Place): Located {
  const step: Step = { kind: 'place', place };
  if (place.node !== null) return { step, zone: 'node', name: place.node };
  const { file } = place.hop;
  return file === null
    ? { step, zone: 'unknown', name: undefined }
    : { step, zone: 'file', name: file.slice(file.lastIndexOf('/') + 1) };
}

/** On the node that the record names, else with the places around it where these are one zone. */
function rewriteStep(changes: TranslationRecord[], before: Place, after: Place): Located {
  const step: Step = { kind: 'rewrite', changes, told: false };
  const node = changes[0]!.node;
  if (node !== null) return { step, zone: 'node', name: node };
  const from = locatedPlace(before);
  const to = locatedPlace(after);
  return from.zone === to.zone && from.name === to.name
    ? { ...from, step }
    : { step, zone: 'unknown', name: undefined };
}

function zonesOf(way: readonly Located[]): Zone[] {
  const zones: (Zone & { steps: Step[]; captured: boolean })[] = [];
  for (const { step, zone: kind, name } of way) {
    const last = zones.at(-1);
    const captured = step.kind === 'place';
    if (last !== undefined && last.kind === kind && last.name === name) {
      last.steps.push(step);
      last.captured ||= captured;
    } else zones.push({ kind, name, captured, steps: [step] });
  }
  return zones;
}

function crossingOf(from: Zone, to: Zone): Crossing {
  const a = from.steps.findLast((step) => step.kind === 'place');
  const b = to.steps.find((step) => step.kind === 'place');
  const before = a?.kind === 'place' ? a.place.hop : undefined;
  const after = b?.kind === 'place' ? b.place.hop : undefined;
  const sameSide = before !== undefined && after !== undefined;
  const ttls = sameSide && before.ttl !== null && after.ttl !== null;
  // behind a rewrite, or where the sightings do not lie at the crossing, the tunnel may be another
  const atEdge = from.steps.at(-1) === a ? before?.encapsulation : undefined;
  const beyond = to.steps[0] === b ? after?.encapsulation : undefined;
  return {
    tunnel: atEdge ?? beyond ?? null,
    ttl: ttls ? { from: before.ttl!, to: after.ttl! } : undefined,
  };
}
