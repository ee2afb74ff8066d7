// Finds places for labels so that none lies on another or on a point. Pure; runs in the renderer.

export interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

export interface LabelRequest {
  /** What it names, in px. */
  x: number;
  y: number;
  width: number;
  height: number;
  /** Beside its point, or at the right end of its line. */
  side: 'point' | 'right-edge';
}

export interface PlacedLabel extends Box {
  /** So far from what it names that a line has to lead there. */
  isFar: boolean;
}

const GAP_PX = 6;
const FAR_GAPS_PX = [18, 32, 48, 64] as const;
const EDGE_PX = 4;

/**
 * Places labels in their order, the first ones nearest; null where there is no free place.
 * @param obstacles what labels beside points must not cover
 */
export function placeLabels(
  requests: readonly LabelRequest[],
  obstacles: readonly Box[],
  bounds: Box,
): (PlacedLabel | null)[] {
  const taken: Box[] = [];
  return requests.map((request) => {
    const places = request.side === 'point' ? aroundPoint(request) : alongEdge(request, bounds);
    const place = places.find(
      (box) =>
        isInside(box, bounds) &&
        !taken.some((other) => overlap(box, other)) &&
        (request.side === 'right-edge' || !obstacles.some((obstacle) => overlap(box, obstacle))),
    );
    if (place === undefined) return null;
    taken.push(place);
    return place;
  });
}

export function overlap(a: Box, b: Box): boolean {
  return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
}

function isInside(box: Box, bounds: Box): boolean {
  return (
    box.x >= bounds.x &&
    box.y >= bounds.y &&
    box.x + box.width <= bounds.x + bounds.width &&
    box.y + box.height <= bounds.y + bounds.height
  );
}

/** Above first, then the corners, the sides, below; then the same farther away. */
function aroundPoint({ x, y, width, height }: LabelRequest): PlacedLabel[] {
  const ring = (gap: number, isFar: boolean): PlacedLabel[] => {
    const [left, center, right] = [x - gap - width, x - width / 2, x + gap];
    const [above, middle, below] = [y - gap - height, y - height / 2, y + gap];
    const corners = [
      [left, above],
      [center, above],
      // Over the point, beginning or ending there: at the chart's edges the other places above are cut off.
      [x - gap, above],
      [x + gap - width, above],
      [right, above],
      [left, middle],
      [right, middle],
      [right, below],
      [center, below],
      [left, below],
    ] as const;
    return corners.map(([boxX, boxY]) => ({ x: boxX, y: boxY, width, height, isFar }));
  };
  return [...ring(GAP_PX, false), ...FAR_GAPS_PX.flatMap((gap) => ring(gap, true))];
}

/** On the line's end: above it, below it, then farther up and down. */
function alongEdge({ y, width, height }: LabelRequest, bounds: Box): PlacedLabel[] {
  const x = bounds.x + bounds.width - width - EDGE_PX;
  const steps = Math.ceil(bounds.height / height);
  return Array.from({ length: steps }, (_, step) => [y - 1 - (step + 1) * height, y + 1 + step * height])
    .flat()
    .map((boxY, index) => ({ x, y: boxY, width, height, isFar: index > 1 }));
}

/** About as wide as the text is drawn: digits and Latin letters 0.6 em, wide characters 1 em. */
export function textWidth(text: string, fontSizePx: number): number {
  let em = 0;
  for (const character of text) em += (character.codePointAt(0) ?? 0) >= 0x2e80 ? 1 : 0.6;
  return em * fontSizePx;
}
