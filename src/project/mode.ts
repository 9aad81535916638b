/** A script with a shebang is executable; every other text is not. */
export const modeOf = (text: string): number => (text.startsWith("#!") ? 0o755 : 0o644);
