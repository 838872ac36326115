/** A filter as a program for the kernel: one for every device, Ethernet or not, that sees inside tunnels. */

import { type BpfInstruction, INSTRUCTIONS_MAX, K, RET } from '../../base/bpf.ts';
import type { Filter } from '../filter.ts';
import { Assembler } from './assembler.ts';
import { Judge, QUESTIONS_MAX } from './judge.ts';
import { conditionOf } from './layer-condition.ts';
import { type Questions, questionsOf } from './questions.ts';
import { movesWithTag } from './relation-condition.ts';
import { Walk } from './walk.ts';
import { emitLayers } from './walk-ip.ts';
import { emitEthernet, emitFirstHeader, startWalk } from './walk-link.ts';
import { emitNext } from './walk-tunnels.ts';

/** IP layers that a program looks into; in deeper nests it lets the frame through. */
const DEPTH_MAX = 3;

/** Bytes of a frame that a program lets through: all, however long. */
const WHOLE_FRAME = 0xffff_ffff;

export interface BpfProgram {
  /** At least one; the last is a return. */
  readonly instructions: readonly BpfInstruction[];
  /**
   * The program lets through exactly the frames that the filter does. Otherwise it lets through these and
   * some more, and the filter must be asked again.
   */
  readonly exact: boolean;
}

/**
 * The program for a packet socket (SOCK_RAW, any device) that lets through every frame that the filter
 * does, whatever its tunnels, and those of which it cannot tell.
 */
export function compileBpf(filter: Filter): BpfProgram {
  return compileBpfBySize(filter)[0]!;
}

/**
 * The program and shorter ones for a kernel that does not take it (ENOMEM beyond net.core.optmem_max):
 * each looks less deep into tunnels, and the last takes every frame.
 */
export function compileBpfBySize(filter: Filter): BpfProgram[] {
  if (filter.needsConversation) return [acceptAll(true)];
  const asked = questionsOf(filter.expression);
  const { formula, questions, isLoose } = asked;
  if (formula.kind === 'constant' && formula.value) return [acceptAll(!isLoose)];
  if (questions.length > QUESTIONS_MAX) return [acceptAll(false)];
  const exact = isExact(asked);
  const programs: BpfProgram[] = [];
  for (let depth = DEPTH_MAX; depth > 0; depth--) {
    const instructions = programOf(asked, depth);
    const isShorter = instructions.length < (programs.at(-1)?.instructions.length ?? Infinity);
    if (isShorter && instructions.length <= INSTRUCTIONS_MAX)
      programs.push({ instructions, exact });
  }
  return [...programs, acceptAll(false)];
}

/** One instruction: every frame. */
function acceptAll(exact: boolean): BpfProgram {
  return { instructions: [{ code: RET | K, jt: 0, jf: 0, k: WHOLE_FRAME }], exact };
}

/** Every question is of the frame as a whole, and the program answers each just as the filter does. */
function isExact({ questions, isLoose }: Questions): boolean {
  if (isLoose) return false;
  return questions.every(({ asked }) => {
    if (asked.of !== 'frame') return false;
    if (asked.test.kind === 'relation' && movesWithTag(asked.test)) return false;
    const [least, most] = (['lower', 'upper'] as const).map((bound) =>
      JSON.stringify(conditionOf(asked.test, 'frame', bound)),
    );
    return least === most;
  });
}

function programOf({ questions, formula }: Questions, depthMax: number): BpfInstruction[] {
  const assembler = new Assembler();
  const accept = assembler.label();
  const reject = assembler.label();
  const judge = new Judge(assembler, questions, formula, accept, reject);
  const probe = new Walk(assembler, judge, depthMax);
  const walk = probe.isShallow ? new Walk(assembler, judge, 1) : probe;
  startWalk(walk);
  if (questions.every(({ asked }) => asked.of === 'frame')) assembler.goto(walk.exits.complete);
  else emitHeaders(walk);
  emitExits(walk);
  assembler.place(accept);
  assembler.ret(WHOLE_FRAME);
  assembler.place(reject);
  assembler.ret(0);
  return assembler.link();
}

function emitHeaders(walk: Walk): void {
  emitFirstHeader(walk);
  walk.entrances.forEach((_, depth) => {
    const next = walk.isShallow ? walk.exits.complete : walk.assembler.label();
    emitEthernet(walk, depth);
    emitLayers(walk, depth, next);
    if (walk.isShallow) return;
    walk.assembler.place(next);
    emitNext(walk, depth);
  });
}

function emitExits(walk: Walk): void {
  const { assembler, judge, exits } = walk;
  assembler.place(exits.none);
  walk.askLayer(0, 'none');
  assembler.place(exits.complete);
  judge.complete();
  assembler.place(exits.uncertain);
  judge.uncertain('outer layer');
  assembler.place(exits.unseen);
  judge.uncertain('frame');
  assembler.place(exits.unasked);
  judge.uncertain('nothing');
}
