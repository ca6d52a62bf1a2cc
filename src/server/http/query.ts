/* Reads the query string. Its values are text; they become numbers and booleans where the schema asks for those. */

interface Shape {
  readonly type?: string;
  readonly anyOf?: readonly Shape[];
  readonly properties?: Readonly<Record<string, Shape>>;
}

const allows = ({ type, anyOf }: Shape, ...types: readonly string[]): boolean =>
  (type !== undefined && types.includes(type)) || (anyOf?.some((one) => allows(one, ...types)) ?? false);

function valueIn(shape: Shape, text: unknown): unknown {
  if (typeof text !== 'string') return text;
  if ((text === 'true' || text === 'false') && allows(shape, 'boolean')) return text === 'true';
  if (/^-?\d{1,15}$/.test(text) && allows(shape, 'integer', 'number')) return Number(text);
  return text;
}

/** Unknown parameters are ignored, as in Qdrant. */
export function queryIn(schema: object | undefined, given: unknown): Record<string, unknown> {
  const query: Record<string, unknown> = {};
  const properties = (schema as Shape | undefined)?.properties ?? {};
  const texts = (given ?? {}) as Readonly<Record<string, unknown>>;
  for (const [name, shape] of Object.entries(properties))
    if (Object.hasOwn(texts, name)) query[name] = valueIn(shape, texts[name]);
  return query;
}
