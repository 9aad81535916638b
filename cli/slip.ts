/** Whether a word is a name with a slip of the fingers: the same letters in another order, or one letter too many, too few or wrong. */
export function isSlip(word: string, name: string): boolean {
  const sorted = (text: string) => [...text].sort().join("");
  if (sorted(word) === sorted(name)) return true;
  const [short, long] = word.length <= name.length ? [word, name] : [name, word];
  let same = 0;
  while (same < short.length && short[same] === long[same]) same += 1;
  const tail = short.length === long.length ? same + 1 : same;
  return long.length - short.length <= 1 && short.slice(tail) === long.slice(same + 1);
}
