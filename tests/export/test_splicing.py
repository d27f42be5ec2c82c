"""Chats that leave as they came, without an object for each turn: the bytes are the same."""

import dataclasses
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curator.conversation import ROLES, Conversation, Curated, Turn
from curator.export.checking import Place, checks_for
from curator.export.files import encoded
from curator.export.lengths import Estimated
from curator.export.sheaf import Sheaf, words
from curator.export.splicing import Splicer
from curator.export.trainers import TRAINERS, told
from curator.formats import FORMATS
from curator.stages import exporting, shipment
from curator.stages.base import Silent
from curator.stages.exporting import STAGE, Config
from curator.stages.runner import perform
from curator.store import Store
from tests.export.curating import CHAT, chat, settle

PLAIN = [name for name, layout in FORMATS.items() if layout.plain]
PAIRED = [name for name in PLAIN if (plain := FORMATS[name].plain) and plain.paired]
ODD = (
    "".join(map(chr, range(32))),
    'a "quote", a \\ and a literal \\u001F / slash',
    '[{"role":"user","content":""}]',
    '"messages":[{"role":"user","content":""}],"conversations":[{"from":"human","value":""}]',
    "\u2028\u2029\x7f\x85\ufeff\uffff",
    "你好，世界 𠮷 👩‍👩‍👧 é",
    "",
)


def odd_chats() -> list[Conversation]:
    chats = [
        chat(
            Turn("user", f"{number}: {words}"), Turn("assistant", words),
            source_id=words[:20] if number % 2 else "", line=number,
        )
        for number, words in enumerate(ODD)
    ]  # fmt: skip
    chats.append(chat(Turn("user", "Nobody answers."), fields={"label": "a field"}))
    chats.append(chat(Turn("user", "As true."), Turn("assistant", "As 1."), score=True))
    chats.append(chat(Turn("user", "As one."), Turn("assistant", "As 1."), score=1))
    chats.append(chat(Turn("user", "A field."), Turn("assistant", "b"), source_id="7", label="x"))
    chats.append(chat(Turn("user", "A field!"), Turn("assistant", "b"), source_id="7", label="y"))
    chats.append(chat(Turn("user", "说" * 900), Turn("assistant", "long " * 900)))
    chats.append(chat(Turn("user", ""), Turn("user", "twice"), Turn("tool", "x")))
    return chats


def rich_chats() -> list[Conversation]:
    call = {"type": "function", "function": {"name": "look", "arguments": "{}"}}
    return [
        chat(Turn("user", "w"), Turn("assistant", "", {"tool_calls": [call]}), Turn("tool", "R.")),
        chat(Turn("user", "s", {"speaker": "prompter"}), Turn("assistant", "t", {"weight": 0})),
        chat(*CHAT, title="a title", license="MIT", language="zh", prompt="of old"),
        Conversation(CHAT[:3], chat().origin, {"tools": [{"type": "function"}], "huge": 2**70}),
        Conversation(CHAT[1:5], chat().origin, {"messages": [1], "output": ["x"], "score": 1.5}),
    ]  # fmt: skip


def written(store: Store, folder: Path, **wanted: Any) -> dict[str, bytes]:
    config = Config(out=str(folder), include=("settled", "untouched"), force=True, **wanted)
    perform(store, STAGE, config, None, Silent())  # type: ignore[arg-type]
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


@pytest.fixture
def store(tmp_path: Path) -> Any:
    with Store(tmp_path / "w.duckdb") as opened:
        chats = odd_chats() + rich_chats()
        several = [chat(*CHAT, Turn("user", str(number)), line=number) for number in range(120)]
        opened.conversations.add([*chats[:6], *several, *chats[6:]])
        for one in several[::9]:
            settle(opened, one, "accept")
        settle(opened, several[5], "reject")
        yield opened


