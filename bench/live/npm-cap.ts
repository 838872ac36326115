/** The frames that npm's cap delivers, counted until Ctrl-C: `npm-cap.js DEVICE`. */
import { Cap } from 'cap';

const capture = new Cap();
const frame = Buffer.alloc(65_535);
let frames = 0;
capture.open(process.argv[2]!, '', 64 << 20, frame);
capture.on('packet', () => {
  frames++;
});
process.stderr.write('capturing\n');
process.once('SIGINT', () => {
  capture.close();
  process.stderr.write(`Captured ${frames} frames; ${frame.length} bytes of buffer kept\n`);
});
