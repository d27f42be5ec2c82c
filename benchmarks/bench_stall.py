"""The longest time a key waits, with what is larger than anybody reads, in every view.

    python -m benchmarks.bench_stall [--only turns words ...] [--turns 300000]

Makes a workspace of six chats: one of 300,000 turns; an answer of 100,000 words, rewritten; turns
of 5 MB; lines of 2 MB; answers of 90 kB, the longest that are edited here; two answers that differ
in 20,000 places. Each is reviewed under a pseudo-terminal in every view and at three sizes of the
screen, key by key: some four minutes.

Two numbers for each, the worst of its keys, in milliseconds. cpu: the longest step of the screen's
thread, by its own processor time. waits: the longest time for which that thread could not take a
key, whoever held it up (a step of its own, or another thread with the interpreter), less the time
for which it only waited for a processor that others had: what a key waits on a machine with nothing
else to do. The first line is the empty Textual app, whose keys write a line each. ten: how many
keys' waits are above ten times that. The last column names the key of the worst wait.
"""

import argparse
import os
import random
import re
import struct
import sys
import tempfile
import termios
import time
from collections.abc import Iterator, Sequence
from fcntl import ioctl
from pathlib import Path

from benchmarks.bench_tui import EMPTY, OURS, Terminal

#: Told of the thread that runs the loop: (when, processor seconds) of every step that is worth it,
#: and (when, seconds late, of them without a processor) of a beat of five milliseconds.
WATCH = """
import asyncio, os, threading, time
BEAT, FEW = 0.005, 0.0005
TOLD = open(os.environ["STALLS"], "w", 1)

def stalled(run=asyncio.Handle._run):
    def timed(self):
        begun = time.thread_time()
        run(self)
        taken = time.thread_time() - begun
        if taken > FEW:
            print("step", time.perf_counter(), taken, 0, file=TOLD)
    asyncio.Handle._run = timed

def without():
    with open(f"/proc/self/task/{threading.get_native_id()}/schedstat") as file:
        return int(file.read().split()[1]) / 1e9

def beat(loop, due, before):
    now, waited = time.perf_counter(), without()
    if now - due > FEW:
        print("beat", now, now - due, waited - before, file=TOLD)
    loop.call_later(BEAT, beat, loop, now + BEAT, waited)

def begin(run_forever=asyncio.BaseEventLoop.run_forever):
    def beating(self):
        self.call_soon(beat, self, time.perf_counter(), without())
        run_forever(self)
    asyncio.BaseEventLoop.run_forever = beating

stalled()
begin()
"""
SIZES = ((40, 120), (24, 80), (60, 200))
#: What each view is called, and the keys that go there and back, from side by side.
ESCAPE = b"\x1b"
TYPED = "é".encode()
WALK: tuple[tuple[str, bytes], ...] = (
    ("down", b"j"), ("page down", b"\x1b[6~"), ("end", b"G"), ("top", b"g"),
    ("next change", b"]"), ("next change", b"]"), ("last change", b"["), ("pane", b"\t"),
    ("inline", b"d"), ("end", b"G"), ("new only", b"d"), ("old only", b"d"), ("side", b"d"),
    ("later turns", b"v"), ("end", b"G"), ("fold them", b"v"), ("no criticism", b"c"),
    ("criticism", b"c"), ("blanks", b"w"), ("as written", b"w"), ("rendered", b"w"),
    ("blind", b"b"), ("see again", b"b"), ("passport", b"i"), ("leave it", ESCAPE),
    ("search", b"/"), ("type", b"w"), ("find", b"\r"), ("next hit", b"n"),
    ("flag", b"f"), ("score", b"4"),
)  # fmt: skip
#: The same of modes that are left by a key of theirs, where they were begun at all: what the screen
#: says where that is so, the key that begins, those within, and the one that leaves.
MODES: tuple[tuple[str, str, bytes, tuple[tuple[str, bytes], ...]], ...] = (
    ("judged", "hunks", b"t", (
        ("next hunk", b"]"), ("take", b"t"), ("refuse", b"T"), ("split", b"s"), ("undo", b"u"),
        ("end", b"G"),
    )),
    ("saves", "edit", b"e", (("type", TYPED), ("down", b"\x1b[B"), ("type", TYPED))),
)  # fmt: skip


