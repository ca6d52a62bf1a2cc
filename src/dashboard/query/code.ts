/* The same query as code. */
import { TOKEN } from '../json/pretty.ts';

const indented = (text: string, by: string): string => text.replaceAll('\n', `\n${by}`);

/** Whether it is an integer of at most 64 bits, such as a large id, of which a number would be another one. */
function needsBigint(token: string): boolean {
  if (!/^\d{16,20}$/.test(token)) return false;
  const value = BigInt(token);
  return value < 1n << 64n && BigInt(Number(token)) !== value;
}

const exact = (json: string): string =>
  json.replace(TOKEN, (token) => (needsBigint(token) ? `${token}n` : token));

export function typescript(collection: string, path: string | null, request: string): string {
  const opened =
    path === null
      ? '/* The database of this server is in memory: name a folder that has its points. */'
      : JSON.stringify(path);
  return `import { open } from 'silt';

const db = await open(${opened});
const hits = await db.collection(${JSON.stringify(collection)}).query(${exact(request)});
`;
}

export function curl(collection: string, request: string, hasKey: boolean): string {
  const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;
  const url = `${location.origin}/dashboard/api/collections/${encodeURIComponent(collection)}/query`;
  const body = `{"request": ${indented(request, '  ')}}`;
  const key = hasKey ? ` \\\n  -H "api-key: $SILT_API_KEY"` : '';
  return `curl ${quoted(url)} \\\n  -H 'content-type: application/json'${key} \\\n  -d ${quoted(body)}\n`;
}
