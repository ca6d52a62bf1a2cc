/* The tabs, in order. Each is a module of its own, which is loaded when it is opened. */
import type { Tab } from './tab.ts';

export const TABS: readonly Tab[] = [
  { id: 'overview', title: 'Overview', load: async () => (await import('./tabs/overview.tsx')).Overview },
];
