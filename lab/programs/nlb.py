"""A TCP load balancer that sends the PROXY protocol version 2 header of AWS's Network Load Balancer.

    nlb.py CONFIGURATION

CONFIGURATION is JSON: `listen` [ip, port], `targets` [{"to": [ip, port], "source": ip}], `endpoint` (the
VPC endpoint id of TLV 0xEA), `checkSeconds`. HAProxy 2.6 cannot send that TLV; this does what the NLB does:
the header goes before the client's first bytes (on_first_ack_with_payload), padded to 100 bytes with a NOOP
TLV and protected by CRC-32C; health checks carry a LOCAL header whose family says TCP over IPv4 but which has
no addresses, as recorded in kubernetes/kubernetes issue 57250. Prints one JSON line for each connection.
"""

import json
import socket
import struct
import sys
import threading
import time

SIGNATURE = b"\r\n\r\n\x00\r\nQUIT\n"
HEADER_LEN = 100
TIMEOUT_S = 10
lock = threading.Lock()


def say(record):
    with lock:
        print(json.dumps(record), flush=True)


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = (crc >> 1) ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


def tlv(kind, value):
    return struct.pack("!BH", kind, len(value)) + value


def header(command, addresses, tlvs):
    """A header of 100 bytes: addresses, a CRC32C TLV, TLVS, NOOP padding; the checksum is over all of it."""
    rest = addresses + tlv(0x03, bytes(4)) + tlvs
    rest += tlv(0x04, bytes(HEADER_LEN - 16 - 3 - len(rest)))
    whole = SIGNATURE + bytes([0x20 | command, 0x11]) + struct.pack("!H", len(rest)) + rest
    at = 16 + len(addresses) + 3
    return whole[:at] + struct.pack("!I", crc32c(whole)) + whole[at + 4 :]


def proxy_header(client, target, endpoint):
    addresses = socket.inet_aton(client[0]) + socket.inet_aton(target[0])
    addresses += struct.pack("!HH", client[1], target[1])
    tlvs = tlv(0xEA, b"\x01" + endpoint.encode()) if endpoint else b""
    return header(1, addresses, tlvs)


def copy(source, sink):
    try:
        while True:
            data = source.recv(65536)
            if not data:
                break
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)
    except OSError:
        pass  # one side went away: the other copy ends too


def open_target(target):
    upstream = socket.socket()
    upstream.settimeout(TIMEOUT_S)
    upstream.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    upstream.bind((target["source"], 0))
    upstream.connect(tuple(target["to"]))
    return upstream


def relay(conn, client, target, configuration):
    upstream = open_target(target)
    local, there = conn.getsockname(), upstream.getpeername()
    say({"client": client, "front": local, "source": upstream.getsockname(), "server": there})
    try:
        conn.settimeout(TIMEOUT_S)
        first = conn.recv(65536)  # the header waits for the client's first bytes
        upstream.sendall(proxy_header(client, local, configuration.get("endpoint")) + first)
        back = threading.Thread(target=copy, args=(upstream, conn), daemon=True)
        back.start()
        copy(conn, upstream)
        back.join(TIMEOUT_S)
    except OSError:
        pass
    upstream.close()
    conn.close()


def check(configuration):
    while True:
        time.sleep(configuration["checkSeconds"])
        for target in configuration["targets"]:
            try:
                upstream = open_target(target)
                say({"check": True, "source": upstream.getsockname(), "server": upstream.getpeername()})
                upstream.sendall(header(0, b"", b""))
                upstream.close()
            except OSError as error:
                say({"check": False, "server": target["to"], "error": str(error)})


def main(configuration):
    server = socket.socket()
    server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    server.bind(tuple(configuration["listen"]))
    server.listen(64)
    threading.Thread(target=check, args=(configuration,), daemon=True).start()
    turn = 0
    while True:
        conn, client = server.accept()
        target = configuration["targets"][turn % len(configuration["targets"])]
        turn += 1
        threading.Thread(target=relay, args=(conn, client, target, configuration), daemon=True).start()


main(json.loads(sys.argv[1]))
