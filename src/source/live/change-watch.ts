/**
 * Tells that devices, addresses or routes of a network namespace have changed, and keeps the names of its
 * devices, also of those that are gone (rtnetlink(7)).
 */
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
const MESSAGE_LEN = 65_536;
/** Devices whose names are kept; of more, the ones met first are forgotten. */
const NAMES_MAX = 1 << 14;
const ENOBUFS = 105;

/** struct nlmsghdr, struct ifinfomsg, struct rtattr. */
const HEADER_LEN = 16;
const TYPE = 4;
const IFINFO_LEN = 16;
const IFINFO_INDEX = 4;
const ATTRIBUTE_LEN = 4;
const RTM_NEWLINK = 16;
const RTM_GETLINK = 18;
const NLM_F_REQUEST_DUMP = 0x1 | 0x300;
const IFLA_IFNAME = 3;
const IFLA_LINKINFO = 18;
const IFLA_INFO_KIND = 1;
const ATTRIBUTE_TYPE = 0x3fff;

interface Link {
  readonly name: string;
  readonly kind: string | undefined;
}

export class ChangeWatch {
  /** -1 = the kernel grants none: nothing is ever told. */
  readonly fd: number;
  private readonly libc: Libc;
  private readonly message = new Uint8Array(MESSAGE_LEN);
  private readonly view = new DataView(this.message.buffer);
  private readonly links = new Map<number, Link>();

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
    this.askForLinks();
  }

  private askForLinks(): void {
    const request = new Uint8Array(HEADER_LEN + IFINFO_LEN);
    const view = new DataView(request.buffer);
    view.setUint32(0, request.length, true);
    view.setUint16(TYPE, RTM_GETLINK, true);
    view.setUint16(TYPE + 2, NLM_F_REQUEST_DUMP, true);
    this.libc.write(this.fd, request, request.length);
    this.takeChange();
  }

  /** Has anything changed since the last call? */
  takeChange(): boolean {
    const { libc, message } = this;
    let changed = false;
    for (let i = 0; i < MESSAGES_MAX && this.fd >= 0; i++) {
      const length = Number(libc.recv(this.fd, message, message.length, MSG_DONTWAIT));
      if (length < 0 && libc.errno() !== ENOBUFS) break; // ENOBUFS: there was more than fitted
      changed = true;
      if (length > 0) this.readLinks(Math.min(length, message.length));
    }
    return changed;
  }

  /** The name that a device has, or had last; undefined when none was told. */
  nameOf(ifindex: number): string | undefined {
    return this.links.get(ifindex)?.name;
  }

  /** The kind of a device that is made of software: `veth`, `bridge`, `ipip`. */
  kindOf(ifindex: number): string | undefined {
    return this.links.get(ifindex)?.kind;
  }

  /** Indices of devices that are there, or were. */
  get devices(): number[] {
    return [...this.links.keys()];
  }

  private readLinks(end: number): void {
    for (let at = 0; at + HEADER_LEN <= end; ) {
      const length = this.view.getUint32(at, true);
      if (length < HEADER_LEN || at + length > end) return;
      if (this.view.getUint16(at + TYPE, true) === RTM_NEWLINK) this.readLink(at, at + length);
      at += (length + 3) & ~3;
    }
  }

  private readLink(at: number, end: number): void {
    const { view, links } = this;
    const first = at + HEADER_LEN + IFINFO_LEN;
    if (first > end) return;
    const ifindex = view.getInt32(at + HEADER_LEN + IFINFO_INDEX, true);
    const name = this.text(first, end, IFLA_IFNAME);
    if (name === undefined) return;
    const info = this.attribute(first, end, IFLA_LINKINFO);
    const kind = info && this.text(info.at, info.end, IFLA_INFO_KIND);
    links.delete(ifindex);
    links.set(ifindex, { name, kind });
    for (const oldest of links.keys()) {
      if (links.size <= NAMES_MAX) return;
      links.delete(oldest);
    }
  }

  /** Value [at, end) of the attribute of this type among those in [at, end). */
  private attribute(
    at: number,
    end: number,
    wanted: number,
  ): { at: number; end: number } | undefined {
    const { view } = this;
    while (at + ATTRIBUTE_LEN <= end) {
      const length = view.getUint16(at, true);
      if (length < ATTRIBUTE_LEN || at + length > end) return undefined;
      const type = view.getUint16(at + 2, true) & ATTRIBUTE_TYPE;
      if (type === wanted) return { at: at + ATTRIBUTE_LEN, end: at + length };
      at += (length + 3) & ~3;
    }
    return undefined;
  }

  /** The same as text, without the zero at its end. */
  private text(from: number, to: number, wanted: number): string | undefined {
    const value = this.attribute(from, to, wanted);
    if (value === undefined) return undefined;
    const bytes = this.message.subarray(value.at, value.end);
    const length = bytes.indexOf(0);
    return new TextDecoder().decode(length < 0 ? bytes : bytes.subarray(0, length));
  }

  close(): void {
    if (this.fd >= 0) this.libc.close(this.fd);
  }
}
