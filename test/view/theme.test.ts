import assert from 'node:assert/strict';
import { GROUND, type Ground, INVERSE, ROLE, type Role } from '../../src/view/grid.ts';
import {
  appearanceOf,
  basicAppearanceOf,
  nearestOf256,
  type Rgb,
  themeNamed,
} from '../../src/view/theme.ts';
import { THEME_NAMES } from '../../src/view/theme-names.ts';

/** Relative luminance, WCAG 2.2. */
function luminance(rgb: Rgb): number {
  const [r, g, b] = [rgb >> 16, (rgb >> 8) & 0xff, rgb & 0xff].map((byte) => {
    const part = byte / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(a: Rgb, b: Rgb): number {
  const [high, low] = [luminance(a), luminance(b)].sort((x, y) => y - x) as [number, number];
  return (high + 0.05) / (low + 0.05);
}

const roles = Object.keys(ROLE) as Role[];
const grounds = Object.keys(GROUND) as Ground[];

describe('themes', () => {
  for (const name of THEME_NAMES) {
    it(`${name}: every role is readable on every ground (WCAG 2.2, 1.4.3: 4.5 to 1; lines 1.4.11: 3 to 1 on the main ground)`, () => {
      const theme = themeNamed(name);
      const poor: string[] = [];
      for (const role of roles) {
        for (const ground of grounds) {
          const { foreground, background } = appearanceOf(theme, ROLE[role] | GROUND[ground]);
          const ratio = contrast(foreground, background);
          const needed = role !== 'border' ? 4.5 : ground === 'none' ? 3 : 1.5;
          if (ratio < needed) poor.push(`${role} on ${ground}: ${ratio.toFixed(2)}`);
        }
      }
      assert.deepEqual(poor, []);
    });

    it(`${name}: with 16 colours nothing is painted in the colour of its ground`, () => {
      const theme = themeNamed(name);
      if (!theme.hasColor) return;
      for (const role of roles) {
        for (const ground of grounds) {
          const { foreground, background } = basicAppearanceOf(theme, ROLE[role] | GROUND[ground]);
          assert.notEqual(foreground, background, `${role} on ${ground}`);
        }
      }
    });
  }

  it('without colour the selected row and the bars are told by attributes', () => {
    const theme = themeNamed('none');
    assert.ok(appearanceOf(theme, GROUND.selected).inverse);
    assert.ok(appearanceOf(theme, GROUND.bar).inverse);
    assert.ok(!appearanceOf(theme, ROLE.text).inverse);
    assert.ok(appearanceOf(theme, ROLE.text | INVERSE).inverse);
  });

  it('finds the nearest of the 256 colours', () => {
    assert.equal(nearestOf256(0x000000), 16);
    assert.equal(nearestOf256(0xffffff), 231);
    assert.equal(nearestOf256(0xff0000), 196);
    assert.equal(nearestOf256(0x808080), 244);
  });
});
