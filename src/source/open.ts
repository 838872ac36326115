/** Open captures of any kind as one source of frames. */
import { type CaptureInterface, FrameBatch } from '../base/frames.ts';
import { detectFormat, showNoCapture } from './detect.ts';
import { type CaptureFile, type Findings, noFindings } from './findings.ts';
import { type ByteInput, FileInput, fileError, openFd, statFd } from './input.ts';
import { PcapReader } from './pcap-file.ts';
import { DAMAGED, type Reader } from './reader.ts';
import { CaptureError, type NameRecord, type Section, type Source } from './source.ts';
import { Arena, Window, windowLen } from './window.ts';

export interface OpenOptions {
  /** Wait for more at the end of each file, as tail -f does, until `signal` is aborted. */
  readonly follow?: boolean;
  readonly signal?: AbortSignal;
  /** Node names by file, where the user gave some. */
  readonly nodes?: readonly (string | undefined)[];
}

const REGIONS = 4;
const CHUNK = 1 << 20;

/** One file, opened: its bytes and the reader that knows their format. */
interface Lane {
  readonly window: Window;
  readonly reader: Reader;
}

async function openInput(file: string): Promise<ByteInput> {
  try {
    const fd = await openFd(file, 'r');
    const stat = await statFd(fd);
    return new FileInput(file, fd, stat.size);
  } catch (error) {
    throw fileError(file, error);
  }
}

async function openLane(of: CaptureFile, findings: Findings): Promise<Lane> {
  const input = await openInput(of.file);
  try {
    const first = await input.peek();
    const format = detectFormat(first);
    if (format === undefined) {
      throw new CaptureError('NETLENS_NOT_A_CAPTURE', of.file, -1, showNoCapture(first));
    }
    const window = new Window(input, new Arena(windowLen(REGIONS, CHUNK)), REGIONS, CHUNK);
    return { window, reader: await PcapReader.open(window, of, findings) };
  } catch (error) {
    await input.close();
    throw error;
  }
}

/** The frames of one file. */
class SingleSource implements Source {
  readonly damage: readonly CaptureError[];
  readonly interfaces: readonly CaptureInterface[];
  readonly names: readonly NameRecord[];
  readonly sections: readonly Section[];
  private readonly lane: Lane;
  private readonly findings: Findings;
  private readonly batch: FrameBatch;
  private ended = false;

  constructor(lane: Lane, findings: Findings) {
    this.lane = lane;
    this.findings = findings;
    this.damage = findings.damage;
    this.interfaces = findings.interfaces;
    this.names = findings.names;
    this.sections = findings.sections;
    this.batch = new FrameBatch(lane.window.bytes);
    this.batch.interfaces = findings.interfaces;
  }

  get progress(): { bytesRead: number; bytesTotal: number } {
    const { bytesRead, bytesTotal } = this.lane.window.input;
    return { bytesRead, bytesTotal };
  }

  async next(): Promise<FrameBatch | undefined> {
    const { batch } = this;
    const { window, reader } = this.lane;
    batch.count = 0;
    batch.comments = undefined;
    if (this.ended) return undefined;
    window.release();
    for (;;) {
      const parsed = reader.parse(window, batch);
      if (parsed === DAMAGED) this.end(reader.fault);
      if (batch.count > 0) return batch;
      if (this.ended) return undefined;
      if (!(await window.more())) {
        this.end(window.failure ?? reader.cut(window));
        return undefined;
      }
    }
  }

  private end(fault: CaptureError | undefined): void {
    this.ended = true;
    if (fault !== undefined) this.findings.damage.push(fault);
  }

  close(): Promise<void> {
    this.ended = true;
    return this.lane.window.close();
  }
}

/**
 * The frames of these captures in time order. '-' is standard input. Rejects with a CaptureError when one
 * of them is missing, unreadable, empty or no capture.
 */
export async function openCaptures(
  paths: readonly string[],
  options: OpenOptions = {},
): Promise<Source> {
  const findings = noFindings();
  const file = paths[0];
  if (file === undefined) throw new CaptureError('NETLENS_FILE', '', -1, 'no capture file given');
  const lane = await openLane({ file, fileIndex: 0, node: options.nodes?.[0] }, findings);
  return new SingleSource(lane, findings);
}
