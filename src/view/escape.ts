/**
 * Text from packets, files and clusters on its way to a person. Everything that could steer a terminal,
 * reorder or hide what is read, or pass for markup is turned into visible ASCII, so that what is shown
 * is what was received and nothing else. Every view shows foreign text through this file.
 */

/** What is neither ASCII that prints nor to be trusted before a closer look, and the escape sign itself. */
const SUSPECT = /[^ -[\]-~]/;

/**
 * Control (C0, DEL, C1), format (bidi overrides, zero widths, tags), surrogates alone, private use,
 * unassigned; line and paragraph separators; characters that show nothing (Default_Ignorable); every
 * space but the usual one; and the backslash, so that an escape cannot be forged.
 */
const HIDDEN = /[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800\\]|(?! )\p{Zs}/gu;

const SHORT: Record<string, string> = { '\n': '\\n', '\r': '\\r', '\t': '\\t', '\\': '\\\\' };

function showHidden(character: string): string {
  const short = SHORT[character];
  if (short !== undefined) return short;
  const code = character.codePointAt(0)!;
  if (code < 0x100) return `\\x${code.toString(16).padStart(2, '0')}`;
  if (code < 0x10000) return `\\u${code.toString(16).padStart(4, '0')}`;
  return `\\u{${code.toString(16)}}`;
}

/** The text with every character that is not plainly visible as `\n`, `\x1b`, `\u202e` or `\u{e0041}`. */
export function escapeText(text: string): string {
  return SUSPECT.test(text) ? text.replace(HIDDEN, showHidden) : text;
}

/**
 * As HIDDEN, but for the backslash, which escaped text already holds; and letters written right to left,
 * which a terminal or a picture would reorder beyond their cells (the blocks that Unicode keeps for them).
 */
const HIDDEN_IN_CELLS =
  /[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]|(?! )\p{Zs}/gu;

/** Escaped text, or text of our own, for a grid of cells: each character left is seen where it is put. */
export function escapeForCells(text: string): string {
  return SUSPECT.test(text) ? text.replace(HIDDEN_IN_CELLS, showHidden) : text;
}

const HIDDEN_IN_JSON = /[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu;

function jsonEscape(character: string): string {
  let text = '';
  for (let i = 0; i < character.length; i++) {
    text += `\\u${character.charCodeAt(i).toString(16).padStart(4, '0')}`;
  }
  return text;
}

/**
 * JSON text that is safe to look at on a terminal: what JSON lets stand raw but a terminal obeys or
 * hides (DEL, C1, bidi, zero widths) becomes `\uXXXX`, which reads back as the same value.
 */
export function escapeJson(json: string): string {
  return SUSPECT.test(json) ? json.replace(HIDDEN_IN_JSON, jsonEscape) : json;
}

/** Escaped text for a blessed box with `tags` on: an opening brace stands for itself. */
export function escapeTags(text: string): string {
  return escapeText(text).replace(/[{}]/g, (brace) => (brace === '{' ? '{open}' : '{close}'));
}

/** Escaped text for XML (SVG) content and attribute values. */
export function escapeXml(text: string): string {
  return quoteXml(escapeText(text));
}

const XML_SIGNS: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Text of a grid's cells, or of our own, for XML and HTML: what it hides is escaped already. */
export function quoteXml(text: string): string {
  return text.replace(/[&<>"']/g, (sign) => XML_SIGNS[sign]!);
}

/**
 * Text that went through `escapeText` already, or in part, for XML and HTML: its backslashes are not
 * doubled, and what is hidden becomes visible all the same.
 */
export function escapeMarkup(text: string): string {
  return quoteXml(SUSPECT.test(text) ? text.replace(HIDDEN_IN_JSON, showHidden) : text);
}

/** Formula starters of spreadsheets (OWASP, CSV injection); tab and return are escaped before. */
const FORMULA = /^[=+\-@\uff1d\uff0b\uff0d\uff20]/;

/**
 * One field of RFC 4180: escaped, quoted where it holds a comma, quote or outer space, and with a `'`
 * before a first character that a spreadsheet would take for a formula. Numbers never come here.
 */
export function escapeCsv(text: string): string {
  const safe = escapeText(text);
  const tame = FORMULA.test(safe) ? `'${safe}` : safe;
  return /[",]|^ | $/.test(tame) ? `"${tame.replaceAll('"', '""')}"` : tame;
}
