import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { LAB_NAMES } from '../../lab/blocks/names.ts';
import { parseExercise, readExercise } from '../../src/exercise/exercise.ts';

const FOLDER = 'lab/exercises';

function exerciseWith(check: string): string {
  return `schema: netlens.exercise/1
lab: calico-ipip
tasks:
  - id: one
    title: { en: a, ko: 가 }
    checks:
      - says: { en: b, ko: 나 }
${check.replace(/^/gm, '        ')}
    otherwise: { en: c, ko: 다 }
`;
}

describe('exercises', () => {
  it('of the labs are all well formed, each for a lab that there is', () => {
    const files = readdirSync(FOLDER);
    assert.ok(files.length >= 4);
    for (const file of files) {
      const { lab, tasks } = readExercise(`${FOLDER}/${file}`);
      assert.equal(`${lab}.yaml`, file);
      assert.ok((LAB_NAMES as readonly string[]).includes(lab), lab);
      assert.equal(new Set(tasks.map(({ id }) => id)).size, tasks.length, `${file}: ids differ`);
    }
  });

  it('want one frame unless they say how many', () => {
    const { atLeast, atMost } = parseExercise(exerciseWith('frames: icmp'), 'x').tasks[0]!
      .checks[0]!;
    assert.deepEqual([atLeast, atMost], [1, Number.POSITIVE_INFINITY]);
  });

  it('that want none are satisfied by none', () => {
    const yaml = exerciseWith('frames: icmp\natMost: 0');
    const { atLeast, atMost } = parseExercise(yaml, 'x').tasks[0]!.checks[0]!;
    assert.deepEqual([atLeast, atMost], [0, 0]);
  });

  const wrong: readonly [what: string, check: string, message: RegExp][] = [
    ['no filter', 'atLeast: 1', /^x: one: neither conversations nor frames/],
    ['a filter that is none', 'frames: icpm', /^x: one: icpm: filter: unknown word/],
    ['words of frames for conversations', 'conversations: len > 5', /goes to frames/],
    ['words of conversations for frames', 'frames: label external', /go to conversations/],
    ['an unknown key', 'frames: icmp\ncolour: red', /^x: tasks\.0\.checks\.0: .*colour/],
    ['a count that is none', 'frames: icmp\natLeast: -1', /^x: tasks\.0\.checks\.0\.atLeast/],
  ];
  for (const [what, check, message] of wrong) {
    it(`with ${what} are refused, naming the place`, () => {
      assert.throws(() => parseExercise(exerciseWith(check), 'x'), { message });
    });
  }

  it('that are no YAML are refused in one line', () => {
    assert.throws(() => parseExercise('tasks: [', 'x'), { message: /^x: [^\n]+$/ });
  });
});
