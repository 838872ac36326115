/** The engine's thread as it is installed: part of the program, run from its compiled code as the program itself is. */
import { loadScript, runScript } from './start.ts';

await runScript(loadScript()).serveEngine();
