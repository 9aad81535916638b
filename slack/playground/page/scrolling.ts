/** By conversation: whether its log was left at its end. One that was never scrolled is. */
const atEnd = new Map<string, boolean>();

/** A log that was at its end stays there when it grows; one just opened begins there. */
export function stayAtEnd(): void {
  for (const log of document.querySelectorAll<HTMLElement>("[data-stick]"))
    if (atEnd.get(log.dataset.stick!) ?? true) log.scrollTop = log.scrollHeight;
}

const NEAR_PIXELS = 24;

// Neither event bubbles, so both are caught on their way down.
document.addEventListener(
  "scroll",
  ({ target }) => {
    if (!(target instanceof HTMLElement) || target.dataset.stick === undefined) return;
    const { scrollHeight, scrollTop, clientHeight } = target;
    atEnd.set(target.dataset.stick, scrollHeight - scrollTop - clientHeight < NEAR_PIXELS);
  },
  true,
);
// A picture that arrives later makes its message longer.
document.addEventListener("load", stayAtEnd, true);
