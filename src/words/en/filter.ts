/** What is wrong with a filter, in English. */
import type { Catalog } from '../sentence.ts';
import type { FilterPart, FilterRefusal, FilterSentences } from '../sentences/filter.ts';

const PARTS: Readonly<Record<FilterPart, (word: string) => string>> = {
  word: () => 'a word of the filter language',
  comparison: () => 'a comparison (=, !=, <, <=, >, >=)',
  connective: () => "'and' or 'or'",
  'operator-or-parenthesis': () => "an operator or ')'",
  operand: () => 'a number or bytes of a header (tcp[13])',
  size: () => 'the size 1, 2 or 4',
  bracket: () => "']'",
  parenthesis: () => "')'",
  list: () => 'a list ({1, 2})',
  'comma-or-brace': () => "',' or '}'",
  port: () => 'a port or a service name',
  'port-range': () => 'a range of ports (80-90)',
  'ether-type': () => 'an EtherType or its name',
  'ip-protocol': () => 'an IP protocol number or name',
  mac: () => 'a MAC address (02:00:00:00:00:01)',
  'prefix-length': () => 'the length of the prefix',
  netmask: () => 'a netmask (255.255.0.0)',
  network: () => 'a network (10.0.0.0/8)',
  address: () => 'an address',
  'number-after': (word) => `a number after '${word}'`,
  'value-for': (word) => `a value for '${word}'`,
  'name-after': (word) => `a name after '${word}'`,
};

const REFUSALS: Readonly<Record<FilterRefusal, string>> = {
  'needs-lookups': 'it needs names of hosts and MAC addresses, and netlens looks none up',
  'old-form': 'it is an old form',
  link: 'netlens does not read this kind of link',
  wlan: 'netlens does not read 802.11 frames',
  atm: 'netlens does not read ATM',
  ss7: 'netlens does not read SS7 (MTP2, MTP3)',
  pflog: 'netlens does not read pflog captures',
  osi: 'netlens does not decode OSI protocols',
  protocol: 'netlens does not decode this protocol',
};

const NUMBERED = { 'ip-protocol': 'an IP protocol', 'ether-type': 'an EtherType' };

export const filter: Catalog<FilterSentences> = {
  'filter-too-long': ({ most }) => `the filter is longer than ${most} characters`,
  'filter-too-deep': ({ most }) => `the filter is nested more than ${most} levels deep`,
  'filter-too-many-tests': ({ most }) =>
    `more than ${most} different tests of frames beside words of conversations`,
  'filter-ends': ({ part, word }) =>
    `the filter ends where ${PARTS[part](word ?? '')} should follow`,
  'filter-expects': ({ part, word, found }) =>
    `${found === undefined ? 'quoted text' : `'${found}'`} stands where ${PARTS[part](word ?? '')} should`,
  'filter-unknown': ({ what, text }) => `unknown ${what} '${text}'`,
  'filter-empty-group': () => 'nothing stands between the parentheses',
  'filter-open-group': () => "this '(' is not closed",
  'filter-stray-closing': () => "this ')' closes nothing",
  'filter-bare-number': () => 'a number alone says nothing',
  'filter-joins-numbers': ({ text }) => `'${text}' joins numbers`,
  'filter-not-comparable': ({ field, kind, operator }) =>
    `'${field}' (${kind}) cannot be compared with '${operator}'`,
  'filter-contains-nothing': () => 'everything contains nothing',
  'filter-list-too-long': ({ most }) => `the list holds more than ${most} values`,
  'filter-no-number': ({ text, field }) => `'${text}' is not a number, which '${field}' is`,
  'filter-no-value': ({ text, kind, field }) => `'${text}' is not a value of '${field}' (${kind})`,
  'filter-division-by-zero': () => 'division by zero',
  'filter-shift-too-far': () => 'a shift by more than 31 bits',
  'filter-refused': ({ text, why }) => `'${text}' is not supported: ${REFUSALS[why]}`,
  'filter-refused-llc': ({ type }) =>
    `'llc ${type}' is not supported: only whether there is an LLC header is tested`,
  'filter-untestable-bytes': ({ text }) => `the bytes of '${text}' cannot be tested`,
  'filter-tag-too-large': ({ tag, text, most }) => `${tag} ${text} is larger than ${most}`,
  'filter-does-not-go-with': (it) => `'${it.text}' does not go with '${it.with}'`,
  'filter-says-nothing': ({ text }) =>
    `'${text}' alone says nothing: an address, 'proto' or '[' must follow`,
  'filter-no-broadcast': () => 'IPv6 has no broadcast',
  'filter-no-cast': ({ text, to }) => `'${text}' has no ${to} addresses`,
  'filter-service-of-other': ({ text, is, not }) =>
    `'${text}' is a service of ${is}, not of ${not}`,
  'filter-is-mac': ({ text }) => `'${text}' is a MAC address`,
  'filter-not-with-address': ({ text }) => `'${text}' does not go with an address`,
  'filter-wrong-family': ({ text, family, word }) =>
    `'${text}' is an ${family} address, and '${word}' has none`,
  'filter-no-lookup': ({ text }) =>
    `'${text}' is not an address, and netlens does not look names up`,
  'filter-empty-name': ({ word }) => `the name after '${word}' is empty`,
  'filter-no-name-of': ({ text, word, mayHaveNamespace }) =>
    `'${text}' is not the name of a ${word}: write ${mayHaveNamespace ? 'NAMESPACE/NAME or NAME' : 'a name without a slash'}`,
  'filter-bad-octal': ({ text }) =>
    `'${text}' starts with 0 and so is octal, which has no digit 8 or 9`,
  'filter-number-too-large': ({ text }) => `'${text}' is larger than 32 bits`,
  'filter-port-too-large': ({ text, most }) => `port ${text} is larger than ${most}`,
  'filter-unknown-service': ({ text }) => `'${text}' is not a service that netlens knows`,
  'filter-no-port-range': ({ text }) => `'${text}' is not a range of ports`,
  'filter-number-beyond': ({ text, what, most }) =>
    `${text} is not ${NUMBERED[what]}: the largest is ${most}`,
  'filter-not-named': ({ text, what }) => `'${text}' is not ${NUMBERED[what]}`,
  'filter-no-decimal': ({ part, text }) => `'${part}' in '${text}' is not a plain decimal number`,
  'filter-byte-too-large': ({ part, text }) =>
    `'${text}' is not an address: ${part} is larger than 255`,
  'filter-no-ipv6': ({ text }) => `'${text}' is not an IPv6 address`,
  'filter-bits-beyond-mask': ({ text }) => `'${text}' has bits beyond its mask`,
  'filter-prefix-too-long': ({ bits, width }) =>
    `/${bits} is longer than the address, ${width} bits`,

  'hint-meant': ({ text }) => `did you mean '${text}'?`,
  'hint-write': ({ text }) => `write '${text}'`,
  'hint-write-to-find': ({ text, all }) =>
    `write '${text}' to find ${all ? 'all of their' : 'its'} frames`,
  'hint-write-iface': () => "write 'iface NAME' for the interface a frame was captured on",
  'hint-write-protos': () => "write 'ip proto', 'ip6 proto' or 'ether proto'",
  'hint-write-names': () => "write 'pod NAME', 'svc NAME', 'node NAME' or 'dns NAME' for names",
  'hint-one-of': ({ choices }) => `it is one of ${choices.join(', ')}`,
  'hint-network': ({ network }) => `the network is ${network}`,
};
