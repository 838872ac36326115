/** Every view of a fixture at four sizes in both languages, as text: what the golden files hold. */

import type { Model } from '../../../src/view/model.ts';
import { LANGUAGES, type LanguageName } from '../../../src/words/language-names.ts';
import { engineOn, ScreenDriver } from './screen-driver.ts';

export const DIRECTORY = 'test/view/screens/expected';
const SIZES: readonly (readonly [columns: number, rows: number])[] = [
  [80, 24],
  [120, 40],
  [200, 50],
  [40, 10],
];

/** Keys from the first screen to each picture. */
const SCENES: Readonly<Record<string, readonly string[]>> = {
  conversations: ['2', '2', 'j'],
  'conversations-beside': ['2', '2', 'j', '|'],
  packets: ['2', '2', 'j', 'P', 'j', 'j'],
  'packets-outer': ['2', '2', 'j', 'P', 'O', 'z', 'z'],
  journey: ['2', '2', 'j', 'J'],
  detail: ['2', '2', 'j', 'P', '4', 'j', 'd', 'j', 'enter', 'j', 'j'],
  'detail-bytes': ['2', '2', 'j', 'P', '4', 'j', 'd', 'tab', 'j', 'l', 'l'],
  topology: ['t', 'j', 'j'],
  statistics: ['s'],
  explain: ['2', '2', 'j', 'e'],
  stream: ['2', '2', 'j', 'f'],
  'stream-hex': ['2', '2', 'j', 'f', 'f'],
  help: ['?'],
  menu: ['esc'],
  'sort-menu': ['o', 'j', 'j'],
  'filter-typed': ['/', 'p', 'o', 'd', 'space', 'd'],
  'filter-fault': ['/', 'h', 'o', 's', 't', 'space', '1', '.', '2', '.'],
  filtered: [...'/label cross-node', 'enter'].map((key) => (key === ' ' ? 'space' : key)),
  'nothing-chosen': [...'/port 1', 'enter'].map((key) => (key === ' ' ? 'space' : key)),
  command: [':', 's'],
};

/** Text by file name. */
export async function screenPictures(): Promise<Map<string, string>> {
  const model = await engineOn(
    'calico-ipip',
    'captures/k8s-w0.any.pcap',
    'captures/k8s-w1.any.pcap',
    'captures/k8s-m.eth0.pcap',
  );
  const pictures = new Map<string, string>();
  for (const language of LANGUAGES) {
    for (const [name, keys] of Object.entries(SCENES)) {
      pictures.set(`${name}.${language}.txt`, await sceneAt(model, language, keys));
    }
  }
  await model.close();
  return pictures;
}

async function sceneAt(
  model: Model,
  language: LanguageName,
  keys: readonly string[],
): Promise<string> {
  let text = '';
  for (const [columns, rows] of SIZES) {
    const screen = await ScreenDriver.on(model, { columns, rows, language });
    await screen.press(...keys);
    text += `== ${columns} x ${rows}\n${screen.text()}`;
  }
  return text;
}
