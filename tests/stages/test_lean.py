import subprocess
import sys

import pytest

CODE = """
import re
from pathlib import Path
import duckdb
from curator.stages.lean import give_back, give_back_code, share_heap

def of_files():
    rolled = Path("/proc/self/smaps_rollup").read_text()
    rss, own = (int(re.search(name + r":\\s+(\\d+)", rolled)[1]) for name in ("Rss", "Anonymous"))
    return (rss - own) >> 10

share_heap()
db = duckdb.connect()
assert db.execute("select sum(range) from range(10)").fetchall() == [(45,)]
before = of_files()
give_back_code()
after = of_files()
assert after < before - 5, (before, after)
for _ in range(3):
    give_back()
    give_back_code()
    assert db.execute("select sum(range) from range(100000)").fetchall() == [(4999950000,)]
try:
    db.execute("select x")
except duckdb.BinderException:
    print("still alive")
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="Linux tells what is mapped")
def test_code_that_is_given_back_comes_again_when_it_is_needed() -> None:
    done = subprocess.run(
        [sys.executable, "-c", CODE], capture_output=True, text=True, timeout=300, check=False
    )
    assert done.stdout.strip() == "still alive", done.stderr


def test_elsewhere_than_on_linux_nothing_is_done(monkeypatch: pytest.MonkeyPatch) -> None:
    from curator.stages import lean

    monkeypatch.setattr(sys, "platform", "darwin")
    lean._function.cache_clear()
    try:
        lean.share_heap()
        lean.give_back_code()
        lean.give_back()
        assert lean._function("mallopt") is None
    finally:
        monkeypatch.undo()
        lean._function.cache_clear()
