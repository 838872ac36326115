/**
 * All that the screen remembers between two keys: plain, immutable data. What the run knows is in data.ts;
 * what is drawn is a function of both.
 */

import type { LanguageName } from '../../words/language-names.ts';
import type { CellWidths, EndStyle } from '../conversation-columns.ts';
import type { ConversationSort } from '../model.ts';
import type { ThemeName } from '../theme-names.ts';
import type { Effect } from './events.ts';

export const VIEWS = [
  'conversations',
  'packets',
  'journey',
  'detail',
  'topology',
  'statistics',
  'explain',
  'stream',
] as const;
export type View = (typeof VIEWS)[number];

export const PANES = ['main', 'side', 'bytes'] as const;
/** `main`: the list or text of the view; `side`: journey or field tree; `bytes`: the hex dump. */
export type Pane = (typeof PANES)[number];

/** Where one stands in a list or text: the row at the top, and the row that keys act on. */
export interface Place {
  readonly top: number;
  readonly selected: number;
}

/** Which headers of a tunnelled packet its row shows. */
export type HeaderStyle = 'both' | 'outer' | 'inner';
/** How packets' times are written. */
export type TimeStyle = 'clock' | 'since' | 'delta' | 'date' | 'epoch';
/** Where the second pane is. */
export type Layout = 'below' | 'beside' | 'alone';

/** A line that is being typed. */
export interface InputState {
  readonly kind: 'filter' | 'search' | 'command' | 'name';
  readonly text: string;
  /** In code units of text. */
  readonly cursor: number;
  /** How far back in what was typed earlier; 0 = the line itself. */
  readonly back: number;
  /** The line itself while an earlier one is shown. */
  readonly draft: string;
  /** Which completion is in the line; -1 = none yet. */
  readonly choice: number;
}

export interface MenuItem {
  readonly label: string;
  /** What stands right of it: a key, a value. */
  readonly hint: string;
  /** Command that does it: what `:` takes. */
  readonly command: string;
}

export type Overlay =
  | { readonly kind: 'text'; readonly of: 'help' | 'capture' | 'log'; readonly top: number }
  | {
      readonly kind: 'menu';
      readonly title: string;
      readonly items: readonly MenuItem[];
      readonly selected: number;
    }
  /** `yes`: what happens when it is answered so. */
  | { readonly kind: 'question'; readonly text: string; readonly yes: Effect };

export interface Mark {
  /** The captures that it is in, where it is to be found from others too. */
  readonly files?: readonly string[];
  readonly view: View;
  /** The selected row: its conversation or packet. */
  readonly row: number | undefined;
  readonly conversation: number | undefined;
  readonly packet: number | undefined;
  readonly packetsOf: number | undefined;
  readonly place: Place;
}

export interface Message {
  readonly text: string;
  readonly isError: boolean;
}

/** Of a list, in the style in which its rows are written. */
export interface Extent<Widths> {
  readonly of: string;
  /** Measured before all was read: names and labels were not the last ones. */
  readonly provisional: boolean;
  readonly widths: Widths;
}

export interface UiState {
  readonly columns: number;
  readonly rows: number;
  readonly language: LanguageName;
  readonly theme: ThemeName;

  readonly view: View;
  /** Views that `esc` goes back to, the latest last. */
  readonly trail: readonly View[];
  readonly places: Readonly<Record<View, Place>>;
  readonly focus: Pane;
  readonly layout: Layout;
  /** Part of the height or width that the list keeps, in hundredths. */
  readonly split: number;
  readonly zoomed: boolean;

  readonly filter: string;
  readonly sort: ConversationSort;
  readonly descending: boolean;
  /** Only packets of this conversation; undefined = all. */
  readonly packetsOf: number | undefined;
  /** What Journey, Explain and Stream show; undefined = none was chosen. */
  readonly conversation: number | undefined;
  /** What Detail shows: row of the packet index; undefined = none was chosen. */
  readonly packet: number | undefined;

  /** Place in the lines of the field tree, as far as they are open. */
  readonly tree: Place;
  /** Keys of the tree's open branches, of whatever packet. */
  readonly open: readonly string[];
  /** The byte that the hex dump's cursor is on; undefined = the tree leads. */
  readonly byte: number | undefined;
  /** First line of the journey beside the conversations. */
  readonly sideTop: number;

  readonly ends: EndStyle;
  readonly headers: HeaderStyle;
  readonly time: TimeStyle;
  /** Packets that were seen at several places are listed once. */
  readonly once: boolean;
  /** Streams as hex. */
  readonly hex: boolean;
  readonly hiddenColumns: readonly string[];
  /** What cells of the lists took so far: columns only grow while one looks at a list. */
  readonly extents: {
    readonly conversations?: Extent<CellWidths>;
    readonly packets?: Extent<readonly number[]>;
  };

  /** Rows that are shown while new ones come: totals at the moment of freezing; undefined = all. */
  readonly frozen: { readonly conversations: number; readonly packets: number } | undefined;
  /** The last row stays selected as rows come. */
  readonly following: boolean;

  /** Captures opened lately, the latest first. */
  readonly recents: readonly (readonly string[])[];
  /** Where to go once all is read; undefined = nowhere. */
  readonly arriving: Mark | undefined;

  /** How many packets were in a file when all were saved; 0 = they never were. */
  readonly savedPackets: number;

  readonly search: string;
  readonly history: {
    readonly filter: readonly string[];
    readonly search: readonly string[];
    readonly command: readonly string[];
  };
  readonly marks: Readonly<Record<string, Mark>>;
  readonly input: InputState | undefined;
  readonly overlay: Overlay | undefined;
  /** Keys pressed of a sequence that is not whole yet. */
  readonly pending: readonly string[];
  /** Digits typed before a key; 0 = none. */
  readonly count: number;
  readonly message: Message | undefined;
  /** What was said so far, the latest last. */
  readonly said: readonly Message[];
}

const START: Place = { top: 0, selected: 0 };

/** The screen as it opens. */
export function initialState(given: Partial<UiState> & Pick<UiState, 'columns' | 'rows'>): UiState {
  return {
    language: 'en',
    theme: 'dark',
    view: 'conversations',
    trail: [],
    places: Object.fromEntries(VIEWS.map((view) => [view, START])) as Record<View, Place>,
    focus: 'main',
    layout: 'below',
    split: 60,
    zoomed: false,
    filter: '',
    sort: 'start',
    descending: false,
    packetsOf: undefined,
    savedPackets: 0,
    recents: [],
    arriving: undefined,
    conversation: undefined,
    packet: undefined,
    tree: START,
    open: [],
    byte: undefined,
    sideTop: 0,
    ends: 'both',
    headers: 'both',
    time: 'clock',
    once: false,
    hex: false,
    hiddenColumns: [],
    extents: {},
    frozen: undefined,
    following: false,
    search: '',
    history: { filter: [], search: [], command: [] },
    marks: {},
    input: undefined,
    overlay: undefined,
    pending: [],
    count: 0,
    message: undefined,
    said: [],
    ...given,
  };
}

/** The state with another place in one view. */
export function atPlace(state: UiState, view: View, place: Place): UiState {
  return { ...state, places: { ...state.places, [view]: place } };
}
