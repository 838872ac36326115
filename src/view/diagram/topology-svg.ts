/**
 * The topology diagram: the outside above, nodes with their pods in a row, lines between them on lanes
 * of their own, services in a table below.
 *
 *     (client) (load balancer)            outside
 *        +---------+-----+                lanes: what comes in and goes out
 *     +- node -+ +- node -+ +- node -+
 *     | pods   | | pods   | | pods   |
 *     +--------+ +--------+ +--------+
 *         +=====IPIP===+                  lanes: tunnels and plain routes between nodes
 *     services
 */
import { showSize } from '../amounts.ts';
import { escapeText } from '../escape.ts';
import { Canvas, mono, type Rect, sans } from './canvas.ts';
import type { ClusterModel, LinkLine, NodeBox, OutsideBox, ServiceRow } from './cluster-model.ts';
import type { Amount } from './cluster-traffic.ts';
import { type DiagramOptions, type Drawing, paletteOf } from './journey-svg.ts';
import { type Lane, type LaneEnd, lanesOf } from './lanes.ts';
import { widthOf, wrap } from './typeface.ts';
import { DIAGRAM_WORDS, type DiagramWords } from './words.ts';

const MARGIN = 36;
const WIDTH_MIN = 1100;
const HEAD = 112;
const BOX_GAP = 28;
const PADDING = 14;
const CHIP_HEIGHT = 40;
const CHIP_WIDTH = 176;
const CHIP_GAP = 8;
const CHIPS_ONE_COLUMN = 4;
const NODE_HEAD = 62;
const NODE_FOOT = 30;
const NODE_WIDTH_MIN = 230;
const NODE_HEAD_MAX = 330;
const OUTSIDE_HEIGHT = 56;
const OUTSIDE_WIDTH = 190;
const LANE = 26;
const LANES_PADDING = 22;
const ROW = 24;

interface Placed extends LaneEnd {
  readonly box: Rect;
}

export function topologySvg(model: ClusterModel, options: DiagramOptions): string {
  const words = DIAGRAM_WORDS[options.language].topology;
  const { canvas, width, height } = drawTopology(model, options);
  return canvas.document(width, height, {
    title: options.title ?? words.title,
    description: summaryOf(model, words),
  });
}

export function drawTopology(model: ClusterModel, options: DiagramOptions): Drawing {
  const all = DIAGRAM_WORDS[options.language];
  const canvas = new Canvas(paletteOf(options));
  const nodesWidth = rowWidth(model.nodes.map(widthOfNode));
  const outsideWidth = rowWidth(model.outside.map(() => OUTSIDE_WIDTH));
  const width = Math.max(WIDTH_MIN, nodesWidth + 2 * MARGIN, outsideWidth + 2 * MARGIN);
  drawHead(canvas, model, options, all, width);
  let y = HEAD + heightOfLanes(model.front);
  const outside = placeRow(
    model.outside,
    () => OUTSIDE_WIDTH,
    () => OUTSIDE_HEIGHT,
    y,
    width,
  );
  const front = lanesIn(model.front, outside, outside, { start: y, end: y, step: -LANE });
  if (model.outside.length > 0) y += OUTSIDE_HEIGHT;
  const above = y;
  y += model.outside.length === 0 ? 0 : heightOfLanes(model.outer) || BOX_GAP;
  const tallest = Math.max(0, ...model.nodes.map(heightOfNode));
  const nodes = placeRow(model.nodes, widthOfNode, () => tallest, y, width);
  const outer = lanesIn(model.outer, outside, nodes, { start: above, end: y, step: LANE });
  y += tallest;
  const inner = lanesIn(model.inner, nodes, nodes, { start: y, end: y, step: LANE });
  const lines = [...front, ...outer, ...inner];
  for (const line of lines) drawLane(canvas, line);
  for (const line of lines) labelLane(canvas, line, model.seconds, all);
  for (const box of model.outside) drawOutside(canvas, box, outside.get(box.key)!.box, all);
  for (const node of model.nodes) drawNode(canvas, node, nodes.get(node.key)!.box, all);
  y += heightOfLanes(model.inner) || BOX_GAP;
  y = drawServices(canvas, model, all.topology, y, width);
  return { canvas, width, height: drawFoot(canvas, model, options, all.topology, y, width) };
}

