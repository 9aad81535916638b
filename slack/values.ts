import { createHmac, hkdfSync, timingSafeEqual } from "node:crypto";
import { AdvisorError } from "../src/index.ts";

/** What a button says when it is clicked: the run and the revision it was made for. Everything else is looked up. */
interface Pressed {
  run: string;
  revision: number;
}

/** Makes a button's value. Bound to the action, so that a value cannot be moved to another button. */
export type Sign = (action: string, pressed: Pressed) => string;

export interface Values {
  sign: Sign;
  /** What a value says; a value that this bot did not make is refused. */
  open(action: string, value: string | undefined): Pressed;
}

/** 128 bits: an attacker who can guess that needs no button. */
const MAC_BYTES = 16;
const SHAPE = /^([A-Za-z0-9_-]{1,64})\.(\d{1,9})\.([A-Za-z0-9_-]{22})$/;

/** Keys are derived per purpose, so that one secret serves buttons, encryption and links. */
const keyOf = (secret: string): Buffer =>
  Buffer.from(hkdfSync("sha256", secret, "", "ml-architect: button values, version 1", 32));

/** `secrets`: the current one first; earlier ones still open values that they signed. */
export function buttonValues(secrets: readonly [string, ...string[]]): Values {
  if (secrets.some((secret) => secret.length < 32))
    throw new AdvisorError(
      "invalid-input",
      "ML_ARCHITECT_SECRET is shorter than 32 characters",
      "Make one with `openssl rand -base64 48`.",
    );
  const keys = secrets.map(keyOf);
  const macOf = (key: Buffer, action: string, { run, revision }: Pressed): Buffer =>
    createHmac("sha256", key)
      .update(JSON.stringify([action, run, revision]))
      .digest()
      .subarray(0, MAC_BYTES);
  return {
    sign: (action, pressed) =>
      `${pressed.run}.${pressed.revision}.${macOf(keys[0]!, action, pressed).toString("base64url")}`,
    open(action, value) {
      const [, run, revision, mac] = SHAPE.exec(value ?? "") ?? [];
      const pressed = { run: run ?? "", revision: Number(revision) };
      const given = Buffer.from(mac ?? "", "base64url");
      // Every key is tried whatever the first says: the time taken tells nothing.
      const known = keys.map(
        (key) => given.length === MAC_BYTES && timingSafeEqual(given, macOf(key, action, pressed)),
      );
      if (mac === undefined || !known.includes(true))
        throw new AdvisorError(
          "invalid-input",
          "This button was not made by this bot, or its secret has changed since",
          'Say "show the plan" in the thread for fresh buttons.',
        );
      return pressed;
    },
  };
}
