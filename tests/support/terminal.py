"""Runs a program in a pseudo-terminal, and tells what the terminal shows.

usage: terminal.py COLUMNS ROWS PROGRAM [ARGUMENT...]

Commands come as lines of JSON: {"press": TEXT}, {"resize": [COLUMNS, ROWS]}. Each change of the
screen is told as a line of JSON, and the last line tells how the program ended.
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
    """A screen that has an alternate screen too, as xterm has."""

    def __init__(self, columns, rows):
        self.main = None
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

    def told(self):
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
    """The foreground colours that a line uses, without the default one."""
    return sorted({line[column].fg for column in range(columns)} - {"default"})


def resize(fd, columns, rows):
    fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))


def tell(document):
    print(json.dumps(document), flush=True)


def main():
    columns, rows = int(sys.argv[1]), int(sys.argv[2])
    child, fd = pty.fork()
    if child == 0:
        # The size is set before the program begins, because it reads the size only once.
        resize(0, columns, rows)
        os.execvp(sys.argv[3], sys.argv[3:])
    screen = Terminal(columns, rows)
    screen.write_process_input = lambda answer: os.write(fd, answer.encode())
    try:
        follow(fd, screen)
    except EOFError:
        # The test has ended before the program.
        os.kill(child, signal.SIGKILL)
    tell(screen.told())
    _, status = os.waitpid(child, 0)
    tell({"status": os.waitstatus_to_exitcode(status)})


def follow(fd, screen):
    """Obeys commands and tells changes of the screen until the program ends."""
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
            # What has not come yet can be the rest of a frame.
            if not select.select([fd], [], [], 0)[0]:
                tell(screen.told())


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
