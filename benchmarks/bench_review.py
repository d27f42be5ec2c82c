"""The review path on a full workspace: fetching, drawing the queue, deciding, undoing.

    python -m benchmarks.bench_review --conversations 100000

Every number stands beside a floor or a peer of the same run; on a shared machine only the ratios
mean anything. `floor` is an append and fdatasync of 300 bytes; `bare commit` is one DuckDB insert
of one narrow row, committed.
"""

import argparse
import os
import random
import resource
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from curator.conversation import Conversation, Decision, Origin, Rewrite, Turn
from curator.filters.views import QueueSpec
from curator.review import Session
from curator.review.bulk import Word, carry_out
from curator.store import Store
from curator.store.decision_rows import EVENT, event_columns

WORDS = ("the", "of", "answer", "wrong", "because", "我们", "问题", "回答", "city", "code", "list")

#: What finds the rewrites of a filter such as `line:5..8` with no thought for anything else.
PLAINEST = """
    select r.id, r.conversation_id, r.turn_index
    from rewrites r join conversations c on c.ord = r.chat
    where c.line >= ? and c.line <= ? order by r.ord
"""
#: What a bulk act says.
WORD = Word("accept", "ann")


def _text(chance: random.Random, words: int) -> str:
    return " ".join(chance.choices(WORDS, k=words))


def _chats(count: int) -> Iterator[Conversation]:
    chance = random.Random(1)
    for number in range(count):
        turns = [
            Turn("user" if n % 2 == 0 else "assistant", _text(chance, 60 if n % 2 else 15))
            for n in range(6)
        ]
        yield Conversation((Turn("user", f"{number}?"), *turns[1:]), Origin("bench", number))


def build(path: Path, count: int) -> None:
    """A workspace of `count` chats of six turns, one rewrite each, in random order."""
    chance = random.Random(2)
    with Store(path) as store:
        batch: list[Conversation] = []
        rewrites: list[Rewrite] = []
        for chat in _chats(count):
            batch.append(chat)
            rewrites.append(Rewrite(chat.id, 1, "Wrong.", _text(chance, 60), "m", "p"))
            if len(batch) == 10_000:
                store.conversations.add(batch)
                batch = []
        store.conversations.add(batch)
        chance.shuffle(rewrites)
        for first in range(0, count, 20_000):
            store.rewrites.add(rewrites[first : first + 20_000])
        store.connection.execute("checkpoint")


def timed(times: int, act: Callable[[int], object]) -> tuple[float, float]:
    """Median and 99th percentile in milliseconds."""
    spent = []
    for number in range(times):
        before = time.perf_counter()
        act(number)
        spent.append((time.perf_counter() - before) * 1000)
    spent.sort()
    return statistics.median(spent), spent[min(len(spent) - 1, int(len(spent) * 0.99))]


def show(name: str, found: tuple[float, float], beside: str = "", other: float = 0.0) -> float:
    """Print one line; the median."""
    ratio = f"{found[0] / other:8.2f} x {beside}" if other else ""
    print(f"{name:<44}{found[0]:9.2f} ms  p99 {found[1]:9.2f} {ratio}", flush=True)
    return found[0]


def read(store: Store) -> None:
    """Opening, the queue, one item, a window."""
    queue = store.desk.queue()
    chance = random.Random(3)
    bare = show(
        "one conversation by ord, DuckDB alone",
        timed(
            40,
            lambda _: store.connection.rows(
                "select * from turns where ord = ? order by turn_index",
                [chance.randrange(len(queue))],
            ),
        ),
    )
    show("the whole queue", timed(5, lambda _: store.desk.queue()))
    one = show(
        "papers of one item",
        timed(40, lambda n: store.desk.papers([queue[n * 7]], "ann")),
        "one conversation",
        bare,
    )
    show(
        "papers of a window of 16",
        timed(10, lambda n: store.desk.papers(queue[n * 16 : n * 16 + 16], "ann")),
        "one item",
        one,
    )


