/**
 * One frame through every stage that takes frames, and now and then all flows through what is said of
 * them: whatever the bytes, nothing may throw, and nothing may reach a terminal that steers it.
 */
import assert from 'node:assert/strict';
import { FrameBatch } from '../../src/base/frames.ts';
import { analyse } from '../../src/classify/analyse.ts';
import { decode } from '../../src/decode/decode.ts';
import { Packet } from '../../src/decode/packet.ts';
import { compileFilter } from '../../src/filter/filter.ts';
import { Express } from '../../src/flow/express.ts';
import { COLD_SHIFT, FLOATS_LEN, INTS_SHIFT, NO_FLOW } from '../../src/flow/flow-table.ts';
import { Lookahead } from '../../src/flow/lookahead.ts';
import { FlowStage } from '../../src/flow/observe.ts';
import { Painter } from '../../src/view/color.ts';
import { conversationJson } from '../../src/view/conversation-json.ts';
import { showConversation } from '../../src/view/conversation-text.ts';
import { csvRow } from '../../src/view/csv.ts';
import { explain } from '../../src/view/explain-text.ts';
import { frameRecord } from '../../src/view/frames/json.ts';
import { FrameLines } from '../../src/view/frames/line.ts';
import { addRecord } from '../../src/view/record-json.ts';
import { ConversationTable } from '../../src/view/table.ts';
import { TextBuffer } from '../../src/view/text-buffer.ts';
import { reload } from './frames.ts';
import { assertNested, enumerate } from './invariants.ts';

export interface ExercisedFrame {
  readonly bytes: Uint8Array;
  readonly linktype: number;
  /** Bytes on the wire. */
  readonly len: number;
}

/** Small, so that limits are met. */
const FLOWS_MAX = 256;

/** One of each word that looks into a frame. */
const FILTERS = [
  'host 10.0.0.1 or net 172.16.0.0/12 or ip6 host fd00::1',
  'outer host 10.0.0.1 and inner port 53',
  'tcp[tcpflags] & (tcp-syn|tcp-fin) != 0 and portrange 1-1024',
  'ip[0] & 0xf != 5 or ip6[6] == 44 or ether[12:2] == 0x8100',
  'udp[8:4] == 0x08000000 or icmp[0] == 3 or len > 100',
  'vlan 100 or mpls 16 or encap vxlan or proto 132',
  'dns web or sni example.com or proxy',
].map((text) => compileFilter(text));

const LINE_OPTIONS = {
  time: 'none',
  nano: false,
  numbers: true,
  dump: 'hex-ascii',
  dumpLink: true,
  files: false,
  verbosity: 3,
  quiet: false,
  link: true,
  absolute: false,
  names: undefined,
} as const;

/** Control characters but newline and tab, in ASCII and C1, bidi and other format characters. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
const STEERING = /[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/;

export class Exercise {
  readonly packet = new Packet();
  readonly frames = new FrameBatch(new Uint8Array(0));
  private readonly text = new TextBuffer();
  private full = new FlowStage(FLOWS_MAX);
  private short = new FlowStage(FLOWS_MAX);
  private express = new Express(this.short);
  private lines = [
    new FrameLines(LINE_OPTIONS),
    new FrameLines({ ...LINE_OPTIONS, verbosity: 0, dump: 'none', link: false }),
  ];
  private time = 1_700_000_000;
  private count = 0;

  /**
   * Through decoding, its invariants, filters, flows by both ways; the first and every fourth frame
   * also through lines of text and JSON, which cost as much as all else.
   */
  frame(frame: ExercisedFrame): void {
    const { packet, frames } = this;
    const showsToo = this.count % 4 === 0;
    if (this.count++ % 16 === 0) this.time++;
    reload(frames, frame.bytes, { ...frame, seconds: this.time });
    decode(frames, 0, packet);
    assertNested(packet);
    enumerate(packet);
    if (showsToo) this.show();
    for (const filter of FILTERS) {
      filter.frame(packet, frames, 0);
      filter.witness(packet, frames, 0);
    }
    this.observe();
  }

  /** What comes at the end of a capture: conversations, in every format. Then another begins. */
  finish(): void {
    this.full.finish();
    const conversations = analyse(this.full);
    const table = new ConversationTable({ width: 100, color: false, names: true }, []);
    const painter = new Painter(false);
    for (let c = 0; c < conversations.count; c++) {
      const record = conversations.record(c);
      assertPlain(table.row(record));
      assertPlain(explain(record, painter));
      assertPlain(showConversation(record, painter, true));
      assertPlain(csvRow(record).replace(/\r\n$/, '')); // lines of CSV end so (RFC 4180)
      addRecord(this.text, record);
      assert.deepEqual(JSON.parse(plain(this.text)), conversationJson(record));
    }
    this.full = new FlowStage(FLOWS_MAX);
    this.short = new FlowStage(FLOWS_MAX);
    this.express = new Express(this.short);
  }

  private show(): void {
    const { packet, frames } = this;
    for (const lines of this.lines) {
      lines.add(packet, frames, 0);
      plain(lines.context.out);
    }
    this.text.json(frameRecord(packet, frames, 0));
    JSON.parse(plain(this.text));
  }

  private observe(): void {
    const { packet, frames, full, short } = this;
    new Lookahead(full.flows, full.places, full.encapsulations, 0).reach(frames, 0);
    full.observe(packet, frames, 0);
    if (this.express.take(frames, 0, 1) === 0) short.observe(packet, frames, 0);
    assert.equal(short.row, full.row, 'the short way finds another flow');
    if (full.row === NO_FLOW) return;
    const { row } = full;
    this.assertSame('ints', row << INTS_SHIFT, 1 << INTS_SHIFT);
    this.assertSame('floats', full.flows.floatsOf(2 * row), FLOATS_LEN);
    this.assertSame('floats', full.flows.floatsOf(2 * row + 1), FLOATS_LEN);
    this.assertSame('cold', row << COLD_SHIFT, 1 << COLD_SHIFT);
  }

  private assertSame(name: 'ints' | 'floats' | 'cold', from: number, length: number): void {
    for (let i = from; i < from + length; i++) {
      const a = this.full.flows[name][i]!;
      const b = this.short.flows[name][i]!;
      if (!Object.is(a, b)) assert.fail(`${name}[${i - from}]: ${a}, the short way ${b}`);
    }
  }
}

/** What was written, as text, which must not steer a terminal. */
function plain(text: TextBuffer): string {
  const written = Buffer.from(text.take()).toString('utf8');
  assertPlain(written);
  return written;
}

function assertPlain(text: string): void {
  const found = STEERING.exec(text);
  if (found === null) return;
  const code = found[0].codePointAt(0)!.toString(16);
  assert.fail(`character 0x${code} in: ${JSON.stringify(text.slice(0, 200))}`);
}
