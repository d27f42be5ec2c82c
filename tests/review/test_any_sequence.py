"""Whatever is decided, undone, redone and reopened: the store says what a simple model says."""

import shutil
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from curator.conversation import Rewrite
from curator.review import Session
from curator.store import Store
from tests.store.workspaces import fill

ITEMS = 4
REVIEWERS = ("ann", "bob")

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12).map(
    lambda text: text if text.strip() else f"x{text}"
)
#: (what, who, on which item, with which text)
STEPS = st.lists(
    st.one_of(
        st.tuples(
            st.sampled_from(["accept", "reject", "edit", "skip", "flag", "mark"]),
            st.sampled_from(REVIEWERS),
            st.integers(0, ITEMS - 1),
            TEXTS,
        ),
        st.tuples(st.sampled_from(["undo", "undo", "redo"]), st.sampled_from(REVIEWERS)),
        st.tuples(st.just("reopen")),
        st.tuples(st.just("drop the log")),
        st.tuples(st.just("be killed")),
    ),
    max_size=25,
)


@dataclass
class Act:
    """One act of the model's history; `standing` unless it was undone."""

    reviewer: str
    item: int
    what: str
    text: Any
    standing: bool = True


@dataclass
class Model:
    """All acts ever made, and for each reviewer those undone since their last act."""

    acts: list[Act] = field(default_factory=list)
    undone: dict[str, list[Act]] = field(default_factory=lambda: {name: [] for name in REVIEWERS})

    def act(self, act: Act) -> None:
        self.acts.append(act)
        self.undone[act.reviewer].clear()

    def undo(self, reviewer: str) -> int | None:
        mine = [act for act in self.acts if act.reviewer == reviewer and act.standing]
        if not mine:
            return None
        mine[-1].standing = False
        self.undone[reviewer].append(mine[-1])
        return mine[-1].item

    def redo(self, reviewer: str) -> int | None:
        if not self.undone[reviewer]:
            return None
        act = self.undone[reviewer].pop()
        act.standing = True
        return act.item

    def flagged(self, item: int) -> bool:
        flags = [a.text for a in self.acts if a.standing and a.item == item and a.what == "flag"]
        return bool(flags) and flags[-1] == "flag"

    def head(self, item: int) -> tuple[object, ...]:
        mine = [act for act in self.acts if act.standing and act.item == item]
        settled = [act for act in mine if act.what in ("accept", "reject", "edit")]
        skipped = [act for act in mine if act.what == "skip"]
        last = (settled or skipped or [None])[-1]
        notes = [act.text for act in mine if act.what == "mark"]
        return (
            last.what if last else None,
            last.text if last and last.what == "edit" else None,
            self.flagged(item),
            notes[-1] if notes else None,
        )


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Rewrite]]:
    path = tmp_path_factory.mktemp("filled") / "w.duckdb"
    with Store(path) as store:
        return path, fill(store, ITEMS)


def _go_to(session: Session, rewrite: Rewrite) -> None:
    ticket = session._line.join(rewrite.id)
    assert session._line.go_to(ticket)
    assert session.item is not None
    assert session.item.rewrite_id == rewrite.id


def _decide(session: Session, model: Model, step: tuple[Any, ...], rewrites: list[Rewrite]) -> None:
    what, reviewer, item, text = step
    _go_to(session, rewrites[item])
    if what == "flag":
        text = "unflag" if model.flagged(item) else "flag"
        session.flag()
    elif what == "mark":
        session.mark(note=text)
    elif what == "edit":
        session.edit(text)
    else:
        session.decide(what)
    model.act(Act(reviewer, item, what, text))


class Desks:
    """The store, opened and reopened, with a session for each reviewer."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.open()

    def open(self) -> None:
        self.store = Store(self.path)
        self.sessions = {name: Session(self.store.desk, name) for name in REVIEWERS}

    def lose_the_log(self) -> None:
        """What DuckDB would do silently, were its log damaged: forget the latest decision."""
        (last,) = self.store.connection.rows("select max(seq) from events")[0]
        self.store.connection.execute("delete from events where seq = ?", [last])
        self.store.close()
        self.open()

    def be_killed(self) -> None:
        """Go on with the files as they lie there now: what waited for its commit is only in the
        journal."""
        folder = self.path.parent / "killed"
        folder.mkdir()
        with self.store.connection.writing:
            for file in self.path.parent.glob("w.duckdb*"):
                shutil.copy(file, folder)
        self.store.close()
        self.path = folder / self.path.name
        self.open()


@settings(
    max_examples=10, deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)  # fmt: skip
@given(steps=STEPS)
def test_any_sequence_of_acts_ends_where_the_model_ends(
    filled: tuple[Path, list[Rewrite]], steps: list[tuple[Any, ...]]
) -> None:
    source, rewrites = filled
    model = Model()
    with tempfile.TemporaryDirectory() as folder:
        for file in source.parent.glob("w.duckdb*"):
            shutil.copy(file, folder)
        desks = Desks(Path(folder) / "w.duckdb")
        for step in steps:
            if step[0] == "reopen":
                desks.store.close()
                desks.open()
            elif step[0] == "drop the log":
                desks.lose_the_log()
            elif step[0] == "be killed":
                desks.be_killed()
            elif step[0] in ("undo", "redo"):
                session = desks.sessions[step[1]]
                item = getattr(model, step[0])(step[1])
                found = [d.rewrite_id for d in getattr(session, step[0])()]
                assert found == ([] if item is None else [rewrites[item].id])
                if item is not None:
                    assert session.item is not None
                    assert session.item.rewrite_id == rewrites[item].id
            else:
                _decide(desks.sessions[step[1]], model, step, rewrites)
        _agree(desks.store, model, rewrites)
        desks.store.close()


def _agree(store: Store, model: Model, rewrites: list[Rewrite]) -> None:
    heads = store.decisions.heads()
    for item, rewrite in enumerate(rewrites):
        head = heads.get(rewrite.id)
        found = (
            (head.verdict, head.content, head.flagged, head.marks.get("note"))
            if head
            else (None, None, False, None)
        )
        assert found == model.head(item)
    assert store.decisions.wrong_heads() == 0
    pending = [i for i in range(ITEMS) if model.head(i)[0] in (None, "skip")]
    assert [ticket.rewrite for ticket in store.desk.queue()] == pending
