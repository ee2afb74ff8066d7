// Points that no other dominates, and the volume they dominate. Pure; runs in the host's query thread. All costs: less is better.

/** One point's cost in each objective. */
export type Costs = readonly number[];

function cost(point: Costs, objective: number): number {
  return point[objective] ?? Infinity;
}

function lexicographic(left: Costs, right: Costs): number {
  for (let objective = 0; objective < left.length; objective++) {
    const order = cost(left, objective) - cost(right, objective);
    if (order !== 0) return order;
  }
  return 0;
}

/** No worse in any objective and better in one. */
function dominates(point: Costs, other: Costs): boolean {
  let better = false;
  for (let objective = 0; objective < point.length; objective++) {
    if (cost(point, objective) > cost(other, objective)) return false;
    better ||= cost(point, objective) < cost(other, objective);
  }
  return better;
}

/**
 * Indices of the points that no other dominates, by their first cost; of equal points all. O(n log n) for two objectives
 * (Kung, Luccio and Preparata, 1975), O(n · front) for more.
 */
export function nonDominated(points: readonly Costs[]): number[] {
  // A point can be dominated only by one before it in this order.
  const order = [...points.keys()].sort((left, right) => lexicographic(points[left] ?? [], points[right] ?? []));
  return points[0]?.length === 2 ? sweep(points, order) : filterByFront(points, order);
}

function sweep(points: readonly Costs[], order: readonly number[]): number[] {
  const front: number[] = [];
  let last: Costs = [Infinity, Infinity];
  for (const index of order) {
    const point = points[index] ?? [];
    const equal = cost(point, 0) === cost(last, 0) && cost(point, 1) === cost(last, 1);
    if (!equal && cost(point, 1) >= cost(last, 1)) continue;
    front.push(index);
    last = point;
  }
  return front;
}

function filterByFront(points: readonly Costs[], order: readonly number[]): number[] {
  const front: number[] = [];
  for (const index of order) {
    const point = points[index] ?? [];
    if (!front.some((member) => dominates(points[member] ?? [], point))) front.push(index);
  }
  return front;
}

/** Indices of the first fronts, peeled one after another until there are `enough`. */
export function firstFronts(points: readonly Costs[], enough: number): number[] {
  const chosen: number[] = [];
  let rest = [...points.keys()];
  while (rest.length > 0 && chosen.length < enough) {
    const front = new Set(nonDominated(rest.map((index) => points[index] ?? [])));
    chosen.push(...rest.filter((_, position) => front.has(position)));
    rest = rest.filter((_, position) => !front.has(position));
  }
  return chosen;
}

/** Above this product of points and objectives beyond two, slicing would take too long. */
const MOST_SLICES = 20_000;

/**
 * Share of the unit cube that the points dominate, with costs from 0, the ideal, to 1, the reference; by slicing objectives
 * (While et al., 2006). Null where that would take too long.
 */
export function hypervolume(points: readonly Costs[]): number | null {
  const inside = points.filter((point) => point.every((value) => value < 1));
  const front = nonDominated(inside).map((index) => (inside[index] ?? []).map((value) => Math.max(0, value)));
  const objectives = points[0]?.length ?? 0;
  if (objectives > 2 && front.length ** (objectives - 2) > MOST_SLICES) return null;
  return dominatedVolume(front, objectives);
}

function dominatedVolume(points: readonly Costs[], objectives: number): number {
  if (points.length === 0) return 0;
  if (objectives === 1) return 1 - Math.min(...points.map((point) => cost(point, 0)));
  const last = objectives - 1;
  const sorted = [...points].sort((left, right) => cost(left, last) - cost(right, last));
  if (objectives === 2) return dominatedArea(sorted);
  let volume = 0;
  for (let index = 0; index < sorted.length; index++) {
    const depth = Math.min(1, cost(sorted[index + 1] ?? [], last)) - cost(sorted[index] ?? [], last);
    if (depth > 0) volume += depth * dominatedVolume(sorted.slice(0, index + 1), last);
  }
  return volume;
}

/** @param sorted by the second cost */
function dominatedArea(sorted: readonly Costs[]): number {
  let area = 0;
  let reached = 1;
  for (const point of sorted) {
    if (cost(point, 0) >= reached) continue;
    area += (reached - cost(point, 0)) * (1 - cost(point, 1));
    reached = cost(point, 0);
  }
  return area;
}
