"""Carry Ethernet frames or IP packets between nodes in a tunnel that the kernel has no module for.

    overlay-carrier.py CONFIG

CONFIG is JSON: device, kind (geneve, gre, weave-fastdp, wireguard, esp), local (the node's address) and

    mac      hardware address of DEVICE (kinds that carry Ethernet: DEVICE is a TAP; else a TUN)
    peers    hardware address, or prefix of the inner destination for wireguard and esp, to node address
    ids      inner IPv4 source to the tunnel's identifier; `id` for all others; hex text as `options` for Geneve
    keepTtl  put back the hop that the kernel took off forwarded packets, as eBPF programs never take it

What the kernel sends on DEVICE leaves LOCAL with an outer IPv4 header; what arrives comes out of DEVICE. The
insides of wireguard and esp are hidden by a key stream, with the sizes and headers of the real ones; it is no
encryption. Prints `ready` once DEVICE is there. Runs until it is ended.
"""

import fcntl
import hashlib
import ipaddress
import json
import os
import random
import select
import socket
import struct
import sys

TUNSETIFF = 0x400454CA
SIOCSIFHWADDR = 0x8924
IFF_TUN, IFF_TAP, IFF_NO_PI = 0x0001, 0x0002, 0x1000
GRE, UDP, ESP = 47, 17, 50
PORTS = {"geneve": 6081, "weave-fastdp": 6784, "wireguard": 51820}
PROTOCOLS = {"gre": GRE, "esp": ESP}
ETHERNET_BRIDGED = 0x6558
DF = 0x4000
TTL = 64


def open_device(config, is_ethernet):
    """The file descriptor of a new TAP or TUN device: one read, one frame or packet."""
    fd = os.open("/dev/net/tun", os.O_RDWR)
    flags = (IFF_TAP if is_ethernet else IFF_TUN) | IFF_NO_PI
    fcntl.ioctl(fd, TUNSETIFF, struct.pack("16sH22x", config["device"].encode(), flags))
    if is_ethernet:
        mac = bytes.fromhex(config["mac"].replace(":", ""))
        with socket.socket() as control:
            request = struct.pack("16sH6s16x", config["device"].encode(), 1, mac)
            fcntl.ioctl(control, SIOCSIFHWADDR, request)
    return fd


def add_hop(packet, at):
    """PACKET with the TTL of its IPv4 header at AT one higher, the header's checksum with it (RFC 1624)."""
    ttl, total = packet[at + 8] + 1, struct.unpack_from("!H", packet, at + 10)[0]
    total = (total - 0x0100) & 0xFFFF if total >= 0x0100 else (total - 0x0100 - 1) & 0xFFFF
    changed = bytearray(packet)
    changed[at + 8] = ttl
    struct.pack_into("!H", changed, at + 10, total)
    return bytes(changed)