@pytest.mark.parametrize("few", [1, 1_000_000], ids=["compiled", "plainly"])
@pytest.mark.parametrize("name", PLAIN)
def test_every_file_is_the_same_as_by_the_long_way(
    name: str, few: int, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("curator.stages.shipment.FEW", few)
    monkeypatch.setattr("curator.stages.shipment.MANY", few)
    wanted: Mapping[str, Any] = {"format": name, "check": tuple(TRAINERS), "split": "0.8,0.2"}
    # A tokenizer must see the words.
    monkeypatch.setattr(exporting, "_lengths", lambda *_: Estimated())
    short = written(store, tmp_path / "one" / "out", **wanted)
    monkeypatch.setitem(FORMATS, name, dataclasses.replace(FORMATS[name], plain=None))
    long = written(store, tmp_path / "two" / "out", **wanted)
    assert short == long
    assert short["train.jsonl"].count(b"\n") > 80


def test_a_settled_or_a_rich_chat_is_not_bare(store: Store) -> None:
    ords = store.exports.ords(("accept",), True)
    (window,) = store.exports.leaving(ords, False)
    sheaf, found = window
    whole = [one for _, one in found]
    assert len(sheaf.ords) + len(whole) == len(ords)
    assert sorted([*sheaf.ords.tolist(), *(ord_ for ord_, _ in found)]) == ords
    assert sum(bool(one.settlements) for one in whole) == 14
    assert sum(any(t.extra for t in one.conversation.turns) for one in whole) == 2
    assert len(whole) == 16


words_ = st.text(alphabet="ab 你é", max_size=40)
turns = st.lists(st.builds(Turn, st.sampled_from(ROLES), words_), min_size=1, max_size=6)


@given(st.lists(turns, min_size=1, max_size=4), st.sampled_from(PLAIN), st.integers(1, 60))
def test_trainers_say_the_same_from_afar(chats: list[list[Turn]], name: str, limit: int) -> None:
    chats = [taking_turns(said) for said in chats] if name in PAIRED else chats
    for lengths in (Estimated(), None):
        one_by_one, at_once = (
            checks_for(TRAINERS.values(), name, lengths, limit) for _ in range(2)
        )
        bundle = Splicer(FORMATS[name]).bundle(sheaf_of(chats))
        for near, far in zip(one_by_one, at_once, strict=True):
            read = [
                near.row(told(row_of(name, said)), Place("f", n)) for n, said in enumerate(chats)
            ]
            found, unread = far.glance(bundle.glances)
            for place, findings in enumerate(read):
                if not unread[place]:
                    assert [
                        sight.finding(sight.rows.tolist().index(place))
                        for sight in found if place in sight.rows
                    ] == findings  # fmt: skip


def test_counts_from_afar_are_those_of_reading() -> None:
    chats = [[Turn("user", "long " * 30 * n)] for n in range(1, 5)]
    near, far = (checks_for([TRAINERS["trl"]], "messages", Estimated(), 60)[0] for _ in range(2))
    for number, said in enumerate(chats, 1):
        near.row(told(row_of("messages", said)), Place("f", number, number))
    bundle = Splicer(FORMATS["messages"]).bundle(sheaf_of(chats))
    found, unread = far.glance(bundle.glances)
    assert not unread.any()
    far.note(bundle.kinds[0].row)
    far.count(found, 4, lambda place: Place("f", place + 1, place + 1))
    assert list(far.table()) == list(near.table())
    assert {row[1]: row[2] for row in far.table()} == {"cut": 3, "warned": 4}
    assert far.seen == near.seen


def taking_turns(said: list[Turn]) -> list[Turn]:
    """The same words as questions and answers, the last answered."""
    turns = [Turn(("user", "assistant")[n % 2], turn.content) for n, turn in enumerate(said)]
    return turns if len(turns) % 2 == 0 else [*turns, Turn("assistant", "so")]


def row_of(name: str, said: list[Turn]) -> dict[str, Any]:
    write = FORMATS[name].write
    assert write
    (row,) = write(Curated(chat(*said)))
    return row


def sheaf_of(chats: list[list[Turn]]) -> Sheaf:
    import numpy as np

    said = [turn for turns in chats for turn in turns]
    return Sheaf(
        np.arange(len(chats)),
        [("f.jsonl", None, None, None, None)] * len(chats),
        [None] * len(chats),
        [""] * len(chats),
        words([turn.content for turn in said]),
        np.cumsum([0, *map(len, chats)]),
        np.array([ord(turn.role[0]) for turn in said], np.uint8),
    )


@given(st.lists(st.text(), min_size=1, max_size=5), st.text(max_size=9), st.sampled_from(PLAIN))
def test_any_text_is_written_as_the_long_way_writes_it(
    texts: list[str], named: str, layout: str
) -> None:
    said = [Turn(ROLES[n % len(ROLES)], text) for n, text in enumerate(texts)]
    said = taking_turns(said) if layout in PAIRED else said
    one = chat(*said, source_id=named)
    write = FORMATS[layout].write
    assert write
    plain = FORMATS[layout].plain
    assert plain
    sheaf = sheaf_of([said])._replace(names=[named or (one.id if plain.named else "")])
    (row,) = write(Curated(one))
    for compiled in (False, True):
        splicer = Splicer(FORMATS[layout], compiled)
        assert splicer.lines(splicer.bundle(sheaf)) == [encoded(row)]


@given(st.lists(st.text('ab"\\\n\x00\x1f\x7f é你𠮷', max_size=70), min_size=2, max_size=9))
def test_what_json_escapes_is_escaped_at_every_place_of_a_word(texts: list[str]) -> None:
    chats = [taking_turns([Turn("user", text) for text in texts[n:]]) for n in range(len(texts))]
    for layout in PLAIN:
        plainly, compiled = (Splicer(FORMATS[layout], how) for how in (False, True))
        sheaf = sheaf_of(chats)
        assert compiled.lines(compiled.bundle(sheaf)) == plainly.lines(plainly.bundle(sheaf))


def test_few_chats_wait_for_no_compiler(monkeypatch: pytest.MonkeyPatch) -> None:
    from curator.formats.fast.machine import Pass

    for kept in (False, True):
        monkeypatch.setattr(Pass, "kept", kept)
        found = [shipment._worth_compiling(n) for n in (1, shipment.FEW, shipment.MANY)]
        assert found == [False, kept, True]


def test_a_chat_out_of_turn_is_no_exchange(store: Store) -> None:
    ords = store.exports.ords((), True)
    every = [*store.exports.leaving(ords, False)]
    paired = [*store.exports.leaving(ords, False, True)]
    assert sum(len(sheaf.ords) + len(whole) for sheaf, whole in paired) == len(ords)
    assert sum(len(sheaf.ords) for sheaf, _ in every) > 100
    roles = [
        sheaf.roles[begin:end].tobytes()
        for sheaf, _ in paired
        for begin, end in pairwise(sheaf.firsts.tolist())
    ]
    assert {said[:2] for said in roles} == {b"ua"}
    assert 5 < len(roles) < 100


@pytest.mark.parametrize("turns", [2, 4, 8])
def test_earlier_exchanges_become_the_history_of_an_alpaca_row(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, turns: int
) -> None:
    monkeypatch.setattr(exporting, "_lengths", lambda *_: Estimated())
    roles = ("user", "assistant")
    one = chat(*(Turn(roles[n % 2], f'{n} "说"\n') for n in range(turns)), license="MIT")
    with Store(tmp_path / "w.duckdb") as opened:
        opened.conversations.add([one])
        found = written(opened, tmp_path / "out", format="alpaca")
    (row,) = list(FORMATS["alpaca"].write(Curated(one)))  # type: ignore[misc]
    assert found["train.jsonl"] == encoded(row) + b"\n"
    assert len(row.get("history", [])) == turns // 2 - 1


def test_long_turns_take_the_memory_that_they_need(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("curator.store.exports.MEMORY", 1 << 20)
    long = [chat(Turn("user", "long"), Turn("assistant", f"{n}" * 3_000_000)) for n in range(3)]
    store.conversations.add(long)
    ords = store.exports.ords((), True)
    sheaves = [sheaf for sheaf, _ in store.exports.leaving(ords, False)]
    assert sum(len(sheaf.ords) for sheaf in sheaves) > 100
    assert len([one for window in store.exports.curated(ords) for one in window]) == len(ords)
