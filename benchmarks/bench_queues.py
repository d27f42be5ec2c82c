"""Every queue in every order, and some forty filters, over a full workspace: CPU and wall.

    python -m benchmarks.bench_queues --workspace FILE [--slow 300] [--only filters] [--times 1]

`--workspace` is changed: use a copy. Where it has no rewrites it is given synthetic ones, one a
chat, with verdicts on some 50,000 of them, signals, tags, predictions and a map. CPU is of the
whole process (user and system, all threads), the median of three; what takes longer than `--slow`
milliseconds is marked. `--only texts` asks what has to read the texts themselves: minutes. The last
line is the most memory that the process ever had.
"""

import argparse
import resource
import statistics
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from curator.filters.views import ORDERS, STATES, QueueSpec
from curator.store import Store

FILTERS = (
    "", "role:assistant", "role:system", "lang:zh", "lang:en turns>8", "source:*",
    "format:sharegpt", "license:mit", "category:math", "turns:2..4", "run:1", "number:1..1000",
    "line:500..1500", "tag:math", "-tag:*", "tag:math lang:zh", "cluster:*7",
    "twin:yes", "flag:yes", "stale:yes",
    "suspicious:yes", "verdict:accept", "verdict:pending lang:zh", "reviewer:ann", "score>3",
    "note:*hm*", "decided>2020-01-01", "model:m1", "made>2020-01-01", "proposal:keep",
    "candidate:0", "new>500", "leak>0.9", "signal:pii", "signal:leak",
    "leak>0.5 verdict:pending", "pii>0.9 role:assistant",
    "role:assistant lang:zh leak>0.3 tag:math", "not lang:zh", "not leak>0.5",
    "lang:zh or tag:math", "not (lang:zh or tag:math) turns>4",
)  # fmt: skip
#: What has to read the texts themselves, gigabytes of them, where there is no search index.
TEXTS = ("length>4000", "turn:4 length>2000", '"paperclip"', 'lang:zh "机器学习"')
SAYS = ["accept", "accept", "reject", "edit", "skip"]

FILL = (
    """
    insert into rewrites (ord, id, conversation_id, turn_index, criticism, content, verdict, model,
        prompt_digest, advice, candidate, horizon, details, created, chat, length)
    select *, length(content) from (
    select row_number() over (order by c.ord) - 1, md5(c.id || 'r'), c.id, 1,
        'The user asked for more.',
        'Better: ' || left(t.content, 60 + (hash(c.ord) % 600)::bigint) as content,
        case when hash(c.ord, 3) % 50 = 0 then 'keep' else 'rewrite' end,
        'm' || (hash(c.ord, 4) % 3), 'p', '', 0, 0, '{}', now()::timestamp, c.ord
    from conversations c join turns t on t.ord = c.ord and t.turn_index = 1
    where t.role = 'assistant')
    """,
    """
    insert into signals
    select conversation_id, turn_index, id,
        ['leak', 'refusal', 'length_ratio'][1 + (hash(ord, 1) % 3)::int],
        (hash(ord, 2) % 1000) / 1000.0, hash(ord, 2) % 10 = 0, null, 1, null from rewrites
    """,
    """
    insert into signals
    select id, 1, null, ['pii', 'repetition'][1 + (hash(ord, 11) % 2)::int],
        (hash(ord, 12) % 1000) / 1000.0, hash(ord, 12) % 10 = 0, null, 1, null
    from conversations where hash(ord, 13) % 5 = 0
    """,
    """
    insert into tags select ord, ['math', 'code', 'zh'][1 + (hash(ord, 5) % 3)::int]
    from conversations where hash(ord, 6) % 20 = 0
    """,
    "insert into predictions select id, (hash(ord, 21) % 1000) / 1000.0, 1, ord from rewrites",
    "insert into maps values ('chat', 'm', 'r', 1, null, now()::timestamp)",
    """
    insert into map_points
    select 'chat', id, 0, 0, hash(id) % 8, hash(id) % 40, hash(id) % 200, 0.5,
        (hash(id, 2) % 1000) / 1000.0, null, ord from conversations
    """,
    """
    insert into clusters
    select 'chat', level, n, 0, 'topic ' || n, 100, 0, 0, ''
    from (select unnest([0, 1, 2]) as level, unnest([8, 40, 200]) as many), range(200) r(n)
    where n < many
    """,
)


