/** Random filters: trees for the parser, text that both tcpdump and netlens must answer alike. */
import fc from 'fast-check';
import type { Arithmetic, Expression } from '../../src/filter/ast.ts';

const direction = fc.constantFrom('either', 'src', 'dst', 'both') as fc.Arbitrary<
  'either' | 'src' | 'dst' | 'both'
>;
const int32 = fc.integer({ min: -0x8000_0000, max: 0x7fff_ffff });
const name = fc.oneof(
  fc.constantFrom(
    'web',
    'default',
    'k8s-w1',
    'cali4b0f',
    'web-*',
    '*.example.com',
    'and',
    'host',
    'a b',
    '"',
    '\\',
    '(',
  ),
  fc.string({ minLength: 1, maxLength: 12 }).filter((text) => !text.includes('/')),
);

/** The bits past the mask cleared, as the parser requires. */
function masked(words: number[], bits: number): { words: number[]; mask: number[] } {
  const mask = words.map((_, i) => {
    const keep = Math.max(0, Math.min(32, bits - 32 * i));
    return keep === 0 ? 0 : (-1 << (32 - keep)) | 0;
  });
  return { words: words.map((word, i) => word & mask[i]!), mask };
}

const four = fc
  .record({
    direction,
    network: fc.constantFrom('any' as const, 'ip' as const, 'arp' as const, 'rarp' as const),
    word: int32,
    bits: fc.integer({ min: 0, max: 32 }),
  })
  .map(({ direction, network, word, bits }): Expression => {
    return { kind: 'address', direction, network, ...masked([word], bits) };
  });
const anyMask = fc
  .record({ direction, word: int32, mask: int32 })
  .map(({ direction, word, mask }): Expression => {
    return { kind: 'address', direction, network: 'any', words: [word & mask], mask: [mask] };
  });
const six = fc
  .record({
    direction,
    network: fc.constantFrom('any' as const, 'ip6' as const),
    words: fc.array(int32, { minLength: 4, maxLength: 4 }),
    bits: fc.integer({ min: 0, max: 128 }),
  })
  .map(({ direction, network, words, bits }): Expression => {
    return { kind: 'address', direction, network, ...masked(words, bits) };
  });
const port = fc
  .record({
    direction,
    transport: fc.constantFrom('any' as const, 'tcp' as const, 'udp' as const, 'sctp' as const),
    ports: fc.tuple(fc.integer({ min: 0, max: 65535 }), fc.integer({ min: 0, max: 65535 })),
  })
  .map(({ direction, transport, ports }): Expression => {
    return {
      kind: 'port',
      direction,
      transport,
      first: Math.min(...ports),
      last: Math.max(...ports),
    };
  });

const arithmetic: fc.Arbitrary<Arithmetic> = fc.letrec<{ tree: Arithmetic }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    fc.nat(0xffff_ffff).map((value): Arithmetic => ({ kind: 'number', value })),
    fc.constant<Arithmetic>({ kind: 'length' }),
    fc
      .record({
        header: fc.constantFrom(
          'ether',
          'ip',
          'ip6',
          'tcp',
          'udp',
          'icmp',
          'icmp6',
          'arp',
          'sctp',
        ) as fc.Arbitrary<'ip'>,
        at: tie('tree'),
        size: fc.constantFrom(1 as const, 2 as const, 4 as const),
      })
      .map(({ header, at, size }): Arithmetic => ({ kind: 'bytes', header, at, size })),
    tie('tree').map((of): Arithmetic => ({ kind: 'negate', of })),
    fc
      .record({
        operator: fc.constantFrom('+', '-', '*', '&', '|', '^') as fc.Arbitrary<'+'>,
        left: tie('tree'),
        right: tie('tree'),
      })
      .map(({ operator, left, right }): Arithmetic => ({ kind: 'binary', operator, left, right })),
    fc
      .record({
        operator: fc.constantFrom('/', '%', '<<', '>>') as fc.Arbitrary<'/'>,
        left: tie('tree'),
        value: fc.integer({ min: 1, max: 31 }),
      })
      .map(({ operator, left, value }): Arithmetic => {
        return { kind: 'binary', operator, left, right: { kind: 'number', value } };
      }),
    fc
      .record({
        operator: fc.constantFrom('/', '%', '<<', '>>') as fc.Arbitrary<'/'>,
        left: tie('tree'),
        of: tie('tree'),
      })
      .map(({ operator, left, of }): Arithmetic => {
        return { kind: 'binary', operator, left, right: { kind: 'negate', of } };
      }),
  ),
})).tree;

