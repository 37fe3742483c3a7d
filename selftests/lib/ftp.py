#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""
Both ends of FTP, as much as a helper of conntrack looks at: PORT, EPRT, PASV, EPSV, and one transfer.

    ftp.py serve READY ADDRESS...       serves for ever; makes the file READY when it listens
    ftp.py fetch SERVER SOURCE active|passive NAME [long]

fetch makes the file NAME.ready when the data connection was announced, waits for NAME.go, transfers, and prints what
came: "data" if each end of the data connection had the address that this end of the control connection has there.
A long transfer makes NAME.begun, and goes on until there is NAME.end: "data" if something came that was sent after
that.
FTP_TIMEOUT in the environment: how many seconds an end waits for the other; 100 unless told.
"""
import ipaddress
import os
import re
import socket
import sys
import threading
import time

TIMEOUT = float(os.environ.get("FTP_TIMEOUT", "100"))


def listen(address, port):
    sock = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if ":" in address:
        sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    sock.settimeout(TIMEOUT)
    sock.bind((address, port))
    sock.listen()
    return sock


def announced(words):
    """The address and port of PORT, EPRT, or an answer to PASV; no address in that of EPSV."""
    numbers = re.search(r"(\d+),(\d+),(\d+),(\d+),(\d+),(\d+)", words)
    if numbers:
        value = numbers.groups()
        return ".".join(value[:4]), int(value[4]) * 256 + int(value[5])
    _family, address, port = re.search(r"\|(\d*)\|([^|]*)\|(\d+)\|", words).groups()
    return address and str(ipaddress.ip_address(address)), int(port)


def comma(address, port):
    return "%s,%d,%d" % (address.replace(".", ","), port // 256, port % 256)


def transfer(data, line, wrong):
    """A long one goes on until the client ends it: times, each 20 bytes."""
    with data:
        try:
            while "long" in line and not wrong:
                data.sendall(b"%020.6f" % time.monotonic())
                time.sleep(0.2)
        except OSError:
            return
        data.sendall((wrong or "data").encode())


def serve_one(control):
    mine, client = control.getsockname()[0], control.getpeername()[0]
    lines, passive, target = control.makefile("rw", newline="\r\n"), None, None
    print("220 ready", file=lines, flush=True)
    for line in lines:
        word = line.split()[0]
        if word == "USER":
            print("230 ok", file=lines, flush=True)
        elif word in ("PORT", "EPRT"):
            target = announced(line)
            print("200 ok", file=lines, flush=True)
        elif word in ("PASV", "EPSV"):
            passive = listen(mine, 0)
            port = passive.getsockname()[1]
            print("227 Entering Passive Mode (%s)" % comma(mine, port) if word == "PASV" else
                  "229 Entering Extended Passive Mode (|||%d|)" % port, file=lines, flush=True)
        elif passive:
            data, peer = passive.accept()
            transfer(data, line, None if peer[0] == client else "from " + peer[0])
        else:
            data = socket.create_connection(target, TIMEOUT, (mine, 0))
            transfer(data, line, None if target[0] == client else "to " + target[0])


def serve(ready, addresses):
    for address in addresses:
        listener = listen(address, 21)
        listener.settimeout(None)

        def accept(listener=listener):
            while True:
                control = listener.accept()[0]
                threading.Thread(target=serve_one, args=(control,), daemon=True).start()
        threading.Thread(target=accept, daemon=True).start()
    open(ready, "w").close()
    threading.Event().wait()


def follow(data, name):
    """A long transfer, until something comes that was sent after NAME.end was made."""
    data.settimeout(TIMEOUT)
    stream, end = data.makefile("rb"), None
    while True:
        stamp = stream.read(20).decode()
        open(name + ".begun", "w").close()
        if not stamp[:1].isdigit():
            return stamp or "ended"
        if not end and os.path.exists(name + ".end"):
            end = time.monotonic()
        if end and float(stamp) > end:
            return "data"


def fetch(server, source, mode, name, length="short"):
    control = socket.create_connection((server, 21), TIMEOUT, (source, 0))
    lines = control.makefile("rw", newline="\r\n")
    lines.readline()
    # The helper looks at what follows a line that it has seen.
    print("USER x", file=lines, flush=True)
    lines.readline()
    passive = None
    if mode == "active":
        passive = listen(source, 0)
        port = passive.getsockname()[1]
        print("EPRT |2|%s|%d|" % (source, port) if ":" in source else "PORT " + comma(source, port), file=lines,
              flush=True)
    else:
        print("EPSV" if ":" in source else "PASV", file=lines, flush=True)
    answer = lines.readline()
    open(name + ".ready", "w").close()
    while not os.path.exists(name + ".go"):
        time.sleep(0.05)
    if passive:
        print("RETR", length, file=lines, flush=True)
        data, peer = passive.accept()
        if peer[0] != server:
            return "from " + peer[0]
    else:
        address, port = announced(answer)
        data = socket.create_connection((address or server, port), TIMEOUT, (source, 0))
        print("RETR", length, file=lines, flush=True)
    if length == "long":
        return follow(data, name)
    data.settimeout(TIMEOUT)
    return data.recv(100).decode()


if sys.argv[1] == "serve":
    serve(sys.argv[2], sys.argv[3:])
else:
    try:
        print(fetch(*sys.argv[2:]))
    except OSError as error:
        print("lost:", error)
