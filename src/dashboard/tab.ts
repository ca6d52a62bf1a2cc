/* What a tab is. */
import type { ComponentType } from 'preact';
import type { CollectionSummary } from '../server/dashboard/wire.js';

export interface TabProps {
  /** The collection that was chosen in the head of the page. Another one makes a new instance of the tab. */
  readonly collection: CollectionSummary;
  /** Whether writing is offered. */
  readonly writes: boolean;
  /** What the address says behind `?`. */
  readonly params: URLSearchParams;
}

export interface Tab {
  readonly id: string;
  readonly title: string;
  readonly load: () => Promise<ComponentType<TabProps>>;
}
