/** The network devices of a machine as `ip -j -d address` lists them. Pure over the JSON. */
import { listAt, numberAt, textAt } from './json-value.ts';

export interface HostDevice {
  readonly index: number;
  readonly name: string;
  /** What made it (`veth`, `ipip`, `vxlan`, `bridge`), else its link type (`ether`, `loopback`, `none`). */
  readonly type: string;
  /** Lower case: up, down, unknown (most tunnels are). */
  readonly state: string;
  readonly mtu: number | undefined;
  readonly mac: string | undefined;
  /** With their prefix lengths. */
  readonly addresses: readonly string[];
  /** The bridge or bond that it is a port of. */
  readonly master: string | undefined;
  /** The other end is in another network namespace. */
  readonly isElsewhere: boolean;
}

/** The devices in the order of the listing; what is no device is passed over. */
export function hostDevices(value: unknown): HostDevice[] {
  return listAt(value).flatMap((item) => {
    const index = numberAt(item, 'ifindex');
    const name = textAt(item, 'ifname');
    if (index === undefined || name === undefined) return [];
    const linkType = textAt(item, 'link_type') ?? 'unknown';
    const hasMac = linkType === 'ether';
    return [
      {
        index,
        name,
        type: textAt(item, 'linkinfo', 'info_kind') ?? linkType,
        state: stateOf(item),
        mtu: numberAt(item, 'mtu'),
        mac: hasMac ? textAt(item, 'address') : undefined,
        addresses: listAt(item, 'addr_info').flatMap((info) => {
          const local = textAt(info, 'local');
          return local === undefined ? [] : [`${local}/${numberAt(info, 'prefixlen') ?? '?'}`];
        }),
        master: textAt(item, 'master'),
        isElsewhere: numberAt(item, 'link_netnsid') !== undefined,
      },
    ];
  });
}

/** Devices without a carrier to speak of are as their flags say. */
function stateOf(item: unknown): string {
  const state = (textAt(item, 'operstate') ?? 'unknown').toLowerCase();
  if (state !== 'unknown') return state;
  return listAt(item, 'flags').includes('UP') ? 'up' : 'down';
}
