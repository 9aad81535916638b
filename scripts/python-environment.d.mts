type EnvironmentName = "checks" | "compressor" | "jupyter" | "platforms" | "python" | "serving";
export const ROOT: string;
export const ENVIRONMENTS: Record<
  EnvironmentName,
  { size: string; locks: string[]; sources?: string[]; upon?: { name: EnvironmentName; taken: RegExp } }
>;
export function cleanEnvironment(extra?: Record<string, string>): Record<string, string>;
export function environmentFolder(name?: EnvironmentName): string;
export function preparedPython(name?: EnvironmentName): string | undefined;
export function findPython(): string | undefined;
