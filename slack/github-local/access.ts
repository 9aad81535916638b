import { createPublicKey, createVerify, generateKeyPairSync, type KeyObject, randomBytes } from "node:crypto";
import type { LocalRepository } from "./local-repository.ts";
import { Refusal } from "./refusal.ts";

type Level = "read" | "write";
export type Permission = "metadata" | "contents" | "pull_requests" | "workflows";
export type Permissions = Partial<Record<Permission, Level>>;

/** A fine-grained personal token, or one of an installation of the app. */
interface Token {
  readonly kind: "personal access token" | "integration";
  /** Lower-case full names. */
  readonly repositories: ReadonlySet<string>;
  readonly permissions: Permissions;
}

/** Who asks: nobody who is known, a token, or the app itself by a signed claim. */
export type Caller = { type: "nobody" } | { type: "token"; token: Token } | { type: "app" };

const KEY_BITS = 2048;
/** A claim may last ten minutes, and clocks differ by one. */
const LONGEST_CLAIM_SECONDS = 11 * 60;

/** Tokens, and one GitHub App with its key. */
export class Access {
  readonly appId = "4711";
  /** What the app's owner downloaded. */
  readonly privateKey: string;
  readonly #publicKey: KeyObject;
  readonly #tokens = new Map<string, Token>();
  /** Repositories that the app is installed on, with what its owner granted. */
  readonly #installed = new Map<string, Permissions>();

  constructor() {
    const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: KEY_BITS });
    this.privateKey = privateKey.export({ type: "pkcs1", format: "pem" }) as string;
    this.#publicKey = createPublicKey(publicKey.export({ type: "spki", format: "pem" }));
  }

  personalToken(repositories: readonly string[], permissions: Permissions): string {
    return this.#issue("github_pat_", {
      kind: "personal access token",
      repositories: lower(repositories),
      permissions,
    });
  }

  install(repository: string, permissions: Permissions): void {
    this.#installed.set(repository.toLowerCase(), permissions);
  }

  isInstalledOn(repository: string): boolean {
    return this.#installed.has(repository.toLowerCase());
  }

  /** Its owner changes what a token may do. */
  limit(token: string, permissions: Permissions): void {
    this.#tokens.set(token, { ...this.#tokens.get(token)!, permissions });
  }

  revoke(token: string): void {
    this.#tokens.delete(token);
  }

  /** A token of the installation: for these repositories, never with more than was granted on them. */
  installationToken(repositories: readonly string[], asked: Permissions): { token: string; permissions: Permissions } {
    for (const name of repositories) {
      const granted = this.#installed.get(name.toLowerCase());
      if (granted === undefined)
        throw new Refusal(
          422,
          "There is at least one repository that does not exist or is not accessible to the parent installation.",
        );
      for (const [permission, level] of Object.entries(asked) as [Permission, Level][])
        if (granted[permission] !== "write" && granted[permission] !== level)
          throw new Refusal(422, "The permissions requested are not granted to this installation.");
    }
    const given = { kind: "integration", repositories: lower(repositories), permissions: asked } as const;
    return { token: this.#issue("ghs_", given), permissions: asked };
  }

  caller(authorization: string | undefined): Caller {
    if (authorization === undefined) return { type: "nobody" };
    const basic = /^basic (.+)$/i.exec(authorization)?.[1];
    // git sends the token as a password.
    const given = basic
      ? (Buffer.from(basic, "base64").toString("utf8").split(":")[1] ?? "")
      : authorization.replace(/^(?:token|bearer) /i, "");
    if (given.split(".").length === 3) return this.#claim(given);
    const token = this.#tokens.get(given);
    if (token === undefined) throw new Refusal(401, "Bad credentials");
    return { type: "token", token };
  }

  #issue(prefix: string, token: Token): string {
    const name = `${prefix}${randomBytes(24).toString("hex")}`;
    this.#tokens.set(name, token);
    return name;
  }

  #claim(jwt: string): Caller {
    const [head = "", body = "", signature = ""] = jwt.split(".");
    const isSigned = createVerify("RSA-SHA256")
      .update(`${head}.${body}`)
      .verify(this.#publicKey, signature, "base64url");
    if (!isSigned) throw new Refusal(401, "A JSON web token could not be decoded");
    const { iss, iat, exp } = JSON.parse(Buffer.from(body, "base64url").toString("utf8")) as Record<string, unknown>;
    const now = Date.now() / 1000;
    if (String(iss) !== this.appId) throw new Refusal(401, "Integration not found");
    if (typeof exp !== "number" || typeof iat !== "number" || exp < now || exp - iat > LONGEST_CLAIM_SECONDS)
      throw new Refusal(401, "'Expiration time' claim ('exp') is too far in the future");
    return { type: "app" };
  }
}

const lower = (names: readonly string[]): Set<string> => new Set(names.map((name) => name.toLowerCase()));

/** Whether it may be done; a repository that the caller may not see is not there. */
export function authorize(caller: Caller, repository: LocalRepository, permission: Permission, level: Level): void {
  const token = caller.type === "token" ? caller.token : undefined;
  const isListed = token?.repositories.has(repository.fullName.toLowerCase()) ?? false;
  if (!isListed && repository.isPrivate) throw new Refusal(404, "Not Found");
  if (!isListed && level === "read") return;
  if (token === undefined) throw new Refusal(401, "Requires authentication");
  if (level === "write" && repository.isArchived) throw new Refusal(403, "Repository was archived so is read-only.");
  const has = isListed ? token.permissions[permission] : undefined;
  if (permission === "metadata" || has === "write" || has === level) return;
  throw new Refusal(403, `Resource not accessible by ${token.kind}`);
}

/** GitHub does not say that a workflow may not be written: its tree is not found. */
export const mayWriteWorkflows = (caller: Caller): boolean =>
  caller.type === "token" && caller.token.permissions.workflows === "write";
