/* JSON set out for reading, as a text: integers above 2^53 stay as they are. */

/** Of JSON that is whole. */
export const TOKEN: RegExp = /"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/g;
const WIDTH = 100;

/** Lists and objects that fit into a line stay in one. */
export function pretty(text: string): string {
  const tokens = text.match(TOKEN) ?? [];
  let at = 0;
  const value = (indent: string): string => {
    const token = tokens[at++] ?? '';
    if (token !== '{' && token !== '[') return token;
    const close = token === '{' ? '}' : ']';
    const inner = `${indent}  `;
    const parts: string[] = [];
    while (at < tokens.length && tokens[at] !== close) {
      let part = value(inner);
      if (tokens[at] === ':') {
        at++;
        part += `: ${value(inner)}`;
      }
      parts.push(part);
      if (tokens[at] === ',') at++;
    }
    at++;
    if (parts.length === 0) return token + close;
    const line = `${token}${parts.join(', ')}${close}`;
    if (line.length + indent.length <= WIDTH && !line.includes('\n')) return line;
    return `${token}\n${inner}${parts.join(`,\n${inner}`)}\n${indent}${close}`;
  };
  return value('');
}
