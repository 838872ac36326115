/** Tells that devices, addresses or routes of a network namespace have changed (rtnetlink(7)); not what. */
import type { Libc } from './libc.ts';

const AF_NETLINK = 16;
const SOCK_RAW_CLOEXEC_NONBLOCK = 3 | 0o2000000 | 0o4000;
const NETLINK_ROUTE = 0;
const SOCKADDR_NL_LEN = 12;
/** RTMGRP_LINK, IPV4_IFADDR, IPV4_ROUTE, IPV6_IFADDR, IPV6_ROUTE. */
const GROUPS = 0x1 | 0x10 | 0x40 | 0x100 | 0x400;
const MSG_DONTWAIT = 0x40;
/** Messages taken at one look; more are taken at the next. */
const MESSAGES_MAX = 256;
const ENOBUFS = 105;

export class ChangeWatch {
  /** -1 = the kernel grants none: nothing is ever told. */
  readonly fd: number;
  private readonly libc: Libc;
  private readonly message = new Uint8Array(8192);

  /** Of the calling thread's network namespace. */
  constructor(libc: Libc) {
    this.libc = libc;
    this.fd = libc.socket(AF_NETLINK, SOCK_RAW_CLOEXEC_NONBLOCK, NETLINK_ROUTE);
    if (this.fd < 0) return;
    const address = new Uint8Array(SOCKADDR_NL_LEN);
    const view = new DataView(address.buffer);
    view.setUint16(0, AF_NETLINK, true);
    view.setUint32(8, GROUPS, true);
    libc.bind(this.fd, address, address.length);
  }

  /** Has anything changed since the last call? */
  takeChange(): boolean {
    let changed = false;
    for (let i = 0; i < MESSAGES_MAX && this.fd >= 0; i++) {
      const { libc, message } = this;
      const length = libc.recv(this.fd, message, message.length, MSG_DONTWAIT);
      if (length < 0 && libc.errno() !== ENOBUFS) break; // ENOBUFS: there was more than fitted
      changed = true;
    }
    return changed;
  }

  close(): void {
    if (this.fd >= 0) this.libc.close(this.fd);
  }
}
