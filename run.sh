node_modules/.bin/bun try.ts "$@"
