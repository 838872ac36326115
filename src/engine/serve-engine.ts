/** An engine in a thread of its own: opened, it answers what the other thread asks. */
import type { MessagePort } from 'node:worker_threads';
import type { Engine } from './engine.ts';
import { plainError, QUESTIONS, type Reply, type Request } from './worker-messages.ts';

/** Open it, and answer on this port until it is closed from there. Never rejects: why it cannot be opened is an answer too. */
export async function serveEngine(port: MessagePort, open: () => Promise<Engine>): Promise<void> {
  const tell = (reply: Reply): void => port.postMessage(reply);
  let engine: Engine;
  try {
    engine = await open();
  } catch (error) {
    tell({ kind: 'failed', error: plainError(error) });
    return;
  }
  engine.subscribe((status) => tell({ kind: 'status', status }));
  port.on('message', (request: Request) => {
    if (request.kind === 'ask') void answer(engine, request, tell);
    else void engine.close().then(() => tell({ kind: 'closed' }));
  });
  tell({ kind: 'opened' });
}

async function answer(
  engine: Engine,
  { id, question, of }: Extract<Request, { kind: 'ask' }>,
  tell: (reply: Reply) => void,
): Promise<void> {
  try {
    if (!QUESTIONS.has(question)) throw new Error(`${question}: no such question`);
    const ask = engine[question] as (...of: unknown[]) => Promise<unknown>;
    tell({ kind: 'answer', id, value: await ask.apply(engine, of) });
  } catch (error) {
    tell({ kind: 'refusal', id, error: plainError(error) });
  }
}
