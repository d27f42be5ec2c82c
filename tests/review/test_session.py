import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest

from curator.conversation import Conversation, Decision, Rewrite
from curator.errors import CuratorError, StoreError
from curator.filters.views import QueueSpec
from curator.review import Session
from curator.store import Store, batching
from curator.store.cursor import Cursor
from curator.store.desk import Desk
from tests.store.workspaces import chat, fill, proposal


class Clock:
    """A clock that stands still until it is told."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


class Watched:
    """The store's desk, counting what is asked of it and refusing to write when told to."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self.asked: list[str] = []
        self.refuses = ""

    def __getattr__(self, name: str) -> Any:
        real = getattr(self._desk, name)

        def ask(*arguments: Any) -> Any:
            self.asked.append(name)
            return real(*arguments)

        return ask

    def record(self, decisions: Sequence[Decision]) -> list[Decision]:
        self.asked.append("record")
        if self.refuses:
            raise StoreError(self.refuses)
        return self._desk.record(decisions)


def _session(store: Store, count: int = 6) -> Session:
    fill(store, count)
    return Session(store.desk, "ann")


def _numbers(session: Session, keys: Sequence[str]) -> list[int | None]:
    """The number of the item on the desk after each call."""
    seen = []
    for key in keys:
        getattr(session, key)()
        seen.append(session.item.number if session.item else None)
    return seen


def test_an_item_shows_both_answers_and_what_came_before_and_after(store: Store) -> None:
    item = _session(store).item
    assert item is not None
    assert (item.before, item.after) == ("It is 0.", "Added up: 1.")
    assert [turn.content for turn in item.context] == ["What is 0 and one?"]
    assert [turn.content for turn in item.later] == ["不对，请再算一次。", "Sorry, 1."]
    assert (item.number, item.of, item.verdict) == (1, 6, None)


def test_a_decision_is_in_the_store_before_the_next_item_is_on_the_desk(store: Store) -> None:
    session = _session(store)
    seen = []

    class Spy(Watched):
        def record(self, decisions: Sequence[Decision]) -> list[Decision]:
            saved = super().record(decisions)
            seen.append((session.item.number if session.item else None, store.decisions.count()))
            return saved

    session._desk = Spy(store.desk)  # type: ignore[assignment]
    session.accept()
    session.reject("worse")
    assert seen == [(1, 1), (2, 2)]
    assert [d.verdict for d in store.decisions.history()] == ["reject", "accept"]
    assert session.item is not None
    assert session.item.number == 3


def test_moving_on_asks_nothing_but_the_write_when_the_next_items_were_fetched(
    store: Store,
) -> None:
    fill(store, 10)
    desk = Watched(store.desk)
    session = Session(desk, "ann")  # type: ignore[arg-type]
    session.prefetch()
    desk.asked.clear()
    for _ in range(5):
        session.accept()
        assert session.item is not None
    session.next()
    session.previous()
    assert desk.asked == ["record"] * 5


def test_papers_are_topped_up_once_fewer_than_so_many_are_here(store: Store) -> None:
    fill(store, 40)
    session = Session(store.desk, "ann")
    assert session.prefetch(20, least=20)
    for _ in range(15):
        session.next()
        assert not session.prefetch(20, least=5)
    session.next()
    assert session.prefetch(20, least=5)
    assert len(session.ahead(19)) == 19


def test_a_chat_that_is_gone_is_asked_for_once(store: Store) -> None:
    fill(store, 30)

    class Gone(Watched):
        def papers(self, tickets: Sequence[Any], reviewer: str) -> Any:
            self.asked.append("papers")
            return [p for p in self._desk.papers(tickets, reviewer) if p.ticket.rewrite != 20]

    desk = Gone(store.desk)
    session = Session(desk, "ann")  # type: ignore[arg-type]
    desk.asked.clear()
    assert session.prefetch(30, least=30)
    assert not session.prefetch(30, least=30)
    assert desk.asked == ["papers"]


