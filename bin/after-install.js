/** After the package is installed: compile the program ahead. In a clone it is not built yet, and its build does it. */
import { existsSync } from 'node:fs';

const compile = new URL('../dist/bundle/compile.js', import.meta.url);
if (existsSync(compile)) await import(compile.href);
