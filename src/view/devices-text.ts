/** A machine's devices as a table for people. */
import type { DeviceRole } from '../topology/device-roles.ts';
import type { HostDevice } from '../topology/host-devices.ts';
import { showColumns } from './columns-text.ts';

export interface DeviceRow extends HostDevice {
  readonly role: DeviceRole;
  /** Pods behind it, `namespace/name address` or the address alone. */
  readonly pods: readonly string[];
}

export function showDevices(rows: readonly DeviceRow[]): string {
  return showColumns<DeviceRow>(
    [
      { heading: '#', right: true, cell: ({ index }) => String(index) },
      { heading: 'DEVICE', cell: ({ name }) => name },
      { heading: 'TYPE', cell: ({ type }) => type },
      { heading: 'STATE', cell: ({ state }) => state },
      { heading: 'MTU', right: true, cell: ({ mtu }) => String(mtu ?? '') },
      { heading: 'ADDRESSES', cell: showAddresses },
      { heading: 'FOR', cell: showPurpose },
    ],
    rows,
  );
}

/** Addresses of one device that are listed; more are counted. */
const ADDRESSES_MAX = 4;

function showAddresses({ addresses }: DeviceRow): string {
  const shown = addresses.slice(0, ADDRESSES_MAX).join(' ');
  const more = addresses.length - ADDRESSES_MAX;
  return more > 0 ? `${shown} and ${more} more` : shown;
}

function showPurpose({ role, pods, master }: DeviceRow): string {
  const parts = [pods.length > 0 ? pods.join(', ') : role.words];
  if (master !== undefined) parts.push(`port of ${master}`);
  return parts.filter((part) => part !== '').join('; ');
}
