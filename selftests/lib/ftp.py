#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""
Both ends of FTP, as much as a helper of conntrack looks at: PORT, EPRT, PASV, EPSV, and one transfer.

    ftp.py serve READY ADDRESS...       serves for ever; makes the file READY when it listens
    ftp.py fetch SERVER SOURCE active|passive NAME

fetch makes the file NAME.ready when the data connection was announced, waits for NAME.go, transfers, and prints what
came: "data" if each end of the data connection had the address that this end of the control connection has there.
"""
import ipaddress
import os
import re
import socket
import sys
import threading
import time

TIMEOUT = 20


def listen(address, port):
    sock = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
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
            data.sendall(b"data" if peer[0] == client else b"from " + peer[0].encode())
            data.close()
        else:
            data = socket.create_connection(target, TIMEOUT, (mine, 0))
            data.sendall(b"data" if target[0] == client else b"to " + target[0].encode())
            data.close()


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


def fetch(server, source, mode, name):
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
        print("RETR x", file=lines, flush=True)
        data, peer = passive.accept()
        if peer[0] != server:
            return "from " + peer[0]
    else:
        address, port = announced(answer)
        data = socket.create_connection((address or server, port), TIMEOUT, (source, 0))
        print("RETR x", file=lines, flush=True)
    data.settimeout(TIMEOUT)
    return data.recv(100).decode()


if sys.argv[1] == "serve":
    serve(sys.argv[2], sys.argv[3:])
else:
    try:
        print(fetch(*sys.argv[2:]))
    except OSError as error:
        print("lost:", error)
