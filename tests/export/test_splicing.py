"""Chats that leave as they came, without an object for each turn: the bytes are the same."""

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curator.conversation import ROLES, Conversation, Curated, Turn
from curator.export.checking import PlainRow, checks_for, look, look_from_afar
from curator.export.files import encoded
from curator.export.glance import Glance
from curator.export.lengths import Estimated
from curator.export.trainers import TRAINERS
from curator.formats import FORMATS
from curator.stages.base import Silent
from curator.stages.exporting import STAGE, Config
from curator.stages.runner import perform
from curator.store import Store
from tests.export.curating import CHAT, chat, settle

PLAIN = [name for name, layout in FORMATS.items() if layout.plain]
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


@pytest.mark.parametrize("name", PLAIN)
def test_every_file_is_the_same_as_by_the_long_way(
    name: str, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted: Mapping[str, Any] = {"format": name, "check": tuple(TRAINERS), "split": "0.8,0.2"}
    short = written(store, tmp_path / "one" / "out", **wanted)
    monkeypatch.setitem(FORMATS, name, dataclasses.replace(FORMATS[name], plain=None))
    long = written(store, tmp_path / "two" / "out", **wanted)
    assert short == long
    assert short["train.jsonl"].count(b"\n") > 80


def test_a_settled_or_a_rich_chat_is_not_bare(store: Store) -> None:
    ords = store.exports.ords(("accept",), True)
    plain = FORMATS["messages"].plain
    assert plain
    found = [one for window in store.exports.leaving(ords, plain.openings) for _, one in window]
    whole = [one for one in found if isinstance(one, Curated)]
    assert len(found) == len(ords)
    assert sum(bool(one.settlements) for one in whole) == 14
    assert sum(any(t.extra for t in one.conversation.turns) for one in whole) == 2
    assert len(whole) == 16


words = st.text(alphabet="ab 你é", max_size=40)
turns = st.lists(st.builds(Turn, st.sampled_from(ROLES), words), min_size=1, max_size=6)


@given(turns, st.sampled_from(PLAIN), st.integers(1, 60), st.booleans())
def test_trainers_say_the_same_from_afar(
    said: list[Turn], name: str, limit: int, measured: bool
) -> None:
    layout = FORMATS[name]
    assert layout.write
    assert layout.plain
    (row,) = layout.write(Curated(chat(*said)))
    (sample,) = layout.write(Curated(chat(Turn("user", ""))))
    text = "".join(turn.content for turn in said)
    seen = Glance(
        "".join(turn.role[0] for turn in said).encode(),
        len(text), len(text.encode()), min(len(turn.content) for turn in said),
    )  # fmt: skip
    lengths = Estimated() if measured else None
    near, far = (checks_for(TRAINERS.values(), name, lengths, limit) for _ in range(2))
    plain = PlainRow(sample, layout.plain.field, (encoded(row),), seen)
    one = [(check.trainer.name, finding) for check, finding in look(near, row, "f", 1)]
    other = [(c.trainer.name, finding) for c, finding in look_from_afar(far, plain, "f", 1)]
    assert one == other
    assert [check.seen for check in near] == [check.seen for check in far]
