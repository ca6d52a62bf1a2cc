/* The program that `silt init` writes: it runs as it is, again and again, without a model and without a network. */

/** Those of the models that texts and images are embedded with. */
export const METRICS = ['cosine', 'dot', 'euclidean'] as const;

export interface First {
  /** Ends with .mjs, .mts or .ts. */
  readonly file: string;
  readonly path: string;
  readonly collection: string;
  readonly dimension: number;
  readonly metric: (typeof METRICS)[number];
}

/** A text as a literal. */
const quoted = (text: string): string => (/^[\w ./-]*$/.test(text) ? `'${text}'` : JSON.stringify(text));

export function programFor({ file, path, collection, dimension, metric }: First): string {
  const typed = file.endsWith('ts');
  const type = (name: string): string => (typed ? `: ${name}` : '');
  return `import { open } from 'silt';

const DIMENSION = ${dimension};

/**
 * Stands for an embedding model: texts that share groups of three letters get near vectors. Call your model here, and give the
 * collection its dimension: see "Semantic search in ten minutes" in the guides.
 */
function embed(text${type('string')})${type('Float32Array')} {
  const vector = new Float32Array(DIMENSION);
  const letters = \` \${text.toLowerCase()} \`;
  for (let i = 0; i + 3 <= letters.length; i++) {
    let hash = 7;
    for (const letter of letters.slice(i, i + 3)) hash = (hash * 31 + letter.codePointAt(0)${typed ? '!' : ''}) >>> 0;
    vector[hash % DIMENSION]${typed ? '!' : ''} += 1;
  }
  return vector;
}

const db = await open(${quoted(path)});
const points = await db.getOrCreateCollection${typed ? '<{ text: string }>' : ''}(${quoted(collection)}, {
  dimension: DIMENSION,
  metric: '${metric}',
});

const texts = [
  'Otters hold hands while they sleep',
  'The sleeping cat dreams of fish',
  'Rust never sleeps',
  'Ships sleep in the harbour',
];
await points.upsert(texts.map((text, i) => ({ id: i + 1, vector: embed(text), payload: { text } })));

for (const { id, score, payload } of await points.search(embed('sleeping otters'), { k: 2 }))
  console.log(id, score.toFixed(3), payload?.text);

await db.close();
`;
}
