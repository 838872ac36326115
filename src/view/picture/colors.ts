/** The colours of a style as a picture shows them. */
import type { Style } from '../grid.ts';
import { appearanceOf, type Rgb, type Theme } from '../theme.ts';

export interface Look {
  readonly ink: string;
  /** undefined = the picture's own ground. */
  readonly ground: string | undefined;
  readonly bold: boolean;
  readonly underline: boolean;
}

/** Remembers what it was asked: a picture has few styles and many cells. */
export class Looks {
  /** The ground of the whole picture. */
  readonly ground: string;
  private readonly theme: Theme;
  private readonly known = new Map<Style, Look>();

  constructor(theme: Theme) {
    this.theme = theme;
    this.ground = hex(appearanceOf(theme, 0).background);
  }

  of(style: Style): Look {
    let look = this.known.get(style);
    if (look === undefined) {
      const { background, bold, foreground, inverse, underline } = appearanceOf(this.theme, style);
      const [ink, ground] = inverse ? [background, foreground] : [foreground, background];
      const own = hex(ground) === this.ground;
      look = { ink: hex(ink), ground: own ? undefined : hex(ground), bold, underline };
      this.known.set(style, look);
    }
    return look;
  }
}

function hex(rgb: Rgb): string {
  return `#${rgb.toString(16).padStart(6, '0')}`;
}
