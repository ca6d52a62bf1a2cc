/* Generates the OpenAPI document from the table of operations. */
import type { AnyOperation } from '../qdrant/operation.js';

type Json = { readonly [key: string]: unknown };

/** Removes `bigint`, which JSON Schema does not have: its integers have any length. */
function cleaned(schema: unknown): unknown {
  if (Array.isArray(schema))
    return schema.filter((one) => (one as Json | null)?.['type'] !== 'bigint').map(cleaned);
  if (typeof schema !== 'object' || schema === null) return schema;
  return Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, cleaned(value)]));
}

const PARAMETER = /\{(\w+)\}/g;

function parametersOf({ path, query }: AnyOperation): Json[] {
  const inPath = [...path.matchAll(PARAMETER)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }));
  const { properties = {} } = (query?.json ?? {}) as { properties?: Json };
  const inQuery = Object.entries(properties).map(([name, schema]) => ({
    name,
    in: 'query',
    schema: cleaned(schema),
  }));
  return [...inPath, ...inQuery];
}

const ENVELOPE = {
  type: 'object',
  required: ['result', 'status', 'time'],
  properties: { result: {}, status: { const: 'ok' }, time: { type: 'number', description: 'Seconds' } },
};

const ERROR = {
  description: 'An error',
  content: {
    'application/json': {
      schema: {
        type: 'object',
        required: ['status', 'time'],
        properties: {
          status: { type: 'object', required: ['error'], properties: { error: { type: 'string' } } },
          time: { type: 'number' },
        },
      },
    },
  },
};

const CONTENT = {
  file: { 'application/octet-stream': { schema: { type: 'string', format: 'binary' } } },
  text: { 'text/plain': { schema: { type: 'string' } } },
  bare: { 'application/json': { schema: {} } },
  envelope: { 'application/json': { schema: ENVELOPE } },
} as const;

const FORM = {
  'multipart/form-data': {
    schema: {
      type: 'object',
      required: ['snapshot'],
      properties: { snapshot: { type: 'string', format: 'binary' } },
    },
  },
};

function described(operation: AnyOperation): Json {
  const { name, summary, body, bodyOptional = false, uploads = false, form = 'envelope' } = operation;
  return {
    operationId: name,
    summary,
    parameters: parametersOf(operation),
    ...(body && {
      requestBody: {
        required: !bodyOptional,
        content: { 'application/json': { schema: cleaned(body.json) } },
      },
    }),
    ...(uploads && { requestBody: { required: true, content: FORM } }),
    responses: { 200: { description: 'Done', content: CONTENT[form] }, default: ERROR },
  };
}

export function openApiOf(operations: readonly AnyOperation[], version: string): Json {
  const paths: Record<string, Record<string, Json>> = {};
  for (const operation of operations) {
    paths[operation.path] ??= {};
    paths[operation.path]![operation.method.toLowerCase()] = described(operation);
  }
  return {
    openapi: '3.1.0',
    info: { title: "Silt, by Qdrant's requests", version },
    components: {
      securitySchemes: {
        key: { type: 'apiKey', in: 'header', name: 'api-key' },
        bearer: { type: 'http', scheme: 'bearer' },
      },
    },
    security: [{ key: [] }, { bearer: [] }, {}],
    paths,
  };
}