def words(count: int, rng: random.Random) -> str:
    """Prose of so many words, in paragraphs."""
    made = ["".join(rng.choices("aeioulnrst", k=rng.randint(2, 9))) for _ in range(5_000)]
    said = rng.choices(made, k=count)
    return "".join(f"{one}{'.' * (at % 17 == 16)}" + ("\n\n" if at % 170 == 169 else " ")
                   for at, one in enumerate(said))  # fmt: skip


def rewritten(text: str, share: float, rng: random.Random) -> str:
    """The same with this share of its words replaced."""
    return " ".join("anew" if rng.random() < share else one for one in text.split(" "))


def giants(turns: int) -> Iterator[tuple[str, list[str], int, str]]:
    """What is large: its name, the texts of a chat, which of them is rewritten, and how."""
    rng = random.Random(5)
    short = [f"Turn {n} of very many, and what it says." for n in range(turns)]
    yield "turns", short, turns // 2 | 1, "Half of them come later."
    long = words(100_000, rng)
    yield "words", ["Tell me all.", long, "Thanks"], 1, rewritten(long, 0.3, rng)
    book = words(800_000, rng)[:5_000_000]
    yield "book", [book, book, book], 1, rewritten(book, 0.1, rng)
    line = words(400_000, rng).replace("\n", " ")[:2_000_000]
    yield "line", [line, line, line], 1, rewritten(line, 0.2, rng)
    here = words(15_000, rng)[:90_000]
    yield "edited", ["As long as is edited here.", here, "Yes"], 1, rewritten(here, 0.3, rng)
    places = [f"word{n % 997} same{n % 31}" for n in range(20_000)]
    changed = [f"other{n % 991} same{n % 31}" for n in range(20_000)]
    yield "hunks", ["Many?", ".\n".join(places), "Yes"], 1, ".\n".join(changed)


def build(path: Path, turns: int, only: Sequence[str]) -> list[str]:
    """Make the workspace; the names of what is in it."""
    from curator.conversation import Conversation, Origin, Rewrite, Turn
    from curator.store import Store

    names = []
    with Store(path) as store:
        for name, texts, at, new in giants(turns):
            if only and name not in only:
                continue
            said = tuple(
                Turn("assistant" if n % 2 else "user", text) for n, text in enumerate(texts)
            )
            chat = Conversation(said, Origin("giants"))
            store.conversations.add([chat])
            why = "It could be shorter. " * 40
            store.rewrites.add([Rewrite(chat.id, at, why, new, f"giant-{name}", "prompt")])
            names.append(name)
    return names


