/** A sheet with the frames that it asked for, and without the findings that no frame supports. */
import type { Evidence, Finding, Row, RowRequest, Sheet } from './sheet.ts';

export interface FilledEvidence extends Omit<Evidence, 'finding'> {
  readonly finding: (Finding & { readonly frames: readonly Row[] }) | undefined;
}

export interface FilledSheet extends Omit<Sheet, 'evidence'> {
  readonly evidence: readonly FilledEvidence[];
}

/** All that the sheet asks for, in order. */
export function requestsOf(sheet: Sheet): RowRequest[] {
  return sheet.evidence.flatMap(({ finding }) => finding?.rows ?? []);
}

/** `rows` are those of `requestsOf`, in its order. */
export function filled(sheet: Sheet, rows: readonly (readonly Row[])[]): FilledSheet {
  let next = 0;
  const evidence = sheet.evidence.map((one): FilledEvidence => {
    const { finding } = one;
    if (finding === undefined) return { ...one, finding: undefined };
    const frames = finding.rows.flatMap(() => rows[next++] ?? []);
    const isUnsupported = finding.standsOnRows === true && frames.length === 0;
    return { ...one, finding: isUnsupported ? undefined : { ...finding, frames } };
  });
  return { ...sheet, evidence };
}
