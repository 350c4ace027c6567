# SPDX-License-Identifier: Apache-2.0
"""The client's half of the descriptor socket, in a process that a test can kill.

    descriptor_client.py SOCKET SESSION_ID TICKET_HEX lock|no-lock
    descriptor_client.py SOCKET attach HEX_OF_ATTACH_REQUEST

The first prints what the sidecar answered, one word or line, then stays alive, holding its lock, until its standard
input ends. The second makes one gRPC call over HTTP/1.1 and prints the status and message that came back.
"""

import fcntl
import os
import socket
import struct
import sys


def connect(path):
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    connection.settimeout(10)
    connection.connect(path)
    return connection


def descriptors(path, session_id, ticket, locks):
    connection = connect(path)
    connection.sendall(struct.pack("<8sQ16s", b"MPTICKT1", session_id, ticket))
    data, files, _, _ = socket.recv_fds(connection, 8, 16)
    magic, number = struct.unpack("<4sI", data)
    if magic == b"MPER":
        return "refused: " + connection.recv(number).decode()
    modes = ",".join("rw" if fcntl.fcntl(f, fcntl.F_GETFL) & os.O_RDWR else "r" for f in files)
    if locks:
        fcntl.lockf(files[0], fcntl.LOCK_EX | fcntl.LOCK_NB)
    connection.sendall(b"L")
    return f"{connection.recv(1).decode()} {modes}"


def attach(path, message):
    connection = connect(path)
    body = struct.pack(">BI", 0, len(message)) + message
    head = (
        "POST /moonpool.v1.Control/Attach HTTP/1.1\r\nhost: localhost\r\nte: trailers\r\n"
        f"content-type: application/grpc\r\ncontent-length: {len(body)}\r\nconnection: close\r\n\r\n"
    )
    connection.sendall(head.encode() + body)
    answer = b""
    while part := connection.recv(65536):
        answer += part
    lines = answer.decode("latin-1").splitlines()
    return " ".join(line for line in lines if line.startswith("grpc-"))


def main():
    if sys.argv[2] == "attach":
        print(attach(sys.argv[1], bytes.fromhex(sys.argv[3])), flush=True)
        return
    ticket = bytes.fromhex(sys.argv[3])
    print(descriptors(sys.argv[1], int(sys.argv[2]), ticket, sys.argv[4] == "lock"), flush=True)
    sys.stdin.read()


main()
