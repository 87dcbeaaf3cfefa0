# SPDX-License-Identifier: Apache-2.0
"""A file server with byte ranges, several in one request too, that counts what it sent: for rivals that fetch parts."""
import http.server
import os
import re
import threading
from urllib.parse import unquote

BOUNDARY = "hallmark-bench-part"


def ranges(header, size):
    """[(first, last)] of a Range header, or None if it is not one that can be served."""
    if not header or not re.fullmatch(r"bytes=\d+-\d+(,\s*\d+-\d+)*", header):
        return None
    found = [tuple(int(x) for x in part.split("-")) for part in header[len("bytes="):].split(",")]
    return [(a, min(b, size - 1)) for a, b in found] if all(a <= b and a < size for a, b in found) else None


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_GET(self):
        path = os.path.join(self.server.folder, unquote(self.path).lstrip("/"))
        if "/.." in self.path or not os.path.isfile(path):
            self.send_error(404)
            return
        with open(path, "rb") as f:
            size = os.path.getsize(path)
            wanted = ranges(self.headers.get("Range"), size)
            self.answer(f, size, wanted)

    def answer(self, f, size, wanted):
        def part(a, b):
            f.seek(a)
            return f.read(b - a + 1)
        more = {}
        if wanted is None:
            status, body = 200, part(0, size - 1)
        elif len(wanted) == 1:
            status, body = 206, part(*wanted[0])
            more["Content-Range"] = f"bytes {wanted[0][0]}-{wanted[0][1]}/{size}"
        else:
            status = 206
            more["Content-Type"] = f"multipart/byteranges; boundary={BOUNDARY}"
            body = b"".join(f"\r\n--{BOUNDARY}\r\nContent-Range: bytes {a}-{b}/{size}\r\n\r\n".encode() + part(a, b)
                            for a, b in wanted) + f"\r\n--{BOUNDARY}--\r\n".encode()
        self.send_response(status)
        for k, v in {"Content-Length": str(len(body)), "Accept-Ranges": "bytes", **more}.items():
            self.send_header(k, v)
        self.end_headers()
        self.server.sent += len(body)  # before the client can have it all and ask how much it was
        self.wfile.write(body)


class Server:
    """with Server(folder) as s: s.url, s.take() = bytes sent since the last call."""

    def __init__(self, folder):
        self.http = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.http.folder, self.http.sent, self.http.daemon_threads = folder, 0, True
        self.url = f"http://127.0.0.1:{self.http.server_address[1]}"

    def __enter__(self):
        threading.Thread(target=self.http.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.http.shutdown()
        self.http.server_close()

    def take(self):
        sent, self.http.sent = self.http.sent, 0
        return sent
