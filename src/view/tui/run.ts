/** The terminal UI from start to end: terminal, session and model put together. */
import { statSync } from 'node:fs';
import type { ReadStream, WriteStream } from 'node:tty';
import type { LanguageName } from '../../words/language-names.ts';
import type { EndStyle } from '../conversation-columns.ts';
import type { Model } from '../model.ts';
import { SORTABLE } from '../screens/conversations.ts';
import { initialState, type UiState } from '../screens/state.ts';
import { themeNamed } from '../theme.ts';
import type { ThemeName } from '../theme-names.ts';
import { fromHere, pathsOf, wholePath } from './paths.ts';
import { readRecents, recentsFile } from './recent-files.ts';
import { type Host, type HostEffect, Session } from './session.ts';
import { Terminal } from './terminal.ts';
import { themeOf } from './terminal-kind.ts';
import { TerminalPainter } from './terminal-painter.ts';

export interface RunOptions {
  readonly stdin: ReadStream;
  readonly stdout: WriteStream & { readonly fd: number };
  readonly language: LanguageName;
  readonly filter: string;
  readonly ends: EndStyle;
  readonly sort: { readonly key: string; readonly descending: boolean } | undefined;
  readonly theme: ThemeName | undefined;
  readonly picture: Host['picture'];
  readonly load: Host['load'];
}

/** Show the model until the user quits. Rejects with what ended it otherwise, the terminal given back. */
export function runScreen(model: Model, options: RunOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    const terminal = new Terminal(options.stdin, options.stdout, {
      onEvent: (event) => guarded(() => session.dispatch(event)),
      onReturn: () => guarded(repaintAll),
      onDrain: () => {
        mayWrite = true;
        guarded(() => session.repaint());
      },
    });
    const theme = options.theme ?? themeOf(process.env);
    const painter = new TerminalPainter(terminal.depth, themeNamed(theme));
    const state = firstState(options, theme, terminal.size);
    const onCrash = (error: unknown): void => end(() => reject(error));
    const signals = ['SIGTERM', 'SIGHUP'] as const;
    const onSignal = (): void => end(resolve);

    function repaintAll(): void {
      painter.forget();
      session.dispatch({ kind: 'resize', ...terminal.size });
    }
    function guarded(act: () => void): void {
      try {
        act();
      } catch (error) {
        onCrash(error);
      }
    }
    function act(effect: HostEffect): void {
      if (effect.kind === 'quit') end(resolve);
      else if (effect.kind === 'suspend') terminal.suspend();
      else if (effect.kind === 'redraw') painter.forget();
      else terminal.write(clipboardSequence(effect.text));
    }
    function end(conclude: () => void): void {
      session.close();
      terminal.leave();
      for (const signal of signals) process.off(signal, onSignal);
      process.off('uncaughtException', onCrash);
      process.off('unhandledRejection', onCrash);
      conclude();
    }

    let mayWrite = true;
    const session: Session = new Session(model, state, {
      show: (grid, { theme }) => {
        if (!mayWrite) return false;
        painter.use(themeNamed(theme));
        mayWrite = terminal.write(painter.paint(grid));
        return true;
      },
      act,
      exists: isFile,
      pathsOf,
      load: options.load && ((files) => options.load!(files.map(wholePath))),
      picture: options.picture,
    });
    for (const signal of signals) process.on(signal, onSignal);
    process.on('uncaughtException', onCrash);
    process.on('unhandledRejection', onCrash);
    terminal.enter();
  });
}

function firstState(
  { language, filter, ends, sort }: RunOptions,
  theme: ThemeName,
  size: Terminal['size'],
): UiState {
  const order = Object.values(SORTABLE).find((one) => one === sort?.key);
  const sorted = order === undefined ? {} : { sort: order, descending: sort?.descending ?? false };
  const recents = readRecents(recentsFile(process.env)).map((files) => files.map(fromHere));
  return initialState({ ...size, language, filter, theme, ends, recents, ...sorted });
}

/** Devices and pipes lose nothing when they are written to. */
function isFile(file: string): boolean {
  try {
    return statSync(file).isFile();
  } catch {
    return false; // whoever writes it says why it cannot be
  }
}

/** OSC 52: the terminal's own clipboard, also through SSH. */
export function clipboardSequence(text: string): string {
  const base64 = Buffer.from(text, 'utf8').toString('base64');
  return `\x1b]52;c;${base64}\x07`;
}
