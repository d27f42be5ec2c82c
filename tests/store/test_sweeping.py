"""Acts on very many rewrites: counted while they are recorded, and stopped as if never begun."""

from pathlib import Path

import msgspec
import pytest

from curator.conversation import Decision
from curator.errors import Cancelled
from curator.store import Store, decisions, settling
from tests.store.workspaces import fill, said

COUNT = 11


class Counting:
    """A progress that notes what it is told, and stops after so many steps."""

    def __init__(self, steps: int | None = None) -> None:
        self.left, self.total, self.done, self.what = steps, 0, 0, ""

    def begin(self, total: int | None, what: str) -> None:
        self.total, self.what = total or 0, what

    def step(self, n: int = 1, note: str = "") -> None:
        del note
        self.done += n
        if self.left is not None:
            self.left -= 1
            if self.left < 0:
                raise Cancelled("stop")


@pytest.fixture(autouse=True)
def few_are_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decisions, "MANY", 5)
    monkeypatch.setattr(decisions, "MOST", 1)
    monkeypatch.setattr(settling, "LISTED", 5)
    monkeypatch.setattr(settling, "AT_A_TIME", 3)


def _words(store: Store) -> list[Decision]:
    return [said(rewrite, "accept") for rewrite in store.rewrites.all()]


def _note(store: Store) -> None:
    rewrite = store.rewrites.all()[0]
    store.decisions.record(msgspec.structs.replace(said(rewrite, "mark"), extra={"score": 3}))


def _state(store: Store) -> tuple[object, ...]:
    """All that is known of decisions, in both records."""
    acts = [act.decisions for act in store.decisions.journal.lines() if act is not None]
    return (store.decisions.history(), store.decisions.heads(), store.decisions.last(), acts)


def test_an_act_on_many_is_counted_to_its_end_and_is_one_act(store: Store) -> None:
    fill(store, COUNT)
    told = Counting()
    saved = store.decisions.record_many(_words(store), told)
    assert (told.total, told.done, told.what) == (COUNT, COUNT, "decided, all at once")
    assert len({decision.op for decision in saved}) == 1
    told = Counting()
    assert len(store.decisions.undo("ann", told)) == COUNT
    assert (told.total, told.done, told.what) == (COUNT, COUNT, "taken back, all at once")
    assert store.decisions.wrong_heads() == 0
    assert len(store.decisions.redo("ann")) == COUNT
    assert {head.verdict for head in store.decisions.heads().values()} == {"accept"}


@pytest.mark.parametrize("steps", range(5))
@pytest.mark.parametrize("known", [0, 1, COUNT], ids=["new", "one known", "all known"])
def test_an_act_that_was_stopped_was_never_begun(path: Path, steps: int, known: int) -> None:
    with Store(path) as store:
        fill(store, COUNT)
        for rewrite in store.rewrites.all()[-known or COUNT :]:
            store.decisions.record(said(rewrite, "reject"))
        before = _state(store)
        # What is brought in anew, since one of them was known, is counted anew.
        with pytest.raises(Cancelled, match="nothing was decided"):
            store.decisions.record_many(_words(store), Counting(steps))
        assert _state(store) == before
        store.decisions.record(said(store.rewrites.all()[0], "skip"))
        after = _state(store)
    with Store(path) as store:
        assert store.notices == []
        assert _state(store) == after
        assert store.decisions.wrong_heads() == 0
        store.decisions.record_many(_words(store))
        assert {head.verdict for head in store.decisions.heads().values()} == {"accept"}


@pytest.mark.parametrize("verb", ["undo", "redo", "reverse"])
@pytest.mark.parametrize("steps", [0, 1, 3])
def test_a_taking_back_that_was_stopped_was_never_begun(
    store: Store, verb: str, steps: int
) -> None:
    fill(store, COUNT)
    _note(store)
    first = store.decisions.record_many(_words(store))[0].seq
    if verb == "redo":
        store.decisions.undo("ann")
    before = _state(store)
    whose = (first,) if verb == "reverse" else ()
    with pytest.raises(Cancelled, match="all or nothing"):
        getattr(store.decisions, verb)(*whose, "ann", Counting(steps))
    assert _state(store) == before
    assert len(getattr(store.decisions, "undo" if verb == "reverse" else verb)("ann")) == COUNT
    assert store.decisions.wrong_heads() == 0


def test_what_the_journal_cannot_let_go_of_was_done(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stuck() -> None:
        raise OSError(5, "Input/output error")

    fill(store, COUNT)
    monkeypatch.setattr(store.decisions.journal, "take_back", stuck)
    assert len(store.decisions.record_many(_words(store), Counting(2))) == COUNT
    assert len(store.decisions.heads()) == COUNT
    assert len(store.decisions.undo("ann")) == COUNT


def test_single_decisions_are_not_counted(store: Store) -> None:
    (rewrite, *_) = fill(store, 2)
    told = Counting(0)
    store.decisions.record_many([said(rewrite, "accept")], told)
    store.decisions.undo("ann", told)
    assert told.what == ""
