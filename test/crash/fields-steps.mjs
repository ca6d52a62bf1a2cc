/* What fields-writer.mjs does, step by step, to a plain state. */

/** After so many, it begins again. */
export const STEPS = 8;

/** @param {number} step */
export function idsOf(step) {
  return Array.from({ length: 12 }, (_, i) => (step * 5 + i) % 60);
}

/** @param {{ fields: Set<string>, points: Map<number, object> }} state @param {number} step */
export function apply({ fields, points }, step) {
  const kind = step % STEPS;
  const without = (id) => {
    const { x: _, ...point } = points.get(id) ?? {};
    if (points.has(id)) points.set(id, point);
  };
  if (kind === 0) fields.add('x');
  else if (kind === 2) fields.add('t');
  else if (kind === 3) {
    for (const id of idsOf(step)) if (points.has(id)) points.set(id, { ...points.get(id), x: [2, step] });
  } else if (kind === 4) for (const id of idsOf(step).slice(0, 3)) without(id);
  else if (kind === 6) {
    fields.delete('x');
    for (const id of points.keys()) without(id);
  } else if (kind === 7) fields.delete('t');
  else {
    const text = `step${step}`;
    const point = kind === 1 ? { '': [step, 1], x: [1, step], text } : { '': [step, 2], text };
    for (const id of idsOf(step)) points.set(id, point);
  }
}
