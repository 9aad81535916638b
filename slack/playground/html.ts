import { createHash } from "node:crypto";
import { LIBRARIES } from "./assets.ts";

/** How the browser finds the libraries that the page's modules name. */
const IMPORTS = JSON.stringify({ imports: LIBRARIES });
const IMPORTS_HASH = createHash("sha256").update(IMPORTS).digest("base64");

/**
 * Nothing but this server's own files: no inline script but the import map, no style or picture from elsewhere, and no
 * text becomes markup (only lit-html's fixed templates may).
 */
export const POLICY = [
  "default-src 'none'",
  `script-src 'self' 'sha256-${IMPORTS_HASH}'`,
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "frame-src 'self'",
  "frame-ancestors 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types lit-html",
].join("; ");

const page = (head: string, body: string): string => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Slack playground</title>
<link rel="icon" href="/public/icon.svg">
<link rel="stylesheet" href="/public/page.css">
${head}
</head>
${body}
</html>
`;

export const documentFor = (): string =>
  page(
    `<script type="importmap">${IMPORTS}</script>\n<script type="module" src="/page/main.js"></script>`,
    '<body><noscript>The playground needs JavaScript.</noscript><div id="page"></div></body>',
  );

/** Two people in one window, each in a page of their own. */
export const sideBySide = ([left = "", right = ""]: readonly string[], room: string): string =>
  page(
    "",
    `<body class="both"><iframe title="One person" src="/#as=${left}&amp;room=${room}"></iframe><iframe title="Another person" src="/#as=${right}&amp;room=${room}"></iframe></body>`,
  );
