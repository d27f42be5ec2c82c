"""Whose run it was, how it ended, and what it left behind."""

from dataclasses import dataclass

import pytest

from curator.errors import Cancelled, EngineError
from curator.stages.base import Report, Silent, Stage
from curator.stages.runner import perform
from curator.store import Store
from tests.store.workspaces import chat


@dataclass(frozen=True, kw_only=True)
class Config:
    """Bring in two chats, then end badly."""


def stage(error):
    def run(store, *_):
        store.conversations.add([chat(1), chat(2)], store.run_id)
        if error is not None:
            raise error
        return Report(counts={"kept": 2})

    return Stage("import", Config, run)


@pytest.mark.parametrize(
    ("error", "state", "said"),
    [
        (Cancelled("stopped"), "cancelled", {"conversations": 2}),
        (EngineError("no answer"), "failed", {"error": "no answer", "conversations": 2}),
        (RuntimeError("a bug"), "failed", {"error": "RuntimeError: a bug"}),
        (None, "finished", {"kept": 2}),
    ],
)
def test_a_run_says_what_it_left_behind_and_whose_it_was(tmp_path, error, state, said):
    with Store(tmp_path / "w.duckdb") as store:
        store.connection.who = "ann"
        if error is None:
            perform(store, stage(None), Config(), None, Silent())
        else:
            with pytest.raises(type(error)):
                perform(store, stage(error), Config(), None, Silent())
        (run,) = store.runs.latest()
        assert (run.state, run.report, run.reviewer) == (state, said, "ann")
        assert store.acts.latest()[0].who == "ann"
