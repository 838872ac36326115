/** How wide the columns of a table are, given what they hold and how wide the terminal is. */

export interface ColumnDemand {
  /** Columns of the widest cell, the heading included; 0 = nothing to show. */
  readonly natural: number;
  /** What it may be shortened to; its natural width when it may not be. */
  readonly least: number;
  /** The larger, the earlier it goes when there is no room; 0 = never. */
  readonly goes: number;
}

const GAP = 1;

/**
 * Widths of the columns, 0 = left out, so that all with a gap between fit into `total` columns: first
 * columns go, one by one, until the least widths fit; then what is left is shared: every column gets
 * its natural width or, where that is too much, an equal part with the other wide ones.
 */
export function layOut(demands: readonly ColumnDemand[], total: number): number[] {
  const shown = demands.map(({ natural }) => natural > 0);
  const leastOf = (c: number): number => Math.min(demands[c]!.least, demands[c]!.natural);
  const needed = (): number => {
    let sum = -GAP;
    for (let c = 0; c < demands.length; c++) if (shown[c]) sum += leastOf(c) + GAP;
    return sum;
  };
  while (needed() > total) {
    let victim = -1;
    for (let c = 0; c < demands.length; c++) {
      if (!shown[c] || demands[c]!.goes === 0) continue;
      if (victim < 0 || demands[c]!.goes > demands[victim]!.goes) victim = c;
    }
    if (victim < 0) break;
    shown[victim] = false;
  }
  const widths = demands.map((_, c) => (shown[c] ? leastOf(c) : 0));
  let spare = total - needed();
  while (spare > 0) {
    const wanting = widths.flatMap((width, c) =>
      shown[c] && width < demands[c]!.natural ? [c] : [],
    );
    if (wanting.length === 0) break;
    const narrowest = Math.min(...wanting.map((c) => widths[c]!));
    const growing = wanting.filter((c) => widths[c] === narrowest);
    for (const c of growing) {
      if (spare === 0) break;
      widths[c]!++;
      spare--;
    }
  }
  return widths;
}
