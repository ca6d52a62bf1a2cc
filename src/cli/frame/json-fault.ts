/* Where a text stops being JSON: errors of the engine say that for some texts alone. */

const TOKEN = /\s*(?:("(?:[^"\\\p{Cc}]|\\.)*")|(-?\d[\d.eE+-]*|true|false|null)|([[\]{},:])|)/uy;

/** What may stand next: a value, the key of a member, the colon behind it, or what follows a value. */
type Next = 'value' | 'key' | 'colon' | 'more';

/** The place of the first piece that cannot stand where it does; the end, where something is missing. */
export function jsonFault(text: string): number {
  const open: string[] = [];
  let next: Next = 'value';
  let before = '';
  for (TOKEN.lastIndex = 0; ; ) {
    const [all = '', string, scalar, sign = ''] = TOKEN.exec(text) ?? [];
    const piece = string ?? scalar ?? sign;
    const at = TOKEN.lastIndex - piece.length;
    const within = open.at(-1);
    const empty = before === within && (sign === ']' || sign === '}');
    if (piece === '' || all === '') return at;
    if (next === 'key' && string !== undefined) next = 'colon';
    else if (next === 'colon' && sign === ':') next = 'value';
    else if (next === 'value' && (string ?? scalar) !== undefined) next = 'more';
    else if (next === 'value' && (sign === '{' || sign === '[')) {
      open.push(sign);
      next = sign === '{' ? 'key' : 'value';
    } else if (next === 'more' && sign === ',' && within) next = within === '{' ? 'key' : 'value';
    else if ((next === 'more' || empty) && `${within}${sign}`.match(/^(\{\}|\[\])$/)) {
      open.pop();
      next = 'more';
    } else return at;
    before = piece;
  }
}
