/** Where the page is, kept behind the # of its address: two windows may be two people, and Back works. */
export interface Address {
  readonly as: string;
  readonly room: string;
  readonly thread: string;
  readonly tab: "home" | "messages";
}

export function address(): Address {
  const found = new URLSearchParams(location.hash.slice(1));
  const of = (name: keyof Address): string => found.get(name) ?? "";
  return { as: of("as"), room: of("room"), thread: of("thread"), tab: of("tab") === "home" ? "home" : "messages" };
}

export function goTo(change: Partial<Address>): void {
  location.hash = linkTo(change);
}

export function linkTo(change: Partial<Address>): string {
  const next = Object.entries({ ...address(), ...change }).filter(([, value]) => value !== "");
  return `#${new URLSearchParams(Object.fromEntries(next))}`;
}
