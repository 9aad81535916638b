/** Sizes that cards are sold in, GiB. */
const SOLD_GIB = [4, 6, 8, 10, 11, 12, 16, 20, 22, 24, 32, 40, 48, 64, 80, 94, 96, 141, 180, 192, 256, 288];

/** Drivers and ECC hold back up to a tenth of what a card is sold with: 14.8 of a T4's 16, 44.4 of an L40S's 48. */
const HELD_BACK = 0.1;

/** The size a card is sold as, from what an instrument says it has; undefined for a slice of one. */
export function nominalGib(reportedGib: number): number | undefined {
  return SOLD_GIB.find((size) => reportedGib <= size * 1.005 && reportedGib >= size * (1 - HELD_BACK));
}
