"""The app under a real pseudo-terminal, beside an empty Textual app and beside dtflow.

    python -m benchmarks.bench_tui --workspace FILE [--rewrites 50000] [--dt DT --jsonl FILE]
    python -m benchmarks.bench_tui --workspace FILE --short --only review

`--only` names parts (review, library, dtflow), `--short` presses a list's keys 100 times: three to
four minutes. A line is printed as soon as its program has ended.

`--workspace` is changed: use a copy. It is given synthetic rewrites where it has none. Every number
stands beside the same number of a Textual app with one Static, and of `dt view` (from dtflow 0.10.6
in a virtual environment of its own) where it is named, all in this run, in terminals of one size.

first paint: from the start of the process to the first text on the screen. first row: to the first
line of data. Both are the median of `--times` starts; the programs are started in turn, so that
what else the machine does meets each of them alike. key: from the key to the last byte it brings,
before 60 ms of silence. The keys of the empty app and of the first of the others are pressed in
turn, a fifth at a time, for the tail is the machine's as much as ours: the last line says how many
times the empty app's own it is. cold: the first key of each fifth, median; it is not among the 500,
for the program has slept while the other was pressed. whole: the p99 of those keys during which no
processor was taken away from this machine by its host. cpu: of the whole process, per key, as the
kernel counts it, to the nanosecond (in ticks of 10 ms it could not tell 0.2 per cent of a core from
1). paced: the same for further keys, one every half second, as one who reads presses them: what
waits for a pause is paid here. idle: share of a core over six seconds without a key, from five
seconds after the first row on, when what a start leaves to be done (memory put in order, pages
ahead, the index looked at) is over; early: over the first three seconds after that row, with all of
it. MB: at the first paint, after the keys, at the end; own: of the last, what is this process's
alone, without the code of libraries, which the system has in memory once for all; child: the same
of the processes it has started and that are there still, whose cpu is in all numbers. The first
program is the empty app that holds the workspace open by DuckDB and has asked it for one count:
what no app over it can go below.
"""

import argparse
import os
import pty
import re
import select
import signal
import statistics
import struct
import sys
import termios
import time
from collections.abc import Sequence
from dataclasses import dataclass
from fcntl import ioctl
from pathlib import Path

EMPTY = """
from textual.app import App
from textual.widgets import Static

class Empty(App):
    BINDINGS = [("j", "step", "step"), ("a", "step", "step"), ("x", "step", "step")]
    at = 0
    def compose(self):
        yield Static("ready 0")
    def action_step(self):
        self.at += 1
        self.query_one(Static).update(f"ready {self.at}\\n" + "some words of a chat " * 60)

Empty().run()
"""
#: The same with the workspace open: DuckDB's library, its catalogue and one answer.
HOLDING = EMPTY.replace(
    "Empty().run()",
    """
import sys, duckdb
held = duckdb.connect(sys.argv[1], read_only=True)
held.execute("select count(*) from rewrites").fetchall()
Empty().run()
""",
)
#: The app as the command starts it, but for the search index, which is made once per workspace
#: beside the screen: it is left alone, for its minutes of work would be measured as ours. That is
#: said when the house is opened, so that nothing is imported before its time.
OURS = """
import sys
from curator.cli import entering, main

class Doing(entering.Doing):
    def __init__(self, settings):
        super().__init__(settings)
        import curator.tui.house
        curator.tui.house.WORTH = sys.maxsize

entering.Doing = Doing
sys.exit(main())
"""
#: Seconds to the first paint and to the first row, of each start.
Starts = list[tuple[float, float]]

COLUMNS, ROWS = 120, 40
QUIET = 0.06
#: Seconds from key to key of one who reads.
PACE = 0.5
#: The keys are pressed in so many parts, in turn with another program's.
PARTS = 5
SEQUENCES = re.compile(
    rb"\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[P_X^][^\x1b]*\x1b\\|\x1b\[[0-?]*[ -/]*[@-~]|\x1b."
)


