/** Lines between boxes of a row, each on a lane of its own so that none covers another. */
export interface LaneEnd {
  readonly key: string;
  /** Centre and width of the side where lines leave the box. */
  readonly x: number;
  readonly width: number;
}

export interface Lane {
  /** Where the line leaves either box. */
  readonly fromX: number;
  readonly toX: number;
  /** 0 = nearest to the first row of boxes. */
  readonly lane: number;
}

/** Share of a side that lines may leave from. */
const USED_SHARE = 0.8;

/**
 * A lane for each line, in the order of the lines. Short lines get the lanes near the boxes; lines leave
 * a box in the order of where they go, so that few cross. Both ends must be among the boxes.
 */
export function lanesOf(
  lines: readonly { readonly from: string; readonly to: string }[],
  from: ReadonlyMap<string, LaneEnd>,
  to: ReadonlyMap<string, LaneEnd>,
): Lane[] {
  const spans = lines.map((line) => Math.abs(to.get(line.to)!.x - from.get(line.from)!.x));
  const order = [...lines.keys()].sort((a, b) => spans[a]! - spans[b]! || a - b);
  const laneOf = new Map(order.map((line, lane) => [line, lane]));
  // one row of boxes has both ends' ports on one side: they share it
  const isOneRow = from === to;
  const starts = lines.map((line, i) => ({ i, box: line.from, toward: to.get(line.to)!.x }));
  const ends = lines.map((line, i) => ({ i, box: line.to, toward: from.get(line.from)!.x }));
  const startX = new Map<number, number>();
  const endX = new Map<number, number>();
  if (isOneRow) {
    const all = [
      ...starts.map((port) => ({ ...port, put: startX })),
      ...ends.map((port) => ({ ...port, put: endX })),
    ];
    spread(all, from);
  } else {
    spread(
      starts.map((port) => ({ ...port, put: startX })),
      from,
    );
    spread(
      ends.map((port) => ({ ...port, put: endX })),
      to,
    );
  }
  return lines.map((_, i) => ({
    fromX: startX.get(i)!,
    toX: endX.get(i)!,
    lane: laneOf.get(i)!,
  }));
}

interface Port {
  readonly i: number;
  readonly box: string;
  /** Where the line goes to. */
  readonly toward: number;
  readonly put: Map<number, number>;
}

/** Give each port of a box its own x, sorted by where its line goes. */
function spread(ports: readonly Port[], boxes: ReadonlyMap<string, LaneEnd>): void {
  const byBox = new Map<string, Port[]>();
  for (const port of ports) byBox.set(port.box, [...(byBox.get(port.box) ?? []), port]);
  for (const [key, own] of byBox) {
    const { x, width } = boxes.get(key)!;
    own.sort((a, b) => a.toward - b.toward || a.i - b.i);
    const step = (width * USED_SHARE) / own.length;
    own.forEach((port, k) => {
      port.put.set(port.i, x + step * (k - (own.length - 1) / 2));
    });
  }
}
