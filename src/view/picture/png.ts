/** An SVG painted to PNG with the bundled fonts alone: the same bytes on every machine. */
import { Resvg } from '@resvg/resvg-js';
import { FONT_NAMES, fontFile, MONO_FAMILY, SANS_FAMILY } from './fonts.ts';

/** Pixels of a side and of a whole picture beyond which a smaller scale is taken. */
const SIDE_MAX = 16_384;
const PIXELS_MAX = 80_000_000;

/** Bytes of the PNG. `scale` is pixels for one unit of the SVG; made smaller where the picture would be too large. */
export function pngOf(svg: string, scale = 1): Uint8Array {
  const options = {
    font: {
      loadSystemFonts: false,
      fontFiles: FONT_NAMES.map(fontFile),
      defaultFontFamily: SANS_FAMILY,
      sansSerifFamily: SANS_FAMILY,
      monospaceFamily: MONO_FAMILY,
    },
  };
  const { width, height } = new Resvg(svg, options);
  const zoom = Math.min(
    scale,
    SIDE_MAX / Math.max(width, height),
    Math.sqrt(PIXELS_MAX / (width * height)),
  );
  return new Resvg(svg, { ...options, fitTo: { mode: 'zoom', value: zoom } }).render().asPng();
}