@dataclass
class Seen:
    """What was measured of one program; seconds, megabytes."""

    name: str
    paint: float = 0.0
    row: float = 0.0
    memory: float = 0.0
    memory_later: float = 0.0
    memory_end: float = 0.0
    own: float = 0.0
    child: float = 0.0
    idle: float = 0.0
    whole: float = 0.0
    cold: float = 0.0
    early: float = 0.0
    p50: float = 0.0
    p99: float = 0.0
    cpu: float = 0.0
    paced: float = 0.0


@dataclass(frozen=True)
class Program:
    """What is started, which texts are its first paint and its first row, and what is pressed: the
    last `paced` keys without haste. `before` brings it to the place, which says `after_before`."""

    name: str
    command: Sequence[str]
    paint: str
    row: str
    keys: Sequence[bytes]
    before: Sequence[bytes] = ()
    after_before: str = ""
    paced: int = 0


class Terminal:
    """A program on a pty."""

    def __init__(self, command: Sequence[str]) -> None:
        self.out = bytearray()
        self.began = time.perf_counter()
        self.pid, self.master = pty.fork()
        if self.pid == 0:
            env = {k: v for k, v in os.environ.items() if k not in ("COLUMNS", "LINES")}
            env.update(TERM="xterm-256color", LANG="C.UTF-8", COLORTERM="truecolor")
            os.execvpe(command[0], list(command), env)
        ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))

    def read(self, seconds: float) -> bool:
        """Take in what has come within so many seconds; whether anything has."""
        if not select.select([self.master], [], [], seconds)[0]:
            return False
        try:
            self.out += os.read(self.master, 1 << 16)
        except OSError:
            return False
        return True

    @property
    def text(self) -> str:
        """All text that was ever written, without sequences."""
        return SEQUENCES.sub(b" ", self.out).decode("utf-8", "replace")

    def wait(self, pattern: str, patience: float = 60.0) -> float:
        """Read until the pattern has been written; seconds since the start."""
        end = time.perf_counter() + patience
        while not re.search(pattern, self.text):
            self.read(0.05)
            if time.perf_counter() > end:
                raise SystemExit(f"{pattern!r} did not come; last was {self.text[-2000:]!r}")
        return time.perf_counter() - self.began

    def settle(self, seconds: float = 0.4) -> None:
        """Read until nothing has come for so long."""
        while self.read(seconds):
            pass

    def press(self, key: bytes) -> float:
        """Press a key; seconds to the last byte that it brought."""
        begun = last = time.perf_counter()
        os.write(self.master, key)
        # The first byte may take its time; what follows it comes soon or not at all.
        while self.read(1.0 if last == begun else QUIET):
            last = time.perf_counter()
        return last - begun

    def pace(self, key: bytes) -> None:
        """Press a key and give it half a second."""
        end = time.perf_counter() + PACE
        os.write(self.master, key)
        while (rest := end - time.perf_counter()) > 0:
            self.read(rest)

    def cpu(self) -> float:
        """Seconds of processor time used so far, by all threads: the clock that
        `clock_getcpuclockid` names for a process."""
        return sum(time.clock_gettime_ns((~pid << 3) | 2) for pid in self.family()) / 1e9

    def family(self) -> list[int]:
        """This process, and those it has started that are there still."""
        found = [self.pid]
        for pid in found:
            for children in Path(f"/proc/{pid}/task").glob("*/children"):
                found += map(int, children.read_text().split())
        return found

    def busy(self, seconds: float) -> float:
        """Read for so long; the share of a core used meanwhile."""
        used, begun = self.cpu(), time.perf_counter()
        while (rest := begun + seconds - time.perf_counter()) > 0:
            self.read(rest)
        return (self.cpu() - used) / (time.perf_counter() - begun)

    def memory(self) -> float:
        """Resident megabytes."""
        status = Path(f"/proc/{self.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+)", status)[1]) / 1024  # type: ignore[index]

    def own(self) -> tuple[float, float]:
        """The same without pages of files, which the system shares and may drop: of this process,
        and of those it has started."""
        each = [Path(f"/proc/{pid}/status").read_text() for pid in self.family()]
        found = [re.search(r"RssAnon:\s+(\d+)", status) for status in each]
        own, *others = (int(size[1]) / 1024 if size else 0.0 for size in found)
        return own, sum(others)

    def close(self) -> None:
        """End it."""
        os.kill(self.pid, signal.SIGTERM)
        end = time.perf_counter() + 8
        while time.perf_counter() < end:
            self.read(0.1)
            if os.waitpid(self.pid, os.WNOHANG)[0]:
                break
        else:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        os.close(self.master)


