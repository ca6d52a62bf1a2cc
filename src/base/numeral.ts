/* Numbers for people. */

/** A number with commas. Not by Intl: to make its first formatter takes a third of the time of the import. */
export function numeral(value: number): string {
  const [whole, part] = String(value).split('.') as [string, string?];
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ',');
  return part === undefined ? grouped : `${grouped}.${part}`;
}