def fill(store: Store) -> None:
    """Rewrites and what stages and people say of them."""
    with store.connection.transaction() as cursor:
        for sql in FILL:
            cursor.execute(sql)
    from curator.conversation import Decision

    rows = store.connection.rows(
        """
        select id, conversation_id, turn_index, (hash(ord, 9) % 5)::int from rewrites
        where hash(ord, 7) % 20 = 0 limit 50000
        """
    )
    for first in range(0, len(rows), 10_000):
        store.decisions.record_many(
            [
                Decision(id_, chat, turn, "ann", SAYS[n], "by hand" if SAYS[n] == "edit" else None)
                for id_, chat, turn, n in rows[first : first + 10_000]
            ]
        )
    marked = rows[::70]
    store.decisions.record_many(
        [
            Decision(i, c, t, "ann", "mark", extra={"tags": ["math"], "score": 4, "note": "hm"})
            for i, c, t, _ in marked
        ]
    )
    store.decisions.record_many([Decision(i, c, t, "ann", "flag") for i, c, t, _ in rows[::50]])
    store.connection.execute("checkpoint")


def cpu() -> float:
    """Milliseconds that this process has worked."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return (used.ru_utime + used.ru_stime) * 1000


def timed(act: Callable[[], Any], times: int = 3) -> tuple[float, float, Any]:
    """Median CPU and wall in milliseconds, and what the last call found."""
    spent, waited, found = [], [], None
    for _ in range(times):
        begun, before = time.perf_counter(), cpu()
        found = act()
        spent.append(cpu() - before)
        waited.append((time.perf_counter() - begun) * 1000)
        if spent[-1] > 10_000:
            break
    return statistics.median(spent), statistics.median(waited), found


def cases(store: Store, only: str) -> Iterator[tuple[str, Callable[[], int]]]:
    """What is timed: its name, and what does it and says how much it found."""
    for order in ORDERS if only in ("", "orders") else ():
        for state in STATES:
            spec = QueueSpec(state, order)
            yield f"{order:<11} {state}", lambda spec=spec: len(store.desk.queue(spec))
    filters = {"": FILTERS, "filters": FILTERS, "texts": TEXTS}.get(only, ())
    for where in filters:
        yield f"chats      {where}", lambda where=where: len(store.selecting.conversations(where))
        spec = QueueSpec(where=where)
        yield f"queue      {where}", lambda spec=spec: len(store.desk.queue(spec))
    if only in ("", "counts"):
        for where in ("", "lang:zh"):
            yield f"counts     {where}", lambda w=where: sum(store.queues.counts(w).values())
            yield f"size       {where}", lambda w=where: store.queues.size(QueueSpec(where=w))[0]
        yield "known", lambda: len(store.selecting.known())


def main() -> None:
    """Print a line for each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--workspace", type=Path, required=True)
    parser.add_argument("--slow", type=float, default=300.0)
    parser.add_argument("--times", type=int, default=3)
    parser.add_argument("--only", choices=("orders", "filters", "texts", "counts"), default="")
    given = parser.parse_args()
    with Store(given.workspace) as store:
        if not store.rewrites.count():
            fill(store)
        print(f"{store.conversations.count():,} chats, {store.rewrites.count():,} rewrites")
        slow = 0
        for name, act in cases(store, given.only):
            spent, waited, found = timed(act, given.times)
            slow += spent > given.slow
            mark = "  SLOW" * (spent > given.slow)
            print(f"{name:<46}{found:>9,} {spent:9.0f} ms CPU {waited:9.0f} ms{mark}", flush=True)
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{slow} over {given.slow:.0f} ms of CPU; peak RSS {most:,.0f} MiB")


if __name__ == "__main__":
    main()