def stolen() -> int:
    """Ticks of 10 ms for which another guest of the host had this machine's processors."""
    return int(Path("/proc/stat").read_text().split("\n", 1)[0].split()[8])


class Visit:
    """A program that is looked at and pressed; what was seen of it is in `seen`."""

    def __init__(self, program: Program) -> None:
        self.program, self.seen = program, Seen(program.name)
        self.spent: list[float] = []
        self.whole: list[float] = []
        self.cold: list[float] = []
        self.used = 0.0
        terminal = self.terminal = Terminal(program.command)
        try:
            self.seen.paint = terminal.wait(program.paint)
            self.seen.memory = terminal.memory()
            self.seen.row = terminal.wait(program.row)
            self.seen.early = terminal.busy(3.0)
            for key in program.before:
                terminal.settle()
                os.write(terminal.master, key)
            if program.after_before:
                terminal.wait(program.after_before)
            terminal.busy(2.0)
            self.seen.idle = terminal.busy(6.0)
        except BaseException:
            terminal.close()
            raise

    def press(self, part: int, parts: int) -> None:
        """Press this part of the keys that come in haste."""
        keys = self.program.keys[: len(self.program.keys) - self.program.paced]
        used = self.terminal.cpu()
        for at, key in enumerate(keys[part::parts]):
            taken = stolen()
            spent = self.terminal.press(key)
            if not at:
                self.cold.append(spent)
                continue
            self.spent.append(spent)
            if stolen() == taken:
                self.whole.append(spent)
        self.used += self.terminal.cpu() - used

    def end(self) -> Seen:
        """Press the keys that come without haste, and close; what was seen."""
        seen, terminal, paced = self.seen, self.terminal, self.program.paced
        try:
            seen.cpu = self.used / len(self.spent + self.cold)
            seen.cold = statistics.median(self.cold)
            seen.p50 = statistics.median(self.spent)
            seen.p99 = sorted(self.spent)[int(len(self.spent) * 0.99)]
            if self.whole:
                seen.whole = sorted(self.whole)[int(len(self.whole) * 0.99)]
            seen.memory_later = terminal.memory()
            if paced:
                used = terminal.cpu()
                for key in self.program.keys[-paced:]:
                    terminal.pace(key)
                seen.paced = (terminal.cpu() - used) / paced
            seen.memory_end, (seen.own, seen.child) = terminal.memory(), terminal.own()
        finally:
            terminal.close()
        return seen


def measure(*programs: Program) -> list[Seen]:
    """Start programs, look at them, press their keys in turn; what was seen of each."""
    visits: list[Visit] = []
    try:
        for program in programs:
            visits.append(Visit(program))  # noqa: PERF401 - what was begun is closed below
        for part in range(PARTS):
            for visit in visits:
                visit.press(part, PARTS)
    except BaseException:
        for visit in visits:
            visit.terminal.close()
        raise
    return [visit.end() for visit in visits]


