"""Walk the rooms over thousands of records that attack a terminal, and look at every byte written.

    python -m benchmarks.walk_hostile --records 5000

Each record is another chat; its turns, its rewrite, its criticism, its source, its language, its
model and its signals are hostile, drawn from a seed. The app runs on a pty; every record is drawn
in the review and in the conversation screen, and all of them in the library. The same walk over
harmless chats says which escape sequences are the app's own. Prints the sequences and controls that
only the hostile walk wrote (there must be none), and how long each walk took; exits 1 if any came
or the app did not leave as it was told to.
"""

import argparse
import random
import sys
import tempfile
import time
from pathlib import Path

from curator.conversation import Conversation, Origin, Rewrite, Signal, Turn
from curator.store import Store
from tests.tui.chats import hostile_pairs
from tests.tui.terminal import PATIENCE, Terminal
from tests.tui.test_real_terminal import sequences

RUN = """
import sys
from curator.cli import main
sys.exit(main([sys.argv[1].split(":")[0], "-w", sys.argv[1].split(":")[1]]))
"""


class Deaf(Terminal):
    """A terminal that keeps the bytes and draws nothing: as fast as the app."""

    def __init__(self, command: str, workspace: Path) -> None:
        super().__init__(f"{command}:{workspace}", 120, 40, RUN)
        self._stream.feed = lambda _: None
        self.out = bytearray()  # bytes would be copied whole at every read
        self._seen = 0

    def until(self, text: str) -> None:
        """Read until the bytes of `text` come; those before are done with."""
        wanted, end = text.encode(), time.monotonic() + PATIENCE
        while (at := self.out.find(wanted, self._seen)) < 0:
            alive = self.read()
            if not alive or time.monotonic() > end:
                raise SystemExit(f"{text!r} did not come; last: {self.out[-2000:]!r}")
        self._seen = at + len(wanted)

    def leave(self) -> None:
        self.press(b"\x03")
        code = self.end()
        if code != 130:
            raise SystemExit(f"the app ended with {code}")


def fill(path: Path, count: int, seed: int | None) -> None:
    """`count` chats, hostile in every field; without a seed harmless ones."""
    chance = random.Random(seed)
    pairs = hostile_pairs(count * 2, seed) if seed is not None else [(("a", "b"), "c", "d", "e")]
    chats, rewrites, signals = [], [], []
    for number in range(count):
        said, before, after, why = pairs[2 * number % len(pairs)]
        (source, language), model, advice, note = pairs[(2 * number + 1) % len(pairs)]
        if seed is not None and chance.random() < 0.1:  # as long as to be cut
            before = before * 400
        turns = (Turn("user", f"{said[0]} {number}"), Turn("assistant", before),
                 Turn("user", said[1]), Turn("assistant", said[0]))  # fmt: skip
        chat = Conversation(turns, Origin(source, number, source), {"language": language})
        chats.append(chat)
        rewrites.append(
            Rewrite(chat.id, 1, why, after, model, "p", shown=(2,), evidence=(2,), advice=advice)
        )
        signals.append(Signal(chat.id, 1, "length_ratio", 3.0, True, note, rewrites[-1].id))
    with Store(path) as store:
        store.conversations.add(chats)
        store.rewrites.add(rewrites)
        store.signals.add(signals, {"length_ratio": 1}, None)


def review(path: Path, count: int) -> bytearray:
    """Every item, every tenth with its later turns and in the next of the views."""
    terminal = Deaf("review", path)
    terminal.until(f" 1 of {count:,} ")
    for number in range(2, count + 1):
        if number % 10 == 0:
            terminal.press(b"vd")
            terminal.read(0.05)
        terminal.press(b"J")
        terminal.until(f" {number:,} of {count:,} ")
    terminal.leave()
    return terminal.out


def conversations(path: Path, count: int) -> bytearray:
    """The library from top to end, then every conversation."""
    terminal = Deaf("open", path)
    terminal.until("Next")
    terminal.press(b"L")
    terminal.until("as they came")
    for _ in range(count // 30 + 2):
        terminal.press(b"\x04")
        terminal.read(0.02)
    terminal.press(b"g")
    terminal.read(0.2)
    terminal.press(b"\r")
    terminal.until("1 · 4 turns")
    for number in range(2, count + 1):
        terminal.press(b"J")
        terminal.until(f"{number:,} · 4 turns")
    terminal.leave()
    return terminal.out


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--records", type=int, default=5000)
    parser.add_argument("--seed", type=int, default=5)
    typed = parser.parse_args()
    bad = False
    with tempfile.TemporaryDirectory() as folder:
        mild, wild = Path(folder) / "mild.duckdb", Path(folder) / "wild.duckdb"
        fill(mild, 40, None)
        fill(wild, typed.records, typed.seed)
        for name, walk in (("review", review), ("library and conversations", conversations)):
            allowed, _ = sequences(walk(mild, 40))
            began = time.monotonic()
            out = walk(wild, typed.records)
            seconds = time.monotonic() - began
            seen, stray = sequences(out)
            print(
                f"{name}: {typed.records:,} records in {seconds:.0f} s, {len(out):,} bytes, "
                f"{len(seen - allowed)} foreign sequences, {len(stray)} stray controls"
            )
            for found in (*sorted(seen - allowed), *sorted(stray)):
                print(f"  {found!r}")
            bad = bad or bool(seen - allowed or stray)
    sys.exit(bad)


if __name__ == "__main__":
    main()
