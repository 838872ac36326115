/** What is wrong with a filter, and what to write instead. */

/** What should stand at a place of the filter. */
export type FilterPart =
  | 'word'
  | 'comparison'
  | 'connective'
  | 'operator-or-parenthesis'
  | 'operand'
  | 'size'
  | 'bracket'
  | 'parenthesis'
  | 'list'
  | 'comma-or-brace'
  | 'port'
  | 'port-range'
  | 'ether-type'
  | 'ip-protocol'
  | 'mac'
  | 'prefix-length'
  | 'netmask'
  | 'network'
  | 'address'
  | 'number-after'
  | 'value-for'
  | 'name-after';

/** Why a word of tcpdump's is not understood here. */
export type FilterRefusal =
  | 'needs-lookups'
  | 'old-form'
  | 'link'
  | 'wlan'
  | 'atm'
  | 'ss7'
  | 'pflog'
  | 'osi'
  | 'protocol';

export interface FilterSentences {
  'filter-too-long': { most: number };
  'filter-too-deep': { most: number };
  'filter-too-many-tests': { most: number };
  /** `word` is the one that the part belongs to, where there is one. */
  'filter-ends': { part: FilterPart; word: string | undefined };
  /** `found` is undefined of quoted text. */
  'filter-expects': { part: FilterPart; word: string | undefined; found: string | undefined };
  'filter-unknown': { what: string; text: string };
  'filter-empty-group': object;
  'filter-open-group': object;
  'filter-stray-closing': object;
  'filter-bare-number': object;
  'filter-joins-numbers': { text: string };
  'filter-not-comparable': { field: string; kind: string; operator: string };
  'filter-contains-nothing': object;
  'filter-list-too-long': { most: number };
  'filter-no-number': { text: string; field: string };
  'filter-no-value': { text: string; kind: string; field: string };
  'filter-division-by-zero': object;
  'filter-shift-too-far': object;
  'filter-refused': { text: string; why: FilterRefusal };
  'filter-refused-llc': { type: string };
  'filter-untestable-bytes': { text: string };
  'filter-tag-too-large': { tag: string; text: string; most: number };
  'filter-does-not-go-with': { text: string; with: string };
  'filter-says-nothing': { text: string };
  'filter-no-broadcast': object;
  'filter-no-cast': { text: string; to: string };
  'filter-service-of-other': { text: string; is: string; not: string };
  'filter-is-mac': { text: string };
  'filter-not-with-address': { text: string };
  'filter-wrong-family': { text: string; family: 'IPv4' | 'IPv6'; word: string };
  'filter-no-lookup': { text: string };
  'filter-empty-name': { word: string };
  'filter-no-name-of': { text: string; word: string; mayHaveNamespace: boolean };
  'filter-bad-octal': { text: string };
  'filter-number-too-large': { text: string };
  'filter-port-too-large': { text: string; most: number };
  'filter-unknown-service': { text: string };
  'filter-no-port-range': { text: string };
  'filter-number-beyond': { text: string; what: 'ip-protocol' | 'ether-type'; most: number };
  'filter-not-named': { text: string; what: 'ip-protocol' | 'ether-type' };
  'filter-no-decimal': { part: string; text: string };
  'filter-byte-too-large': { part: string; text: string };
  'filter-no-ipv6': { text: string };
  'filter-bits-beyond-mask': { text: string };
  'filter-prefix-too-long': { bits: number; width: number };

  /** What to do about it. */
  'hint-meant': { text: string };
  'hint-write': { text: string };
  'hint-write-to-find': { text: string; all: boolean };
  'hint-write-iface': object;
  'hint-write-protos': object;
  'hint-write-names': object;
  'hint-one-of': { choices: readonly string[] };
  'hint-network': { network: string };
}