class Watched:
    """A program on a pty whose stalls are told when it has ended."""

    def __init__(self, code: str, *given: str) -> None:
        handle, name = tempfile.mkstemp(suffix=".json")
        os.close(handle)
        self._told = Path(name)
        os.environ["STALLS"] = name
        self.terminal = Terminal((sys.executable, "-c", WATCH + code, *given))
        #: When each key was pressed, in which item, and what it is called.
        self.pressed: list[tuple[float, str, str]] = []

    def press(self, item: str, name: str, key: bytes) -> str:
        """Press a key and wait until the screen rests; what it wrote."""
        self.pressed.append((time.perf_counter(), item, name))
        self.terminal.out.clear()
        os.write(self.terminal.master, key)
        self.rest()
        return self.terminal.text

    def rest(self, patience: float = 30.0) -> None:
        """Read until nothing has come for a while."""
        end = time.perf_counter() + patience
        while self.terminal.read(0.35) and time.perf_counter() < end:
            pass

    def resize(self, item: str, rows: int, columns: int) -> None:
        """Give the terminal another size."""
        self.pressed.append((time.perf_counter(), item, f"to {columns}×{rows}"))
        size = struct.pack("HHHH", rows, columns, 0, 0)
        ioctl(self.terminal.master, termios.TIOCSWINSZ, size)
        self.rest()

    def end(self) -> list[tuple[str, str, float, float]]:
        """Close it; of each key its item, its name, the longest step and the longest wait."""
        self.terminal.close()
        told = [line.split() for line in self._told.read_text().splitlines()]
        each = [
            (line[0], float(line[1]), float(line[2]) - float(line[3]))
            for line in told
            if len(line) == 4
        ]
        self._told.unlink()
        found = []
        ends = [when for when, _, _ in self.pressed[1:]] + [float("inf")]
        for (begun, item, name), end in zip(self.pressed, ends, strict=True):
            here = [(kind, by) for kind, at, by in each if begun < at <= end]
            taken, late = (max((by for kind, by in here if kind == which), default=0.0) * 1e3
                           for which in ("step", "beat"))  # fmt: skip
            found.append((item, name, taken, late))
        return found


def of_empty(keys: int) -> list[tuple[str, str, float, float]]:
    """The same of the empty app."""
    watched = Watched(EMPTY)
    watched.terminal.wait("ready")
    watched.rest()
    for _ in range(keys):
        watched.press("empty app", "line", b"j")
    return watched.end()


def of_ours(path: Path, count: int) -> list[tuple[str, str, float, float]]:
    """Each item in every view, at each size. Which one it is, its passport says: the queue puts
    what is suspicious last."""
    watched = Watched(OURS, "review", "-w", str(path))
    watched.terminal.wait(r"\d+ of \d", 120.0)
    watched.rest()
    called: dict[str, str] = {}
    for item in map(str, range(count)):
        if item != "0":
            watched.press(item, "next", b"J")
        for rows, columns in SIZES:
            watched.resize(item, rows, columns)
            for view, key in WALK:
                if found := re.search(r"giant-(\w+)", watched.press(item, view, key)):
                    called[item] = found[1]
            for sign, mode, key, within in MODES:
                if sign in watched.press(item, mode, key):
                    for act, inner in within:
                        watched.press(item, f"{act}, {mode}", inner)
                    watched.press(item, f"leave {mode}", ESCAPE)
    return [(called.get(item, item), key, cpu, wait) for item, key, cpu, wait in watched.end()]


def tell(item: str, each: Sequence[tuple[str, str, float, float]], floor: float) -> None:
    """One line: the worst of all keys of an item."""
    _, _, cpu, _ = max(each, key=lambda one: one[2])
    _, key, _, wait = max(each, key=lambda one: one[3])
    many = sum(one[3] > 10 * floor for one in each) if floor else 0
    print(f"{item:<12}{len(each):>6}{cpu:>9.1f}{wait:>9.1f}{many:>6}  {key}", flush=True)


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--only", nargs="*", default=[], help="turns, words, line...")
    parser.add_argument("--turns", type=int, default=300_000)
    parser.add_argument("--all", action="store_true", help="tell every key above 50 ms")
    given = parser.parse_args()
    print(f"{'':<12}{'keys':>6}{'cpu ms':>9}{'waits ms':>9}{'ten':>6}  worst")
    empty = of_empty(30)
    tell("empty app", empty, 0.0)
    floor = max(one[3] for one in empty)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "giants.duckdb"
        names = build(path, given.turns, given.only)
        found = of_ours(path, len(names))
    for name in dict.fromkeys(one[0] for one in found):
        tell(name, [one for one in found if one[0] == name], floor)
    for item, key, cpu, wait in found if given.all else ():
        if max(cpu, wait) > 50:
            print(f"    {item:<10}{key:<14}{cpu:>9.1f}{wait:>9.1f}")


if __name__ == "__main__":
    main()
