/**
 * Frames through libpcap and the npm package cap, where there is no ring: macOS, Windows, BSD. One device;
 * the time is when the frame reached us, and how many were lost nobody can say.
 *
 * cap keeps a bare pointer to the buffer it was given: it is held here for as long as the capture is open,
 * or frames would be written into memory that was freed.
 */
import type { Cap } from 'cap';
import { type CaptureInterface, FRAMES_MAX, FrameBatch } from '../../base/frames.ts';
import type { CaptureError, NameRecord, Section } from '../source.ts';
import { LiveError } from './live-error.ts';
import type { LiveOptions, LiveSource, LiveStatistics } from './live-source.ts';

/** LINKTYPE_* by cap's names. */
const LINKTYPES: Readonly<Record<string, number>> = {
  ETHERNET: 1,
  NULL: 0,
  RAW: 101,
  IEEE802_11_RADIO: 127,
  LINKTYPE_LINUX_SLL: 113,
};
/** cap's own limit of a frame. */
const FRAME_LEN = 65_535;
/** Bytes of frames that may wait for us. */
const WAITING_LEN = 16 << 20;
const IDLE_MS = 200;

/** Open the device and receive from now on. Rejects with a LiveError. */
export async function openLibpcap(options: LiveOptions): Promise<LiveSource> {
  const { Cap: Opener } = await loadCap();
  const [device, ...more] = options.devices;
  if (more.length > 0 || options.namespaces.length > 0) {
    const what = '--backend libpcap: one device of this network namespace can be captured';
    throw new LiveError('NETLENS_DEVICE', what);
  }
  const name = device ?? Opener.findDevice();
  if (name === undefined) {
    throw new LiveError(
      'NETLENS_DEVICE',
      '--backend libpcap: there is no device; name one with -i',
    );
  }
  return new LibpcapSource(new Opener(), name, options);
}

async function loadCap(): Promise<typeof import('cap')> {
  try {
    return (await import('cap')).default;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const isMissing = code === 'ERR_MODULE_NOT_FOUND' || code === 'MODULE_NOT_FOUND';
    const why = isMissing
      ? 'the npm package cap is not installed: npm install cap (it needs a compiler and libpcap)'
      : `the npm package cap cannot be loaded: ${(error as Error).message.split('\n')[0]}`;
    throw new LiveError('NETLENS_LIVE', `--backend libpcap: ${why}`);
  }
}

class LibpcapSource implements LiveSource {
  readonly interfaces: CaptureInterface[];
  readonly names: readonly NameRecord[] = [];
  readonly sections: readonly Section[] = [];
  readonly damage: readonly CaptureError[] = [];
  readonly changes = 0;
  /** The kernel's filter is not used: see `openLibpcap`. */
  readonly form: number;
  readonly listening = 1;
  private readonly cap: Cap;
  private readonly options: LiveOptions;
  /** What cap writes each frame into. */
  private readonly frame = Buffer.alloc(FRAME_LEN);
  /** One is filled while the other is read. */
  private filling = new FrameBatch(new Uint8Array(WAITING_LEN));
  private reading = new FrameBatch(new Uint8Array(WAITING_LEN));
  private used = 0;
  private frames = 0;
  private bytes = 0;
  /** Frames for which we had no room. */
  private unread = 0;
  private wake: () => void = () => {};
  private closed = false;

  /** Throws a LiveError with what libpcap says. */
  constructor(cap: Cap, device: string, options: LiveOptions) {
    this.cap = cap;
    this.options = options;
    this.form = options.programs.length;
    let linktype: number;
    try {
      const told = cap.open(device, '', options.bufferLen, this.frame);
      linktype = LINKTYPES[told] ?? -1;
      if (linktype < 0) throw new Error(`link type ${told} is not known`);
    } catch (error) {
      throw new LiveError('NETLENS_DEVICE', `${device}: ${(error as Error).message.trim()}`);
    }
    cap.setMinBytes?.(0);
    const { node, snaplen, filterText } = options;
    this.interfaces = [
      {
        index: 0,
        linktype,
        snaplen: Math.min(snaplen, FRAME_LEN),
        name: device,
        description: undefined,
        file: '',
        fileIndex: 0,
        node,
        filter: filterText,
        fcsLen: -1,
        tickNanoseconds: 1000,
        dropped: -1,
      },
    ];
    this.filling.interfaces = this.interfaces;
    this.reading.interfaces = this.interfaces;
    cap.on('packet', (length) => this.take(length));
    options.signal.addEventListener('abort', () => this.wake(), { once: true });
  }

  private take(length: number): void {
    const batch = this.filling;
    const i = batch.count;
    const caplen = Math.min(length, this.options.snaplen, FRAME_LEN);
    if (i === FRAMES_MAX || this.used + caplen > WAITING_LEN) {
      this.unread++;
      return;
    }
    const now = performance.timeOrigin + performance.now();
    batch.bytes.set(this.frame.subarray(0, caplen), this.used);
    batch.at[i] = this.used;
    batch.caplen[i] = caplen;
    batch.len[i] = length;
    batch.seconds[i] = Math.floor(now / 1000);
    batch.nanoseconds[i] = Math.floor((now % 1000) * 1000) * 1000;
    batch.number[i] = ++this.frames;
    this.used += caplen;
    batch.count = i + 1;
    this.wake();
  }

  get progress(): { bytesRead: number; bytesTotal: number } {
    return { bytesRead: this.bytes, bytesTotal: -1 };
  }

  get statistics(): LiveStatistics {
    return {
      received: this.frames + this.unread,
      dropped: -1,
      freezes: 0,
      damaged: this.unread,
      devicesOverflow: 0,
    };
  }

  async next(): Promise<FrameBatch | undefined> {
    await new Promise((resolve) => setImmediate(resolve)); // libpcap's events come with the loop
    if (this.filling.count === 0 && !this.options.signal.aborted && !this.closed) await this.wait();
    if (this.filling.count === 0 && (this.options.signal.aborted || this.closed)) return undefined;
    const full = this.filling;
    this.filling = this.reading;
    this.filling.count = 0;
    this.reading = full;
    this.bytes += this.used;
    this.used = 0;
    return full;
  }

  /** Until a frame comes, the capture ends, or nothing happens for a while. */
  private async wait(): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, IDLE_MS);
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.wake = () => {};
  }

  async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    this.cap.close();
    this.wake();
  }
}
