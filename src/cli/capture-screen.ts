/** `netlens capture -o tui`: a live capture on the terminal UI. */
import type { EngineClient as Client } from '../engine/engine-client.ts';
import type { LiveSpec } from '../engine/open.ts';
import type { BpfProgram } from '../filter/bpf/compile.ts';
import type { Filter } from '../filter/filter.ts';
import { showLedger } from '../view/ledger-text.ts';
import { Output, say } from '../view/output.ts';
import { whyNoScreen } from '../view/tui/terminal-kind.ts';
import type { CaptureOptions } from './capture-options.ts';
import type { WrittenCapture } from './capture-screen-worker.ts';
import { EXIT_DONE, EXIT_FAILED, UsageError } from './errors.ts';
import { loadFiles } from './knowledge.ts';
import { namespacesOf } from './namespaces.ts';
import { showModel } from './screen.ts';

const STDERR = 2;
/** A block of the ring (1 MiB) is given up after so long: time that it must last, for frames wait while all is analysed. */
const LATENCY_MS = 100;

/**
 * Capture and show until the user quits; yields the exit code. A filter that chooses whole conversations is the
 * views' to ask; any other decides which frames are taken at all, as do its `programs` in the kernel.
 */
export async function captureOnScreen(
  options: CaptureOptions,
  filter: Filter | undefined,
  programs: readonly BpfProgram[],
): Promise<number> {
  const why = whyNoScreen({ isTTY: true }, process.stdout, process.env);
  if (why !== undefined) throw new UsageError(`-o tui: ${why}; -o text writes lines`);
  const { EngineClient } = await import('../engine/engine-client.ts');
  const { devices, promiscuous, direction, snaplen, bufferLen, node, maxFlows } = options;
  const choosesConversations = filter?.prefersConversation === true;
  const spec: LiveSpec = {
    kind: 'live',
    live: {
      devices,
      promiscuous,
      direction,
      snaplen,
      bufferLen,
      node,
      latencyMs: LATENCY_MS,
      namespaces: namespacesOf(options),
      programs: programs.map(({ instructions }) => instructions),
    },
    filter: choosesConversations ? '' : (filter?.text ?? ''),
    knowledge: await loadFiles(options.knowledge),
    questions: options.knowledge,
    maxFlows,
  };
  const model = await (options.write === undefined
    ? EngineClient.open(spec)
    : openWritten(EngineClient, { spec, file: options.write, rotation: options.rotation }));
  try {
    const text = choosesConversations ? filter.text : '';
    const captured = { files: [], nodes: [], knowledge: options.knowledge };
    await showModel({ model, captured }, { ...options, sort: undefined, filter: text });
    if (options.write !== undefined) {
      await model.stop();
      await model.settled(); // the file is whole
    }
    const { ledger } = await model.status();
    await say(new Output(STDERR), showLedger(ledger));
    return ledger.damage.length > 0 ? EXIT_FAILED : EXIT_DONE;
  } finally {
    await model.close();
  }
}

/** A capture that is written as it comes, in a thread of its own. */
function openWritten(client: typeof Client, capture: WrittenCapture): Promise<Client> {
  return client.start(new URL('./capture-screen-worker.js', import.meta.url), capture);
}
