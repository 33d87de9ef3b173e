# SPDX-License-Identifier: BSD-2-Clause
"""The other end of a machine's serial line: a raw log, the text without escape sequences, and a rendered terminal."""
import codecs
import re
import socket
import threading
import time

import pyte

COLUMNS, ROWS = 80, 24  # what the product draws for over a serial line

ESCAPES = re.compile(
    r"\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)"   # OSC
    r"|\x1b[P^_][^\x1b]*\x1b\\"            # DCS, PM, APC
    r"|\x1b\[[0-?]*[ -/]*[@-~]"            # CSI
    r"|\x1b[ -/]*[0-~]")                   # two-character sequences


class SerialTerminal:
    """Reads the socket in a thread of its own. `mark()` returns a position that `text(since)` and waits can start from."""

    def __init__(self, path, log_path, timeout, replay=b"", size=(COLUMNS, ROWS)):
        self._lock = threading.Lock()
        self._screen = pyte.Screen(*size)
        self._stream = pyte.ByteStream(self._screen)
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._text = ""
        self.raw = b""
        self.arrivals = []  # (offset in raw after this piece, time.monotonic())
        self._log = open(log_path, "wb", buffering=0)
        if replay:
            self._take(replay)
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._socket.settimeout(timeout)
        self._socket.connect(str(path))
        self._socket.settimeout(None)
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _take(self, piece):
        now = time.monotonic()
        self._log.write(piece)
        with self._lock:
            self.raw += piece
            self.arrivals.append((len(self.raw), now))
            self._text += self._decoder.decode(piece)
            try:
                self._stream.feed(piece)
            except Exception:  # pyte 0.8 stumbles over private sequences it does not know; the text is kept all the same
                self._stream = pyte.ByteStream(self._screen)

    def _run(self):
        while True:
            try:
                piece = self._socket.recv(65536)
            except OSError:
                return
            if not piece:
                return
            self._take(piece)

    def send(self, data):
        """Types bytes on the serial line."""
        self._socket.sendall(data)

    def mark(self):
        """The position behind everything that has come so far."""
        with self._lock:
            return len(self._text)

    def text(self, since=0):
        """What came after SINCE, without escape sequences."""
        with self._lock:
            return ESCAPES.sub("", self._text[since:]).replace("\r", "")

    def lines(self):
        """The rendered screen, a list of strings."""
        with self._lock:
            return list(self._screen.display)

    def screen(self):
        """The rendered screen as one string."""
        return "\n".join(line.rstrip() for line in self.lines())

    def reverse_rows(self):
        """Indices of rows that hold text on a background other than the screen's usual one (the selected entry)."""
        with self._lock:
            rows = []
            for y in range(self._screen.lines):
                cells = [self._screen.buffer[y][x] for x in range(self._screen.columns)]
                lit = sum(1 for c in cells if c.reverse or c.bg not in ("default", "black"))
                if lit > 3 and any(c.data.strip() for c in cells):
                    rows.append(y)
            return rows

    def time_of(self, pattern):
        """time.monotonic() of the piece that completed the first match of PATTERN in the text without escapes, or None."""
        with self._lock:
            raw, arrivals = self.raw, list(self.arrivals)
        for offset, when in arrivals:
            if re.search(pattern, ESCAPES.sub("", raw[:offset].decode("utf-8", "replace"))):
                return when
        return None

    def close(self):
        try:
            self._socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self._socket.close()
        self._thread.join(5)
        self._log.close()
