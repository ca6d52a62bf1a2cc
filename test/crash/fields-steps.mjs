/* What fields-writer.mjs does, step by step, to a plain state. */

/** @param {number} step */
export function idsOf(step) {
  return Array.from({ length: 12 }, (_, i) => (step * 5 + i) % 60);
}

/** @param {{ fields: Set<string>, points: Map<number, object> }} state @param {number} step */
export function apply({ fields, points }, step) {
  if (step % 6 === 0) fields.add('x');
  else if (step % 6 === 2) fields.add('t');
  else if (step % 6 === 5) fields.delete('t');
  else if (step % 6 === 4) {
    fields.delete('x');
    for (const [id, { x: _, ...point }] of points) points.set(id, point);
  } else {
    const text = `step${step}`;
    const point = step % 6 === 1 ? { '': [step, 1], x: [1, step], text } : { '': [step, 2], text };
    for (const id of idsOf(step)) points.set(id, point);
  }
}
