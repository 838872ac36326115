"""Carry IPv4 in IPv4 (RFC 2003) between nodes through a TUN device, for kernels without the ipip module.

    ipip-carrier.py DEVICE LOCAL_ADDRESS

Stands in for Calico's tunl0: what the kernel routes into DEVICE leaves as an IPv4 packet of protocol 4
from LOCAL_ADDRESS, to the next hop of the route that chose DEVICE; what arrives as protocol 4 for
LOCAL_ADDRESS comes out of DEVICE. The outer header is written as Linux ip_tunnel_xmit() writes it for a
tunnel with `ttl inherit` and `pmtudisc`: TOS and TTL copied from the inner header, DF set when the inner
has it, an IP ID of its own. Prints `ready` once DEVICE is there. Runs until it is ended.
"""

import errno
import fcntl
import os
import random
import select
import socket
import struct
import sys
import time

TUNSETIFF = 0x400454CA
IFF_TUN, IFF_NO_PI = 0x0001, 0x1000
IPPROTO_IPIP = 4
DF = 0x4000
IP_MTU_DISCOVER, IP_PMTUDISC_DONT = 10, 0
ROUTES_FRESH_S = 0.5


def open_tun(device):
    """The file descriptor of a new TUN device without packet information: one read, one IP packet."""
    fd = os.open("/dev/net/tun", os.O_RDWR)
    fcntl.ioctl(fd, TUNSETIFF, struct.pack("16sH22x", device.encode(), IFF_TUN | IFF_NO_PI))
    return fd


def read_routes(device):
    """Routes with a next hop out of DEVICE, longest prefix first: (network, mask, next hop) as numbers."""
    routes = []
    with open("/proc/net/route", encoding="ascii") as table:
        for line in table.readlines()[1:]:
            column = line.split()
            if column[0] == device and column[2] != "00000000":
                network, gateway, mask = (socket.ntohl(int(column[i], 16)) for i in (1, 2, 7))
                routes.append((network, mask, gateway))
    return sorted(routes, key=lambda route: -route[1])


def encapsulate(inner, local, remote, ident):
    """INNER behind an outer IPv4 header; the kernel writes the outer checksum and total length."""
    tos, ttl = inner[1], inner[8]
    flags = DF if inner[6] & 0x40 else 0
    header = struct.pack(
        "!BBHHHBBH4s4s", 0x45, tos, 0, ident, flags, ttl, IPPROTO_IPIP, 0, local, struct.pack("!I", remote)
    )
    return header + inner


def send(raw_in, raw_out, packet, remote):
    """PACKET to REMOTE as it is; one too big for the link, without DF, in outer fragments by the kernel."""
    try:
        raw_out.sendto(packet, (remote, 0))
    except OSError as error:
        if error.errno != errno.EMSGSIZE or packet[6] & 0x40:
            raise
        raw_in.setsockopt(socket.IPPROTO_IP, socket.IP_TTL, packet[8])
        raw_in.setsockopt(socket.IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_DONT)
        raw_in.sendto(packet[20:], (remote, 0))


def main(device, address):
    tun = open_tun(device)
    raw_in = socket.socket(socket.AF_INET, socket.SOCK_RAW, IPPROTO_IPIP)
    raw_in.bind((address, 0))
    raw_out = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
    local = socket.inet_aton(address)
    ident = {}
    routes, read_at = [], 0.0
    print("ready", flush=True)
    while True:
        readable, _, _ = select.select([tun, raw_in], [], [])
        if raw_in in readable:
            packet = raw_in.recv(65535)
            try:
                os.write(tun, packet[(packet[0] & 15) * 4 :])
            except OSError:
                pass  # the device is down, or the inner packet is not IP: a tunnel drops it too
        if tun in readable:
            inner = os.read(tun, 65535)
            if len(inner) < 20 or inner[0] >> 4 != 4:
                continue
            if time.monotonic() - read_at > ROUTES_FRESH_S:
                routes, read_at = read_routes(device), time.monotonic()
            (destination,) = struct.unpack("!I", inner[16:20])
            for network, mask, remote in routes:
                if destination & mask == network:
                    ident[remote] = (ident.get(remote, random.randrange(65536)) + 1) & 0xFFFF
                    packet = encapsulate(inner, local, remote, ident[remote] or 1)
                    try:
                        send(raw_in, raw_out, packet, socket.inet_ntoa(struct.pack("!I", remote)))
                    except OSError:
                        pass  # too big for the link with DF, or no route to the node: lost, as in a tunnel
                    break


main(sys.argv[1], sys.argv[2])
