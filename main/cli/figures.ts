// Numbers as tables show them; a dash where there is none. Runs in the command line.

/** Thousands apart: `2,442,240`. */
export function formatCount(value: number | null): string {
  return value === null ? '-' : value.toLocaleString('en-US');
}

/** A share of 1 with three digits: `0.625`. */
export function formatShare(value: number | null | undefined): string {
  return value === null || value === undefined ? '-' : value.toFixed(3);
}
