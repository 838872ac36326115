/** Tunnels that the kernel may have no module for, carried by lab/programs/overlay-carrier.py. */
import { createHash } from 'node:crypto';
import { PYTHON, programPath, until } from './command.ts';
import { background, hasDevice, type Network } from './network.ts';

const DEVICE_TIMEOUT_MS = 5000;

/** How a node's tunnel device is carried; the fields are the program's. */
export interface OverlayOptions {
  device: string;
  kind: 'geneve' | 'gre' | 'weave-fastdp' | 'wireguard' | 'esp';
  local: string;
  /** Of the device, where it carries Ethernet. */
  mac?: string;
  /** Hardware address, or prefix of inner destinations, to the node it is behind. */
  peers: Record<string, string>;
  /** Inner source to the tunnel's identifier, and that of all others. */
  ids?: Record<string, number>;
  id?: number;
  /** Geneve options as hex. */
  options?: string;
  /** By node address: VNI of Weave's datapath; receiver index of WireGuard, SPI of ESP. */
  vnis?: Record<string, number>;
  indexes?: Record<string, number>;
  df?: boolean;
  keepTtl?: boolean;
}

/** Starts a node's tunnel; resolves once its device is there. */
export async function addOverlay(
  network: Network,
  place: string,
  options: OverlayOptions,
): Promise<void> {
  const argv = [PYTHON, '-I', '-S', programPath('overlay-carrier.py'), JSON.stringify(options)];
  background(network, place, argv);
  await until(`${options.device} in ${place}`, DEVICE_TIMEOUT_MS, () =>
    hasDevice(network, place, options.device) ? true : undefined,
  );
}

/** A locally administered hardware address made from words, so that peers can know it beforehand. */
export function deviceMac(words: string): string {
  const [first = 0, ...rest] = createHash('sha1').update(words).digest().subarray(0, 6);
  const bytes = [(first & 0xfc) | 2, ...rest];
  return bytes.map((byte) => byte.toString(16).padStart(2, '0')).join(':');
}
