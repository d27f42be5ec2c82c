"""The way back after a jump: through searches, undos, filters and other queues, and forward."""

import pytest

from curator.filters import FilterError
from curator.filters.views import QueueSpec
from curator.review import Session
from curator.review.jumps import MOST, Jumps, Place
from curator.store import Store
from tests.store.workspaces import fill

LONGEST = QueueSpec(order="longest")


def _session(store: Store, count: int = 6) -> Session:
    fill(store, count)
    return Session(store.desk, "ann")


def _at(session: Session) -> tuple[str, str | None]:
    return session.spec.label(), session.item.rewrite_id if session.item else None


def test_a_search_is_gone_back_from_and_forward_to_again(store: Store) -> None:
    session = _session(store)
    session.next()
    before = _at(session)
    assert session.seek({4}, 1)
    found = _at(session)
    assert found != before
    assert session.jump(-1)
    assert _at(session) == before
    assert session.jump(1)
    assert _at(session) == found
    assert not session.jump(1)


def test_other_queues_are_gone_back_through_one_by_one(store: Store) -> None:
    session = _session(store)
    walk = [_at(session)]
    for spec in (QueueSpec(where="line<=3"), LONGEST, QueueSpec("accepted"), QueueSpec("all")):
        session.turn_to(spec)
        session.next()
        walk.append(_at(session))
    for place in reversed(walk[:-1]):
        assert session.jump(-1)
        assert _at(session) == place
    assert not session.jump(-1)
    for place in walk[1:]:
        assert session.jump(1)
        assert _at(session) == place


def test_a_jump_from_a_place_one_came_back_to_forgets_what_lay_ahead(store: Store) -> None:
    session = _session(store)
    session.turn_to(LONGEST)
    session.jump(-1)
    session.seek({3}, 1)
    assert not session.jump(1)
    assert session.jumps == (1, 0)


def test_an_item_that_left_its_queue_meanwhile_is_shown_all_the_same(store: Store) -> None:
    session = _session(store)
    item = session.item
    assert item is not None
    session.turn_to(QueueSpec("all"))
    session.accept()
    session.jump(-1)
    assert session.spec.plain
    assert session.item is not None
    assert (session.item.rewrite_id, session.item.verdict) == (item.rewrite_id, "accept")
    session.next()
    assert session.item.verdict is None


def test_an_undo_far_away_is_gone_back_from(store: Store) -> None:
    session = _session(store)
    session.accept()
    for _ in range(3):
        session.next()
    before = _at(session)
    session.undo()
    assert _at(session) != before
    assert session.jump(-1)
    assert _at(session) == before


def test_moving_from_item_to_item_and_deciding_are_no_jumps(store: Store) -> None:
    session = _session(store)
    session.next()
    session.accept()
    session.previous()
    session.seek(set(), 1)
    assert session.jumps == (0, 0)
    assert not session.jump(-1)


def test_a_filter_that_cannot_be_is_no_place_to_come_back_to(store: Store) -> None:
    session = _session(store)
    with pytest.raises(FilterError, match="nosuchsignal"):
        session.turn_to(QueueSpec(where="nosuchsignal>1"))
    assert session.jumps == (0, 0)


def test_the_end_of_a_queue_is_a_place_too(store: Store) -> None:
    session = _session(store, 2)
    session.accept()
    session.accept()
    assert session.item is None
    session.turn_to(QueueSpec("all"))
    session.jump(-1)
    assert session.spec.plain
    assert session.item is None
    session.jump(1)
    assert session.spec == QueueSpec("all")


def test_only_so_many_places_are_kept() -> None:
    jumps = Jumps()
    for at in range(3 * MOST):
        jumps.leave(Place(QueueSpec(), at))
        jumps.leave(Place(QueueSpec(), at))
    assert jumps.ways == (MOST, 0)
    assert jumps.nearest(-1, Place(QueueSpec(), None)) == Place(QueueSpec(), 3 * MOST - 1)
