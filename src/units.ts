/** Bytes in one GiB. All memory a user sees is GiB; formulas use bytes. */
export const GIB = 2 ** 30;

/** An estimate is never a bare number: nine in ten outcomes are meant to lie between `low` and `high`. */
export interface Range {
  low: number;
  expected: number;
  high: number;
}

export const range = (low: number, expected: number, high: number): Range => ({ low, expected, high });

export const mapRange = (r: Range, f: (value: number) => number): Range => ({
  low: f(r.low),
  expected: f(r.expected),
  high: f(r.high),
});

/**
 * Rounds to significant digits, so that the last bits of floating-point arithmetic, which may differ between
 * runtimes, never reach a hash or a reader.
 */
export function significant(value: number, digits: number): number {
  return Number.isFinite(value) && value !== 0 ? Number(value.toPrecision(digits)) : value;
}
