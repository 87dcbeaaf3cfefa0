# SPDX-License-Identifier: Apache-2.0
# The "clip backup" that the camera's declared flow goes to: accepts, and appends each received line to a file with its time.
# usage: cloud.py ADDRESS PORT FILE
import socketserver
import sys
import time


class Receiver(socketserver.StreamRequestHandler):
    def handle(self):
        for line in self.rfile:
            with open(sys.argv[3], "a", encoding="utf-8") as log:
                log.write("%.3f %s %s\n" % (time.time(), self.client_address[0], line.decode("ascii", "replace").strip()))


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True


Server((sys.argv[1], int(sys.argv[2])), Receiver).serve_forever()
