# SPDX-License-Identifier: MIT
"""A terminal: the program on a pseudo-terminal of its own, and a model of what stands on its screen."""

import codecs
import contextlib
import fcntl
import os
import pty
import re
import select
import signal
import struct
import termios
import time
import unicodedata

from patience import PATIENCE_S


def width(char):
    """Columns of a character on a terminal."""
    if unicodedata.combining(char) or unicodedata.category(char) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


class Screen:
    """What understands line feeds, carriage returns and ESC [ K, and is endless to the bottom."""

    def __init__(self, columns):
        self.columns, self.rows, self.column, self.pending = columns, [[]], 0, ""
        self.continued = False  # the last row goes on with what the one above it has no room for
        self.joins = set()      # rows that do so
        self.drawn = []         # what was drawn over since it was last looked for, the oldest first
        self.wrong = []         # what may never come
        self.decoder = codecs.getincrementaldecoder("utf-8")("strict")

    last = property(lambda self: self.row(-1), doc="text of the row with the cursor")
    lines = property(lambda self: [self.row(index) for index in range(len(self.rows))], doc="text of all")

    def row(self, index):
        return "".join(self.rows[index]).rstrip()

    @property
    def text(self):
        """The lines as they were written, whatever rows they take."""
        joined = []
        for index in range(len(self.rows)):
            if index in self.joins:
                joined[-1] += "".join(self.rows[index])
            else:
                joined.append("".join(self.rows[index]))
        return [line.rstrip() for line in joined]

    def feed(self, data):
        self.pending += self.decoder.decode(data)
        while self.pending and self.take():
            pass

    def take(self):
        char = self.pending[0]
        if char == "\r" and len(self.pending) == 1:
            return False  # a line feed may come with the next read
        if char == "\x1b":
            if len(self.pending) < 3:
                return False
            if self.pending[:3] != "\x1b[K":
                self.wrong.append(f"sequence {self.pending[:8]!r}")
            del self.rows[-1][self.column:]
            self.pending = self.pending[3:]
            return True
        self.pending = self.pending[1:]
        if char == "\n":
            self.rows.append([])
            self.continued = False
        elif char == "\r":
            if self.continued and not self.pending.startswith("\n"):
                self.wrong.append(f"a line that is drawn over is wider than {self.columns} columns: {self.lines[-2:]}")
            if not self.pending.startswith("\n"):
                self.drawn.append(self.last)
            self.column = 0
        elif ord(char) < 0x20 or 0x7F <= ord(char) < 0xA0:
            self.wrong.append(f"control byte {char!r}")
        else:
            self.put(char)
        return True

    def put(self, char):
        columns, row = width(char), self.rows[-1]
        if columns == 0:
            if self.column > 0:
                row[self.column - 1] += char
            return
        if self.column + columns > self.columns:
            self.rows.append([])
            self.column, self.continued, row = 0, True, self.rows[-1]
            self.joins.add(len(self.rows) - 1)
        row[self.column:self.column + columns] = [char] + [""] * (columns - 1)
        self.column += columns


class Terminal:
    """A program with a terminal: `columns` wide; or only with standard error on it, and standard output in the file
    `out`."""

    def __init__(self, args, env, columns=80, out=None):
        self.screen, self.raw, self.status = Screen(columns), b"", None
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            with contextlib.suppress(BaseException):
                self.resize(columns, 0)
                signal.signal(signal.SIGINT, signal.SIG_DFL)
                if out:
                    os.dup2(os.open(out, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), 1)
                os.execve(args[0], [str(arg) for arg in args], env)
            os._exit(125)

    def resize(self, columns, fd=None):
        """Make it as wide as that; what comes from now on has to fit."""
        fcntl.ioctl(self.fd if fd is None else fd, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        self.screen.columns = columns

    def read(self, timeout=0.0):
        """Take what has come. False at the end."""
        while select.select([self.fd], [], [], timeout)[0]:
            try:
                data = os.read(self.fd, 65536)
            except OSError:
                return False
            if not data:
                return False
            self.raw += data
            self.screen.feed(data)
            timeout = 0.0
        return True

    def until(self, pattern, within=PATIENCE_S):
        """Read until the row with the cursor matches, or has matched since the last call: a late reader misses nothing.
        Returns the match."""
        deadline = time.monotonic() + within
        while time.monotonic() < deadline:
            going = self.read(0.02)
            while self.screen.drawn:
                if match := re.search(pattern, self.screen.drawn.pop(0)):
                    return match
            if match := re.search(pattern, self.screen.last):
                return match
            assert going, (pattern, self.screen.lines[-5:])
        raise AssertionError((pattern, self.screen.lines[-5:]))

    def samples(self, count, every):
        """The row with the cursor, at so many instants."""
        taken = []
        for _ in range(count):
            deadline = time.monotonic() + every
            while time.monotonic() < deadline:
                self.read(max(0.0, deadline - time.monotonic()))
            self.read(0.005)  # the rest of a write that this reader has kept waiting
            taken.append(self.screen.last)
        return taken

    def keep_output(self):
        """A key that interrupts discards what was written and not read yet. Not from now on, so that all can be counted."""
        modes = termios.tcgetattr(self.fd)
        modes[3] |= termios.NOFLSH
        termios.tcsetattr(self.fd, termios.TCSANOW, modes)

    def type(self, keys):
        os.write(self.fd, keys)

    def end(self, within=PATIENCE_S):
        """Read to the end; the exit status."""
        deadline = time.monotonic() + within
        while self.read(0.05):
            assert time.monotonic() < deadline, self.screen.lines[-5:]
        self.status = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
        assert not self.screen.wrong, self.screen.wrong
        return self.status

    def close(self):
        if self.status is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        os.close(self.fd)
