"""What `import --explain` says of a file."""

import json
from pathlib import Path

from curator.stages.accounts import Wishes
from curator.stages.peeking import explained


def said(tmp_path: Path, *rows: object) -> tuple[list[str], list[tuple[object, ...]]]:
    file = tmp_path / "chats.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    report = explained([str(file)], Wishes())
    return report.lines, [tuple(row[1:]) for row in report.rows]


def test_a_number_is_traced_by_its_name_and_not_by_chance(tmp_path: Path) -> None:
    lines, _ = said(
        tmp_path,
        {"id": "chat-1", "conversation": [
            {"role": "user", "content": "Is it 3 or 13?", "score": 3},
            {"role": "assistant", "content": "3", "score": 1}], "turn": 1},
    )  # fmt: skip
    assert "  conversation[0].score -> turn 0, user: score" in lines
    assert "  conversation[1].content -> turn 1, assistant" in lines
    assert "  turn -> kept as turn" in lines
    assert "  id -> id of the record" in lines


def test_chats_spread_over_rows_are_shown_whole(tmp_path: Path) -> None:
    lines, rows = said(
        tmp_path,
        {"conversation_id": "x", "role": "user", "content": "question"},
        {"conversation_id": "x", "role": "assistant", "content": "answer"},
        {"conversation_id": "x", "role": "nobody", "content": "?"},
    )
    assert rows == [(1, 0, "user", "question"), (1, 1, "assistant", "answer")]
    assert any("row 3 would be rejected: unknown speaker" in line for line in lines)
