/* Aliases: further names of collections. Several can be switched in one commit. */
import type { AliasesResponse, AliasOperation, ChangeAliasesOperation } from '../api/collections.js';
import { conflict, noCollection, notFound } from '../errors.js';
import { checkCollectionName } from '../names.js';
import type { AnyOperation, Operation } from '../operation.js';
import { ALIASES } from '../schema/collections.js';
import { TIMEOUT, type Timeout } from '../schema/values.js';
import type { Service } from '../service.js';
import type { Alias } from '../settings.js';

/** Applies one action to a draft of all aliases. */
function act(service: Service, aliases: Map<string, Alias>, action: AliasOperation): void {
  if ('create_alias' in action) {
    const { collection_name, alias_name } = action.create_alias;
    checkCollectionName(alias_name, 'JSON body', 'alias_name');
    const to = service.aliasOf(collection_name);
    if (!to) throw noCollection(collection_name);
    if (service.has(alias_name)) throw conflict(`Collection \`${alias_name}\` already exists!`);
    aliases.set(alias_name, to);
  } else if ('delete_alias' in action) aliases.delete(action.delete_alias.alias_name);
  else {
    const { old_alias_name, new_alias_name } = action.rename_alias;
    checkCollectionName(new_alias_name, 'JSON body', 'new_alias_name');
    const to = aliases.get(old_alias_name);
    if (to === undefined) throw notFound(`Alias ${old_alias_name} does not exists!`);
    if (service.has(new_alias_name)) throw conflict(`Collection \`${new_alias_name}\` already exists!`);
    aliases.delete(old_alias_name);
    aliases.set(new_alias_name, to);
  }
}

const listed = (aliases: Iterable<[string, Alias]>): AliasesResponse => ({
  aliases: [...aliases].map(([alias_name, { to }]) => ({ alias_name, collection_name: to })),
});

export const updateAliases: Operation<Timeout, ChangeAliasesOperation, boolean> = {
  name: 'update_aliases',
  method: 'POST',
  path: '/collections/aliases',
  summary: 'Makes, deletes and renames aliases, all at once',
  writes: true,
  query: TIMEOUT,
  body: ALIASES,
  async handle(service, { body }) {
    const { settings } = service;
    await settings.change(() => {
      const before = settings.aliases;
      // Aliases of collections that no longer exist are deleted along with this change.
      const after = service.aliases();
      for (const action of body.actions) act(service, after, action);
      return [...new Set([...before.keys(), ...after.keys()])]
        .filter((alias) => before.get(alias) !== after.get(alias))
        .map((alias) => ({ alias, to: after.get(alias) }));
    });
    return true;
  },
};

export const getAliases: Operation<unknown, unknown, AliasesResponse> = {
  name: 'get_collections_aliases',
  method: 'GET',
  path: '/aliases',
  summary: 'Lists all aliases',
  writes: false,
  handle: (service) => listed(service.aliases()),
};

export const getCollectionAliases: Operation<unknown, unknown, AliasesResponse> = {
  name: 'get_collection_aliases',
  method: 'GET',
  path: '/collections/{collection_name}/aliases',
  summary: 'Lists the aliases of a collection',
  writes: false,
  handle: (service, { path }) => {
    const { name } = service.view(path['collection_name']!);
    return listed([...service.aliases()].filter(([, { to }]) => to === name));
  },
};

export const ALIAS_OPERATIONS: readonly AnyOperation[] = [updateAliases, getAliases, getCollectionAliases];
