/* Changes of points that stay where they are, from the call to the write path. What the calls promise stands at the interface. */
import { OPTIONS } from '../api/options.js';
import type { Payload, VectorUpdate } from '../api/points.js';
import type {
  PointSelector,
  SetPayloadOptions,
  UpdateVectorsOptions,
  WriteOptions,
  WriteReceipt,
} from '../api/writing.js';
import type { CollectionCore } from './core.js';
import { CLEARING, deletingPatch, overwritingPatch, patchesOf, settingPatch } from './write/patches.js';
import { fieldsToDelete, withoutValues } from './write/values.js';
import type { Changing } from './write/writer.js';

export class Changes {
  readonly #core: CollectionCore;

  constructor(core: CollectionCore) {
    this.#core = core;
  }

  setPayload(which: PointSelector, payload: Payload, o: SetPayloadOptions): Promise<WriteReceipt> {
    return this.#change(which, 'setPayload', () => {
      const { path, ...writing } = OPTIONS.setPayload.read(o);
      return { ...writing, ...patching(settingPatch(payload, path)) };
    });
  }

  overwritePayload(which: PointSelector, payload: object, o: WriteOptions): Promise<WriteReceipt> {
    return this.#patch(which, 'overwritePayload', o, () => overwritingPatch(payload));
  }

  deletePayload(which: PointSelector, paths: readonly string[], o: WriteOptions): Promise<WriteReceipt> {
    return this.#patch(which, 'deletePayload', o, () => deletingPatch(paths));
  }

  clearPayload(which: PointSelector, o: WriteOptions): Promise<WriteReceipt> {
    return this.#patch(which, 'clearPayload', o, () => CLEARING);
  }

  updateVectors(
    points: VectorUpdate | readonly VectorUpdate[],
    o: UpdateVectorsOptions,
  ): Promise<WriteReceipt> {
    this.#core.assertWritable();
    return this.#core.writer.updateVectors(points, o);
  }

  deleteVectors(which: PointSelector, fields: readonly string[], o: WriteOptions): Promise<WriteReceipt> {
    return this.#change(which, 'deleteVectors', () => {
      const writing = OPTIONS.write.read(o, 'deleteVectors');
      const numbers = fieldsToDelete(fields, this.#core.live);
      return { ...writing, draftOf: (keys, rows) => withoutValues(keys, numbers, rows), bytesEach: 0 };
    });
  }

  #patch(
    which: PointSelector,
    call: string,
    o: WriteOptions,
    patchOf: () => Uint8Array,
  ): Promise<WriteReceipt> {
    return this.#change(which, call, () => ({ ...OPTIONS.write.read(o, call), ...patching(patchOf()) }));
  }

  #change(which: PointSelector, call: string, read: () => Changing): Promise<WriteReceipt> {
    this.#core.assertWritable();
    return this.#core.writer.change(which, call, read);
  }
}

function patching(patch: Uint8Array): Pick<Changing, 'draftOf' | 'bytesEach'> {
  return { draftOf: (keys, rows) => patchesOf(keys, patch, rows), bytesEach: patch.length };
}
