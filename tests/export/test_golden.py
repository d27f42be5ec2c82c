"""Exports of one small chat in every layout, kept as text: a change of them is read in review.

Write them anew with `CURATOR_GOLDEN=write python -m pytest tests/export/test_golden.py`.
"""

import json
import os
from pathlib import Path

import pytest

from curator.conversation import Curated, Settlement, Turn
from curator.export.policy import examples, weighed
from curator.formats import FORMATS
from tests.export.curating import CHAT, chat

GOLDEN = Path(__file__).parent / "golden"
SETTLED = (
    Settlement(2, "r1", "accept", "Boil it.", CHAT[2].content, 1, "It bursts.", "ada"),
    Settlement(4, "r2", "reject", CHAT[4].content, "Fry it.", 2, "Too long.", "ada"),
    Settlement(6, "r3", "edit", "不用谢！", CHAT[6].content, 3, "太短", "bob"),
)


@pytest.mark.parametrize("name", [f.name for f in FORMATS.values() if f.write is not None])
def test_an_export_is_what_it_was(name: str) -> None:
    layout = FORMATS[name]
    assert layout.write is not None
    pairs = layout.teaches != "answers"
    curated = Curated(chat(*CHAT, source_id="c7", license="MIT"), SETTLED)
    labelled = chat(
        Turn("user", "Weather?"),
        Turn("assistant", "", {"tool_calls": [
            {"type": "function", "function": {"name": "look", "arguments": '{"at": "Köln"}'}}
        ]}),
        Turn("tool", "Rain."),
        Turn("assistant", "It rains.", {"label": True}),
        source_id="c8",
    )  # fmt: skip
    verdicts = ("accept", "edit", "reject") if pairs else ("accept", "edit")
    rows = []
    for one in (curated, Curated(labelled)):
        for example in examples(one, verdicts, "cut", pairs):
            rows += list(layout.write((example if pairs else weighed(example, "auto")).curated))
    text = "".join(json.dumps(row, ensure_ascii=False, indent=1) + "\n" for row in rows)
    file = GOLDEN / f"{name}.txt"
    if os.environ.get("CURATOR_GOLDEN") == "write":
        file.write_text(text, encoding="utf-8")
    assert text == file.read_text(encoding="utf-8")