def hide(data, counter):
    """DATA under the key stream of COUNTER; hiding twice shows it again."""
    stream = b"".join(
        hashlib.sha256(struct.pack("!QI", counter, i)).digest() for i in range(len(data) // 32 + 1)
    )
    return bytes(a ^ b for a, b in zip(data, stream))


class Tunnel:
    """Headers of one kind: wrap what leaves, unwrap what arrives."""

    def __init__(self, config):
        self.config = config
        self.options = bytes.fromhex(config.get("options", ""))
        self.sent = {}

    def identifier(self, frame):
        source = socket.inet_ntoa(frame[26:30]) if frame[12:14] == b"\x08\x00" else ""
        return self.config.get("ids", {}).get(source, self.config.get("id", 0))

    def wrap(self, inner, remote):
        kind = self.config["kind"]
        if kind == "geneve":
            words = len(self.options) // 4
            vni = self.identifier(inner) << 8
            return struct.pack("!BBHI", words, 0, ETHERNET_BRIDGED, vni) + self.options + inner
        if kind == "weave-fastdp":
            return struct.pack("!II", 0x08000000, self.config["vnis"][remote] << 8) + inner
        if kind == "gre":
            return struct.pack("!HHI", 0x2000, ETHERNET_BRIDGED, self.identifier(inner)) + inner
        counter = self.sent[remote] = self.sent.get(remote, 0) + 1
        index = self.config["indexes"][remote]
        if kind == "wireguard":
            padded = inner + bytes(-len(inner) % 16)
            tag = hashlib.sha256(padded).digest()[:16]
            return struct.pack("<IIQ", 4, index, counter - 1) + hide(padded, counter) + tag
        pad = -(len(inner) + 2) % 4
        trailer = bytes(range(1, pad + 1)) + bytes([pad, 4])
        return struct.pack("!II", index, counter) + bytes(8) + hide(inner + trailer, counter) + bytes(16)

    def unwrap(self, data):
        kind = self.config["kind"]
        if kind == "geneve":
            return data[8 + (data[0] & 0x3F) * 4 :]
        if kind in ("weave-fastdp", "gre"):
            return data[8:]
        if kind == "wireguard":
            (counter,) = struct.unpack_from("<Q", data, 8)
            return trimmed(hide(data[16:-16], counter + 1))
        (counter,) = struct.unpack_from("!I", data, 4)
        return trimmed(hide(data[16:-16], counter))


def trimmed(packet):
    """An IPv4 packet without the padding behind it."""
    return packet[: struct.unpack_from("!H", packet, 2)[0]] if len(packet) >= 20 else b""


def peer_of(config, inner, is_ethernet):
    """Addresses of the nodes that are to have INNER: a broadcast goes to all."""
    peers = config["peers"]
    if is_ethernet:
        mac = ":".join(f"{byte:02x}" for byte in inner[:6])
        return list(peers.values()) if inner[0] & 1 else [peers[mac]] if mac in peers else []
    destination = ipaddress.ip_address(inner[16:20])
    return [node for prefix, node in peers.items() if destination in ipaddress.ip_network(prefix)]


def outer(config, remote, ident, protocol, payload):
    df = DF if config.get("df", False) else 0
    addresses = socket.inet_aton(config["local"]) + socket.inet_aton(remote)
    return struct.pack("!BBHHHBBH", 0x45, 0, 0, ident, df, TTL, protocol, 0) + addresses + payload


def receiver(config):
    """The socket that frames of other nodes arrive at, and the length of what stands before the tunnel header."""
    port = PORTS.get(config["kind"])
    if port is None:
        arriving = socket.socket(socket.AF_INET, socket.SOCK_RAW, PROTOCOLS[config["kind"]])
        arriving.bind((config["local"], 0))
        return arriving, 20
    arriving = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    arriving.bind((config["local"], port))
    return arriving, 0


def main(config):
    is_ethernet = config["kind"] in ("geneve", "gre", "weave-fastdp")
    device = open_device(config, is_ethernet)
    arriving, skipped = receiver(config)
    leaving = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
    tunnel = Tunnel(config)
    port = PORTS.get(config["kind"])
    print("ready", flush=True)
    while True:
        readable, _, _ = select.select([device, arriving], [], [])
        try:
            if arriving in readable:
                os.write(device, tunnel.unwrap(arriving.recv(65535)[skipped:]))
            if device in readable:
                inner = os.read(device, 65535)
                at = 14 if is_ethernet else 0
                if config.get("keepTtl", False) and inner[at + 8] == 63 and inner[12:14] == b"\x08\x00":
                    inner = add_hop(inner, at)
                for remote in peer_of(config, inner, is_ethernet):
                    payload = tunnel.wrap(inner, remote)
                    if port is not None:
                        own = port if config["kind"] == "wireguard" else source_port(inner)
                        payload = struct.pack("!HHHH", own, port, len(payload) + 8, 0) + payload
                    protocol = PROTOCOLS.get(config["kind"], UDP)
                    packet = outer(config, remote, random.randrange(1, 65536), protocol, payload)
                    leaving.sendto(packet, (remote, 0))
        except OSError:
            pass  # the device is down, or a packet too long for the wire: lost, as in a tunnel


def source_port(frame):
    """A UDP source port from the inner flow, as tunnels choose it."""
    return 32768 + hashlib.sha256(frame[26:38]).digest()[0] * 64 + frame[37]


main(json.loads(sys.argv[1]))
