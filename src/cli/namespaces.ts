/** The network namespaces that a capture is asked to look into. */
import { type Namespace, namespaceOf } from '../source/live/namespace.ts';
import { namespaceOfPod } from '../source/live/pods.ts';

/** Whose devices are captured, for people: this node's, or those of the namespaces. */
export function placesOf(options: {
  readonly netns: readonly string[];
  readonly pods: readonly string[];
  readonly node: string;
}): string {
  const { netns, pods, node } = options;
  const named = netns.map((word) => (word === 'self' ? node : `netns ${word}`));
  const all = [...named, ...pods.map((word) => `pod ${word}`)];
  return all.length === 0 ? node : all.join(', ');
}

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
