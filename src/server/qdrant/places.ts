/*
 * Where files are is not told to clients: errors of Silt, and of the system, name paths of the machine. In texts that go out, the folders
 * of the database and of snapshots have names instead.
 */

/** A folder as it stands in a text: whole, or with what is in it. */
const patternOf = (folder: string): RegExp =>
  new RegExp(`${folder.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')}(?![\\w.-]*\\w)`, 'g');

export function withoutPaths(
  text: string,
  { database, snapshots }: { readonly database: string | undefined; readonly snapshots: string | undefined },
): string {
  const named = [
    [snapshots, '<snapshots>'],
    [database, '<database>'],
  ] as const;
  return named.reduce(
    (told, [folder, name]) => (folder === undefined ? told : told.replace(patternOf(folder), name)),
    text,
  );
}
