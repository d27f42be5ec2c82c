"""Questions that followed a changed answer, put to the assistant anew."""
# ruff: noqa: ARG002 - a stand-in takes what the real one is given

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from curator.conversation import Turn
from curator.errors import Cancelled, ConfigError, DataError, EngineError
from curator.export.splitting import Families, kin_of
from curator.stages import exporting, generating
from curator.stages.base import Report, Silent
from curator.stages.kinship import sides
from curator.stages.runner import perform
from curator.store import Store
from tests.engines.conftest import open_engines, serve
from tests.export.curating import chat, settle, workspace
from tests.lies import Lie, Seen, says
from tests.stages.scripted import ScriptedEngines, ScriptedModel, said

__all__ = ["open_engines", "serve"]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with workspace(tmp_path) as opened:
        yield opened


def speaker(*words: str) -> ScriptedEngines:
    """An assistant that says these things, one after the other, and then how much it read."""
    left = list(words)
    return ScriptedEngines(
        assistant=ScriptedModel(
            "a", lambda told, _: said(None, left.pop(0) if left else f"read {len(told)}")
        )
    )


def listed(store: Store, **wanted: Any) -> Path:
    out = store.path.parent / "out.jsonl"
    config = exporting.Config(out=str(out), after="replay", force=True, **wanted)
    perform(store, exporting.STAGE, config, None, Silent())  # type: ignore[arg-type]
    return out.with_name("out.replay.jsonl")


def replay(store: Store, path: Path, engines: Any, **settings: Any) -> Report:
    config = generating.Config(replay=path, **settings)
    return perform(store, generating.STAGE, config, engines, settings.pop("progress", Silent()))


def new_chats(store: Store) -> list[Any]:
    found = store.conversations.iterate()
    return [one for one in found if one.origin.source.startswith("replay:")]


def test_the_user_asks_what_was_asked_and_the_assistant_answers_anew(store: Store) -> None:
    one = chat(topic="eggs")
    store.conversations.add([one])
    made = settle(store, one, "accept")
    engines = speaker("It cannot burst.", "Not at all.")
    report = replay(store, listed(store), engines)
    assert report.counts == {
        "planned": 1, "already there": 0, "chats": 1, "answers": 2, "failed": 0,
    }  # fmt: skip
    (new,) = new_chats(store)
    assert [(turn.role, turn.content) for turn in new.turns] == [
        ("system", "Be brief."),
        ("user", "How do I boil an egg?"),
        ("assistant", "Boil it."),
        ("user", "That exploded. Again, please."),
        ("assistant", "It cannot burst."),
        ("user", "谢谢"),
        ("assistant", "Not at all."),
    ]
    assert new.meta["replayed"] == {"chat": one.id, "turn": 2, "rewrite": made.id}
    assert new.meta["topic"] == "eggs"
    first, second = engines.roles["assistant"].asked
    assert first == [{"role": turn.role, "content": turn.content} for turn in new.turns[:4]]
    assert second == [{"role": turn.role, "content": turn.content} for turn in new.turns[:6]]


def test_a_second_run_asks_nothing_again(store: Store) -> None:
    one = chat()
    store.conversations.add([one])
    settle(store, one, "accept")
    path = listed(store)
    replay(store, path, speaker())
    engines = speaker()
    assert replay(store, path, engines).counts["already there"] == 1
    assert engines.roles["assistant"].asked == []
    assert len(new_chats(store)) == 1


def test_a_stopped_run_keeps_whole_chats_and_goes_on(store: Store) -> None:
    chats = [chat(*_short(number)) for number in range(4)]
    store.conversations.add(chats)
    for one in chats:
        settle(store, one, "accept", turn=1)
    path = listed(store)

    class Stop(Silent):
        def step(self, n: int = 1, note: str = "") -> None:
            raise Cancelled("stopped")

    config = generating.Config(replay=path)
    with pytest.raises(Cancelled):
        perform(store, generating.STAGE, config, speaker(), Stop())  # type: ignore[arg-type]
    assert len(new_chats(store)) == 1
    assert replay(store, path, speaker()).counts["chats"] == 3
    assert [len(new.turns) for new in new_chats(store)] == [4] * 4


def test_what_fails_is_parked_by_its_line_and_the_others_are_made(store: Store) -> None:
    chats = [chat(*_short(number)) for number in range(3)]
    store.conversations.add(chats)
    for one in chats:
        settle(store, one, "accept", turn=1)
    path = listed(store)
    with path.open("a") as file:
        file.write('{"chat": "nowhere", "turn": 1, "rewrite": "r", "ask again": ["?"]}\n')
        file.write('{"instruction": "no listing"}\n')
        file.write("{broken\n")
    store.decisions.undo("ada")

    def answer(told: list[dict[str, Any]], _: int) -> Any:
        if told[-1]["content"] == "And 0?":
            raise EngineError("the endpoint is down")
        return said(None, "So.")

    engines = ScriptedEngines(assistant=ScriptedModel("a", answer))
    report = replay(store, path, engines)
    assert report.counts["chats"] == 1
    parked = {failure.target: failure.reason for failure in report.failures}
    assert sorted(parked) == [f"{path.name}:{line}" for line in (1, 3, 4, 5, 6)]
    assert "down" in parked[f"{path.name}:1"]
    assert "no longer settled" in parked[f"{path.name}:3"]
    assert "not in this workspace" in parked[f"{path.name}:4"]
    assert "lists no questions" in parked[f"{path.name}:5"]


