import { setTimeout } from "node:timers";

/**
 * A signal that aborts after so many milliseconds, or with another. In place of `AbortSignal.any` over
 * `AbortSignal.timeout`, whose timer Node forgets when garbage is collected before it fires (nodejs/node#57736).
 */
export function deadline(milliseconds: number, other?: AbortSignal): AbortSignal {
  const controller = new AbortController();
  const { signal } = controller;
  const expire = (): void => controller.abort(new DOMException(`no end within ${milliseconds} ms`, "TimeoutError"));
  // Nobody's process lives on for a deadline.
  setTimeout(expire, milliseconds).unref();
  if (other?.aborted) controller.abort(other.reason);
  other?.addEventListener("abort", () => controller.abort(other.reason), { once: true, signal });
  return signal;
}
