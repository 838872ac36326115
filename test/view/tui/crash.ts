/** A screen whose model answers nonsense: drawing throws, as a mistake of ours would. */
import type { Model } from '../../../src/view/model.ts';
import { runScreen } from '../../../src/view/tui/run.ts';

const nonsense = new Proxy({} as Model, {
  get: (_, name) => (name === 'subscribe' ? () => () => {} : async () => ({ rows: [{}], from: 0 })),
});

try {
  await runScreen(nonsense, {
    stdin: process.stdin,
    stdout: process.stdout as Parameters<typeof runScreen>[1]['stdout'],
    language: 'en',
    theme: undefined,
    ends: 'both',
    sort: undefined,
    filter: '',
    load: undefined,
    picture: () => Promise.reject(new Error('none')),
  });
} catch (error) {
  console.log(`crashed: ${(error as Error).message}`);
}