function rowWidth(widths: readonly number[]): number {
  return widths.reduce((sum, width) => sum + width, BOX_GAP * Math.max(0, widths.length - 1));
}

/** Boxes side by side, the row in the middle of the picture. */
function placeRow<Box extends { readonly key: string }>(
  boxes: readonly Box[],
  widthOfBox: (box: Box) => number,
  heightOfBox: (box: Box) => number,
  y: number,
  width: number,
): Map<string, Placed> {
  let x = (width - rowWidth(boxes.map(widthOfBox))) / 2;
  const placed = new Map<string, Placed>();
  for (const box of boxes) {
    const own = widthOfBox(box);
    const rect = { x, y, width: own, height: heightOfBox(box) };
    placed.set(box.key, { key: box.key, x: x + own / 2, width: own, box: rect });
    x += own + BOX_GAP;
  }
  return placed;
}

function columnsOf({ pods }: NodeBox): number {
  return pods.length > CHIPS_ONE_COLUMN ? 2 : 1;
}

function widthOfNode(node: NodeBox): number {
  const columns = columnsOf(node);
  const chips = CHIP_WIDTH * columns + CHIP_GAP * (columns - 1) + 2 * PADDING;
  const head = widthOf(node.name, sans(15, '', { bold: true })) + 2 * PADDING;
  return Math.max(NODE_WIDTH_MIN, chips, Math.min(NODE_HEAD_MAX, head));
}

function heightOfNode(node: NodeBox): number {
  const rows = Math.ceil(node.pods.length / columnsOf(node));
  const more = node.morePods > 0 ? 20 : 0;
  return NODE_HEAD + rows * (CHIP_HEIGHT + CHIP_GAP) + more + NODE_FOOT;
}

function drawNode(canvas: Canvas, node: NodeBox, box: Rect, words: DiagramWords): void {
  const { palette } = canvas;
  const { x, y, width, height } = box;
  const room = width - 2 * PADDING;
  canvas.box(box, {
    fill: palette.panel,
    stroke: node.seen ? palette.host : palette.edge,
    thick: 2,
    dashed: !node.seen,
    radius: 12,
  });
  const name = node.name === '' ? words.topology.withoutNode : escapeText(node.name);
  canvas.words(x + PADDING, y + 25, name, sans(15, palette.text, { bold: true }), room);
  const addresses = escapeText(node.addresses.join('  '));
  canvas.words(x + PADDING, y + 42, addresses, mono(11, palette.dim), room);
  const ranges =
    node.podCidrs.length === 0 ? '' : `${words.topology.pods} ${node.podCidrs.join(' ')}`;
  canvas.words(x + PADDING, y + 56, escapeText(ranges), mono(11, palette.dim), room);
  const columns = columnsOf(node);
  const chip = (room - CHIP_GAP * (columns - 1)) / columns;
  node.pods.forEach((pod, i) => {
    const at = {
      x: x + PADDING + (i % columns) * (chip + CHIP_GAP),
      y: y + NODE_HEAD + Math.floor(i / columns) * (CHIP_HEIGHT + CHIP_GAP),
      width: chip,
      height: CHIP_HEIGHT,
    };
    const stroke = pod.seen ? palette.sameNode : palette.edge;
    canvas.box(at, { fill: palette.pod, stroke, dashed: !pod.seen, radius: 7 });
    const ink = pod.seen ? palette.podInk : palette.dim;
    const label = escapeText(pod.label);
    canvas.words(at.x + 9, at.y + 17, label, sans(12, ink, { bold: pod.seen }), chip - 18);
    const address = pod.label === pod.address ? words.ends.pod : escapeText(pod.address);
    canvas.words(at.x + 9, at.y + 32, address, mono(11, palette.dim), chip - 18);
  });
  const foot = y + height - 12;
  if (node.within !== undefined) {
    const { conversations, bytes } = node.within;
    const text = `${words.topology.within(conversations)} · ${showSize(bytes)}`;
    canvas.words(x + PADDING, foot, text, sans(11, palette.sameNode), room);
  }
  if (node.morePods > 0) {
    const text = words.topology.more(node.morePods, words.topology.pods);
    canvas.words(x + PADDING, foot - 18, text, sans(11, palette.dim), room);
  }
}

