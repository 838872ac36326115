/**
 * `npm run bundle`: what is installed, in dist/bundle. One script for the program, loaded by start.js; files for its
 * threads; then V8's compiled code of the script, which halves the time that a small capture takes.
 *
 * The program is a classic script, not a module, for V8 keeps the compiled code of scripts on every Node release and
 * that of modules only from 22 on. So nothing in src/ may await at its top; esbuild refuses it.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type BuildOptions, build, type Plugin } from 'esbuild';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const BUNDLE = join(ROOT, 'dist/bundle');
/** What starts the program, and files that it starts as threads, by their names there. */
const MODULES = {
  start: 'src/cli/start.ts',
  compile: 'src/cli/compile.ts',
  'annotate-worker': 'src/cli/annotate-worker.ts',
  'capture-screen-worker': 'src/cli/capture-screen-worker.ts',
  'engine-worker': 'src/cli/engine-thread.ts',
  'flow-log-parquet-worker': 'src/source/flow-log-parquet-worker.ts',
};

/** Made part of the program: what every command needs, and modules with a default export, which a script cannot import. */
const INCLUDED = ['commander', 'string-width'];

const { dependencies, optionalDependencies, peerDependencies } = JSON.parse(
  readFileSync(join(ROOT, 'package.json'), 'utf8'),
) as Record<string, Record<string, string>>;
const packages = Object.keys({ ...dependencies, ...optionalDependencies, ...peerDependencies });

const common: BuildOptions = {
  absWorkingDir: ROOT,
  bundle: true,
  platform: 'node',
  target: 'node20',
  external: packages.filter((name) => !INCLUDED.includes(name)),
  logLevel: 'warning',
};

/** commander starts programs for subcommands of a kind that netlens has none of: it need not load node:child_process. */
const withoutPrograms: Plugin = {
  name: 'without-programs',
  setup(bundler) {
    bundler.onResolve({ filter: /^(node:)?child_process$/ }, ({ importer }) =>
      /[\\/]commander[\\/]/.test(importer) ? { path: 'none', namespace: 'none' } : undefined,
    );
    bundler.onLoad({ filter: /.*/, namespace: 'none' }, () => ({ contents: '' }));
  },
};

rmSync(BUNDLE, { recursive: true, force: true });
await build({
  ...common,
  entryPoints: ['src/cli/main.ts'],
  outfile: join(BUNDLE, 'netlens.cjs'),
  format: 'cjs',
  minifyWhitespace: true, // a third less to read
  plugins: [withoutPrograms],
  supported: { 'dynamic-import': false }, // a script run by node:vm has only require: it loads modules too, from Node 20.19 and 22.12 on
  define: { 'import.meta': 'importMeta' }, // start.ts gives it
});
await build({
  ...common,
  entryPoints: MODULES,
  outdir: BUNDLE,
  entryNames: '[name]',
  format: 'esm',
});
// start.ts reads it as latin1; the bundler escapes what is in strings, and leaves regular expressions as they are
const strange = /.{0,40}[^\0-\x7f].{0,40}/.exec(readFileSync(join(BUNDLE, 'netlens.cjs'), 'utf8'));
if (strange !== null) throw new Error(`the program is not ASCII: ${strange[0]}`);
execFileSync(process.execPath, [join(BUNDLE, 'compile.js')], { stdio: 'inherit' });
