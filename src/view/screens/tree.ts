/** The field tree of one packet: layers folded to a line each, fields under those that are open. */

import { escapeText } from '../escape.ts';
import { BOLD, ROLE } from '../grid.ts';
import type { FieldDetail, FrameDetail } from '../model.ts';
import { widthOf } from '../width.ts';
import { type Line, type Span, span } from './lines.ts';

/** A line of the tree: bytes [at, at + length) of the frame are what it tells of. */
export interface Branch {
  /** The same for the same field of another packet of the same layers. */
  readonly key: string;
  readonly depth: number;
  readonly isLayer: boolean;
  readonly hasMore: boolean;
  readonly isOpen: boolean;
  readonly label: string;
  readonly value: string;
  readonly name: string | null;
  readonly at: number;
  readonly length: number;
}

/** Deepest fields within fields that are shown; what is deeper is in its parent's bytes. */
const DEPTH_MAX = 12;

/** The lines that are to be seen: every layer, and what is in the open ones. */
export function branchesOf(frame: FrameDetail, open: readonly string[]): readonly Branch[] {
  const isOpen = new Set(open);
  const rows: Branch[] = [];
  frame.layers.forEach((layer, i) => {
    const key = `${i} ${layer.protocol}`;
    const hasMore = layer.fields.length > 0;
    rows.push({
      key,
      depth: 0,
      isLayer: true,
      hasMore,
      isOpen: isOpen.has(key),
      label: layer.protocol,
      value: layer.summary,
      name: null,
      at: layer.at,
      length: layer.length,
    });
    if (isOpen.has(key)) addFields(rows, layer.fields, key, 1, isOpen);
  });
  return rows;
}

function addFields(
  rows: Branch[],
  fields: readonly FieldDetail[],
  parent: string,
  depth: number,
  isOpen: ReadonlySet<string>,
): void {
  fields.forEach((field, i) => {
    const key = `${parent}/${field.name ?? field.label}${field.name === null ? i : ''}`;
    const hasMore = field.fields.length > 0 && depth < DEPTH_MAX;
    rows.push({
      key,
      depth,
      isLayer: false,
      hasMore,
      isOpen: isOpen.has(key),
      label: field.label,
      value: field.value,
      name: field.name,
      at: field.at,
      length: field.length,
    });
    if (hasMore && isOpen.has(key)) addFields(rows, field.fields, key, depth + 1, isOpen);
  });
}

/** The deepest line to be seen that holds the byte; -1 = none. */
export function branchAt(branches: readonly Branch[], byte: number): number {
  let best = -1;
  branches.forEach(({ at, length }, i) => {
    if (byte < at || byte >= at + length) return;
    if (best < 0 || length <= branches[best]!.length) best = i;
  });
  return best;
}

/** The line of its parent; itself for a layer. */
export function parentOf(branches: readonly Branch[], i: number): number {
  const depth = branches[i]?.depth ?? 0;
  for (let up = i - 1; up >= 0; up--) if (branches[up]!.depth < depth) return up;
  return i;
}

/** Each branch as a line; values of one level stand in one column. */
export function treeLines(branches: readonly Branch[], columns: number): readonly Line[] {
  let labels = 0;
  for (const { label, isLayer, depth } of branches) {
    if (!isLayer) labels = Math.max(labels, widthOf(label) + 2 * depth);
  }
  labels = Math.min(labels, columns >> 1);
  return branches.map((branch) => (branch.isLayer ? layerLine(branch) : fieldLine(branch, labels)));
}

function layerLine({ label, value, hasMore, isOpen }: Branch): Line {
  const sign = hasMore ? (isOpen ? '\u25be ' : '\u25b8 ') : '  ';
  return {
    spans: [
      span(sign, ROLE.key),
      span(escapeText(label), ROLE.heading),
      span(`  ${value}`, isOpen ? ROLE.dim : ROLE.text),
    ],
  };
}

function fieldLine({ label, value, name, depth, hasMore, isOpen }: Branch, labels: number): Line {
  const sign = hasMore ? (isOpen ? '\u25be ' : '\u25b8 ') : '  ';
  const text = escapeText(label);
  const gap = Math.max(1, labels - widthOf(text) - 2 * depth + 2);
  const spans: Span[] = [
    span('  '.repeat(depth)),
    span(sign, ROLE.key),
    span(text, value === '' ? ROLE.field | BOLD : ROLE.field),
  ];
  if (value !== '') spans.push(span(' '.repeat(gap)), span(value, ROLE.value));
  if (name !== null) spans.push(span(`  ${name}`, ROLE.dim));
  return { spans };
}
