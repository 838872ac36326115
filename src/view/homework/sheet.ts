/** A homework sheet: a question, the evidence for its answer as far as the capture has it, an explanation. */
import type { ConversationRecord } from '../../classify/record.ts';
import type { Density } from '../../topology/pod-density.ts';
import type { Topology } from '../../topology/topology.ts';
import type { Language } from '../diagram/words.ts';

/** Frames to show as evidence, as tcpdump prints them. */
export type RowRequest =
  | {
      readonly kind: 'conversation';
      readonly record: ConversationRecord;
      /** Frames from the first on, at each place that saw it. */
      readonly perPlace: number;
    }
  | {
      readonly kind: 'frames';
      /** A filter of frames. */
      readonly filter: string;
      readonly limit: number;
      /** Only those whose line has these words. */
      readonly saying?: string;
    };

export interface Row {
  /** Number of the frame in its file. */
  readonly frame: number;
  readonly file: string;
  /** The line, not escaped for anything but a terminal. */
  readonly text: string;
}

/** What the capture shows, said only as far as it shows it. */
export interface Finding {
  readonly claim: string;
  readonly figures: readonly (readonly [name: string, value: string])[];
  readonly rows: readonly RowRequest[];
  /** The conversation whose journey is drawn. */
  readonly journey?: ConversationRecord;
  /** The frames themselves are the finding: without any there is none. */
  readonly standsOnRows?: boolean;
}

export interface Evidence {
  readonly heading: string;
  /** Undefined: not in this capture. */
  readonly finding: Finding | undefined;
  /** What to do where it is missing: a sentence, then commands. */
  readonly otherwise: { readonly text: string; readonly commands: readonly string[] };
}

export interface Sheet {
  readonly name: string;
  readonly title: string;
  /** What its evidence is taken from. */
  readonly source: 'capture' | 'lists';
  readonly question: string;
  readonly evidence: readonly Evidence[];
  /** How it works in general, beyond what this capture shows. */
  readonly explanation: readonly string[];
}

/** What a preset may look at. */
export interface Material {
  /** In order of the first frame; of very large captures the first ones. */
  readonly records: readonly ConversationRecord[];
  /** Conversations that there are. */
  readonly total: number;
  readonly topology: Topology;
  /** Pods per node, where kubectl's lists were given. */
  readonly density: Density | undefined;
}

/** One text in the sheet's language. */
export type Say = (en: string, ko: string) => string;

export interface Preset {
  readonly name: string;
  readonly title: Readonly<Record<Language, string>>;
  /** Its evidence is in kubectl's lists: a capture is not needed. */
  readonly needsNoCapture?: boolean;
  sheet(material: Material, say: Say): Omit<Sheet, 'name' | 'title' | 'source'>;
}

export function sheetOf(preset: Preset, material: Material, language: Language): Sheet {
  const say: Say = (en, ko) => (language === 'ko' ? ko : en);
  const { name, title, needsNoCapture } = preset;
  const source = needsNoCapture === true ? 'lists' : 'capture';
  const { question, evidence, explanation } = preset.sheet(material, say);
  const hedged = evidence.map((one) => withDoubt(one, say));
  return { name, title: title[language], source, question, evidence: hedged, explanation };
}

/** A claim about a conversation whose ends are not certain says so. */
function withDoubt(evidence: Evidence, say: Say): Evidence {
  const { finding } = evidence;
  if (finding?.journey === undefined || finding.journey.confidence === 'certain') return evidence;
  const doubt = say(
    'Who the ends are is likely, not certain: some of it is concluded from the traffic; --kube-json may settle it.',
    '양 끝이 누구인지는 확실하지 않고 유력한 추정입니다. 트래픽에서 추론한 것이며, --kube-json을 주면 확실해질 수 있습니다.',
  );
  return { ...evidence, finding: { ...finding, claim: `${finding.claim} ${doubt}` } };
}
