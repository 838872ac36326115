/** What flow logs tell of a connection, and what went wrong with it by them. */
import type { Sentence } from '../sentence.ts';
import type { LogPlacePhrase } from './phrases.ts';

/** Ways out of an interface by number (Amazon's user guide, field traffic-path). */
const TRAFFIC_PATHS = [1, 2, 3, 4, 5, 6, 7, 8] as const;
export type TrafficPath = (typeof TRAFFIC_PATHS)[number];

export function isTrafficPath(path: number): path is TrafficPath {
  return (TRAFFIC_PATHS as readonly number[]).includes(path);
}

export interface LogSentences {
  /** The node that the log names may stand for one of its pods. */
  'log-or-a-pod': { verdict: Sentence };
  'log-client-by-syn': { dialled: string; client: string };
  'log-client-by-service': { dialled: string; port: number };
  'log-client-by-port': { dialled: string; port: number; other: number };
  'log-client-first': { client: string };
  'log-joined': { places: readonly LogPlacePhrase[]; unmasked: boolean };
  'log-passing': { place: LogPlacePhrase; shown: string; ip: string; rewritten: boolean };
  'log-unmasked': { place: LogPlacePhrase; shown: string; ip: string };
  'log-secondary': { place: LogPlacePhrase; shown: string; ip: string };
  'log-nat': { from: string; to: string; interfaceId: string | undefined; line: number };
  'log-nat-of-several': {
    from: string;
    to: string;
    interfaceId: string | undefined;
    candidates: number;
  };
  'log-path': { ofClient: boolean; place: LogPlacePhrase; path: TrafficPath };
  'log-aws-service': { ip: string; service: string };
  'log-workload': { place: LogPlacePhrase; workload: string };
  'log-encryption': { place: LogPlacePhrase; status: string };
  'log-rejected': {
    packets: number;
    /** What was dialled; undefined of packets back to the client. */
    to: string | undefined;
    place: LogPlacePhrase;
    direction: string | undefined;
    /** The log's own word for it; without one, whose doing it can have been. */
    reason: string | undefined;
    byNetworkAcl: boolean;
  };
}