def decide(store: Store, scratch: Path) -> None:
    """Deciding and undoing through a session, beside the floors."""
    file = os.open(scratch / "floor", os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    floor = show(
        "floor: append and sync",
        timed(100, lambda _: (os.write(file, b"x" * 300), os.fdatasync(file))),
    )
    os.close(file)
    store.connection.execute("create or replace table bare (i bigint, s varchar)")
    bare = show(
        "bare commit of one row",
        timed(100, lambda n: store.connection.execute("insert into bare values (?, 'x')", [n])),
        "floor",
        floor,
    )
    session = Session(store.desk, "ann")
    session.prefetch(128)
    session.accept()
    show("decide: durable in the journal, next item", timed(100, lambda _: session.accept()),
         "floor", floor)  # fmt: skip
    begun = time.perf_counter()
    store.decisions.settle()
    spent = (time.perf_counter() - begun) * 1000
    print(f"{'commit of what waited, all together':<44}{spent:9.2f} ms")
    show("undo", timed(20, lambda _: session.undo()), "bare commit", bare)
    show("redo", timed(20, lambda _: session.redo()), "bare commit", bare)
    show("history, heads: one head", timed(40, lambda _: store.decisions.head("x")))


def decide_many(store: Store) -> None:
    """A thousand decisions as one act, beside `executemany`."""
    rewrites = store.rewrites.all()[2000:8000]
    acts = [
        [
            Decision(r.id, r.conversation_id, 1, "ann", "accept")
            for r in rewrites[n * 1000 : n * 1000 + 1000]
        ]
        for n in range(5)
    ]  # fmt: skip

    def many(_: int) -> None:
        store.connection._root.execute("begin")
        store.connection._root.executemany(
            "insert into bare values (?, ?)", [[n, "x"] for n in range(1000)]
        )
        store.connection._root.execute("commit")

    peer = show("executemany of 1,000 rows in a transaction", timed(2, many))
    show("1,000 decisions as one act", timed(5, lambda n: store.decisions.record_many(acts[n])),
         "executemany", peer)  # fmt: skip
    bulk(store)
    show("undo of 1,000 decisions", timed(2, lambda _: store.decisions.undo("ann")))


def bulk(store: Store, rounds: int = 15) -> None:
    """A thousand decisions, recorded and by a filter, beside one INSERT of lists of the same rows,
    one after the other in every round: median and best by the clock, median of the CPU.

    The INSERT is handed its rows; who decides by a filter has to find them first. So that has a
    floor of its own, the plainest SELECT that finds them and then the INSERT, and is shown beside
    both. What the floors leave out and ours does besides: what is hidden stays out, the decisions
    are checked, numbered and written to the synced journal, and their heads, with a primary key,
    are brought up to date in the same transaction.
    """
    columns = ", ".join(f"unnest($c{n})" for n in range(len(EVENT)))
    store.connection.execute("create or replace table lists as select * from events limit 0")
    last = int(store.connection.value("select max(ord) from rewrites"))
    spare = store.connection.rows(
        """
        select r.id, r.conversation_id from rewrites r left join heads h on h.rewrite_id = r.id
        where h.rewrite_id is null and r.chat < ? limit ?
        """,
        [last - 1000 * rounds, 1000 * rounds],
    )
    spent: dict[str, list[tuple[float, float]]] = {}

    def measured(name: str, act: Callable[[], object]) -> None:
        begun, before = time.perf_counter(), cpu()
        act()
        used = cpu() - before, (time.perf_counter() - begun) * 1000
        spent.setdefault(name, []).append(used)

    def one_insert(acts: list[Decision]) -> None:
        named = {f"c{at}": values for at, values in enumerate(event_columns(acts).values())}
        store.connection.cursor.execute(f"insert into lists select {columns}", named)

    def found_and_inserted(acts: list[Decision], first: int) -> None:
        rows = store.connection.rows(PLAINEST, [first, first + 999])
        ids, chats, turns = (list(each) for each in zip(*rows, strict=True))
        found = {"rewrite_id": ids, "conversation_id": chats, "turn_index": turns}
        named = {f"c{at}": each for at, each in enumerate((event_columns(acts) | found).values())}
        store.connection.cursor.execute(f"insert into lists select {columns}", named)

    for n in range(rounds):
        rows = spare[n * 1000 : n * 1000 + 1000]
        acts = [Decision(id_, chat, 1, "ann", "accept", seq=1, op=f"o{n}") for id_, chat in rows]
        first = last - 1000 * (n + 1)
        spec = QueueSpec("all", where=f"line:{first}..{first + 999}")

        measured("one INSERT of 1,000 rows as lists", lambda acts=acts: one_insert(acts))
        measured("recorded", lambda acts=acts: store.decisions.record_many(acts))
        measured("recorded again", lambda acts=acts: store.decisions.record_many(acts))
        measured(
            "one SELECT, then the INSERT",
            lambda acts=acts, first=first: found_and_inserted(acts, first),
        )
        measured("by a filter", lambda spec=spec: carry_out(store.desk, spec, WORD))
    told("the INSERT", spent)
    print("beside what also finds its rows:")
    told("both", {name: each for name, each in spent.items() if "SELECT" in name or "by a" in name})


def told(floor_name: str, spent: dict[str, list[tuple[float, float]]]) -> None:
    """A line for each, with its ratios to the first of them."""
    floor: list[float] = []
    for name, each in spent.items():
        spent_by = list(zip(*each, strict=True))
        found = [statistics.median(spent_by[1]), min(spent_by[1]), statistics.median(spent_by[0])]
        floor = floor or found
        times = [value / least for value, least in zip(found, floor, strict=True)]
        print(
            f"{name:<34}{found[0]:8.2f} ms, best {found[1]:7.2f}, CPU {found[2]:7.2f}"
            f"{times[0]:7.2f} x {floor_name}, best {times[1]:5.2f}, CPU {times[2]:5.2f}"
        )


def cpu() -> float:
    """Milliseconds that this process has worked, all threads."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return (used.ru_utime + used.ru_stime) * 1000


def main() -> None:
    """Build (or reuse) a workspace and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--conversations", type=int, default=20_000)
    parser.add_argument("--bulk", action="store_true", help="only the bulk acts: half a minute")
    parser.add_argument("--workspace", type=Path, help="keep the workspace here and use it again")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = given.workspace or Path(folder) / "bench.duckdb"
        if not path.exists():
            before = time.perf_counter()
            build(path, given.conversations)
            print(f"built {given.conversations:,} chats in {time.perf_counter() - before:.0f} s")
        if given.bulk:
            with Store(path) as store:
                bulk(store)
            return
        show("open and close", timed(3, lambda _: Store(path).close()))
        with Store(path) as store:
            print(f"{path.stat().st_size / 1e6:,.0f} MB, {store.rewrites.count():,} rewrites")
            read(store)
            decide(store, Path(folder))
            decide_many(store)


if __name__ == "__main__":
    main()
