/** Jupyter counts Unicode code points, JavaScript UTF-16 units: an emoji is one there and two here. */

export function unitsOf(text: string, codePoints: number): number {
  let units = 0;
  let left = codePoints;
  for (const character of text) {
    if (left <= 0) break;
    left -= 1;
    units += character.length;
  }
  return units;
}

export const codePointsOf = (text: string, units: number): number => [...text.slice(0, units)].length;
