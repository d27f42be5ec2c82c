import subprocess
import sys
import threading
from pathlib import Path

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from curator.errors import Cancelled, StoreError
from curator.store import Store
from curator.store.streamed import integers
from tests.store.workspaces import fill

BIGINTS = st.integers(-(2**63), 2**63 - 1)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(BIGINTS, BIGINTS), max_size=40))
def test_columns_are_what_rows_are(rows: list[tuple[int, int]]) -> None:
    with duckdb.connect() as db:
        db.execute("create table t (a bigint, b bigint)")
        for row in rows:
            db.execute("insert into t values (?, ?)", row)
        found = integers(db.sql("select a, b from t order by b, a"), 2)
        assert list(zip(*found, strict=True)) == sorted(rows, key=lambda row: (row[1], row[0]))


def test_many_batches_keep_the_order_of_the_query(store: Store) -> None:
    sql = "select range * 7, 300000 - range from range(?) order by 2"
    sevens, down = store.connection.cursor.integers(sql, 2, [300_000])
    assert list(down) == list(range(1, 300_001))
    assert (sevens[0], sevens[-1]) == (7 * 299_999, 0)


def test_a_failure_on_the_way_is_told_and_the_next_question_is_answered(store: Store) -> None:
    cursor = store.connection.cursor
    late = "select range, if(range > 250000, range::varchar || 'x', '1')::bigint from range(300000)"
    with pytest.raises((StoreError, duckdb.Error)) as caught:
        cursor.integers(late, 2)
    assert "x" in str(caught.value)
    assert list(cursor.integers("select 1::bigint, 2::bigint", 2)[1]) == [2]


@pytest.mark.parametrize("sql", ["select 1, 2", "select null::bigint, 1::bigint"])
def test_nothing_else_is_taken_for_numbers(store: Store, sql: str) -> None:
    with pytest.raises(TypeError):
        store.connection.cursor.integers(sql, 2)


def test_a_stopped_query_is_cancelled(store: Store) -> None:
    cursor = store.connection.cursor
    endless = (
        "select a.range, b.range from range(1000000) a, range(1000000) b "
        "where hash(a.range, b.range) = 1"
    )
    stop = threading.Event()

    def interrupt() -> None:
        while not stop.wait(0.05):
            cursor._raw.interrupt()

    thread = threading.Thread(target=interrupt, daemon=True)
    thread.start()
    try:
        with pytest.raises(Cancelled):
            cursor.integers(endless, 2)
    finally:
        stop.set()
        thread.join(120)


DRAW = """
import sys
from pathlib import Path
from curator.store import Store

with Store(Path(sys.argv[1])) as store:
    store.connection.execute(
        "insert into rewrites by name select r.* replace (n as ord, id || n as id) "
        "from (select * from rewrites limit 1) r, range(1000, 251000) t(n)"
    )
    queue = store.desk.queue()
    assert len(queue) > 250_000, len(queue)
    assert [ticket.rewrite for ticket in queue][-3:] == [250_997, 250_998, 250_999]
heavy = {"numpy", "pandas", "pyarrow"} & set(sys.modules)
assert not heavy, heavy
"""


def test_a_queue_of_a_quarter_million_loads_no_arrow_numpy_or_pandas(tmp_path: Path) -> None:
    with Store(tmp_path / "w.duckdb") as store:
        fill(store, 5)
    done = subprocess.run(
        [sys.executable, "-c", DRAW, str(tmp_path / "w.duckdb")],
        capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


def test_what_stands_in_an_arrow_table_is_read_alike() -> None:
    import pyarrow as pa

    table = pa.table({"a": pa.array([1, 2, 3], "int64"), "b": pa.array([7, 8, 9], "int64")})
    assert [list(column) for column in integers(table.slice(1), 2)] == [[2, 3], [8, 9]]
