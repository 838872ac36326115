/** The ring's frames counted and nothing else, until Ctrl-C: what receiving itself costs. `ring-alone.js DEVICE` */
import { openLive } from '../../src/source/live/live-source.ts';

const controller = new AbortController();
process.once('SIGINT', () => controller.abort());
const source = await openLive({
  namespaces: [],
  devices: [process.argv[2]!],
  promiscuous: true,
  direction: 'inout',
  snaplen: 262_144,
  programs: [],
  notice: () => {},
  bufferLen: 64 << 20,
  latencyMs: 50,
  node: '',
  filterText: undefined,
  signal: controller.signal,
});
process.stderr.write('capturing\n');
let frames = 0;
for (let batch = await source.next(); batch !== undefined; batch = await source.next()) {
  frames += batch.count;
}
process.stderr.write(`Captured ${frames} frames\n`);
await source.close();
