"""An 802.1Q device for kernels without the 8021q module: a TAP device whose frames cross PARENT with a tag.

    vlan-carrier.py PARENT DEVICE VLAN

What the kernel sends on DEVICE leaves PARENT with an 802.1Q tag of VLAN; tagged frames that PARENT receives
come out of DEVICE without it, as `ip link add link PARENT name DEVICE type vlan id VLAN` would have it.
DEVICE gets PARENT's MAC. Prints `ready` once DEVICE is there. Runs until it is ended.
"""

import fcntl
import os
import select
import socket
import struct
import sys

TUNSETIFF = 0x400454CA
SIOCGIFHWADDR, SIOCSIFHWADDR = 0x8927, 0x8924
IFF_TAP, IFF_NO_PI = 0x0002, 0x1000
ETH_P_ALL, ETH_P_8021Q = 0x0003, 0x8100
SOL_PACKET, PACKET_AUXDATA = 263, 8
PACKET_OUTGOING = 4
TP_STATUS_VLAN_VALID = 0x10


def open_tap(device, mac):
    """The file descriptor of a new TAP device with this MAC: one read, one Ethernet frame."""
    fd = os.open("/dev/net/tun", os.O_RDWR)
    fcntl.ioctl(fd, TUNSETIFF, struct.pack("16sH22x", device.encode(), IFF_TAP | IFF_NO_PI))
    with socket.socket() as control:
        fcntl.ioctl(control, SIOCSIFHWADDR, struct.pack("16sH6s16x", device.encode(), 1, mac))
    return fd


def mac_of(device):
    with socket.socket() as control:
        return fcntl.ioctl(control, SIOCGIFHWADDR, struct.pack("16s24x", device.encode()))[18:24]


def untagged(frame, ancillary, vlan):
    """FRAME without its tag when it carries VLAN, else None; the kernel has put the tag beside the frame."""
    for level, kind, data in ancillary:
        if (level, kind) == (SOL_PACKET, PACKET_AUXDATA):
            status, _, _, _, _, tci, _ = struct.unpack("=IIIHHHH", data[:20])
            if status & TP_STATUS_VLAN_VALID and tci & 0x0FFF == vlan:
                return frame
    if len(frame) >= 18 and struct.unpack("!HH", frame[12:16]) == (ETH_P_8021Q, vlan):
        return frame[:12] + frame[16:]
    return None


def main(parent, device, vlan):
    wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
    wire.setsockopt(SOL_PACKET, PACKET_AUXDATA, 1)
    wire.bind((parent, ETH_P_ALL))
    tap = open_tap(device, mac_of(parent))
    tag = struct.pack("!HH", ETH_P_8021Q, vlan)
    print("ready", flush=True)
    while True:
        readable, _, _ = select.select([tap, wire], [], [])
        try:
            if wire in readable:
                frame, ancillary, _, address = wire.recvmsg(65535, 256)
                inner = None if address[2] == PACKET_OUTGOING else untagged(frame, ancillary, vlan)
                if inner is not None:
                    os.write(tap, inner)
            if tap in readable:
                frame = os.read(tap, 65535)
                wire.send(frame[:12] + tag + frame[12:])
        except OSError:
            pass  # a device is down, or a frame too long for it: lost, as on a wire


main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
