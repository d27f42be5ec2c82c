"""Many calls to a server that fails one in twenty; `benchmarks/bench_chat.py` has the full size."""

from collections import Counter

import psutil

from curator.engines.faults import KINDS
from curator.store import Store
from tests.engines.conftest import ask_all
from tests.lies import mostly_honest

CALLS = 3000


def test_every_item_is_done_or_parked_with_its_reason(serve, open_engines, store: Store):
    server = serve(mostly_honest(0.05))
    engines = open_engines(server)
    process = psutil.Process()
    ask_all(engines, [f"warm up {n}" for n in range(CALLS // 3)], 32)
    store.calls.fold()  # so that the libraries it needs are loaded
    size, files, before = process.memory_info().rss, process.num_fds(), len(server.calls)
    server.keep = False
    found = ask_all(engines, [f"item {n}" for n in range(CALLS)], 32)
    ends = Counter(
        getattr(reply, "kind", "odd") if isinstance(reply, Exception) else "done"
        for reply in found.values()
    )
    assert sum(ends.values()) == len(found) == CALLS
    assert set(ends) <= {"done", *KINDS}
    assert ends["done"] > 0.99 * CALLS
    assert (server.count - before) / CALLS < 1.10
    # Replies of two kilobytes each: kept for good, they would be some fifteen megabytes here.
    assert process.memory_info().rss - size < 60 * 2**20
    assert process.num_fds() - files <= 32 + 8
    answered = [key for key in (getattr(r, "key", "") for r in found.values()) if key]
    assert len(set(answered)) == ends["done"]
    assert all(store.calls.find(key) for key in answered[:200])