function drawOutside(canvas: Canvas, outside: OutsideBox, box: Rect, words: DiagramWords): void {
  const { palette } = canvas;
  const isBalancer = outside.kind === 'loadbalancer';
  const stroke = isBalancer ? palette.unknown : palette.external;
  canvas.box(box, { fill: palette.pod, stroke, thick: 2, radius: isBalancer ? 8 : 28 });
  const middle = { anchor: 'middle' as const };
  const x = box.x + box.width / 2;
  const room = box.width - 24;
  const address = outside.address === '' ? words.topology.outside : escapeText(outside.address);
  const title = outside.name === undefined ? address : escapeText(outside.name);
  canvas.words(x, box.y + 24, title, sans(13, palette.text, { bold: true, ...middle }), room);
  const below = outside.name === undefined ? words.ends[outside.kind] : address;
  canvas.words(x, box.y + 42, below, sans(11, palette.dim, middle), room);
}

function heightOfLanes({ length }: readonly LinkLine[]): number {
  return length === 0 ? 0 : 2 * LANES_PADDING + LANE * length;
}

/** A line with where it is drawn: from (fromX, start) to its lane's y, along it, and to (toX, end). */
interface DrawnLine extends Lane {
  readonly line: LinkLine;
  readonly isInner: boolean;
  readonly start: number;
  readonly end: number;
  readonly y: number;
}

/** `step` is from one lane to the next, negative for lanes above the boxes. */
function lanesIn(
  lines: readonly LinkLine[],
  from: ReadonlyMap<string, Placed>,
  to: ReadonlyMap<string, Placed>,
  { start, end, step }: { start: number; end: number; step: number },
): DrawnLine[] {
  return lanesOf(lines, from, to).map((lane, i) => ({
    ...lane,
    line: lines[i]!,
    isInner: from === to && step > 0,
    start,
    end,
    y: start + Math.sign(step) * LANES_PADDING + step * (lane.lane + 0.5),
  }));
}

function drawLane(canvas: Canvas, { line, fromX, toX, start, end, y, isInner }: DrawnLine): void {
  const { palette } = canvas;
  const isTunnel = line.tunnel !== '';
  const stroke = isTunnel ? palette.outer : isInner ? palette.host : palette.external;
  canvas.line(
    [
      [fromX, start],
      [fromX, y],
      [toX, y],
      [toX, end],
    ],
    stroke,
    { thick: isTunnel ? 5 : 2 },
  );
  canvas.dot(fromX, start, isTunnel ? 5 : 4, stroke);
  canvas.dot(toX, end, isTunnel ? 5 : 4, stroke);
}

/** After all lines, so that no line goes through a label. */
function labelLane(
  canvas: Canvas,
  { line, fromX, toX, y }: DrawnLine,
  seconds: number,
  words: DiagramWords,
): void {
  const { palette } = canvas;
  const kind = line.tunnel === '' ? '' : `${line.tunnel.toUpperCase()} `;
  const text = escapeText(`${kind}${amountText(line.amount, seconds, words)}`);
  const style = sans(11.5, palette.text, { bold: line.tunnel !== '', anchor: 'middle' });
  const width = widthOf(text, style) + 14;
  const x = (fromX + toX) / 2;
  const box = { x: x - width / 2, y: y - 10, width, height: 20 };
  canvas.box(box, { fill: palette.background, stroke: palette.edge, thick: 1, radius: 10 });
  canvas.words(x, y + 4, text, style);
}

/** `12 conversations, 3.4 kB`, with the average rate where the span is known. */
function amountText(amount: Amount, seconds: number, words: DiagramWords): string {
  const count = words.topology.conversations(amount.conversations);
  const parts = [count, showSize(amount.bytes)];
  if (seconds > 0) parts.push(`${showSize(amount.bytes / seconds)}/s`);
  return parts.join(' · ');
}

function summaryOf(model: ClusterModel, words: DiagramWords['topology']): string {
  const { nodes, pods, services } = model.counts;
  return words.summary(nodes, pods, services, model.conversations);
}

function drawHead(
  canvas: Canvas,
  model: ClusterModel,
  { title }: DiagramOptions,
  { topology }: DiagramWords,
  width: number,
): void {
  const { palette } = canvas;
  const room = width - 2 * MARGIN;
  const shown = title === undefined ? topology.title : escapeText(title);
  canvas.words(MARGIN, 54, shown, sans(24, palette.text, { bold: true }), room);
  const isEmpty = model.nodes.length === 0 && model.outside.length === 0;
  const summary = isEmpty ? topology.nothing : summaryOf(model, topology);
  canvas.words(MARGIN, 84, summary, sans(14, palette.dim), room);
}

