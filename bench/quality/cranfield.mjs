// @ts-check
// The Cranfield collection: 1,400 abstracts of aerodynamics, 225 questions, and which documents experts judged to answer
// them. It may be had from many places; three files of one folder: cran.all.1400, cran.qry, cranqrel.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { DataMissing } from '../data/missing.mjs';

/**
 * @typedef {object} Cranfield
 * @property {{ id: number, title: string, text: string }[]} documents `text` repeats the title
 * @property {{ text: string, gains: Map<number, number> }[]} questions gains by document: 4 answers it, 1 is of little use
 */

/** A grade of 1 is the best, 4 the least; -1 is not relevant. */
const gainOf = (/** @type {number} */ grade) => (grade >= 1 && grade <= 4 ? 5 - grade : 0);

/** @param {string | null} folder @returns {Cranfield} */
export function cranfield(folder) {
  if (folder === null)
    throw new DataMissing(
      'Cranfield is looked for in the folder given by --cranfield-dir DIR or CRANFIELD_DIR: cran.all.1400, cran.qry, cranqrel',
    );
  const read = (/** @type {string} */ name) => {
    try {
      return readFileSync(path.join(folder, name), 'utf8');
    } catch (error) {
      throw new DataMissing(`Cranfield is not there (${error instanceof Error ? error.message : error})`);
    }
  };
  const documents = partsOf(read('cran.all.1400')).map(({ number, sections }) => ({
    id: number,
    title: sections.get('T') ?? '',
    text: sections.get('W') ?? '',
  }));
  // Judgements count the questions in the order of the file, not by the numbers that it gives them.
  const questions = partsOf(read('cran.qry')).map(({ sections }) => ({
    text: sections.get('W') ?? '',
    gains: /** @type {Map<number, number>} */ (new Map()),
  }));
  for (const line of read('cranqrel').split('\n')) {
    const [question, document, grade] = line.trim().split(/\s+/).map(Number);
    if (question === undefined || document === undefined || grade === undefined) continue;
    const gain = gainOf(grade);
    if (gain > 0) questions[question - 1]?.gains.set(document, gain);
  }
  return { documents, questions };
}

/** @param {string} text */
function partsOf(text) {
  /** @type {{ number: number, sections: Map<string, string> }[]} */
  const parts = [];
  let section = '';
  for (const line of text.split('\n')) {
    const begins = /^\.I (\d+)\s*$/.exec(line);
    if (begins) {
      parts.push({ number: Number(begins[1]), sections: new Map() });
      section = '';
    } else if (/^\.[TABW]\s*$/.test(line)) section = line.slice(1, 2);
    else if (section !== '') {
      const { sections } = /** @type {(typeof parts)[number]} */ (parts.at(-1));
      const before = sections.get(section);
      sections.set(section, before === undefined ? line : `${before} ${line}`);
    }
  }
  return parts;
}
