/**
 * Colours by what they mean. Told apart without colour too (words, dashes, places) and by the colour
 * blind: blue, green, amber and purple after Okabe and Ito.
 */
export interface Palette {
  readonly background: string;
  /** Boxes of nodes and panels on the background. */
  readonly panel: string;
  readonly edge: string;
  readonly text: string;
  readonly dim: string;
  readonly faint: string;
  /** A band's fill and what is written on it. */
  readonly outer: string;
  readonly outerInk: string;
  readonly inner: string;
  readonly innerInk: string;
  readonly payload: string;
  readonly payloadInk: string;
  readonly nat: string;
  readonly natInk: string;
  readonly proxy: string;
  readonly proxyInk: string;
  readonly pod: string;
  readonly podInk: string;
  /** The packet's way. */
  readonly path: string;
  readonly sameNode: string;
  readonly crossNode: string;
  readonly external: string;
  readonly host: string;
  readonly unknown: string;
  readonly good: string;
  readonly missing: string;
}

export const LIGHT: Palette = {
  background: '#ffffff',
  panel: '#f5f7fa',
  edge: '#b8c2cf',
  text: '#16202c',
  dim: '#526070',
  faint: '#8b97a5',
  outer: '#0b66a8',
  outerInk: '#ffffff',
  inner: '#d7f0e5',
  innerInk: '#0b3b2c',
  payload: '#e4e8ee',
  payloadInk: '#2b3846',
  nat: '#fbe3ae',
  natInk: '#5c3b00',
  proxy: '#efd9ec',
  proxyInk: '#5a1a4e',
  pod: '#ffffff',
  podInk: '#16202c',
  path: '#16202c',
  sameNode: '#0a7a57',
  crossNode: '#0b66a8',
  external: '#a8500a',
  host: '#5f6b7a',
  unknown: '#8a3b7c',
  good: '#0a7a57',
  missing: '#b3541e',
};

export const DARK: Palette = {
  background: '#0f151c',
  panel: '#18212b',
  edge: '#3a4857',
  text: '#eef3f8',
  dim: '#a9b6c4',
  faint: '#748394',
  outer: '#2f8fd6',
  outerInk: '#04131f',
  inner: '#14513e',
  innerInk: '#d5f5e8',
  payload: '#2a3644',
  payloadInk: '#d3dce6',
  nat: '#6b4a06',
  natInk: '#ffe7b0',
  proxy: '#5b2b52',
  proxyInk: '#fbdff5',
  pod: '#0f151c',
  podInk: '#eef3f8',
  path: '#eef3f8',
  sameNode: '#3ecb98',
  crossNode: '#56b4f0',
  external: '#f0a050',
  host: '#a9b6c4',
  unknown: '#e29bd3',
  good: '#3ecb98',
  missing: '#f0a050',
};
