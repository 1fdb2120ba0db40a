"""Runs a program in a pseudo-terminal, and prints what the terminal shows.

usage: terminal.py COLUMNS ROWS (cut|wrap) PROGRAM [ARGUMENT...]

When the terminal becomes narrower, it cuts old lines as xterm does, or wraps them as most do.

Commands come as lines of JSON: {"press": TEXT}, {"resize": [COLUMNS, ROWS]}. Each change of the
screen is printed as a line of JSON. The last line has the exit status of the program.
"""

import fcntl
import json
import os
import pty
import select
import signal
import struct
import sys
import termios

import pyte

MOST_BYTES = 1 << 16


class Terminal(pyte.HistoryScreen):
    """A screen with an alternate screen, as xterm has one."""

    def __init__(self, columns, rows, wraps):
        self.main = None
        self.wraps = wraps
        super().__init__(columns, rows, history=10_000, ratio=1)

    def set_mode(self, *modes, **how):
        if how.get("private") and 1049 in modes and self.main is None:
            self.main = (self.buffer.copy(), self.cursor.x, self.cursor.y)
            self.buffer.clear()
            self.dirty.update(range(self.lines))
        super().set_mode(*modes, **how)

    def reset_mode(self, *modes, **how):
        super().reset_mode(*modes, **how)
        if how.get("private") and 1049 in modes and self.main is not None:
            buffer, self.cursor.x, self.cursor.y = self.main
            self.main = None
            self.buffer.clear()
            self.buffer.update(buffer)

    def index(self):
        """Keeps no history of the alternate screen."""
        if self.main is None:
            super().index()
        else:
            pyte.Screen.index(self)

    def resize(self, lines=None, columns=None):
        if self.wraps and self.main is None and columns < self.columns:
            self.wrap(columns)
        super().resize(lines, columns)

    def wrap(self, columns):
        """Wraps the lines down to the cursor or the last letter. The cursor stays in its line."""
        used = [row for row in range(self.lines) if text(self.buffer[row], self.columns)]
        rows = []
        for row in range(max([self.cursor.y, *used]) + 1):
            if row == self.cursor.y:
                cursor = len(rows)
            rows.extend(self.pieces(self.buffer[row], columns))
        away = max(0, len(rows) - self.lines)
        self.history.top.extend(rows[:away])
        self.buffer.clear()
        self.buffer.update(enumerate(rows[away:]))
        self.cursor.y = max(0, cursor - away)

    def pieces(self, line, columns):
        for start in range(0, len(text(line, self.columns)) or 1, columns):
            piece = type(line)(line.default)
            piece.update({at - start: line[at] for at in line if start <= at < start + columns})
            yield piece

    def document(self):
        return {
            "lines": self.display,
            "colours": [colours(self.buffer[row], self.columns) for row in range(self.lines)],
            "scrollback": [text(line, self.columns) for line in self.history.top],
            "alternate": self.main is not None,
            "mouse": 1000 << 5 in self.mode,
            "cursor": not self.cursor.hidden,
        }


def text(line, columns):
    return "".join(line[column].data for column in range(columns)).rstrip()


def colours(line, columns):
    """The foreground colours in a line, without the default colour."""
    return sorted({line[column].fg for column in range(columns)} - {"default"})


def resize(fd, columns, rows):
    fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))


def write(document):
    print(json.dumps(document), flush=True)


def main():
    columns, rows = int(sys.argv[1]), int(sys.argv[2])
    child, fd = pty.fork()
    if child == 0:
        # The size is set before the program starts, because the program reads the size only once.
        resize(0, columns, rows)
        os.execvp(sys.argv[4], sys.argv[4:])
    screen = Terminal(columns, rows, sys.argv[3] == "wrap")
    screen.write_process_input = lambda answer: os.write(fd, answer.encode())
    try:
        follow(fd, screen)
    except EOFError:
        # The test has ended before the program.
        os.kill(child, signal.SIGKILL)
    write(screen.document())
    _, status = os.waitpid(child, 0)
    write({"status": os.waitstatus_to_exitcode(status)})


def follow(fd, screen):
    """Obeys commands, and prints changes of the screen, until the program ends."""
    stream = pyte.ByteStream(screen)
    commands = b""
    while True:
        ready, _, _ = select.select([fd, sys.stdin], [], [])
        if sys.stdin in ready:
            read = os.read(0, MOST_BYTES)
            if not read:
                raise EOFError
            *lines, commands = (commands + read).split(b"\n")
            for line in lines:
                obey(json.loads(line), fd, screen)
        if fd in ready:
            output = read_output(fd)
            if not output:
                return
            stream.feed(output)
            # The output can stop in the middle of a frame, and the rest of the frame follows.
            if not select.select([fd], [], [], 0)[0]:
                write(screen.document())


def read_output(fd):
    try:
        return os.read(fd, MOST_BYTES)
    except OSError:
        return b""


def obey(command, fd, screen):
    if "press" in command:
        os.write(fd, command["press"].encode())
    if "resize" in command:
        columns, rows = command["resize"]
        screen.resize(rows, columns)
        resize(fd, columns, rows)


if __name__ == "__main__":
    main()
