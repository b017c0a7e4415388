#!/usr/bin/env node
/* `hub ...`: the program itself; installs and compiles first when needed. */
process.argv.splice(2, 0, 'hub');
await import('./bootstrap.mjs');