/** The services in a table; yields where it ends. */
function drawServices(
  canvas: Canvas,
  { services }: ClusterModel,
  words: DiagramWords['topology'],
  y: number,
  width: number,
): number {
  if (services.length === 0) return y;
  const { palette } = canvas;
  const box = { x: MARGIN, y, width: width - 2 * MARGIN, height: 38 + ROW * services.length };
  canvas.box(box, { fill: palette.panel, stroke: palette.edge, radius: 12 });
  const title = sans(14, palette.text, { bold: true });
  canvas.words(MARGIN + PADDING, y + 24, words.services, title);
  const inside = box.width - 2 * PADDING;
  const columns = [0, 0.24, 0.36, 0.72].map((share) => MARGIN + PADDING + share * inside);
  services.forEach((service, i) => {
    const rowY = y + 46 + ROW * i;
    const cells = cellsOf(service, words);
    cells.forEach((text, c) => {
      const end = columns[c + 1] ?? MARGIN + PADDING + inside;
      const ink = service.seen ? palette.text : palette.faint;
      const style = c === 2 ? mono(12, ink) : sans(12.5, ink, { bold: c === 0 && service.seen });
      canvas.words(columns[c]!, rowY, text, style, end - columns[c]! - 12);
    });
  });
  return y + box.height;
}

function cellsOf(service: ServiceRow, words: DiagramWords['topology']): string[] {
  const { endpoints, endpointCount } = service;
  const rest = endpoints === undefined ? 0 : endpointCount - endpoints.length;
  const listed =
    endpoints === undefined
      ? words.endpointsUnknown
      : endpoints.length === 0
        ? words.endpoints(0)
        : `→ ${endpoints.join(', ')}${rest > 0 ? `, … +${rest}` : ''}`;
  return [service.name, service.type, service.address, listed].map(escapeText);
}

function drawFoot(
  canvas: Canvas,
  model: ClusterModel,
  { footer = [] }: DiagramOptions,
  words: DiagramWords['topology'],
  top: number,
  width: number,
): number {
  const { palette } = canvas;
  const room = width - 2 * MARGIN;
  let y = drawLegend(canvas, model, words, top + 30);
  const { more } = model;
  const left = [
    more.nodes > 0 ? words.more(more.nodes, words.nodes) : '',
    more.outside > 0 ? words.more(more.outside, words.addressesOutside) : '',
    more.services > 0 ? words.more(more.services, words.services) : '',
    more.links > 0 ? words.more(more.links, words.connections) : '',
    model.unplaced > 0 ? words.unplaced(model.unplaced) : '',
    model.seconds > 0 ? words.average : '',
    model.nodes.some(({ seen, pods }) => !seen || pods.some((pod) => !pod.seen))
      ? words.unseenInTraffic
      : '',
  ];
  const text = left.filter((part) => part !== '').join(' · ');
  for (const line of wrap(text, room, sans(12, ''), 4)) {
    canvas.words(MARGIN, y, line, sans(12, palette.dim));
    y += 18;
  }
  for (const line of footer) {
    canvas.words(MARGIN, y, escapeText(line), mono(11, palette.dim), room);
    y += 16;
  }
  return y + 12;
}

/** What the lines are, as far as there are such; yields where the next line of text stands. */
function drawLegend(
  canvas: Canvas,
  { inner, outer, front }: ClusterModel,
  { legend }: DiagramWords['topology'],
  y: number,
): number {
  const { palette } = canvas;
  const items: [string, string, number][] = [];
  if (inner.some(({ tunnel }) => tunnel !== '')) items.push([legend.tunnel, palette.outer, 5]);
  if (inner.some(({ tunnel }) => tunnel === '')) items.push([legend.plain, palette.host, 2]);
  if (outer.length + front.length > 0) items.push([legend.outside, palette.external, 2]);
  let x = MARGIN;
  for (const [text, stroke, thick] of items) {
    canvas.line(
      [
        [x, y - 4],
        [x + 26, y - 4],
      ],
      stroke,
      { thick },
    );
    canvas.words(x + 34, y, text, sans(12, palette.dim));
    x += 34 + widthOf(text, sans(12, '')) + 28;
  }
  return items.length === 0 ? y : y + 24;
}
