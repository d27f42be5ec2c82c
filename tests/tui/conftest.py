"""A workspace with rewrites to review."""

import pytest

from curator.store import Store
from tests.tui.chats import fill


@pytest.fixture
def workspace(tmp_path):
    """The path of a workspace with five rewrites, in the order of `chats.PAIRS`."""
    path = tmp_path / "w.duckdb"
    with Store(path) as store:
        fill(store)
    return path


@pytest.fixture
def verdicts(workspace):
    """Reads the verdicts from the closed workspace, in the order the rewrites were made."""

    def read():
        with Store(workspace) as store:
            rewrites = store.rewrites.all()
            heads = store.decisions.heads([r.id for r in rewrites])
            return [heads[r.id].verdict if r.id in heads else None for r in rewrites]

    return read
