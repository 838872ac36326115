/** The network namespaces that a capture is asked to look into. */
import { type Namespace, namespaceOf } from '../source/live/namespace.ts';

/** Of --netns and --pod, in this order; empty = only where we are. Throws a LiveError. */
export function namespacesOf(options: {
  readonly netns: readonly string[];
  readonly pods: readonly string[];
}): Namespace[] {
  return options.netns.map((word) =>
    word === 'self' ? { path: undefined, name: '' } : namespaceOf(word),
  );
}
