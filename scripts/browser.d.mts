export function browserFolder(): string;
export function preparedBrowser():
  | { executablePath: string; env: Record<string, string | undefined>; args: string[] }
  | undefined;
