"""A small HTTP/1.1 server on the loopback: threads, kept connections, no more.

The standard library's takes several times as long per request, which would drown what is measured here.
"""

import socket
import threading
from dataclasses import dataclass
from typing import Callable


@dataclass(frozen=True)
class Request:
    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True)
class Response:
    status: int
    headers: dict[str, str]
    body: bytes


class Server:
    """Answers every request with `handle(request)`; a handler that returns None closes the connection."""

    def __init__(self, handle: Callable[[Request], Response | None]):
        self._handle = handle
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self._socket.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self._socket.close()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with connection, connection.makefile("rb") as stream:
            try:
                while (request := _read(stream)) and (response := self._handle(request)):
                    connection.sendall(_bytes(response))
            except OSError:
                return  # the other side is gone


def _read(stream) -> Request | None:
    start = stream.readline().split()
    if len(start) != 3:
        return None
    headers = {}
    while line := stream.readline().strip():
        name, _, value = line.partition(b":")
        headers[name.decode().lower()] = value.strip().decode()
    body = stream.read(int(headers.get("content-length", 0)))
    if headers.get("transfer-encoding") == "chunked":
        body = _read_chunks(stream)
    return Request(start[0].decode(), start[1].decode(), headers, body)


def _read_chunks(stream) -> bytes:
    body = b""
    while size := int(stream.readline(), 16):
        body += stream.read(size)
        stream.readline()
    stream.readline()
    return body


def _bytes(response: Response) -> bytes:
    headers = {**response.headers, "content-length": str(len(response.body))}
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"HTTP/1.1 {response.status} -\r\n{lines}\r\n".encode() + response.body
