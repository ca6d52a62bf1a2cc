/* The same query as code. */

const indented = (text: string, by: string): string => text.replaceAll('\n', `\n${by}`);

export function typescript(collection: string, path: string | null, request: string): string {
  return `import { open } from 'silt';

const db = await open(${path === null ? '' : JSON.stringify(path)});
const hits = await db.collection(${JSON.stringify(collection)}).query(${request});
`;
}

export function curl(collection: string, request: string, hasKey: boolean): string {
  const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;
  const url = `${location.origin}/dashboard/api/collections/${encodeURIComponent(collection)}/query`;
  const body = `{"request": ${indented(request, '  ')}}`;
  const key = hasKey ? ` \\\n  -H "api-key: $SILT_API_KEY"` : '';
  return `curl ${quoted(url)} \\\n  -H 'content-type: application/json'${key} \\\n  -d ${quoted(body)}\n`;
}
