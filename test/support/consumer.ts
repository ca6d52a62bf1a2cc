/* A program of a user, and what the compiler says of it. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';

/** A database that is open goes into the client and the server of the other entries. */
export const BESIDE = `
import { open, type Database } from 'silt';
import { QdrantClient } from 'silt/qdrant';
import { serve } from 'silt/server';

export async function both(): Promise<Database> {
  const database = await open();
  const client = new QdrantClient({ database });
  await client.getCollections();
  const server = await serve({ database, port: 0 });
  await server.close();
  return server.database;
}
`;

/** In a folder that has the package installed, under the strictest settings. */
export function diagnosticsIn(
  folder: string,
  sources: Readonly<Record<string, string>>,
  options: ts.CompilerOptions,
): readonly string[] {
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
  const files = Object.entries(sources).map(([name, text]) => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  });
  const program = ts.createProgram(files, {
    target: ts.ScriptTarget.ES2023,
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    strict: true,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    noPropertyAccessFromIndexSignature: true,
    skipLibCheck: false,
    noEmit: true,
    types: [],
    ...options,
  });
  return ts
    .getPreEmitDiagnostics(program)
    .map(
      ({ file, messageText }) =>
        `${file?.fileName ?? ''}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`,
    );
}
