/* The shapes of answers, which tools announce. Points may have more members than are named here. */
import * as z from 'zod';
import { STORED_ID } from './values.js';

const POINT = z.looseObject({
  id: STORED_ID,
  payload: z.record(z.string(), z.unknown()).optional(),
  vector: z.unknown().optional().describe('A list of numbers, or vectors by the names of fields'),
  unreadable: z.string().optional().describe('Why it could not be read from the disk as a whole'),
});

export const HITS: z.ZodType = z.object({
  hits: z.array(POINT.extend({ score: z.number() })).describe('Best first'),
});

export const POINTS: z.ZodType = z.object({ points: z.array(POINT), missing: z.array(STORED_ID) });

export const COLLECTIONS: z.ZodType = z.object({
  collections: z.array(
    z.object({
      name: z.string(),
      points: z.int(),
      dimension: z.int().describe('0: no vectors without a name'),
      textFields: z.array(z.string()),
    }),
  ),
});

export const DESCRIPTION: z.ZodType = z.object({
  name: z.string(),
  points: z.int(),
  createdAt: z.string(),
  config: z.record(z.string(), z.unknown()).describe('Fields, metrics, dimensions'),
  payloadIndexes: z.array(z.looseObject({ path: z.string(), kind: z.string(), state: z.string() })),
  memoryBytes: z.number(),
});