const primitive: fc.Arbitrary<Expression> = fc.oneof(
  four,
  anyMask,
  six,
  port,
  fc
    .constantFrom('ip', 'ip6', 'arp', 'rarp')
    .map((network) => ({ kind: 'network', network }) as Expression),
  fc
    .record({
      network: fc.constantFrom('ip' as const, 'ip6' as const, 'any' as const),
      number: fc.nat(255),
    })
    .map((rest): Expression => ({ kind: 'protocol', ...rest })),
  fc.constant<Expression>({ kind: 'cast', network: 'ip', to: 'broadcast' }),
  fc.constant<Expression>({ kind: 'cast', network: 'ip6', to: 'multicast' }),
  fc
    .record({
      operator: fc.constantFrom('=', '!=', '<', '<=', '>', '>=') as fc.Arbitrary<'='>,
      left: arithmetic,
      right: arithmetic,
    })
    .map((rest): Expression => ({ kind: 'relation', ...rest })),
  fc
    .record({ direction, high: fc.nat(0xffff), low: int32 })
    .map((rest): Expression => ({ kind: 'mac', ...rest })),
  fc.nat(0xffff).map((type): Expression => ({ kind: 'ethertype', type })),
  fc.constantFrom('broadcast', 'multicast').map((to) => ({ kind: 'link-cast', to }) as Expression),
  fc.constantFrom('llc', 'proxy').map((kind) => ({ kind }) as Expression),
  fc
    .record({
      tag: fc.constantFrom('vlan', 'mpls', 'pppoes', 'vxlan', 'geneve') as fc.Arbitrary<'vlan'>,
      id: fc.option(fc.nat(4095), { nil: undefined }),
    })
    .map((rest): Expression => ({ kind: 'tag', ...rest })),
  fc.constantFrom('inbound', 'outbound').map((way) => ({ kind: 'way', way }) as Expression),
  fc.nat(0xffff_ffff).map((index): Expression => ({ kind: 'ifindex', index })),
  fc
    .record({ word: fc.constantFrom('iface' as const, 'file' as const), pattern: name })
    .map((rest): Expression => ({ kind: 'place', ...rest })),
  fc
    .constantFrom('ipip', 'vxlan', 'none', 'any')
    .map((type): Expression => ({ kind: 'encapsulation', type })),
  fc.constantFrom('same-node', 'external').map((label): Expression => ({ kind: 'label', label })),
  fc
    .constantFrom('snat', 'dnat', 'both', 'any', 'none')
    .map((type) => ({ kind: 'nat', type }) as Expression),
  fc
    .record({
      word: fc.constantFrom('pod', 'svc') as fc.Arbitrary<'pod'>,
      direction,
      namespace: fc.option(name, { nil: undefined }),
      name,
    })
    .map((rest): Expression => ({ kind: 'object', ...rest })),
);

/** Any tree the parser may yield, names of any characters included. */
export const anyExpression: fc.Arbitrary<Expression> = fc.letrec<{ tree: Expression }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    primitive,
    fc
      .record({
        kind: fc.constantFrom('and' as const, 'or' as const),
        of: fc.array(tie('tree'), { minLength: 2, maxLength: 4 }),
      })
      .map(({ kind, of }): Expression => {
        const flat = of.flatMap((part) => (part.kind === kind ? part.of : [part]));
        return { kind, of: flat };
      }),
    tie('tree').map((of): Expression => ({ kind: 'not', of })),
    fc
      .record({ layer: fc.constantFrom('outer' as const, 'inner' as const), of: tie('tree') })
      .map((rest): Expression => ({ kind: 'pin', ...rest })),
  ),
})).tree;

/** Words that tcpdump shares, of addresses and ports that occur in captures of labs. */
const sharedWord = fc.oneof(
  fc.constantFrom(
    'ip',
    'ip6',
    'arp',
    'tcp',
    'udp',
    'icmp',
    'icmp6',
    'less 100',
    'greater 80',
    'ip multicast',
  ),
  fc.constantFrom(
    'host 192.168.10.11',
    'src host 192.168.10.12',
    'dst host 10.0.0.1',
    'net 10',
    'src net 192.168',
    'dst net 10.244',
    'src and dst net 10',
    'net fe80::/10',
    'host 127.0.0.1',
  ),
  fc.constantFrom(
    'port 80',
    'tcp port 443',
    'udp port 53',
    'src port 53',
    'dst portrange 1-1023',
    'tcp src port 80',
    'port 80 or 53',
    'port 179',
  ),
  fc.constantFrom(
    'ip[8] < 64',
    'ip[6] & 0x40 != 0',
    'ip[9] = 6',
    'ip6[6] = 58',
    'arp[7] = 1',
    'ip[2:2] > 100',
  ),
);

/** A filter that tcpdump and netlens must answer alike of the outermost layer. */
export const sharedFilter: fc.Arbitrary<string> = fc.letrec<{ tree: string }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    sharedWord,
    fc
      .tuple(tie('tree'), fc.constantFrom('and', 'or', '&&', '||'), tie('tree'))
      .map(([left, connective, right]) => `${left} ${connective} ${right}`),
    fc
      .tuple(tie('tree'), fc.constantFrom('and', 'or'), tie('tree'))
      .map(([left, connective, right]) => `(${left}) ${connective} (${right})`),
    tie('tree').map((of) => `not (${of})`),
  ),
})).tree;