def in_turn(times: int, programs: Sequence[Program]) -> dict[str, Starts]:
    """Start all programs one after the other, so many times over; the starts of each."""
    found: dict[str, Starts] = {program.name: [] for program in programs}
    for _ in range(times):
        for program in programs:
            terminal = Terminal(program.command)
            try:
                start = terminal.wait(program.paint), terminal.wait(program.row)
            finally:
                terminal.close()
            found[program.name].append(start)
    return found


def with_starts(seen: Seen, starts: Starts) -> Seen:
    """What was measured of one program, with the median of its starts."""
    if starts:
        seen.paint = statistics.median(paint for paint, _ in starts)
        seen.row = statistics.median(row for _, row in starts)
    return seen


def rewrites(path: Path, count: int) -> None:
    """Give the workspace `count` synthetic rewrites, where it has none."""
    from curator.conversation import Rewrite
    from curator.store import Store

    with Store(path) as store:
        if store.rewrites.count() >= count:
            return
        step = max(store.shelf.size() // count, 1)
        made: list[Rewrite] = []
        rows = store.connection.rows(
            """
            select c.id, t.turn_index, t.content from turns t join conversations c using (ord)
            where t.ord % ? = 0 and t.turn_index in (1, 2) and t.role = 'assistant'
            """,
            [step],
        )
        for id_, turn, text in rows[:count]:
            made.append(
                Rewrite(id_, turn, "It ignored the question.", f"In short: {text}", "m", "p")
            )
        for first in range(0, len(made), 20_000):
            store.rewrites.add(made[first : first + 20_000])
        store.connection.execute("checkpoint")


HEADER = (
    f"{'':<18}{'paint':>7}{'row':>7}{'MB':>6}{'keys':>6}{'end':>6}{'own':>6}"
    f"{'child':>6}{'early':>7}{'idle':>7}"
    f"{'p50':>7}{'p99':>7}{'p99/50':>7}{'whole':>7}{'cold':>7}{'cpu/key':>9}{'paced':>7}"
)


def line(seen: Seen) -> str:
    """What was measured of one program, under `HEADER`; milliseconds, megabytes."""
    ratio = seen.p99 / seen.p50 if seen.p50 else 0.0
    return (
        f"{seen.name:<18}{seen.paint * 1e3:>7.0f}{seen.row * 1e3:>7.0f}{seen.memory:>6.0f}"
        f"{seen.memory_later:>6.0f}{seen.memory_end:>6.0f}{seen.own:>6.0f}{seen.child:>6.0f}"
        f"{seen.early:>7.1%}{seen.idle:>7.2%}"
        f"{seen.p50 * 1e3:>7.1f}{seen.p99 * 1e3:>7.1f}{ratio:>7.2f}"
        f"{seen.whole * 1e3:>7.1f}{seen.cold * 1e3:>7.1f}"
        f"{seen.cpu * 1e3:>9.1f}{seen.paced * 1e3:>7.1f}"
    )


def judge(empty: Seen, seen: dict[str, Seen], held: Seen | None) -> None:
    """The bars of what was measured; ratios are to the empty app. `held` is the floor for memory:
    it is named beside, and is no bar."""
    bars: list[tuple[str, float, float]] = []
    if review := seen.get("review"):
        bars += [
            ("first paint / empty, review", review.paint / empty.paint, 1.3),
            ("memory over empty, MB, first paint", review.memory - empty.memory, 60),
            ("memory over empty, MB, after the keys", review.memory_later - empty.memory_later, 60),
            ("memory over empty, MB, at the end", review.memory_end - empty.memory_end, 60),
            ("the same, own", review.own - empty.own, 60),
            ("cpu a key / empty, decide", review.cpu / empty.cpu, 1.5),
            ("cpu a key / empty, decide, paced", review.paced / empty.paced, 1.5),
            ("p99 / p50, decide and next", review.p99 / review.p50, 2.5),
            ("key to screen p50, ms, decide", review.p50 * 1e3, 50),
        ]
    if library := seen.get("library"):
        bars += [
            ("first paint / empty, library", library.paint / empty.paint, 1.3),
            ("cpu a key / empty, list", library.cpu / empty.cpu, 1.5),
            ("key to screen p50, ms, list", library.p50 * 1e3, 50),
        ]
    bars += [(f"idle, per cent of a core, {n}", s.idle * 100, 1.0) for n, s in seen.items()
             if n != "dtflow"]  # fmt: skip
    if library and (peer := seen.get("dtflow")):
        bars += [
            ("first paint / dtflow", library.paint / peer.paint, 0.5),
            ("first row / dtflow", library.row / peer.row, 0.5),
            ("cpu a key / dtflow", library.cpu / peer.cpu, 1 / 3),
        ]
    print()
    if held is not None:
        floor = held.memory_end - empty.memory_end
        print(f"    memory of the open workspace alone: {floor:.0f} MB over the empty app")
    for name, found, bar in bars:
        print(f"{'ok' if found <= bar else '!!'}  {name:<40}{found:8.2f}  bar {bar:.2f}")
    if review is not None:
        print(
            f"    p99 / the empty app's: {review.p99 / empty.p99:.2f} "
            f"(its own p99 / p50 is {empty.p99 / empty.p50:.2f})"
        )


def programs(given: argparse.Namespace) -> list[Program]:
    """The empty app, and what is asked for."""
    at = ("-w", str(given.workspace))
    ours = (sys.executable, "-c", OURS)
    reviewing = "review" in given.only
    paced = given.paced if reviewing else 0
    decide = [b"a" if n % 2 else b"x" for n in range(given.keys + PARTS + paced)]
    step = [b"j"] * (PARTS + (100 if given.short else given.keys))
    pressed = [b"j"] * len(decide if reviewing else step)
    empty = (sys.executable, "-c", EMPTY)
    parts = {
        "review": Program(
            "review", (*ours, "review", *at), "curator", r"\d+ of \d", decide, paced=paced
        ),
        "library": Program(
            "library", (*ours, "open", *at), "curator", "conversations", step, [b"l"],
            "as they came",
        ),
        "dtflow": Program(
            "dtflow", (str(given.dt), "view", str(given.jsonl)), r"\S{3,}",
            r"conversations|messages|user|assistant|\d+ / [\d?]", step[: 100 + PARTS],
        ),
    }  # fmt: skip
    asked = [parts[name] for name in given.only if name != "dtflow" or (given.dt and given.jsonl)]
    return [Program("empty app", empty, "ready", "ready", pressed, paced=paced), *asked]


def main() -> None:
    """Measure all and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--workspace", type=Path, required=True)
    parser.add_argument("--rewrites", type=int, default=50_000)
    parser.add_argument("--keys", type=int, default=500)
    parser.add_argument("--paced", type=int, default=100, help="keys at half a second each")
    parser.add_argument("--times", type=int, default=5, help="starts of each program")
    parser.add_argument("--only", nargs="*", default=["review", "library", "dtflow"])
    parser.add_argument("--short", action="store_true", help="few keys in lists")
    parser.add_argument("--dt", help="the `dt` command of dtflow")
    parser.add_argument("--jsonl", type=Path, help="the file for `dt view`")
    given = parser.parse_args()
    rewrites(given.workspace, given.rewrites)
    asked = programs(given)
    starts = in_turn(given.times, asked)
    print(HEADER, flush=True)
    found: dict[str, Seen] = {}
    held: Seen | None = None
    if "review" in given.only:
        with_it = (sys.executable, "-c", HOLDING, str(given.workspace))
        (held,) = measure(Program("empty + DuckDB", with_it, "ready", "ready", [b"j"] * 20))
        print(line(held), flush=True)
    for together in (asked[:2], *([program] for program in asked[2:])):
        for seen in measure(*together):
            found[seen.name] = with_starts(seen, starts[seen.name])
            print(line(found[seen.name]), flush=True)
    judge(found.pop("empty app"), found, held)


if __name__ == "__main__":
    main()
