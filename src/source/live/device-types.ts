/** What a device's hardware type makes of its frames: the link type of a capture file. */
import { LINKTYPE_RAW, linktypeOfHardware } from '../../base/hardware-types.ts';

/** ARPHRD_LOOPBACK. */
export const LOOPBACK_HARDWARE = 772;

/** Link layers that are neither Ethernet nor none. */
const LINKTYPES: ReadonlyMap<number, number> = new Map([
  [801, 105], // IEEE 802.11
  [803, 127], // 802.11 with radiotap
  [824, 253], // nlmon: netlink messages
]);

/** Frames of a device of any other type begin with the IP header: its link layer is left out. */
export function linktypeOf(hardwareType: number): number {
  return linktypeOfHardware(hardwareType) ?? LINKTYPES.get(hardwareType) ?? LINKTYPE_RAW;
}
