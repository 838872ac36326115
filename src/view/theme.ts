/** How styles look: four themes, each in 24-bit colours (pictures), 256 and 16 colours (terminals). */
import {
  BOLD,
  GROUND,
  type Ground,
  groundOf,
  INVERSE,
  ROLE,
  type Role,
  roleOf,
  type Style,
  UNDERLINE,
} from './grid.ts';
import type { ThemeName } from './theme-names.ts';

/** 0xRRGGBB. */
export type Rgb = number;

interface RoleLook {
  readonly rgb: Rgb;
  /** One of the 16 colours that every terminal has, 0..15. */
  readonly basic: number;
  /** Attributes that go with the colour, or stand for it where there is none. */
  readonly attributes: number;
}

interface GroundLook {
  readonly rgb: Rgb;
  readonly basic: number;
  /** With 16 colours only this one is readable on the ground; undefined = the role's own. */
  readonly basicText: number | undefined;
  readonly attributes: number;
}

export interface Theme {
  readonly name: ThemeName;
  /** False: the terminal's own colours stay, and attributes alone tell roles apart. */
  readonly hasColor: boolean;
  /** By role number. */
  readonly roles: readonly RoleLook[];
  /** By ground number. */
  readonly grounds: readonly GroundLook[];
}

/** One style as a painter needs it. */
export interface Appearance {
  readonly foreground: Rgb;
  readonly background: Rgb;
  readonly bold: boolean;
  readonly underline: boolean;
  /** Swap the colours; said apart from them for terminals without colour. */
  readonly inverse: boolean;
}

/** The style in 24-bit colours. */
export function appearanceOf(theme: Theme, style: Style): Appearance {
  const role = roleLook(theme, style);
  const ground = groundLook(theme, style);
  const attributes = role.attributes | (theme.hasColor ? 0 : ground.attributes);
  return { foreground: role.rgb, background: ground.rgb, ...attributesOf(style | attributes) };
}

/** The style in colours 0..15. */
export function basicAppearanceOf(theme: Theme, style: Style): Appearance {
  const role = roleLook(theme, style);
  const ground = groundLook(theme, style);
  const foreground = ground.basicText ?? role.basic;
  const attributes = role.attributes | ground.attributes;
  return { foreground, background: ground.basic, ...attributesOf(style | attributes) };
}

export function themeNamed(name: ThemeName): Theme {
  return THEMES[name];
}

/** The nearest of the 256 colours that is not one of the first 16, which terminals show as they like. */
export function nearestOf256(rgb: Rgb): number {
  const [red, green, blue] = [rgb >> 16, (rgb >> 8) & 0xff, rgb & 0xff];
  const [r, g, b] = [red, green, blue].map(cubeStep) as [number, number, number];
  const cube = 16 + 36 * r + 6 * g + b;
  const cubeOff = distance([red, green, blue], [CUBE[r]!, CUBE[g]!, CUBE[b]!]);
  const step = Math.max(0, Math.min(23, Math.round(((red + green + blue) / 3 - 8) / 10)));
  const grey = 8 + 10 * step;
  return distance([red, green, blue], [grey, grey, grey]) < cubeOff ? 232 + step : cube;
}

/** Levels of each colour in the 6x6x6 cube of xterm. */
const CUBE = [0, 95, 135, 175, 215, 255];

function cubeStep(value: number): number {
  let best = 0;
  for (let i = 1; i < CUBE.length; i++) {
    if (Math.abs(CUBE[i]! - value) < Math.abs(CUBE[best]! - value)) best = i;
  }
  return best;
}

function distance(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, value, i) => sum + (value - b[i]!) ** 2, 0);
}

function roleLook(theme: Theme, style: Style): RoleLook {
  return theme.roles[roleOf(style)] ?? theme.roles[ROLE.text]!;
}

function groundLook(theme: Theme, style: Style): GroundLook {
  return theme.grounds[groundOf(style) >> GROUND_SHIFT] ?? theme.grounds[GROUND.none]!;
}

const GROUND_SHIFT = 12;

function attributesOf(all: number): Pick<Appearance, 'bold' | 'underline' | 'inverse'> {
  return {
    bold: (all & BOLD) !== 0,
    underline: (all & UNDERLINE) !== 0,
    inverse: (all & INVERSE) !== 0,
  };
}

type RoleTable = Record<Role, readonly [rgb: Rgb, basic: number, attributes?: number]>;
type GroundTable = Record<
  Ground,
  readonly [rgb: Rgb, basic: number, basicText?: number | undefined, attributes?: number]
>;

function theme(name: ThemeName, hasColor: boolean, roles: RoleTable, grounds: GroundTable): Theme {
  const byRole = Object.keys(ROLE).map((role): RoleLook => {
    const [rgb, basic, attributes] = roles[role as Role];
    return { rgb, basic, attributes: attributes ?? 0 };
  });
  const byGround = Object.keys(GROUND).map((ground): GroundLook => {
    const [rgb, basic, basicText, attributes] = grounds[ground as Ground];
    return { rgb, basic, basicText, attributes: attributes ?? 0 };
  });
  return { name, hasColor, roles: byRole, grounds: byGround };
}

