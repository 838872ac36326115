/** tcpdump in namespaces: started until it listens, ended with every frame on disk, refused when it lost any. */
import type { ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { inside, LabError, start } from './command.ts';
import { type Network, namespaceOf } from './network.ts';

const LISTEN_TIMEOUT_MS = 10_000;
const END_TIMEOUT_MS = 10_000;

/** A capture that runs: one interface (or `any`) of one place. */
export interface Capture {
  readonly place: string;
  readonly device: string;
  /** Name of the node the place is. */
  readonly node: string;
  /** File name without folder: `<node>.<interface>.pcap`. */
  readonly name: string;
  readonly path: string;
  readonly child: ChildProcess;
  /** What tcpdump has said on stderr so far. */
  said: string;
}

/** How one capture is to be taken. */
export interface CaptureOptions {
  place: string;
  device: string;
  /** Name of the node; the place's when not given. */
  node?: string;
  snaplen?: number;
  /** pcap-filter expression. */
  filter?: string;
}

/**
 * Starts tcpdump with nanoseconds; resolves once it listens. Not in immediate mode: its ring then has room for
 * 32 frames of the greatest length, and bursts are lost. Frames reach the file within a second.
 */
export async function startCapture(network: Network, options: CaptureOptions): Promise<Capture> {
  const { place, device } = options;
  const node = options.node ?? place;
  // the first label of a node's DNS name is enough in a file's name
  const name = `${node.split('.')[0]}.${device}.pcap`;
  const path = join(network.folder, name);
  const argv = ['tcpdump', '-i', device, '-n', '-p', '-U', '-Z', 'root'];
  argv.push('--time-stamp-precision=nano', '-B', '4096', '-s', String(options.snaplen ?? 262_144));
  if (device === 'any') argv.push('-y', 'LINUX_SLL2');
  argv.push('-w', path);
  if (options.filter !== undefined) argv.push(options.filter);
  const child = start(inside(namespaceOf(network, place), argv));
  network.children.push(child);
  const capture: Capture = { place, device, node, name, path, child, said: '' };
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(
      () => reject(new LabError(`tcpdump on ${place} ${device} does not listen: ${capture.said}`)),
      LISTEN_TIMEOUT_MS,
    );
    child.stderr?.on('data', (part: Buffer) => {
      capture.said += part.toString('utf8');
      if (capture.said.includes('listening on')) {
        clearTimeout(timer);
        resolve();
      }
    });
    child.once('exit', () => {
      clearTimeout(timer);
      reject(new LabError(`tcpdump on ${place} ${device} ended: ${capture.said.trim()}`));
    });
  });
  return capture;
}

/** Ends a capture with SIGINT and waits for its file; frames of the last second may not be in it. Throws LabError when the kernel dropped frames. */
export async function stopCapture(network: Network, capture: Capture): Promise<void> {
  const { child } = capture;
  if (child.exitCode === null) {
    const ended = new Promise<void>((resolve, reject) => {
      const timer = setTimeout(
        () => reject(new LabError(`tcpdump on ${capture.name} does not end`)),
        END_TIMEOUT_MS,
      );
      child.once('close', () => {
        clearTimeout(timer);
        resolve();
      });
    });
    child.kill('SIGINT');
    await ended;
  }
  network.children.splice(network.children.indexOf(child), 1);
  const dropped = /(\d+) packets? dropped by kernel/.exec(capture.said)?.[1];
  if (dropped !== '0') {
    throw new LabError(`${capture.name}: ${dropped ?? 'unknown'} frames dropped: run it again`);
  }
}
