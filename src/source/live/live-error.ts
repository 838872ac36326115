/** Why frames cannot be captured, and what to do: for the user. */
export class LiveError extends Error {
  /** Stable, for programs: NETLENS_PERMISSION, NETLENS_DEVICE, NETLENS_NAMESPACE, NETLENS_LIVE. */
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.name = 'LiveError';
    this.code = code;
  }
}
