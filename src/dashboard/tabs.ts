/* The tabs, in order. Each is a module of its own, which is loaded when it is opened. */
import type { Tab } from './tab.ts';

export const TABS: readonly Tab[] = [
  { id: 'overview', title: 'Overview', load: async () => (await import('./tabs/overview.tsx')).Overview },
  { id: 'points', title: 'Points', load: async () => (await import('./tabs/points.tsx')).Points },
  { id: 'query', title: 'Query', load: async () => (await import('./tabs/query.tsx')).Query },
  { id: 'map', title: 'Map', load: async () => (await import('./tabs/map.tsx')).MapTab },
  { id: 'graph', title: 'Graph', load: async () => (await import('./tabs/graph.tsx')).Graph },
  { id: 'quality', title: 'Quality', load: async () => (await import('./tabs/quality.tsx')).Quality },
  { id: 'console', title: 'Console', load: async () => (await import('./tabs/console.tsx')).Console },
];
