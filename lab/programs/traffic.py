"""One end of the lab's traffic: a process inside one network namespace that serves and calls on request.

Reads one JSON command a line on stdin, answers each with one JSON line on stdout that carries the same
`id`. Calls report what really happened: the local address and port the kernel chose, bytes both ways, the
times around it. Servers report each client as they see it, as lines with `event` instead of `id`.
With `--stay JSON...` it performs those commands and then waits to be ended, without reading stdin.
With `--repeat SECONDS PAUSE JSON...` it performs them one after another, again and again with a pause
between two rounds, until the seconds are over.
Every wait has a time limit; nothing here loops without a bound but the servers' accept loops.
"""

import json
import os
import socket
import ssl
import struct
import sys
import threading
import time

TIMEOUT_S = 3.0
IP_MTU_DISCOVER = 10
BUFFER_LEN = 65536
lock = threading.Lock()
handles = {}
settings = {}


def say(record):
    with lock:
        sys.stdout.write(json.dumps(record) + "\n")
        sys.stdout.flush()


def family_of(ip):
    return socket.AF_INET6 if ":" in ip else socket.AF_INET


def endpoint(address):
    ip = address[0]
    return {"ip": ip[7:] if ip.startswith("::ffff:") else ip, "port": address[1]}


def body(length, seed):
    """LENGTH bytes of printable text that differ with SEED, so that payloads of two calls differ."""
    unit = f"{seed} 0123456789 abcdefghijklmnopqrstuvwxyz ".encode()
    return (unit * (length // len(unit) + 1))[:length]


def receive(conn, length):
    """Exactly LENGTH bytes, fewer when the other end closes first."""
    parts, left = [], length
    while left > 0:
        part = conn.recv(min(left, BUFFER_LEN))
        if not part:
            break
        parts.append(part)
        left -= len(part)
    return b"".join(parts)


def receive_all(conn):
    """All bytes until the other end closes."""
    parts = []
    while True:
        part = conn.recv(BUFFER_LEN)
        if not part:
            return b"".join(parts)
        parts.append(part)


# ---- servers ----------------------------------------------------------------------------------------


def serve_echo(conn, _command):
    """Send back whatever comes, until the client closes its half."""
    got = 0
    while True:
        part = conn.recv(BUFFER_LEN)
        if not part:
            return got
        got += len(part)
        conn.sendall(part)


def serve_sink(conn, _command):
    """Take everything, then answer with the number of bytes taken."""
    got = len(receive_all(conn))
    conn.sendall(f"{got}\n".encode())
    return got


def serve_greeter(conn, _command):
    """Speak first, as SMTP and MySQL do; then take one line."""
    conn.sendall(b"220 greeter ready\r\n")
    return len(conn.recv(BUFFER_LEN))


PROXY_V2 = b"\r\n\r\n\x00\r\nQUIT\n"


def read_proxy_header(conn, head):
    """The PROXY v2 header at the start of HEAD (more is read when short), and the bytes behind it."""
    while len(head) < 16 or len(head) < 16 + struct.unpack("!H", head[14:16])[0]:
        part = conn.recv(BUFFER_LEN)
        if not part:
            return None, head
        head += part
    end = 16 + struct.unpack("!H", head[14:16])[0]
    return head[:end], head[end:]


def serve_http(conn, command):
    """HTTP/1.1 requests on one connection, each answered with what the server knows of the connection.

    `proxy`: "expect" wants a PROXY v2 header first and hangs up with 400 without one; otherwise the
    header is a bad request line, as it is to any server that was not told of it.
    """
    got, proxied, data = 0, None, b""
    while True:
        while b"\r\n\r\n" not in data[len(PROXY_V2) if data.startswith(PROXY_V2) else 0 :]:
            part = conn.recv(BUFFER_LEN)
            if not part:
                return got
            got += len(part)
            data += part
            if command.get("proxy") == "expect":
                while data.startswith(PROXY_V2):  # one behind the other where proxies stand in a row
                    proxied, data = read_proxy_header(conn, data)
                    if proxied is None:
                        return got
            if data.startswith(PROXY_V2) or (command.get("proxy") == "expect" and proxied is None):
                conn.sendall(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
                return got
        head, _, data = data.partition(b"\r\n\r\n")
        lines = head.decode("latin-1").split("\r\n")
        here, there = conn.getsockname(), conn.getpeername()
        text = f"Hostname: {command.get('name', '')}\nIP: {here[0]}\nRemoteAddr: {there[0]}:{there[1]}\n{lines[0]}\n"
        keep = "connection: close" not in head.decode("latin-1").lower()
        status = command.get("status", "200 OK")
        text = command.get("text", text)
        answer = (
            f"HTTP/1.1 {status}\r\nServer: whoami\r\nContent-Type: text/plain; charset=utf-8\r\n"
            f"Content-Length: {len(text)}\r\nConnection: {'keep-alive' if keep else 'close'}\r\n\r\n{text}"
        )
        ttl = command.get("bodyTtl", {}).get(lines[0].split(" ")[0])
        if ttl is not None:  # IMDSv2 answers a token request with the hop limit as TTL
            conn.setsockopt(socket.IPPROTO_IP, socket.IP_TTL, ttl)
        conn.sendall(answer.encode())
        if not keep:
            return got


STREAMS = {"echo": serve_echo, "sink": serve_sink, "greeter": serve_greeter, "http": serve_http, "dns": None}


def dns_name(data, at):
    """The name at AT (queries hold no compression), and the offset behind it."""
    labels = []
    while at < len(data) and data[at] != 0:
        labels.append(data[at + 1 : at + 1 + data[at]].decode("latin-1"))
        at += 1 + data[at]
    return ".".join(labels).lower(), at + 1


def dns_answer(query, records):
    """The response to QUERY: the records of its name and type, NXDOMAIN when the name is unknown."""
    name, at = dns_name(query, 12)
    (kind,) = struct.unpack("!H", query[at : at + 2])
    answers = b""
    count = 0
    for record in records.get(name, []):
        types = {"A": 1, "AAAA": 28, "TXT": 16, "CNAME": 5, "SRV": 33}
        if types[record["type"]] != kind:
            continue
        if kind in (1, 28):
            data = socket.inet_pton(family_of(record["data"]), record["data"])
        elif kind == 16:
            data = bytes([len(record["data"])]) + record["data"].encode()
        else:
            data = b"".join(bytes([len(part)]) + part.encode() for part in record["data"].split(".")) + b"\0"
        answers += b"\xc0\x0c" + struct.pack("!HHIH", kind, 1, 30, len(data)) + data
        count += 1
    code = 0 if name in records else 3
    return query[:2] + struct.pack("!HHHHH", 0x8580 | code, 1, count, 0, 0) + query[12 : at + 4] + answers


def serve_dns_stream(conn, command):
    """DNS over TCP (RFC 1035 §4.2.2): a two byte length before each message."""
    got = 0
    while True:
        prefix = receive(conn, 2)
        if len(prefix) < 2:
            return got
        query = receive(conn, struct.unpack("!H", prefix)[0])
        got += 2 + len(query)
        answer = dns_answer(query, command.get("records", {}))
        conn.sendall(struct.pack("!H", len(answer)) + answer)


STREAMS["dns"] = serve_dns_stream


def one_stream(conn, peer, command):
    local = endpoint(conn.getsockname())
    got = None
    try:
        conn.settimeout(30)
        if "certificate" in command:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(command["certificate"])
            if "alpn" in command:
                context.set_alpn_protocols(command["alpn"])
            conn = context.wrap_socket(conn, server_side=True)
        got = STREAMS[command["kind"]](conn, command)
    except OSError:
        pass  # the client went away or reset: the event below still tells of it
    finally:
        conn.close()
        say({"event": "served", "protocol": "tcp", "peer": endpoint(peer), "local": local, "bytes": got})


def accept_streams(server, command):
    while True:
        conn, peer = server.accept()
        threading.Thread(target=one_stream, args=(conn, peer, command), daemon=True).start()


def answer_datagrams(server, command):
    while True:
        data, peer = server.recvfrom(BUFFER_LEN)
        reply = dns_answer(data, command.get("records", {})) if command["kind"] == "dns" else data
        if command["kind"] != "sink":
            server.sendto(reply, peer)
        say({"event": "served", "protocol": "udp", "peer": endpoint(peer), "bytes": len(data)})


def do_serve(command):
    """Listen; `kind` echo, sink, greeter, http or dns; `protocol` tcp or udp; `bind` address, `port`."""
    ip = command.get("bind", "0.0.0.0")
    kind = socket.SOCK_DGRAM if command["protocol"] == "udp" else socket.SOCK_STREAM
    server = socket.socket(family_of(ip), kind)
    server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if family_of(ip) == socket.AF_INET6:
        server.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    server.bind((ip, command["port"]))
    if kind == socket.SOCK_STREAM:
        server.listen(64)
    loop = answer_datagrams if command["protocol"] == "udp" else accept_streams
    threading.Thread(target=loop, args=(server, command), daemon=True).start()
    return {}


# ---- calls ------------------------------------------------------------------------------------------


def open_socket(command, kind):
    ip, port = command["to"]
    s = socket.socket(family_of(ip), kind)
    s.settimeout(command.get("timeout", TIMEOUT_S))
    if "from" in command:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        ip_from, port_from = command["from"]
        s.bind(("::" if ":" in ip and ip_from == "0.0.0.0" else ip_from, port_from))
    if kind == socket.SOCK_STREAM:
        s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return s


def ends(s):
    return {"local": endpoint(s.getsockname()), "remote": endpoint(s.getpeername())}


def finish(s, command):
    """Close as asked: half first and wait for the other side (default), or with RST."""
    if command.get("reset"):
        s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    elif isinstance(s, socket.socket) and not isinstance(s, ssl.SSLSocket):
        s.shutdown(socket.SHUT_WR)
        receive_all(s)
    s.close()


def connect(command):
    """A connected TCP socket, or the report of why not (`error`), which still has the local port."""
    s = open_socket(command, socket.SOCK_STREAM)
    if "from" not in command:
        s.bind(("::" if s.family == socket.AF_INET6 else "0.0.0.0", 0))
    port = s.getsockname()[1]
    try:
        s.connect(tuple(command["to"]))
    except OSError as error:
        local = {"ip": command.get("address", s.getsockname()[0]), "port": port}
        s.close()
        to = {"ip": command["to"][0], "port": command["to"][1]}
        return None, {"local": local, "remote": to, "error": type(error).__name__, "sent": 0, "received": 0}
    return s, ends(s)


def do_tcp(command):
    """Connect, `turns` times send `size` bytes and read as many back (`answer` none: only send), close."""
    s, report = connect(command)
    if s is None:
        return report
    sent = received = 0
    for turn in range(command.get("turns", 1)):
        data = body(command.get("size", 32), f"{command['id']}.{turn}")
        s.sendall(data)
        sent += len(data)
        if command.get("answer", "echo") == "echo":
            received += len(receive(s, len(data)))
    if command.get("answer") == "count":
        s.shutdown(socket.SHUT_WR)
        received += len(receive_all(s))
        s.close()
    else:
        finish(s, command)
    return {**report, "sent": sent, "received": received}


def do_open(command):
    """Connect and keep the connection under the name `handle`."""
    s, report = connect(command)
    if s is not None:
        handles[command["handle"]] = s
    return report


def do_exchange(command):
    """Send and read back on a kept connection; `close` true closes it afterwards."""
    s = handles[command["handle"]]
    report = {**ends(s), "sent": 0, "received": 0}
    for turn in range(command.get("turns", 1)):
        data = body(command.get("size", 32), f"{command['id']}.{turn}")
        if command.get("http"):
            data = b"GET /kept HTTP/1.1\r\nHost: far\r\nConnection: keep-alive\r\n\r\n"
        s.sendall(data)
        report["sent"] += len(data)
        report["received"] += len(s.recv(BUFFER_LEN) if command.get("http") else receive(s, len(data)))
    if command.get("close"):
        finish(handles.pop(command["handle"]), command)
    return report


def tls_wrap(s, command):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    if "certificate" in command:
        context.load_cert_chain(command["certificate"])
    if "alpn" in command:
        context.set_alpn_protocols(command["alpn"])
    return context.wrap_socket(s, server_hostname=command.get("sni"))


def do_http(command):
    """`requests` GETs of `path` on one connection, in TLS when `tls`; `raw` (hex) goes before the first."""
    s, report = connect(command)
    if s is None:
        return report
    sent = received = 0
    status = None
    try:
        if "raw" in command:
            s.sendall(bytes.fromhex(command["raw"]))
            sent += len(command["raw"]) // 2
        if command.get("tls"):
            s = tls_wrap(s, command)
        host = command.get("host", command["to"][0])
        agent = command.get("agent", "curl/8.5.0")
        count = command.get("requests", 1)
        for turn in range(count):
            close = "close" if turn == count - 1 else "keep-alive"
            path = command.get("path", "/")
            request = f"{command.get('method', 'GET')} {path} HTTP/1.1\r\nHost: {host}\r\nUser-Agent: {agent}\r\nAccept: */*\r\nConnection: {close}\r\n\r\n"
            s.sendall(request.encode())
            sent += len(request)
            head = b""
            while b"\r\n\r\n" not in head:
                part = s.recv(BUFFER_LEN)
                if not part:
                    break
                head += part
            received += len(head)
            status = head.split(b"\r\n")[0].decode("latin-1") or None
            header, _, rest = head.partition(b"\r\n\r\n")
            for line in header.decode("latin-1").lower().split("\r\n"):
                if line.startswith("content-length:"):
                    received += len(receive(s, int(line.split(":")[1]) - len(rest)))
        received += len(receive_all(s))
    except OSError as error:
        report = {**report, "error": type(error).__name__}
    s.close()
    return {**report, "sent": sent, "received": received, "status": status}


def do_udp(command):
    """`count` datagrams of `size` bytes on one connected socket, each echoed unless `answer` is none."""
    s = open_socket(command, socket.SOCK_DGRAM)
    if "df" in command:  # 0 lets the kernel send fragments and no DF
        s.setsockopt(socket.IPPROTO_IP, IP_MTU_DISCOVER, 2 if command["df"] else 0)
    s.connect(tuple(command["to"]))
    report = {**ends(s), "sent": 0, "received": 0}
    try:
        for turn in range(command.get("count", 1)):
            data = body(command.get("size", 32), f"{command['id']}.{turn}")
            s.send(data)
            report["sent"] += len(data)
            if command.get("answer", "echo") == "echo":
                report["received"] += len(s.recv(BUFFER_LEN))
    except OSError as error:
        report["error"] = type(error).__name__
    s.close()
    return report


def do_dns(command):
    """One query for `name` and `type` (default A), over TCP when `tcp`; `query` fixes its identifier."""
    types = {"A": 1, "AAAA": 28, "TXT": 16, "CNAME": 5, "SRV": 33}
    ident = command.get("query", int.from_bytes(os.urandom(2), "big"))
    name = b"".join(bytes([len(part)]) + part.encode() for part in command["name"].split(".")) + b"\0"
    query = struct.pack("!HHHHHH", ident, 0x0100, 1, 0, 0, 0) + name + struct.pack("!HH", types[command.get("type", "A")], 1)
    if command.get("tcp"):
        s, report = connect(command)
        if s is None:
            return report
        s.sendall(struct.pack("!H", len(query)) + query)
        length = struct.unpack("!H", receive(s, 2))[0]
        answer = receive(s, length)
        finish(s, command)
        return {**report, "sent": len(query) + 2, "received": length + 2, "rcode": answer[3] & 15}
    s = open_socket(command, socket.SOCK_DGRAM)
    s.connect(tuple(command["to"]))
    report = {**ends(s), "sent": len(query), "received": 0}
    try:
        s.send(query)
        answer = s.recv(BUFFER_LEN)
        report = {**report, "received": len(answer), "rcode": answer[3] & 15}
    except OSError as error:
        report["error"] = type(error).__name__
    s.close()
    return report


def checksum(data):
    total = sum(struct.unpack(f"!{len(data) // 2}H", data[: len(data) // 2 * 2]))
    total += data[-1] << 8 if len(data) % 2 else 0
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def do_ping(command):
    """`count` echo requests with identifier `ident` and `size` bytes, one after another's reply."""
    ip = command["to"][0]
    six = ":" in ip
    protocol = socket.IPPROTO_ICMPV6 if six else socket.IPPROTO_ICMP
    s = socket.socket(family_of(ip), socket.SOCK_RAW, protocol)
    s.settimeout(command.get("timeout", TIMEOUT_S))
    if "df" in command:  # 0 lets the kernel fragment
        s.setsockopt(socket.IPPROTO_IP, IP_MTU_DISCOVER, 2 if command["df"] else 0)
    if "from" in command:
        s.bind((command["from"][0], 0))
    s.connect((ip, 0))
    ident = command["ident"]
    local = {"ip": s.getsockname()[0], "port": ident}
    report = {"local": local, "remote": {"ip": ip, "port": ident}, "sent": 0, "received": 0}
    echo, reply = (128, 129) if six else (8, 0)
    for sequence in range(1, command.get("count", 2) + 1):
        data = body(command.get("size", 56), command["id"])
        header = struct.pack("!BBHHH", echo, 0, 0, ident, sequence)
        if not six:  # the kernel fills in ICMPv6 checksums
            header = struct.pack("!BBHHH", echo, 0, checksum(header + data), ident, sequence)
        s.send(header + data)
        report["sent"] += len(data)
        until = time.monotonic() + command.get("timeout", TIMEOUT_S)
        while time.monotonic() < until:
            try:
                packet = s.recv(BUFFER_LEN)
            except OSError as error:
                report["error"] = type(error).__name__
                break
            icmp = packet if six else packet[(packet[0] & 15) * 4 :]
            if icmp[0] == reply and struct.unpack("!HH", icmp[4:8]) == (ident, sequence):
                report["received"] += len(icmp) - 8
                break
    s.close()
    return report


DO = {
    "serve": do_serve,
    "tcp": do_tcp,
    "open": do_open,
    "exchange": do_exchange,
    "http": do_http,
    "udp": do_udp,
    "dns": do_dns,
    "ping": do_ping,
}


def perform(command):
    start = time.time_ns()
    try:
        report = DO[command["do"]](command)
    except (OSError, KeyError, ValueError, struct.error) as error:
        report = {"failed": f"{type(error).__name__}: {error}"}
    say({"id": command["id"], "startNs": str(start), "endNs": str(time.time_ns()), **report})


def repeat(seconds, pause, texts):
    until = time.monotonic() + seconds
    turn = 0
    while time.monotonic() < until:
        turn += 1
        for text in texts:
            command = json.loads(text)
            perform({**command, "id": f"{command['id']}.{turn}"})
        time.sleep(pause)


def main():
    if len(sys.argv) > 3 and sys.argv[1] == "--repeat":
        return repeat(float(sys.argv[2]), float(sys.argv[3]), sys.argv[4:])
    if len(sys.argv) > 1 and sys.argv[1] == "--stay":
        for text in sys.argv[2:]:
            perform(json.loads(text))
        threading.Event().wait()
    for line in sys.stdin:
        command = json.loads(line)
        threading.Thread(target=perform, args=(command,), daemon=True).start()


main()
