/**
 * The network namespace of a pod on this node, without asking a container runtime: a process of the pod is
 * found through /proc. Which process is whose is told by
 * - the service account's namespace that kubelet mounts into every container, with the host name that is the
 *   pod's name (and HOSTNAME in its environment);
 * - the pod's uid, which stands in its log folder's name, /var/log/pods/NAMESPACE_NAME_UID, and in the
 *   control group of its processes.
 */
import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { LiveError } from './live-error.ts';
import type { Namespace } from './namespace.ts';

const ACCOUNT = 'root/var/run/secrets/kubernetes.io/serviceaccount/namespace';
const LOGS = '/var/log/pods';
/** Processes that are looked at. */
const PROCESSES_MAX = 100_000;

/** The namespace that `--pod NAMESPACE/NAME` means; a bare name is of `default`. Throws a LiveError. */
export function namespaceOfPod(word: string, root = ''): Namespace {
  const [namespace, name, more] = word.includes('/') ? word.split('/') : ['default', word];
  if (!namespace || !name || more !== undefined) {
    throw new LiveError('NETLENS_NAMESPACE', `--pod ${word}: NAMESPACE/NAME is expected`);
  }
  const pid = processOf(namespace, name, root);
  if (pid === undefined) throw new LiveError('NETLENS_NAMESPACE', absent(word));
  const path = `${root}/proc/${pid}/ns/net`;
  const isHosts = linkOf(path) === linkOf(`${root}/proc/1/ns/net`);
  if (isHosts) {
    const what = `--pod ${word}: it has the node's own network (hostNetwork); capture without --pod`;
    throw new LiveError('NETLENS_NAMESPACE', what);
  }
  return { path, name: `${namespace}/${name}` };
}

function processOf(namespace: string, name: string, root: string): string | undefined {
  const uids = uidsOf(namespace, name, root);
  const pids = listOf(`${root}/proc`).filter((entry) => /^\d+$/.test(entry));
  for (const pid of pids.slice(0, PROCESSES_MAX)) {
    const folder = `${root}/proc/${pid}`;
    if (uids.length > 0) {
      const group = textOf(`${folder}/cgroup`);
      // cgroupfs writes the uid as it is, systemd with _ for -
      if (uids.some((uid) => group.includes(uid) || group.includes(uid.replaceAll('-', '_')))) {
        return pid;
      }
    } else if (textOf(`${folder}/${ACCOUNT}`).trim() === namespace) {
      const names = textOf(`${folder}/environ`).split('\0');
      if (names.includes(`HOSTNAME=${name}`)) return pid;
    }
  }
  return undefined;
}

/** Of the pods of this name that this node has, or had. */
function uidsOf(namespace: string, name: string, root: string): string[] {
  const prefix = `${namespace}_${name}_`;
  return listOf(`${root}${LOGS}`)
    .filter((entry) => entry.startsWith(prefix))
    .map((entry) => entry.slice(prefix.length))
    .filter((uid) => /^[0-9a-f-]{32,36}$/.test(uid));
}

function listOf(folder: string): string[] {
  try {
    return existsSync(folder) ? readdirSync(folder) : [];
  } catch {
    return []; // not ours to read
  }
}

/** '' where it cannot be read: processes end, and some are not ours to look into. */
function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

function linkOf(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}

function absent(word: string): string {
  const mayNotLook = process.getuid?.() !== 0;
  const hint = mayNotLook
    ? 'only root sees the processes of pods: run netlens with sudo'
    : "kubectl get pod -o wide tells its node; in a container, /proc must be the node's (hostPID: true)";
  return `--pod ${word}: no process of it runs on this node; ${hint}`;
}
