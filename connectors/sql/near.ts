/** Names that may have been meant, nearest first: by edit distance of the last part, letters of either case alike. */
export function nearNames(wanted: string, names: readonly string[], count = 10): readonly string[] {
  const last = (name: string): string => (name.split('.').at(-1) ?? name).toLowerCase();
  const target = last(wanted);
  return names
    .map((name) => ({ name, distance: editDistance(target, last(name)) }))
    .sort((a, b) => a.distance - b.distance || (a.name < b.name ? -1 : 1))
    .slice(0, count)
    .map(({ name }) => name);
}

function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = (previous[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      row.push(Math.min(replaced, (previous[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1));
    }
    previous = row;
  }
  return previous[b.length] ?? a.length;
}
