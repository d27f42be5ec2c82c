"""Every way to judge, mixed and cut off anywhere: the store says what a simple model says.

Three chats with two answers each, some with several proposals; hunks, blind choices, taking one of
several, acts on many at once, undo and redo, and at any point a crash that loses what was held in
memory and the latest of the workspace's own record.
"""

import shutil
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from curator.conversation import Conversation, Decision, Origin, Rewrite, Turn
from curator.review import Session
from curator.review.hunks import choices
from curator.store import Store

OLD = "One old. Two stays. Three old."
NEWS = ("One new. Two stays. Three new.", "Quite another. Two stays.")
ITEMS = 6
KEYS = st.lists(st.sampled_from("tTs]["), max_size=6).map("".join)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.sampled_from(["accept", "reject", "skip"]), st.integers(0, ITEMS - 1)),
        st.tuples(st.just("hunks"), st.integers(0, ITEMS - 1), KEYS, st.booleans()),
        st.tuples(
            st.just("blind"), st.integers(0, ITEMS - 1), st.sampled_from(["left", "right", "tie"])
        ),
        st.tuples(st.just("bulk"), st.sets(st.integers(0, ITEMS - 1), min_size=1)),
        st.tuples(st.sampled_from(["undo", "undo", "redo", "crash"])),
    ),
    max_size=20,
)


@dataclass
class Model:
    """All acts ever made: what each says of which items, and whether it stands."""

    acts: list[dict[int, tuple[str, str | None]]] = field(default_factory=list)
    standing: list[bool] = field(default_factory=list)
    undone: list[int] = field(default_factory=list)

    def act(self, said: dict[int, tuple[str, str | None]]) -> None:
        self.acts.append(said)
        self.standing.append(True)
        self.undone.clear()

    def undo(self) -> None:
        live = [at for at, stands in enumerate(self.standing) if stands]
        if live:
            self.standing[live[-1]] = False
            self.undone.append(live[-1])

    def redo(self) -> None:
        if self.undone:
            self.standing[self.undone.pop()] = True

    def heads(self) -> dict[int, tuple[str | None, str | None]]:
        found: dict[int, tuple[str | None, str | None]] = {}
        for said, stands in zip(self.acts, self.standing, strict=True):
            for item, (verdict, text) in said.items() if stands else ():
                before = found.get(item, (None, None))[0]
                if not (verdict == "skip" and before in ("accept", "reject", "edit")):
                    found[item] = verdict, text
        return found


def _proposals(store: Store) -> list[Rewrite]:
    made = []
    for number in range(3):
        chat = Conversation(
            (Turn("user", f"{number}?"), Turn("assistant", OLD), Turn("user", "no")),
            Origin("f", number + 1),
        )
        store.conversations.add([chat])
        made += [Rewrite(chat.id, 1, "", NEWS[n], "m", "p", candidate=n) for n in range(len(NEWS))]
    store.rewrites.add(made)
    return made


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Rewrite]]:
    path = tmp_path_factory.mktemp("ways") / "w.duckdb"
    with Store(path) as store:
        return path, _proposals(store)


class Reviewer:
    """One session, and the model beside it."""

    def __init__(self, path: Path, rewrites: list[Rewrite]) -> None:
        self.path, self.rewrites, self.model = path, rewrites, Model()
        self.open()

    def open(self) -> None:
        self.store = Store(self.path)
        self.session = Session(self.store.desk, "ann")

    def crash(self) -> None:
        """What was in memory is gone, and DuckDB has silently lost its latest row."""
        last = self.store.connection.value("select max(seq) from events")
        self.store.connection.execute("delete from events where seq = ?", [last or 0])
        self.store.close()
        self.open()

    def go_to(self, item: int) -> None:
        assert self.session._line.go_to(self.session._line.join(self.rewrites[item].id))

    def rivals(self, item: int) -> list[int]:
        """The other proposals for the same turn that are pending."""
        heads = self.model.heads()
        pending = [n for n in range(ITEMS) if heads.get(n, (None, None))[0] in (None, "skip")]
        return [n for n in pending if n != item and n // 2 == item // 2]

    def say(self, item: int, verdict: str, text: str | None = None) -> None:
        """What the model says of one settled item and its rivals."""
        over = self.rivals(item) if verdict in ("accept", "edit") else []
        self.model.act({item: (verdict, text), **dict.fromkeys(over, ("reject", None))})

    def hunks(self, item: int, keys: str, rest: bool) -> None:
        new = self.rewrites[item].content
        state = choices(OLD, new)
        for key in keys:
            if key in "tT":
                state = state.judged(key == "t")
            else:
                state = state.split() if key == "s" else state.walked(1 if key == "]" else -1)
        text = state.text(rest)
        verdict: Any = {new: "accept", OLD: "reject"}.get(text, "edit")
        content = text if verdict == "edit" else None
        self.go_to(item)
        self.session.decide(verdict, content, extra={"hunks": {"taken": state.taken}})
        self.say(item, verdict, content)

    def blind(self, item: int, side: Any) -> None:
        self.go_to(item)
        assert self.session.item is not None
        new = side == ("left" if self.session.item.new_left else "right")
        self.session.judge(side)
        self.say(item, "accept" if new else "reject")

    def bulk(self, items: set[int]) -> None:
        self.store.decisions.record_many(
            [Decision(r.id, r.conversation_id, 1, "ann", "reject") for r in
             (self.rewrites[n] for n in sorted(items))]
        )  # fmt: skip
        self.session.begin()
        self.model.act(dict.fromkeys(items, ("reject", None)))

    def step(self, what: str, *rest: Any) -> None:
        if what in ("accept", "reject", "skip"):
            self.go_to(rest[0])
            self.session.decide(what)  # type: ignore[arg-type]
            self.say(rest[0], what)
        elif what in ("undo", "redo"):
            getattr(self.session, what)()
            getattr(self.model, what)()
        else:
            getattr(self, what)(*rest)

    def agree(self) -> None:
        stored = self.store.decisions.heads()
        said = {
            n: (head.verdict, head.content)
            for n, rewrite in enumerate(self.rewrites)
            if (head := stored.get(rewrite.id)) is not None and head.verdict is not None
        }
        assert said == {n: head for n, head in self.model.heads().items() if head[0] is not None}
        assert self.store.decisions.wrong_heads() == 0
        pending = {n for n in range(ITEMS) if said.get(n, (None,))[0] in (None, "skip")}
        due = {ticket.rewrite for ticket in self.store.desk.queue()}
        # A newer proposal that was settled speaks for an older one of its turn.
        older = {n for n in pending if n % 2 == 0 and n + 1 not in pending}
        assert due == pending - older


@settings(
    max_examples=12, deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)  # fmt: skip
@given(steps=STEPS)
def test_any_mixture_of_ways_ends_where_the_model_ends(
    filled: tuple[Path, list[Rewrite]], steps: list[tuple[Any, ...]]
) -> None:
    source, rewrites = filled
    with tempfile.TemporaryDirectory() as folder:
        for file in source.parent.glob("w.duckdb*"):
            shutil.copy(file, folder)
        reviewer = Reviewer(Path(folder) / "w.duckdb", rewrites)
        for step in steps:
            reviewer.step(*step)
        reviewer.agree()
        reviewer.store.close()
