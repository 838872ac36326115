/** The themes by name: for those who only offer them. */
export const THEME_NAMES = ['dark', 'light', 'none', 'safe'] as const;
export type ThemeName = (typeof THEME_NAMES)[number];