const DARK_ROLES: RoleTable = {
  text: [0xd6dbe5, 7],
  dim: [0x97a2b5, 7],
  heading: [0xa9bde0, 15, BOLD],
  'label.same-node': [0x7fd88f, 10],
  'label.cross-node': [0x5ccfe6, 14],
  'label.external': [0xffcc66, 11],
  'label.host': [0xd2a6ff, 13],
  'label.unknown': [0xa2acbc, 7],
  outer: [0xf0a868, 11],
  inner: [0x7cc4ff, 14],
  address: [0xd6dbe5, 7],
  name: [0xffffff, 15],
  port: [0x9db0c8, 7],
  protocol: [0xa9bde0, 7],
  nat: [0xff9fb0, 13],
  service: [0xa8dcb0, 10],
  application: [0xc9b8f0, 7],
  number: [0xd6dbe5, 7],
  time: [0x9db0c8, 7],
  error: [0xff8080, 9, BOLD],
  warning: [0xffb454, 11],
  good: [0x7fd88f, 10],
  key: [0xffcc66, 11, BOLD],
  border: [0x5d6b80, 7],
  graph: [0x5ccfe6, 14],
  toServer: [0x7cc4ff, 14],
  toClient: [0xffb3a7, 13],
  field: [0xa9bde0, 7],
  value: [0xd6dbe5, 15],
};

const DARK_GROUNDS: GroundTable = {
  none: [0x10141b, 0],
  selected: [0x1f3554, 4, 15],
  selectedElsewhere: [0x1c2533, 0, undefined, UNDERLINE],
  bar: [0x1e2838, 7, 0],
  lit: [0x3d310c, 3, 0],
  overlay: [0x18202c, 0],
  callout: [0x43252d, 5, 15],
};

const LIGHT_ROLES: RoleTable = {
  text: [0x22272e, 0],
  dim: [0x58616e, 0],
  heading: [0x25477f, 4, BOLD],
  'label.same-node': [0x1a6b34, 2],
  'label.cross-node': [0x04637c, 4],
  'label.external': [0x8a4a00, 1],
  'label.host': [0x72359e, 5],
  'label.unknown': [0x596270, 0],
  outer: [0x94430a, 1],
  inner: [0x0b559e, 4],
  address: [0x22272e, 0],
  name: [0x000000, 0],
  port: [0x4a5a70, 0],
  protocol: [0x25477f, 4],
  nat: [0xa3194f, 5],
  service: [0x1a6b34, 2],
  application: [0x553a98, 5],
  number: [0x22272e, 0],
  time: [0x4a5a70, 0],
  error: [0xb01818, 1, BOLD],
  warning: [0x8a4a00, 1],
  good: [0x1a6b34, 2],
  key: [0x8a4a00, 1, BOLD],
  border: [0x8390a2, 0],
  graph: [0x04637c, 4],
  toServer: [0x0b559e, 4],
  toClient: [0xa03020, 1],
  field: [0x25477f, 4],
  value: [0x22272e, 0],
};

const LIGHT_GROUNDS: GroundTable = {
  none: [0xfcfcfa, 15],
  selected: [0xd3e4fb, 4, 15],
  selectedElsewhere: [0xe9eef5, 15, undefined, UNDERLINE],
  bar: [0xe2e7ee, 0, 15],
  lit: [0xffeaa3, 3, 0],
  overlay: [0xf1f3f6, 15],
  callout: [0xffe1dc, 5, 15],
};

/** Told apart with any colour vision: the palette of Okabe and Ito, lightened for a dark ground. */
const SAFE_ROLES: RoleTable = {
  ...DARK_ROLES,
  'label.same-node': [0x2fc79b, 10],
  'label.cross-node': [0x6fc3f0, 14],
  'label.external': [0xf0b030, 11],
  'label.host': [0xdf9bc2, 13],
  outer: [0xf0b030, 11],
  inner: [0x6fc3f0, 14],
  nat: [0xdf9bc2, 13],
  service: [0x2fc79b, 10],
  application: [0xd6dbe5, 7],
  error: [0xf58b4c, 9, BOLD | UNDERLINE],
  warning: [0xf0e442, 11],
  good: [0x6fc3f0, 14],
  key: [0xf0e442, 11, BOLD],
  graph: [0x6fc3f0, 14],
  toServer: [0x6fc3f0, 14],
  toClient: [0xf0b030, 11],
};

const PLAIN_ROLES = Object.fromEntries(
  Object.keys(ROLE).map((role) => [role, [0x000000, 0]]),
) as unknown as RoleTable;

const NONE_ROLES: RoleTable = {
  ...PLAIN_ROLES,
  heading: [0x000000, 0, BOLD],
  name: [0x000000, 0, BOLD],
  error: [0x000000, 0, BOLD],
  warning: [0x000000, 0, BOLD],
  key: [0x000000, 0, BOLD],
  nat: [0x000000, 0, UNDERLINE],
  toServer: [0x000000, 0, BOLD],
};

const NONE_GROUNDS: GroundTable = {
  none: [0xffffff, 15],
  selected: [0xffffff, 15, undefined, INVERSE],
  selectedElsewhere: [0xffffff, 15, undefined, UNDERLINE],
  bar: [0xffffff, 15, undefined, INVERSE],
  lit: [0xffffff, 15, undefined, INVERSE],
  overlay: [0xffffff, 15],
  callout: [0xffffff, 15, undefined, INVERSE],
};

const THEMES: Readonly<Record<ThemeName, Theme>> = {
  dark: theme('dark', true, DARK_ROLES, DARK_GROUNDS),
  light: theme('light', true, LIGHT_ROLES, LIGHT_GROUNDS),
  none: theme('none', false, NONE_ROLES, NONE_GROUNDS),
  safe: theme('safe', true, SAFE_ROLES, DARK_GROUNDS),
};