def test_an_assistant_that_says_nothing_is_asked_some_more_and_then_parked(store: Store) -> None:
    one = chat()
    store.conversations.add([one])
    settle(store, one, "accept")
    engines = ScriptedEngines(assistant=ScriptedModel("a", lambda *_: said(None, " ")))
    report = replay(store, listed(store), engines)
    assert report.counts["failed"] == 1
    assert len(engines.roles["assistant"].asked) == generating.TRIES
    assert new_chats(store) == []


def test_after_a_rejected_rewrite_nothing_is_asked_again(store: Store) -> None:
    one = chat()
    store.conversations.add([one])
    settle(store, one, "reject")
    assert not listed(store, format="dpo-trl").exists()


def test_a_field_of_that_name_lists_nothing(store: Store) -> None:
    store.conversations.add([chat(replay=["mine"])])
    assert not listed(store, include=("untouched",)).exists()


def test_tool_calls_before_the_answer_are_told_as_the_endpoint_knows_them(store: Store) -> None:
    call = {"id": "c1", "type": "function", "function": {"name": "now", "arguments": "{}"}}
    one = chat(
        Turn("user", "What time is it?"),
        Turn("assistant", "", {"tool_calls": [call], "weight": 0}),
        Turn("tool", "noon", {"tool_call_id": "c1"}),
        Turn("assistant", "It is late."),
        Turn("user", "Late?"),
        Turn("assistant", "Yes."),
    )
    store.conversations.add([one])
    settle(store, one, "accept", turn=3)
    engines = speaker()
    replay(store, listed(store), engines)
    _, _, calling, heard, *_ = engines.roles["assistant"].asked[0]
    assert calling == {"role": "assistant", "content": "", "tool_calls": [call]}
    assert heard == {"role": "tool", "content": "noon", "tool_call_id": "c1"}


@pytest.mark.parametrize("content", [None, b"", b"\n", b'{"messages": []}\n'])
def test_a_file_that_lists_nothing_is_one_sentence(store: Store, content: bytes | None) -> None:
    path = store.path.parent / "x.replay.jsonl"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(DataError, match=r"x\.replay\.jsonl"):
        replay(store, path, speaker())


def test_topics_and_listed_questions_exclude_each_other(store: Store) -> None:
    with pytest.raises(ConfigError, match="--replay"):
        replay(store, store.path.parent / "x.replay.jsonl", speaker(), count=3)


def test_old_and_new_chat_stay_on_one_side_of_a_split(store: Store) -> None:
    chats = [chat(*_short(number), line=number) for number in range(20)]
    store.conversations.add(chats)
    for one in chats:
        settle(store, one, "accept", turn=1)
    replay(store, listed(store), speaker())
    order = type("Order", (), {"shares": (0.5, 0.5), "seed": 1})()
    dealt = sides(store, order, range(40), Silent())  # type: ignore[arg-type]
    assert {dealt[place] for place in range(20)} == {0, 1}
    assert [dealt[place] for place in range(20)] == [dealt[place + 20] for place in range(20)]


def test_two_chats_told_anew_from_one_are_akin_without_it() -> None:
    families = Families()
    for ord_, turn in ((1, 1), (2, 3)):
        meta = {"replayed": {"chat": "c", "turn": turn}}
        families.add(ord_, kin_of(chat(*_short(ord_), source_id=f"s{ord_}", **meta)))
    assert families.of(1) == families.of(2)


def test_a_paid_answer_is_not_asked_for_twice_when_a_later_one_fails(
    store: Store, serve: Any, open_engines: Any
) -> None:
    one = chat()
    store.conversations.add([one])
    settle(store, one, "accept")
    path = listed(store)
    broken = True

    def script(seen: Seen) -> Lie:
        if broken and seen.text == "谢谢":
            return Lie(json.dumps({"error": {"message": "no"}}).encode(), 400)
        return says(f"about {seen.text}")

    with_faults = serve(script)
    assert replay(store, path, open_engines(with_faults)).counts["failed"] == 1
    broken = False
    assert replay(store, path, open_engines(with_faults)).counts["chats"] == 1
    assert [seen.text for seen in with_faults.calls].count("That exploded. Again, please.") == 1


def _short(number: int) -> tuple[Turn, ...]:
    return (
        Turn("user", f"Why {number}?"), Turn("assistant", f"Since {number}."),
        Turn("user", f"And {number}?"), Turn("assistant", f"Also {number}."),
    )  # fmt: skip
