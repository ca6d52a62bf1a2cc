/* What requests of Qdrant's official clients have, read from their generated types: the path of each field, by operation. */
import { join } from 'node:path';
import ts from 'typescript';
import { ROOT } from './sources.js';

/** That of 1.19, and of 1.17, which has older requests. */
const FILES = ['@qdrant/js-client-rest', 'qdrant-js-client-1-17'].map((name) =>
  join(ROOT, 'node_modules', name, 'dist/types/openapi/generated_schema.d.ts'),
);

/**
 * Of these only that they are there: they name themselves, and whatever reads them refuses what it does not know; or they are
 * options of models, of which there are none.
 */
const WHOLE = new Set(['filter', 'update_filter', 'corpus', 'formula', 'prefetch', 'options']);

export interface OfficialFields {
  readonly query: ReadonlySet<string>;
  readonly body: ReadonlySet<string>;
}

/**
 * Of each operation, the paths of all fields of its query string and its body, such as `vectors.*.size`, `points[].id`: `*` is any
 * name, `[]` any element.
 */
export function officialFields(): ReadonlyMap<string, OfficialFields> {
  const program = ts.createProgram(FILES, { strict: true });
  const fields = new Map<string, OfficialFields>();
  for (const file of FILES) addFieldsOf(file, program, fields);
  return fields;
}

function addFieldsOf(file: string, program: ts.Program, fields: Map<string, OfficialFields>): void {
  const checker = program.getTypeChecker();
  const at = program
    .getSourceFile(file)!
    .statements.find(
      (one): one is ts.InterfaceDeclaration =>
        ts.isInterfaceDeclaration(one) && one.name.text === 'operations',
    )!;

  const member = (type: ts.Type | undefined, name: string): ts.Type | undefined => {
    const symbol = type && checker.getPropertyOfType(checker.getNonNullableType(type), name);
    return symbol && checker.getNonNullableType(checker.getTypeOfSymbolAtLocation(symbol, at));
  };

  function add(type: ts.Type | undefined, path: string, found: Set<string>): void {
    if (type?.isUnion()) for (const one of type.types) add(one, path, found);
    if (!type || !(type.flags & ts.TypeFlags.Object)) return;
    if (checker.isArrayType(type)) {
      add(checker.getTypeArguments(type as ts.TypeReference)[0], `${path}[]`, found);
      return;
    }
    const below = path === '' ? '' : `${path}.`;
    add(checker.getIndexTypeOfType(type, ts.IndexKind.String), `${below}*`, found);
    for (const symbol of checker.getPropertiesOfType(type)) {
      found.add(below + symbol.name);
      if (!WHOLE.has(symbol.name))
        add(checker.getTypeOfSymbolAtLocation(symbol, at), below + symbol.name, found);
    }
  }

  for (const { name } of checker.getPropertiesOfType(checker.getTypeAtLocation(at))) {
    const operation = member(checker.getTypeAtLocation(at), name);
    const { query, body } = fields.get(name) ?? { query: [], body: [] };
    const all = { query: new Set(query), body: new Set(body) };
    add(member(member(operation, 'parameters'), 'query'), '', all.query);
    add(member(member(member(operation, 'requestBody'), 'content'), 'application/json'), '', all.body);
    fields.set(name, all);
  }
}
