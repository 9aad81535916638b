/** A log that was at its end stays there when it grows; one just opened begins there. */
export function keepAtEnd(): () => void {
  const before = new Map(logs().map((log) => [log.dataset.stick, isAtEnd(log)]));
  return () => {
    for (const log of logs()) if (before.get(log.dataset.stick) ?? true) log.scrollTop = log.scrollHeight;
  };
}

const logs = (): HTMLElement[] => [...document.querySelectorAll<HTMLElement>("[data-stick]")];

/** Within a line of it. */
const isAtEnd = (log: HTMLElement): boolean => log.scrollHeight - log.scrollTop - log.clientHeight < 24;
