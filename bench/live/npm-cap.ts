/** The frames that npm's cap delivers, counted until Ctrl-C: `npm-cap.js DEVICE FOLDER`, the folder that it is installed in. */
import { createRequire } from 'node:module';
import { join } from 'node:path';

interface Cap {
  open(device: string, filter: string, bufferLen: number, buffer: Buffer): string;
  on(event: 'packet', listener: () => void): void;
  close(): void;
}

const [device, folder] = process.argv.slice(2) as [string, string];
const { Cap } = createRequire(join(folder, 'package.json'))('cap') as { Cap: new () => Cap };
const capture = new Cap();
const frame = Buffer.alloc(65_535);
let frames = 0;
capture.open(device, '', 64 << 20, frame);
capture.on('packet', () => {
  frames++;
});
process.stderr.write('capturing\n');
process.once('SIGINT', () => {
  capture.close();
  process.stderr.write(`Captured ${frames} frames; ${frame.length} bytes of buffer kept\n`);
});
