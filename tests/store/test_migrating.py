import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from random import Random

import pytest

from curator.conversation import Decision
from curator.errors import StoreError
from curator.filters.views import QueueSpec
from curator.store import Store
from curator.store.connection import Connection
from curator.store.migrating import MIGRATIONS, Script, up_to_date


@dataclass(frozen=True)
class Sql:
    name: str
    sql: str

    def read_text(self, encoding: str | None = None) -> str:
        del encoding
        return self.sql


OLD: tuple[Script, ...] = (
    Sql("000.sql", "create table chats (text varchar); insert into chats values ('hi'), ('你')"),
)
NEW: tuple[Script, ...] = (
    *OLD,
    Sql("001_wider.sql", "alter table chats add column words integer"),
    Sql("002_count.sql", "update chats set words = length(text); create table other (i int)"),
)


def _make(path: Path, scripts: tuple[Script, ...]) -> None:
    up_to_date(path, [], scripts).close()


def test_the_shipped_migrations_are_numbered_and_no_number_comes_twice() -> None:
    numbers = [int(m.name[:3]) for m in MIGRATIONS]
    assert numbers == sorted(set(numbers))


def test_an_old_workspace_is_brought_up_to_date_and_a_copy_kept(path: Path) -> None:
    _make(path, OLD)
    old = path.read_bytes()
    notices: list[str] = []
    connection = up_to_date(path, notices, NEW)
    assert connection.rows("select text, words from chats") == [("hi", 2), ("你", 1)]
    connection.close()
    assert path.with_name("w.duckdb.before-001_wider").read_bytes() == old
    assert notices == ["w.duckdb was brought up to date; the old one is w.duckdb.before-001_wider"]


def test_a_workspace_that_is_up_to_date_is_left_alone(path: Path) -> None:
    _make(path, NEW)
    notices: list[str] = []
    up_to_date(path, notices, NEW).close()
    assert notices == []
    assert not list(path.parent.glob("*.before-*"))


def test_a_migration_that_fails_leaves_nothing_of_itself(path: Path) -> None:
    _make(path, OLD)
    broken = (*OLD, Sql("001_broken.sql", "create table half (i int); select no_such_thing"))
    with pytest.raises(Exception, match="no_such_thing"):
        up_to_date(path, [], broken)
    connection = Connection(path)
    tables = connection.rows("select table_name from duckdb_tables() order by all")
    assert tables == [("chats",), ("migrations",)]
    connection.close()
    _make(path, NEW)


def test_a_newer_workspace_is_refused_before_anything_is_changed(path: Path) -> None:
    _make(path, NEW)
    before = path.read_bytes()
    with pytest.raises(StoreError, match="newer curator"):
        up_to_date(path, [], OLD)
    assert path.read_bytes() == before


MIGRATE = """
import sys
from pathlib import Path
from curator.store.migrating import up_to_date
from tests.store.test_migrating import NEW
print("go", flush=True)
up_to_date(Path(sys.argv[1]), [], NEW).close()
"""


def test_a_migration_killed_at_any_moment_goes_on_from_the_old_state(tmp_path: Path) -> None:
    chance = Random(11)
    for number in range(8):
        path = tmp_path / f"{number}.duckdb"
        _make(path, OLD)
        old = path.read_bytes()
        with subprocess.Popen(
            [sys.executable, "-c", MIGRATE, path], stdout=subprocess.PIPE, env=os.environ
        ) as child:
            assert child.stdout
            child.stdout.readline()
            time.sleep(chance.random() * 0.25)
            child.kill()
        connection = up_to_date(path, [], NEW)
        assert connection.rows("select text, words from chats") == [("hi", 2), ("你", 1)]
        connection.close()
        assert path.with_name(f"{path.name}.before-001_wider").read_bytes() == old


def test_rewrites_of_an_older_workspace_find_their_chats(path: Path) -> None:
    older = [migration for migration in MIGRATIONS if migration.name < "020"]
    connection = up_to_date(path, [], older)
    with connection.transaction() as cursor:
        cursor.execute(
            """
            insert into conversations (ord, id, source, format, source_id, turn_count)
            select n, 'chat ' || n, 's', 'f', '', 2 from range(3) r(n);
            insert into rewrites
            select n, 'rewrite ' || n, 'chat ' || (2 - n), 1, '', 'new', 'improve', 'm', 'p', '',
                0, 0, '{}', null, now()::timestamp
            from range(3) r(n);
            """
        )
    connection.close()
    with Store(path) as store:
        assert store.desk.queue() == [(0, 2), (1, 1), (2, 0)]
        assert store.selecting.conversations("model:m") == [0, 1, 2]


def test_texts_of_an_older_workspace_are_found_by_their_lengths(path: Path) -> None:
    older = [migration for migration in MIGRATIONS if migration.name < "022"]
    connection = up_to_date(path, [], older)
    with connection.transaction() as cursor:
        cursor.execute(
            """
            insert into conversations (ord, id, source, format, source_id, turn_count)
            select n, 'chat ' || n, 's', 'f', '', 2 from range(2) r(n);
            insert into turns (ord, turn_index, role, content)
            values (0, 0, 'user', '你好'), (0, 1, 'assistant', 'Hi!'), (1, 0, 'user', 'good day');
            insert into rewrites (ord, id, conversation_id, turn_index, content, verdict, model,
                prompt_digest, advice, candidate, horizon, created, chat)
            select n, 'rewrite ' || n, 'chat 0', 1, repeat('x', n + 1), 'improve', 'm', 'p', '',
                0, 0, now()::timestamp, 0
            from range(2) r(n);
            insert into predictions select id, 0.5 + ord / 10, 0 from rewrites;
            """
        )
    connection.close()
    with Store(path) as store:
        assert store.selecting.conversations("role:user length:2") == [0]
        assert store.selecting.conversations("length>3") == [1]
        assert store.selecting.rewrites("new>1") == ["rewrite 1"]
        assert store.desk.queue(QueueSpec(order="likely")) == [(1, 0), (0, 0)]
        newer = Decision("rewrite 1", "chat 0", 1, "ann", "accept")
        store.decisions.record(newer)
        assert store.desk.queue() == []
