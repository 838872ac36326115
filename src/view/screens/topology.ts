/** The Topology view: nodes with their pods and blocks, services, tunnels, and who talks to whom. */
import { showCount, showSize } from '../amounts.ts';
import { escapeText } from '../escape.ts';
import { BOLD, ROLE } from '../grid.ts';
import type { Messages } from '../messages/en.ts';
import type {
  TopologyEdge,
  TopologyNode,
  TopologyPod,
  TopologyRange,
  TopologyService,
  TopologyView,
} from '../topology-view.ts';
import { widthOf } from '../width.ts';
import { LABEL_LETTERS } from '../wording.ts';
import { cell, EMPTY_LINE, type Line, labelRole, line, type Span, span } from './lines.ts';

/** Pods and services beyond these are counted only: the screen is for reading. */
const PODS_MAX = 200;
const EDGES_MAX = 200;

/** Lines of at most `columns`. */
export function topologyLines(
  topology: TopologyView,
  columns: number,
  messages: Messages,
): readonly Line[] {
  const { nodes, pods, services, ranges, tunnels, edges, conflicts } = topology;
  const lines: Line[] = [heading(messages.nodes, nodes.length)];
  const width = Math.min(columns >> 1, Math.max(0, ...pods.map((pod) => widthOf(podName(pod)))));
  for (const node of nodes) {
    const own = pods.filter((pod) => pod.node === node.name);
    const blocks = ranges.filter((range) => range.node === node.name);
    lines.push(...nodeLines(node, own, blocks, width, messages));
  }
  const homeless = pods.filter(({ node }) => node === null || !nodes.some((n) => n.name === node));
  if (homeless.length > 0) {
    lines.push(line(span(messages.podsElsewhere, ROLE.dim)));
    lines.push(...podLines(homeless, width, messages));
  }
  if (services.length > 0) {
    lines.push(EMPTY_LINE, heading(messages.services, services.length));
    lines.push(...services.slice(0, PODS_MAX).map((one) => serviceLine(one, columns, messages)));
  }
  lines.push(...rangeLines(ranges, messages));
  if (tunnels.length > 0) {
    lines.push(EMPTY_LINE, heading(messages.tunnels, tunnels.length));
    for (const { type, src, dst, packets, bytes } of tunnels) {
      lines.push(
        line(
          cell(escapeText(type), 12, ROLE.outer | BOLD),
          span(`${escapeText(src)} > ${escapeText(dst)}`, ROLE.outer),
          span(`  ${messages.packets(packets)}  ${showSize(bytes)}`, ROLE.dim),
        ),
      );
    }
  }
  lines.push(EMPTY_LINE, ...edgeLines(topology, edges, columns, messages));
  for (const conflict of conflicts) {
    lines.push(
      line(span(`${messages.conflict}  ${escapeText(messages.say(conflict))}`, ROLE.warning)),
    );
  }
  return lines;
}

function heading(text: string, count: number): Line {
  return line(span(text, ROLE.heading), span(`  ${showCount(count)}`, ROLE.dim));
}

function nodeLines(
  node: TopologyNode,
  pods: readonly TopologyPod[],
  blocks: readonly TopologyRange[],
  width: number,
  messages: Messages,
): Line[] {
  const spans: Span[] = [span('\u25a0 ', ROLE.key), span(escapeText(node.name), ROLE.name | BOLD)];
  const addresses = node.addresses.filter((address) => address !== node.name);
  if (addresses.length > 0) {
    spans.push(span(`  ${addresses.map(escapeText).join(' ')}`, ROLE.address));
  }
  const ranges = [...new Set([...node.podCidrs, ...blocks.map(({ cidr }) => cidr)])];
  if (ranges.length > 0) spans.push(span(`  ${ranges.map(escapeText).join(' ')}`, ROLE.dim));
  if (!node.named) spans.push(span(`  ${messages.fromTraffic}`, ROLE.dim));
  const filter = `node ${quoted(node.name)}`;
  return [{ spans, target: { kind: 'filter', filter } }, ...podLines(pods, width, messages)];
}

