/** The hex dump of the packet on screen: which rows of it are in sight, and which byte is where. */
import { type Grid, ROLE } from '../grid.ts';
import type { FrameDetail, LayerDetail } from '../model.ts';
import { bytesPerRow, drawBytes, offsetInRow } from './bytes.ts';
import type { Rect } from './panes.ts';
import type { UiState } from './state.ts';
import { branchesOf } from './tree.ts';

/** Rows of the dump above the one that matters. */
const ROWS_BEFORE = 2;

export function drawDump(
  grid: Grid,
  rect: Rect,
  state: UiState,
  frame: FrameDetail,
  hasFocus: boolean,
): void {
  const branch = branchesOf(frame, state.open)[state.tree.selected];
  const at = branch?.at ?? 0;
  drawBytes(grid, rect, frame.bytes, {
    top: topOf(rect, state, frame),
    at,
    end: at + (branch?.length ?? 0),
    cursor: hasFocus ? (state.byte ?? at) : undefined,
    roleOf: (byte) => layerRole(frame.layers, byte),
  });
}

/** The byte under a cell of the pane; undefined = none. */
export function byteAt(
  state: UiState,
  frame: FrameDetail,
  rect: Rect,
  row: number,
  column: number,
): number | undefined {
  const perRow = bytesPerRow(rect.columns);
  const offset = offsetInRow(column, perRow);
  if (offset === undefined) return undefined;
  const byte = (topOf(rect, state, frame) + row) * perRow + offset;
  return byte < frame.bytes.length ? byte : undefined;
}

function topOf(rect: Rect, state: UiState, frame: FrameDetail): number {
  const perRow = bytesPerRow(rect.columns);
  const selected = branchesOf(frame, state.open)[state.tree.selected];
  const target = Math.floor((state.byte ?? selected?.at ?? 0) / perRow);
  const last = Math.ceil(frame.bytes.length / perRow) - rect.rows;
  return Math.max(0, Math.min(target - ROWS_BEFORE, last));
}

/** Headers alternate between two roles, so that one sees where each begins. */
function layerRole(layers: readonly LayerDetail[], byte: number): number {
  for (let i = layers.length - 1; i >= 0; i--) {
    const { at, length } = layers[i]!;
    if (byte >= at && byte < at + length) return i % 2 === 0 ? ROLE.field : ROLE.inner;
  }
  return ROLE.text;
}
