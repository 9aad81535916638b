import { join } from "node:path";
import { BareRepository } from "./bare-repository.ts";

export interface PullRequest {
  readonly number: number;
  readonly title: string;
  readonly body: string;
  readonly head: string;
  readonly base: string;
  readonly isDraft: boolean;
  state: "open" | "closed";
  mergedAt: string | null;
}

export interface RepositoryOptions {
  readonly isPrivate?: boolean;
  readonly defaultBranch?: string;
  /** Its first commit; none leaves the repository empty. */
  readonly files?: Readonly<Record<string, string | Buffer>>;
  /** A rule that keeps new branches out. */
  readonly refusesBranches?: boolean;
  /** Private repositories of some plans have none. */
  readonly hasDrafts?: boolean;
}

export class LocalRepository {
  readonly id: number;
  /** Changes where it is renamed. */
  fullName: string;
  readonly isPrivate: boolean;
  readonly defaultBranch: string;
  refusesBranches: boolean;
  readonly hasDrafts: boolean;
  isArchived = false;
  readonly pulls: PullRequest[] = [];
  readonly git: BareRepository;

  private constructor(id: number, fullName: string, git: BareRepository, options: RepositoryOptions) {
    this.id = id;
    this.fullName = fullName;
    this.git = git;
    this.isPrivate = options.isPrivate ?? false;
    this.defaultBranch = options.defaultBranch ?? "main";
    this.refusesBranches = options.refusesBranches ?? false;
    this.hasDrafts = options.hasDrafts ?? true;
  }

  static async create(
    id: number,
    folder: string,
    fullName: string,
    options: RepositoryOptions,
  ): Promise<LocalRepository> {
    const branch = options.defaultBranch ?? "main";
    const git = await BareRepository.init(join(folder, `${fullName}.git`), branch);
    if (options.files) await git.push(branch, options.files, "first commit");
    return new LocalRepository(id, fullName, git, options);
  }

  get owner(): string {
    return this.fullName.split("/")[0]!;
  }

  /** Somebody merges it. */
  async merge(pull: PullRequest, at: string): Promise<void> {
    const [base, head] = [await this.git.head(pull.base), await this.git.head(pull.head)] as [string, string];
    const tree = await this.git.mergedTree(base, head);
    const merged = await this.git.writeCommit({ tree, parents: [base, head], message: `Merge #${pull.number}` });
    await this.git.moveRef(`refs/heads/${pull.base}`, merged);
    pull.state = "closed";
    pull.mergedAt = at;
  }
}