function podLines(pods: readonly TopologyPod[], width: number, messages: Messages): Line[] {
  const shown = pods.slice(0, PODS_MAX);
  const lines = shown.map((pod, i): Line => {
    const isLast = i === pods.length - 1;
    const name = podName(pod);
    const device = pod.interface === null ? '' : `  ${escapeText(pod.interface)}`;
    const network = pod.hostNetwork ? `  ${messages.hostNetwork}` : '';
    return {
      spans: [
        span(isLast ? '  \u2514\u2500 ' : '  \u251c\u2500 ', ROLE.border),
        cell(name, width, ROLE.name),
        span('  '),
        span(pod.addresses.map(escapeText).join(' '), ROLE.address),
        span(`${device}${network}`, ROLE.dim),
      ],
      target: { kind: 'filter', filter: `pod ${quoted(name)}` },
    };
  });
  const more = pods.length - shown.length;
  if (more > 0) lines.push(line(span(`  \u2514\u2500 ${messages.more(more)}`, ROLE.dim)));
  return lines;
}

function podName({ namespace, name }: TopologyPod): string {
  return namespace === '' ? escapeText(name) : `${escapeText(namespace)}/${escapeText(name)}`;
}

function serviceLine(service: TopologyService, columns: number, messages: Messages): Line {
  const name = `${escapeText(service.namespace)}/${escapeText(service.name)}`;
  const endpoints =
    service.endpoints === null
      ? ''
      : `  \u2192 ${service.endpoints.length > 0 ? service.endpoints.map(escapeText).join(' ') : messages.noEndpoints}`;
  return {
    spans: [
      cell(name, Math.min(36, Math.max(20, columns >> 2)), ROLE.service),
      cell(escapeText(service.type), 14, ROLE.dim),
      span(service.addresses.map(escapeText).join(' '), ROLE.address),
      span(`  ${service.ports.map(escapeText).join(' ')}`, ROLE.port),
      span(endpoints, service.endpoints?.length === 0 ? ROLE.warning : ROLE.dim),
    ],
    target: { kind: 'filter', filter: `svc ${quoted(name)}` },
  };
}

/** Ranges that belong to no one node. */
function rangeLines(ranges: readonly TopologyRange[], messages: Messages): Line[] {
  const others = ranges.filter(({ node }) => node === null);
  if (others.length === 0) return [];
  return [
    EMPTY_LINE,
    heading(messages.ranges, others.length),
    ...others.map(({ cidr, kind, name }) =>
      line(
        cell(escapeText(cidr), 22, ROLE.address),
        span(
          `${messages.rangeKinds[kind]}${name === null ? '' : ` ${escapeText(name)}`}`,
          ROLE.dim,
        ),
      ),
    ),
  ];
}

function edgeLines(
  { leftOut }: TopologyView,
  edges: readonly TopologyEdge[],
  columns: number,
  messages: Messages,
): Line[] {
  const shown = edges.slice(0, EDGES_MAX);
  const room = Math.max(12, Math.floor((Math.min(columns, 130) - 40) / 2));
  const width = (end: (edge: TopologyEdge) => string): number =>
    Math.min(room, Math.max(8, ...shown.map((edge) => widthOf(escapeText(end(edge))))));
  const clients = width(({ client }) => client.name);
  const servers = width(({ server }) => server.name);
  const lines = [
    heading(messages.whoTalks, edges.length),
    ...shown.map((edge): Line => {
      const rate = edge.bitRate > 0 ? `${showSize(edge.bitRate / 8)}/s` : '';
      const via = [edge.service, edge.tunnel].filter((one) => one !== null).map(escapeText);
      return {
        spans: [
          span(`${LABEL_LETTERS[edge.label]} `, labelRole(edge.label) | BOLD),
          cell(escapeText(edge.client.name), clients, ROLE.name),
          span(' \u2192 ', ROLE.dim),
          cell(escapeText(edge.server.name), servers, ROLE.name),
          cell(showCount(edge.conversations), 7, ROLE.number, true),
          span(` ${messages.conversationsShort}`, ROLE.dim),
          cell(showSize(edge.bytes), 9, ROLE.number, true),
          cell(rate, 11, ROLE.time, true),
          span(via.length > 0 ? `  ${via.join('  ')}` : '', ROLE.service),
        ],
      };
    }),
  ];
  const more = edges.length - shown.length;
  if (more > 0) lines.push(line(span(messages.more(more), ROLE.dim)));
  if (leftOut > 0) lines.push(line(span(messages.edgesLeftOut(leftOut), ROLE.warning)));
  return lines;
}

/** A name as a word of the filter language. */
function quoted(name: string): string {
  return /^[\w./:-]+$/.test(name) ? name : `"${name.replaceAll('"', '')}"`;
}