def test_a_decision_asks_duckdb_nothing(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(store, 10)
    monkeypatch.setattr(batching, "QUIET", 60.0)
    session = Session(store.desk, "ann")
    session.prefetch()
    session.accept()
    asked: list[str] = []
    execute = Cursor.execute

    def heard(cursor: Cursor, sql: str, parameters: object = None) -> Cursor:
        asked.append(sql)
        return execute(cursor, sql, parameters)

    monkeypatch.setattr(Cursor, "execute", heard)
    for _ in range(3):
        session.accept()
        session.reject()
    assert session.item is not None
    assert asked == []
    assert store.decisions.count() == 7
    assert len([sql for sql in asked if sql == "commit"]) == 1


def test_next_and_previous_move_without_deciding(store: Store) -> None:
    session = _session(store, 3)
    assert _numbers(session, ["previous", "next", "next", "next", "next", "previous"]) == [
        1, 2, 3, None, None, 3,
    ]  # fmt: skip
    assert store.decisions.count() == 0


def test_what_was_skipped_comes_again_when_asked_for(store: Store) -> None:
    session = _session(store, 3)
    assert _numbers(session, ["accept", "skip", "reject"]) == [2, 3, None]
    assert session.again()
    assert session.item is not None
    assert session.item.number == 2
    session.accept()
    assert not session.again()
    assert session.item is None
    with pytest.raises(CuratorError, match="nothing under review"):
        session.accept()


def test_undo_goes_back_to_the_item_and_redo_forward(store: Store) -> None:
    session = _session(store)
    _numbers(session, ["accept", "reject", "skip"])
    assert _numbers(session, ["undo", "undo", "redo", "undo", "undo", "undo"]) == [
        3, 2, 2, 2, 1, 1,
    ]  # fmt: skip
    assert session.item is not None
    assert session.item.verdict is None
    assert session.progress.done == 0
    assert session.progress.undone == 3


def test_undo_reaches_into_an_earlier_session(path: Path) -> None:
    with Store(path) as store:
        _numbers(_session(store), ["accept", "accept"])
    with Store(path) as store:
        session = Session(store.desk, "ann")
        assert session.item is not None
        assert (session.item.before, session.item.of) == ("It is 2.", 4)
        session.undo()
        assert session.item is not None
        assert (session.item.before, session.item.of, session.item.verdict) == ("It is 1.", 5, None)
        session.reject()
        assert session.item is not None
        assert session.item.before == "It is 2."


def test_flags_and_marks_stay_on_the_item_and_leave_the_verdict_alone(store: Store) -> None:
    session = _session(store)
    session.flag()
    session.mark(tags=["long"], score=3)
    session.mark(note="看这里", score=None)
    item = session.item
    assert item is not None
    assert (item.number, item.flagged, item.marks) == (
        1,
        True,
        {"tags": ["long"], "note": "看这里"},
    )
    session.flag()
    session.accept()
    head = store.decisions.head(item.rewrite_id)
    assert head is not None
    assert (head.verdict, head.flagged) == ("accept", False)


def test_a_decision_that_could_not_be_saved_stays_on_the_desk_and_is_saved_once(
    store: Store,
) -> None:
    fill(store, 3)
    desk = Watched(store.desk)
    session = Session(desk, "ann")  # type: ignore[arg-type]
    desk.refuses = "the disk is full"
    for _ in range(2):
        with pytest.raises(StoreError, match="disk is full"):
            session.edit("by hand")
    assert session.item is not None
    assert session.item.number == 1
    assert session.unsaved is not None
    assert "NOT saved: the disk is full" in session.summary()[-1]
    with pytest.raises(StoreError):
        session.retry()
    desk.refuses = ""
    saved = session.retry()
    assert saved is not None
    assert (saved.content, session.unsaved) == ("by hand", None)
    assert session.retry() is None
    assert session.item.number == 2
    assert store.decisions.count() == 1


def test_another_queue_that_is_asked_for_begins_where_it_begins(path: Path) -> None:
    longest = QueueSpec(order="longest")
    with Store(path) as store:
        session = _session(store)
        for _ in range(3):
            session.next()
        session.autosave()
        left = session.item
    with Store(path) as store:
        session = Session(store.desk, "ann", spec=longest)
        assert session.item is not None
        assert session.item.number == 1
        session.next()
        session.autosave()
        second = session.item
    assert left is not None
    assert second is not None
    with Store(path) as store:
        session = Session(store.desk, "ann", spec=longest)
        assert session.item is not None
        assert session.item.rewrite_id == second.rewrite_id, "the same queue goes on"
        session = Session(store.desk, "ann")
        assert session.item is not None
        assert session.item.rewrite_id == second.rewrite_id, "as after a kill in another queue"


def test_a_place_that_was_decided_on_leads_to_what_came_behind_it(path: Path) -> None:
    """As after a kill between a decision and the next time that the place is kept."""
    with Store(path) as store:
        session = _session(store)
        session.next()
        session.autosave()
        assert session.item is not None
        second = session.item.rewrite_id
        session.decide("accept")
        assert session.item is not None
        third = session.item.rewrite_id
    with Store(path) as store:
        assert store.desk.place("ann") == (second, "curator review")
        session = Session(store.desk, "ann")
        assert session.item is not None
        assert session.item.rewrite_id == third, "what was passed over is not begun anew"
        while session.item is not None:
            session.decide("accept")
        session.begin()
        assert session.item is not None, "one was passed over"
        assert session.item.number == 1


def test_a_draft_and_the_place_outlive_a_crash(path: Path) -> None:
    with Store(path) as store:
        session = _session(store)
        session.next()
        session.draft("half a sen")
        session.autosave()
        session.draft("half a sentence, lost")
    with Store(path) as store:
        session = Session(store.desk, "ann")
        assert session.item is not None
        assert (session.item.number, session.item.draft) == (2, "half a sen")
        other = Session(store.desk, "bob")
        assert other.item is not None
        assert (other.item.number, other.item.draft) == (1, None)


def test_an_edit_that_is_taken_back_can_be_gone_on_with(path: Path) -> None:
    with Store(path) as store:
        session = _session(store)
        session.draft("half a sen")
        session.edit("a sentence")
        session.undo()
        assert session.item is not None
        assert (session.item.verdict, session.item.draft) == (None, "a sentence")
        session.redo()
        assert (session.item.verdict, session.item.draft) == ("edit", None)
        session.draft("a better one")
        session.undo()
        assert session.item.draft == "a better one", "what is newer is not lost"
        session.autosave()
    with Store(path) as store:
        session = Session(store.desk, "ann")
        assert session.item is not None
        assert session.item.draft == "a better one"
        session.accept()
        session.undo()
        assert session.item.draft is None, "an accepted answer is no draft"


def test_autosave_writes_only_what_changed(store: Store) -> None:
    fill(store, 3)
    desk = Watched(store.desk)
    session = Session(desk, "ann")  # type: ignore[arg-type]
    session.autosave()
    desk.asked.clear()
    session.autosave()
    assert desk.asked == []
    session.next()
    session.autosave()
    assert desk.asked == ["keep_place"]


def _rewrites(store: Store, conversation: Conversation, *rewrites: Rewrite) -> Session:
    store.conversations.add([conversation])
    store.rewrites.add(rewrites)
    return Session(store.desk, "ann")


def test_what_proposes_nothing_new_is_not_proposed(store: Store) -> None:
    conversation = chat(5)
    same = proposal(conversation, conversation.turns[1].content)
    kept = msgspec.structs.replace(proposal(conversation, "no"), verdict="keep")
    lost = msgspec.structs.replace(proposal(conversation, "?"), verdict="unanswerable")
    session = _rewrites(store, conversation, kept, same, lost, proposal(conversation, "better"))
    assert session.item is not None
    assert session.item.after == "better"
    assert (session.progress.total, session.progress.unchanged) == (1, 1)
    assert store.desk.kept() == 2


def test_older_rewrites_of_a_turn_are_done_with_when_a_newer_one_is_settled(store: Store) -> None:
    conversation = chat(5)
    older, newer = proposal(conversation, "older"), proposal(conversation, "newer", 1)
    session = _rewrites(store, conversation, older, newer)
    session.next()
    session.accept()
    assert store.desk.queue() == []
    session.undo()
    assert len(store.desk.queue()) == 2
    session.previous()
    session.accept()  # of the older one: both were on the desk, so both are settled
    assert store.desk.queue() == []
    assert [d.verdict for d in store.decisions.history(2)] == ["reject", "accept"]


def test_taking_one_of_several_proposals_settles_them_all_and_one_undo_takes_that_back(
    store: Store,
) -> None:
    conversation = chat(5)
    several = [proposal(conversation, f"text {n}", n) for n in range(3)]
    session = _rewrites(store, conversation, *several)
    item = session.item
    assert item is not None
    assert [n.content for n in item.candidates] == ["text 0", "text 1", "text 2"]
    session.beside(+1)
    session.accept()
    assert session.item is None
    assert (session.progress.total, session.progress.done, session.progress.rejected) == (1, 1, 0)
    assert len(session.undo()) == 3
    assert session.item is not None
    assert session.item.after == "text 1"
    assert len(store.desk.queue()) == session.progress.left == 3
    session.redo()
    assert store.desk.queue() == []
    assert (session.progress.left, session.progress.rejected) == (0, 0)


def test_what_is_left_comes_back_with_proposals_that_this_session_never_read(
    store: Store,
) -> None:
    conversation = chat(5)
    several = [proposal(conversation, f"text {n}", n) for n in range(2)]
    first = _rewrites(store, conversation, *several)
    first.next()
    first.autosave()
    session = Session(store.desk, "ann")
    assert session.item is not None
    assert session.item.after == "text 1"
    session.accept()
    session.undo()
    assert len(store.desk.queue()) == session.progress.left == 2


def test_refusing_one_of_several_proposals_shows_the_next(store: Store) -> None:
    conversation = chat(5)
    session = _rewrites(
        store, conversation, *(proposal(conversation, f"t{n}", n) for n in range(3))
    )
    seen = []
    while session.item is not None:
        seen.append((session.item.after, len(session.item.rivals)))
        session.reject()
    assert seen == [("t0", 2), ("t1", 1), ("t2", 0)]


def test_proposals_for_one_turn_follow_each_other_wherever_they_were_made(store: Store) -> None:
    chats = [chat(n) for n in range(4)]
    store.conversations.add(chats)
    store.rewrites.add([proposal(c, f"{c.origin.line} first") for c in chats])
    store.rewrites.add([proposal(c, f"{c.origin.line} again", 1) for c in chats])
    session = Session(store.desk, "ann")
    seen = []
    while session.item is not None:
        seen.append(session.item.after)
        session.reject()
    assert seen == [f"{n} {what}" for n in range(1, 5) for what in ("first", "again")]


def _two_turns(store: Store) -> tuple[Conversation, Session]:
    conversation = chat(5)
    other = msgspec.structs.replace(proposal(conversation, "turn 4"), turn_index=3)
    return conversation, _rewrites(store, conversation, proposal(conversation, "turn 2"), other)


def test_a_turn_is_stale_once_an_earlier_answer_was_changed(store: Store) -> None:
    _, session = _two_turns(store)
    assert session.item is not None
    assert not session.item.stale
    session.accept()
    assert session.item is not None
    assert session.item.stale
    assert session.item.replaced == {1: "turn 2"}
    session.undo()
    session.beside(+1)
    assert session.item is not None
    assert (session.item.after, session.item.stale) == ("turn 4", False)
    session.beside(-1)
    session.reject()
    assert not session.item.stale


def test_what_neighbours_learn_of_each_other_asks_nothing_of_the_store(store: Store) -> None:
    conversation = chat(5)
    several = [proposal(conversation, f"text {n}", n) for n in range(3)]
    fill(store, 3)
    _rewrites(store, conversation, *several)
    desk = Watched(store.desk)
    session = Session(desk, "ann")  # type: ignore[arg-type]
    session.prefetch()
    desk.asked.clear()
    for _ in range(4):
        session.accept()
    assert session.item is None
    assert desk.asked == ["record"] * 4


def test_a_rewrite_made_meanwhile_comes_next_and_is_known_to_its_rivals(store: Store) -> None:
    fill(store, 3)
    session = Session(store.desk, "ann")
    session.prefetch()
    item = session.item
    assert item is not None
    fresh = proposal(item.conversation, "fresh", 1)
    store.rewrites.add([fresh])
    assert session.admit(fresh.id)
    assert session.item is not None
    assert [n.content for n in session.item.rivals] == ["fresh"]
    assert session.progress.total == 4
    session.next()
    assert session.item.after == "fresh"
    assert not session.admit("no such rewrite")


def test_a_decision_says_that_the_later_turns_were_seen(store: Store) -> None:
    session = _session(store, 3)
    session.saw_later()
    assert session.item is not None
    assert session.item.saw_later
    session.mark(score=4)
    session.accept()
    session.accept()
    second, first, mark = store.decisions.history()
    assert (first.extra, second.extra, mark.extra) == ({"later": True}, {}, {"score": 4})


def test_the_summary_says_how_often_others_had_said_the_same(store: Store) -> None:
    fill(store, 4)
    other = Session(store.desk, "bob")
    for key in ("accept", "reject", "accept"):
        getattr(other, key)()
    session = Session(store.desk, "ann", spec=QueueSpec("all"))
    assert not any("others had" in line for line in session.summary())
    session.edit("By hand.")
    session.accept()
    assert "Of 2 that others had judged you said the same of 1: 50% (9% to 91%)." in (
        session.summary()
    )
    session.undo()
    assert any("Of 1 that others had judged" in line for line in session.summary())
    session.skip()  # no word at all
    session.next()
    session.reject()  # nobody had spoken
    assert any("Of 1 that others had judged" in line for line in session.summary())


def test_blind_choices_are_recorded_and_summed_and_taken_back(store: Store) -> None:
    session = _session(store, 6)
    for side in ("left", "right", "tie"):
        assert session.item is not None
        new = session.item.new_left == (side == "left")
        saved = session.judge(side)  # type: ignore[arg-type]
        assert saved.verdict == ("accept" if new and side != "tie" else "reject")
        assert saved.extra["blind"] is True
    assert any("of 2, 1 tie" in sentence for sentence in session.summary())
    session.undo()
    assert any("of 2, 0 ties" in sentence for sentence in session.summary())
    session.redo()
    assert any("of 2, 1 tie" in sentence for sentence in session.summary())


def test_pace_leaves_breaks_out(store: Store) -> None:
    fill(store, 5)
    clock = Clock()
    session = Session(store.desk, "ann", clock)
    clock.now += 6
    session.accept()
    clock.now += 3600
    session.edit("mine")
    clock.now += 54
    session.reject()
    pace = session.progress
    assert (pace.done, pace.left, pace.minutes, pace.per_minute) == (3, 2, 3.0, 1.0)
    assert pace.acceptance == pytest.approx(2 / 3)
    assert session.summary()[0] == (
        "3 decided in 3.0 minutes (1.0 a minute): 1 accepted, 1 rejected, 1 edited (67% taken)."
    )
    assert store.decisions.history()[0].seconds == 54


def test_reading_ahead_never_brings_back_what_a_decision_has_changed(store: Store) -> None:
    fill(store, 4)
    reading, go_on = threading.Event(), threading.Event()

    class Slow(Watched):
        def papers(self, tickets: Sequence[Any], reviewer: str) -> Any:
            found = self._desk.papers(tickets, reviewer)
            if threading.current_thread() is not threading.main_thread():
                reading.set()
                go_on.wait(120)
            return found

    session = Session(Slow(store.desk), "ann")  # type: ignore[arg-type]
    session._line.touch(session._line.tickets)
    reader = threading.Thread(target=session.prefetch)
    reader.start()
    assert reading.wait(120)
    session.accept()
    go_on.set()
    reader.join()
    session.previous()
    assert session.item is not None
    assert session.item.verdict == "accept"


def test_an_act_on_many_rewrites_is_undone_into_the_queue(store: Store) -> None:
    rewrites = fill(store, 30)
    store.decisions.record_many(
        [
            Decision(r.id, r.conversation_id, 1, "ann", "reject")
            for r in rewrites
        ]
    )  # fmt: skip
    session = Session(store.desk, "ann")
    assert session.item is None
    assert len(session.undo()) == 30
    assert session.item is not None
    assert session.progress.left == 30
    session.redo()
    assert session.progress.left == 0
    assert store.desk.queue() == []


def test_a_flagged_signal_puts_a_rewrite_last_in_line(store: Store) -> None:
    rewrites = fill(store, 3)
    store.connection.insert(
        "signals",
        {
            "conversation_id": [rewrites[0].conversation_id], "turn_index": [1],
            "rewrite_id": [rewrites[0].id], "name": ["leak"], "value": [1.0], "flagged": [True],
            "note": ["knows the name too early"], "version": [1],
        },
    )  # fmt: skip
    session = Session(store.desk, "ann")
    order = []
    while session.item is not None:
        order.append((session.item.before, [signal.note for signal in session.item.signals]))
        session.next()
    assert order == [
        ("It is 1.", []), ("It is 2.", []), ("It is 0.", ["knows the name too early"]),
    ]  # fmt: skip


def test_what_was_settled_in_another_queue_is_not_taken_from_what_is_left_here(store):
    session = _session(store, 6)
    session.accept()
    session.reject()
    session.turn_to(QueueSpec(where="line>=4"))
    assert (session.progress.done, session.progress.left) == (2, 3)
    session.accept()
    assert (session.progress.done, session.progress.left) == (3, 2)
    session.undo()
    session.undo()  # of the other queue: it comes in here, and is open
    assert (session.progress.done, session.progress.left) == (1, 4)


def test_a_queue_drawn_anew_keeps_what_the_session_did_and_where_it_is(store):
    session = _session(store, 6)
    session.accept()
    session.reject()
    session.next()
    here = session.item.rewrite_id
    session.renew()
    assert session.item.rewrite_id == here
    assert (session.progress.done, session.progress.left) == (2, 4)
    assert session.summary()[0].startswith("2 decided")


def test_what_was_taken_back_elsewhere_is_open_again_when_the_queue_is_drawn_anew(store):
    session = _session(store, 6)
    session.accept()
    session.accept()
    store.desk.undo("ann")
    session.renew()
    assert (session.progress.done, session.progress.left) == (1, 5)
    assert session.again()
    assert [session.accept() and session.progress.left for _ in range(5)][-1] == 0
