/** What a system has pushed and the log does not have yet. */
export interface Delivery {
  /** Grows with every delivery; whoever has seen one has seen all below it. */
  readonly id: number;
  /** Of the sender, or a digest. */
  readonly delivery: string;
  readonly receivedAt: Date;
  readonly body: Uint8Array;
}

/** The durable buffer between a push and its reader. The runner gives it; connectors only read. */
export interface Inbox {
  /** Oldest first. @throws HUB_STORE_UNAVAILABLE */
  read(system: string, stream: string, after: number, limit: number): Promise<readonly Delivery[]>;
  /** Resolves when something newer may be there, at the latest after some seconds; also when the signal aborts. */
  news(system: string, stream: string, after: number, signal: AbortSignal): Promise<void>;
  /** Deliveries up to this one are in the log. They are kept a while longer, to know a repeated one. */
  settle(system: string, stream: string, upTo: number): Promise<void>;
}
