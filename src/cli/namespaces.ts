/** The network namespaces that a capture is asked to look into. */
import { type Namespace, namespaceOf } from '../source/live/namespace.ts';
import { namespaceOfPod } from '../source/live/pods.ts';

/** Of --netns and --pod, in this order; empty = only where we are. Throws a LiveError. */
export function namespacesOf(options: {
  readonly netns: readonly string[];
  readonly pods: readonly string[];
}): Namespace[] {
  const named = options.netns.map((word) =>
    word === 'self' ? { path: undefined, name: '' } : namespaceOf(word),
  );
  return [...named, ...options.pods.map((word) => namespaceOfPod(word))];
}
