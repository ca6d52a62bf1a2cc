/* Collections whose only vector becomes optional, once a point is to have none. */
import type { Service } from './service.js';
import { type CollectionView, OPTIONAL } from './view.js';

/** Adds the field that makes the only vector optional (see OPTIONAL), and resolves with the view of the collection that has it. */
export async function withOptional(
  service: Service,
  { collection }: CollectionView,
): Promise<CollectionView> {
  const isThere = (): boolean => collection.config.sparse?.[OPTIONAL] !== undefined;
  if (!isThere())
    await collection.createField(OPTIONAL, { sparse: {} }).catch((cause: unknown) => {
      // Another call may have been first.
      if (!isThere()) throw cause;
    });
  return service.view(collection.name);
}
