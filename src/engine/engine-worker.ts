/** The engine in a thread of its own: opens what it is told to, then answers. */
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import type { Engine } from './engine.ts';
import { type EngineSpec, openEngine } from './open.ts';
import { plainError, QUESTIONS, type Reply, type Request } from './worker-messages.ts';

async function serve(port: MessagePort, spec: EngineSpec): Promise<void> {
  const tell = (reply: Reply): void => port.postMessage(reply);
  let engine: Engine;
  try {
    engine = await openEngine(spec);
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

if (parentPort !== null) void serve(parentPort, workerData as EngineSpec);
