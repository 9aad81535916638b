import type { Receiver } from "@slack/bolt";

/** How deliveries come in: a receiver for Bolt that can be looked at and waited for. */
export interface Way extends Receiver {
  isOpen(): boolean;
  /** Where it listens, where it does. */
  port?(): number;
}
