/** The packets of a list into a capture file. */
import { openCaptureWriter } from '../view/capture-writer.ts';
import type { PacketList } from './packet-lists.ts';
import type { PacketLoader } from './packet-loader.ts';
import type { Reading } from './reading.ts';

/** Packets between two hand-overs to the system. */
const FLUSH_EVERY = 512;

/** Yields how many were written: those that can no longer be read are left out. Rejects with a WriteError. */
export async function savePackets(
  file: string,
  list: PacketList,
  { source, options }: Reading,
  loader: PacketLoader,
): Promise<{ packets: number; missing: number }> {
  const writer = await openCaptureWriter(file, { contents: source, inputs: options.inputs });
  let packets = 0;
  let missing = 0;
  try {
    for (let n = 0; n < list.total; n++) {
      const packet = list.at(n);
      if (packet >= 0 && loader.load(packet) === undefined) {
        writer.write(loader.frames, 0);
        packets++;
      } else missing++;
      if (n % FLUSH_EVERY === FLUSH_EVERY - 1) {
        await writer.flush();
        await new Promise((resolve) => setImmediate(resolve));
      }
    }
  } finally {
    await writer.close();
  }
  return { packets, missing };
}
