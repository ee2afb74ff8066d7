// The order of a table's rows. Pure; runs in the renderer.

/** A sorted copy; rows without a value come last in both directions, equal ones keep their order. */
export function sortRows<Row>(
  rows: readonly Row[],
  sortBy: (row: Row) => number | string | null,
  isDescending: boolean,
): Row[] {
  return rows.toSorted((one, other) => {
    const a = sortBy(one);
    const b = sortBy(other);
    if (a === null || b === null) return Number(a === null) - Number(b === null);
    const order = typeof a === 'number' && typeof b === 'number' ? a - b : String(a).localeCompare(String(b));
    return isDescending ? -order : order;
  });
}
