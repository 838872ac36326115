/**
 * Starts the bundled program, from the code that V8 compiled of it when it was installed (compile.ts) where that is
 * there and fits this Node release: reading and compiling the program anew takes longer than most captures.
 */
import { readFileSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { Script } from 'node:vm';
import { asksVersion, showVersion } from './version.ts';

export interface Program {
  main(argv: readonly string[]): Promise<void>;
  /** In a thread: be the engine that it is told to be. */
  serveEngine(): Promise<void>;
}

const PROGRAM = fileURLToPath(new URL('./netlens.cjs', import.meta.url));

/** What the program sees beside the globals: names of a CommonJS module, and its `import.meta`. */
const PARAMETERS = 'exports, require, module, __filename, __dirname, importMeta';

/** Compiled code of the program for the Node release that runs. */
export const CODE = join(dirname(PROGRAM), `netlens-${process.version}-${process.arch}.code`);

/** The program's script; its compiled code is used if it was made of this very file by this V8. */
export function loadScript(): Script {
  const source = readFileSync(PROGRAM, 'latin1'); // ASCII: the bundler escapes all else
  const cachedData = compiledCode();
  return new Script(`(function (${PARAMETERS}) {${source}\n})`, {
    filename: PROGRAM,
    ...(cachedData === undefined ? {} : { cachedData }),
  });
}

/** V8 checks the release and the source's length, not its text: so the code must not be older than the program. */
function compiledCode(): Buffer | undefined {
  try {
    return statSync(CODE).mtimeMs >= statSync(PROGRAM).mtimeMs ? readFileSync(CODE) : undefined;
  } catch {
    return undefined; // none: compiled as needed
  }
}

/** Run the script: what it exports. */
export function runScript(script: Script): Program {
  const module = { exports: {} as Program };
  const importMeta = {
    url: pathToFileURL(PROGRAM).href,
    filename: PROGRAM,
    dirname: dirname(PROGRAM),
  };
  const run = script.runInThisContext() as (...of: unknown[]) => void;
  run(module.exports, createRequire(PROGRAM), module, PROGRAM, dirname(PROGRAM), importMeta);
  return module.exports;
}

/** Run the command line. The version is told without loading the program. */
export async function start(argv: readonly string[]): Promise<void> {
  if (asksVersion(argv)) process.stdout.on('error', () => {}).write(showVersion());
  else await runScript(loadScript()).main(argv);
}
