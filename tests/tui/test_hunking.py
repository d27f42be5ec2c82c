"""Hunk by hunk on the screen: a piece looks as it does in the whole answer."""

from curator.review.hunks import choices
from curator.tui.hunking import changes
from curator.tui.ink import CODE
from curator.tui.sides import Look

OLD = "Do this:\n```\na = 1\n```\nIt says `one`."
NEW = "Do this:\n```\na = 2\n```\nIt says `two`."


def shown(old, new, width=60, split=0):
    state = choices(old, new)
    for _ in range(split):
        state = state.split()
    rows, _ = changes(state, width, Look())
    return [("".join(text for text, _ in row), row) for row in rows]


def test_a_line_of_code_is_code_and_prose_behind_the_block_is_prose():
    rows = dict(shown(OLD, NEW))
    assert any(ink & CODE for _, ink in rows["▶1?    − a = 1"])
    prose = rows[" 2?    − It says one."]
    assert [text for text, ink in prose if ink & CODE] == ["one"]


def test_unchanged_text_stands_level_with_the_changes():
    said = [text for text, _ in shown(OLD, NEW)]
    assert "         Do this:" in said
    assert "         └──" in said


def test_a_piece_amid_a_line_does_not_begin_with_its_blank():
    said = [text for text, _ in shown("It is very red now.", "It is most blue now, then.", split=1)]
    assert "▶1?    − very red" in said


def test_a_line_of_code_keeps_its_indentation():
    said = [t for t, _ in shown("```\nif a:\n    b = 1\n```", "```\nif a:\n    b = 2\n```")]
    assert "▶1?    −     b = 1" in said
