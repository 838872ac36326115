/** Network namespaces (namespaces(7), setns(2)): which one is meant, and making sockets inside it. */
import { existsSync } from 'node:fs';
import { EACCES, EPERM, type Libc } from './libc.ts';
import { LiveError } from './live-error.ts';

const O_RDONLY_CLOEXEC = 0o2000000;
const CLONE_NEWNET = 0x4000_0000;
const OWN = '/proc/thread-self/ns/net';
/** Where `ip netns add` keeps names. */
const FOLDERS = ['/run/netns', '/var/run/netns'];

export interface Namespace {
  /** File that stands for it; undefined = this process's own. */
  readonly path: string | undefined;
  /** What people call it: stands before its devices' names. */
  readonly name: string;
}

/** The namespace that `--netns WORD` means: a path, a process by number, or a name of `ip netns`. Throws a LiveError. */
export function namespaceOf(word: string): Namespace {
  if (word.includes('/')) return checked(word, word.slice(word.lastIndexOf('/') + 1), word);
  if (/^\d+$/.test(word)) return checked(`/proc/${word}/ns/net`, `pid ${word}`, word);
  const folder = FOLDERS.find((one) => existsSync(`${one}/${word}`)) ?? FOLDERS[0];
  return checked(`${folder}/${word}`, word, word);
}

function checked(path: string, name: string, word: string): Namespace {
  if (existsSync(path)) return { path, name };
  const hint = 'a path, a process number, or a name that `ip netns list` shows is expected';
  throw new LiveError('NETLENS_NAMESPACE', `--netns ${word}: there is no ${path}; ${hint}`);
}

/** Run `make` with this thread in the namespace, and be back before anything else runs. Throws a LiveError. */
export function inside<T>(libc: Libc, { path }: Namespace, make: () => T): T {
  if (path === undefined) return make();
  const home = openNamespace(libc, OWN);
  try {
    const target = openNamespace(libc, path);
    const entered = libc.setns(target, CLONE_NEWNET);
    const errno = libc.errno();
    libc.close(target);
    if (entered !== 0) throw new LiveError('NETLENS_PERMISSION', refusal(path, errno));
    try {
      return make();
    } finally {
      // in a foreign namespace every later socket of this thread would be wrong
      if (libc.setns(home, CLONE_NEWNET) !== 0) process.abort();
    }
  } finally {
    libc.close(home);
  }
}

function openNamespace(libc: Libc, path: string): number {
  const fd = libc.open(path, O_RDONLY_CLOEXEC);
  if (fd >= 0) return fd;
  throw new LiveError('NETLENS_NAMESPACE', refusal(path, libc.errno()));
}

function refusal(path: string, errno: number): string {
  if (errno === EPERM || errno === EACCES) {
    return `${path}: entering another network namespace needs CAP_SYS_ADMIN (and CAP_SYS_PTRACE for another user's process): run netlens with sudo`;
  }
  return `${path}: no network namespace can be entered there (errno ${errno})`;
}
