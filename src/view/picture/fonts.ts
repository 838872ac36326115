/** The fonts that netlens brings along: pictures use these alone, so that they are the same everywhere. */
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

const FILES = {
  sans: 'dejavu-fonts-ttf/ttf/DejaVuSans.ttf',
  'sans-bold': 'dejavu-fonts-ttf/ttf/DejaVuSans-Bold.ttf',
  mono: 'dejavu-fonts-ttf/ttf/DejaVuSansMono.ttf',
  'mono-bold': 'dejavu-fonts-ttf/ttf/DejaVuSansMono-Bold.ttf',
  hangul: '@expo-google-fonts/nanum-gothic-coding/400Regular/NanumGothicCoding_400Regular.ttf',
  'hangul-bold': '@expo-google-fonts/nanum-gothic-coding/700Bold/NanumGothicCoding_700Bold.ttf',
} as const;

export type FontName = keyof typeof FILES;

export const FONT_NAMES = Object.keys(FILES) as FontName[];

export const SANS_FAMILY = 'DejaVu Sans';
export const MONO_FAMILY = 'DejaVu Sans Mono';
/** As the file names itself; systems that have the font often call it `Nanum Gothic Coding`. */
export const HANGUL_FAMILY = 'NanumGothicCoding';

/** Path of a font's file. */
export function fontFile(name: FontName): string {
  return require.resolve(FILES[name]);
}
