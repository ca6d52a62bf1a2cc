/* The fields that a step of a query compares by: the one that `using` names, or one that needs no name. */
import { show } from '../../../base/checks.js';
import { ValidationError } from '../../../base/errors.js';
import { didYouMean, fieldsThere } from '../../../base/hints.js';
import type { FieldSpec, MultiSpec, SparseSpec, TextSpec, ValueSpec } from '../../../fields/field.js';
import type { LiveField } from '../../live-field.js';
import type { LiveIndex } from '../../live-index.js';
import { refuse, within } from './places.js';
import type { Compared } from './tree.js';

export class StepFields {
  readonly #live: LiveIndex;
  readonly #using: string | undefined;
  readonly #place: string;
  #used = false;

  /** `place`: of the step, whose member `using` is. */
  constructor(live: LiveIndex, using: string | undefined, place: string) {
    this.#live = live;
    this.#using = using;
    this.#place = place;
  }

  /** Those whose values points may have. */
  get vectors(): readonly ValueSpec[] {
    return this.#live.stored.values;
  }

  /** @throws ValidationError */
  dense(): LiveField {
    const { number } = this.#find('dense');
    return this.#live.graphs.find(({ spec }) => spec.number === number)!;
  }

  /** @throws ValidationError */
  sparse(): SparseSpec {
    return this.#find('sparse') as SparseSpec;
  }

  /** @throws ValidationError */
  text(): TextSpec {
    return this.#find('text') as TextSpec;
  }

  /** That of vectors without indices: several of each point where such a field is named, else dense. @throws ValidationError */
  vectorsIn(): Compared {
    const spec = this.#multi();
    if (spec) return { spec };
    const field = this.dense();
    return { spec: field.spec, field };
  }

  /** That by which stored points are compared: the one that is named, or a sparse one where there is no dense one. @throws ValidationError */
  pointsIn(): Compared {
    const { sparse, graphs } = this.#live;
    const isSparse =
      this.#using === undefined ? graphs.length === 0 && sparse.length > 0 : this.#kindOf() === 'sparse';
    return isSparse ? { spec: this.sparse() } : this.vectorsIn();
  }

  #multi(): MultiSpec | undefined {
    const found = this.#live.fields.find(({ name }) => name === this.#using);
    if (found?.kind !== 'multi') return undefined;
    this.#used = true;
    return found;
  }

  /** @throws ValidationError where a field is named that nothing is compared by */
  checkUsed(): void {
    if (this.#using === undefined || this.#used) return;
    throw refuse(within(this.#place, 'using'), `only applies to queries by vectors, ids, examples or text`);
  }

  #kindOf(): FieldSpec['kind'] | undefined {
    return this.#live.fields.find(({ name }) => name === this.#using)?.kind;
  }

  #find(kind: FieldSpec['kind']): FieldSpec {
    this.#used = true;
    const using = this.#using;
    const place = within(this.#place, 'using');
    const some = this.#live.fields.filter((field) => field.kind === kind);
    const [first, ...others] = some;
    if (!first)
      throw refuse(
        within(this.#place, 'query'),
        `compares by a ${kind} field, and the collection has no such field`,
      );
    if (using === undefined && (others.length === 0 || first.number === 0)) return first;
    const found = some.find(({ name }) => name === using);
    if (found) return found;
    const names = some.map(({ name }) => name);
    const what =
      using === undefined
        ? `${place} must name the ${kind} field to be searched`
        : `${place} is ${show(using)}, which is not the name of a ${kind} field`;
    const hint = using === undefined ? '' : didYouMean(using, names);
    throw new ValidationError('INVALID_OPTION', `${what}: ${fieldsThere(names)}${hint}`);
  }
}
