/**
 * What a frame from a device starts with, by the device's hardware type: ARPHRD_* of linux/if_arp.h, as
 * `sockaddr_ll`, `ip link` and the kernel's packet filter tell it.
 */

/** LINKTYPE_* of the file formats. */
export const LINKTYPE_ETHERNET = 1;
export const LINKTYPE_RAW = 101;

/** Ethernet, and the loopback device, which has an Ethernet header of zeros. */
export const ETHERNET_HARDWARE: readonly number[] = [1, 772];

/** Raw IP: ipip, ip6tnl and sit tunnels, rawip modems, devices without a header of their own (tun, WireGuard). */
export const RAW_IP_HARDWARE: readonly number[] = [768, 769, 776, 519, 65_534];

/** LINKTYPE_* of frames from a device of this type, or undefined where it alone does not tell (GRE, 802.11). */
export function linktypeOfHardware(hardwareType: number): number | undefined {
  if (ETHERNET_HARDWARE.includes(hardwareType)) return LINKTYPE_ETHERNET;
  return RAW_IP_HARDWARE.includes(hardwareType) ? LINKTYPE_RAW : undefined;
}
