/** What went wrong with a conversation. */
import type { PlacePhrase } from './phrases.ts';

/** What an ICMP or ICMPv6 error says: its type and code. */
export interface IcmpFault {
  readonly isV6: boolean;
  readonly type: number;
  readonly code: number;
}

export interface TroubleSentences {
  'one-way-place': { place: PlacePhrase; requests: boolean; packets: number };
  'icmp-says': { from: string; frame: number; fault: IcmpFault; times: number };
  'icmp-too-big': {
    from: string;
    frame: number;
    mtu: number;
    tunnel: string | undefined;
    /** Bytes of the tunnel's headers; undefined where that depends. */
    overhead: number | undefined;
  };
  'syn-unanswered': { packets: number; to: string };
  'proxy-header-refused': { server: string; version: number };
  'proxy-header-absent': { server: string };
  refused: { by: string };
  reset: { by: string };
  'service-without-endpoints': { service: string };
}
