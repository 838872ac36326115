/** The part of blessed that has the terminal, without its widgets, which take longer to load than all of a screen's code. */
declare module 'blessed/lib/program.js' {
  import type blessed from 'blessed';

  const program: typeof blessed.program;
  export = program;
}
