/** Puts together the snapshots that netlens writes into its pcapng files, from the Custom Blocks that hold their parts. */
import { parseSnapshotHead, SNAPSHOT_ENTERPRISE } from '../base/snapshot-block.ts';
import type { Offset } from '../base/units.ts';
import { type CaptureFile, type Findings, keepSnapshot } from './findings.ts';

const ENTERPRISE_LEN = 4;
/** More than the first line takes, bytes. */
const HEAD_MAX = 40;

export class SnapshotParts {
  private readonly of: CaptureFile;
  private readonly findings: Findings;
  private decoder = new TextDecoder();
  private text = '';
  /** The part that comes next, 1 = none was taken. */
  private next = 1;

  constructor(of: CaptureFile, findings: Findings) {
    this.of = of;
    this.findings = findings;
  }

  /** Take the body [at, end) of a Custom Block, if it is ours; parts out of order are left out and counted. */
  take(view: DataView, little: boolean, at: Offset, end: Offset): void {
    if (end - at < ENTERPRISE_LEN || view.getUint32(at, little) !== SNAPSHOT_ENTERPRISE) return;
    const body = new Uint8Array(
      view.buffer,
      view.byteOffset + at + ENTERPRISE_LEN,
      end - at - ENTERPRISE_LEN,
    );
    const head = parseSnapshotHead(new TextDecoder('latin1').decode(body.subarray(0, HEAD_MAX)));
    if (head === undefined) return;
    const { part, parts, headLen } = head;
    if (part === 1) {
      this.decoder = new TextDecoder();
      this.text = '';
    } else if (part !== this.next) {
      this.findings.leftOut++;
      this.next = 1;
      return;
    }
    const isLast = part === parts;
    let textEnd = body.length;
    while (textEnd > headLen && body[textEnd - 1] === 0) textEnd--; // the block's padding
    this.text += this.decoder.decode(body.subarray(headLen, textEnd), { stream: !isLast });
    this.next = isLast ? 1 : part + 1;
    if (isLast) keepSnapshot(this.findings, this.of, this.text);
    else if (this.text.length <= this.findings.textLeft) return;
    else {
      this.findings.leftOut++;
      this.next = 1;
    }
    this.text = '';
  }
}
