export const ROOT: string;
export const TEMPLATE: string;
export const LOCKS: string[];
export function cleanEnvironment(extra?: Record<string, string>): Record<string, string>;
export function environmentFolder(): string;
export function preparedPython(): string | undefined;
export function findPython(): string | undefined;
