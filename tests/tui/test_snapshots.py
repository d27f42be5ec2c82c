"""What the screen says, as text: a change of the golden files is what a reviewer of code reads.

Write them anew with GOLDEN=1 in the environment.
"""

import os
from pathlib import Path

import pytest

from tests.tui.driving import drive

GOLDEN = Path(__file__).parent / "golden"
SIZES = ((80, 24), (120, 40), (200, 60))
ITEMS = ("english", "chinese", "emoji", "code", "hostile")


def compare(name, lines):
    path = GOLDEN / f"{name}.txt"
    shown = "\n".join(lines) + "\n"
    if os.environ.get("GOLDEN"):
        path.write_text(shown, encoding="utf-8")
    assert path.read_text(encoding="utf-8") == shown


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def test_each_chat_looks_like_its_golden_file(workspace, size):
    async def script(d):
        screens = {}
        for number, item in enumerate(ITEMS):
            if number:
                await d.press("J")
            screens[item] = d.screen()
        return screens

    for item, lines in drive(workspace, script, size=size).items():
        compare(f"{item}-{size[0]}x{size[1]}", lines)


def test_the_other_views_look_like_their_golden_files(workspace):
    async def script(d):
        screens = {}
        for view in ("inline", "new", "old"):
            await d.press("d")
            screens[view] = d.screen()
        await d.press("d", "v")
        screens["later"] = d.screen()
        await d.press("question_mark")
        screens["help"] = d.screen()
        await d.press("escape", "e")
        screens["edit"] = d.screen()
        return screens

    for name, lines in drive(workspace, script, size=(100, 30)).items():
        compare(f"{name}-100x30", lines)


@pytest.mark.parametrize("theme", ["curator-dark", "curator-light"])
def test_changes_are_signed_and_underlined_not_only_coloured(workspace, theme):
    async def script(d):
        d.app.theme = theme
        await d.press("J", "K")
        found = [
            (segment.text, segment.style)
            for strip in d.app.screen._compositor.render_strips()
            for segment in strip
        ]
        return d.text(), found

    text, segments = drive(workspace, script)
    assert "− Put the egg in" in text
    assert "+ Put the egg in" in text
    (new,) = [style for said, style in segments if said == "boiling"]
    same = next(style for said, style in segments if said.startswith("Put the egg in"))
    assert new.underline
    assert new.bgcolor != same.bgcolor


def test_no_color_leaves_signs_and_underlines(workspace, monkeypatch):
    monkeypatch.setenv("NO_COLOR", "1")

    async def script(d):
        strips = d.app.screen._compositor.render_strips()
        return d.text(), [segment for strip in strips for segment in strip]

    text, segments = drive(workspace, script)
    assert "+ Put the egg in" in text
    assert any(s.text == "boiling" and s.style and s.style.underline for s in segments)


@pytest.mark.parametrize("size", [(1, 1), (20, 5), (40, 10), (99, 24), (100, 24), (500, 200)])
def test_any_size_is_drawn_without_a_crash(workspace, size):
    async def script(d):
        await d.press("J", "d", "v", "question_mark", "escape", "e", "escape", "q", "escape")
        return d.screen()

    lines = drive(workspace, script, size=size)
    assert len(lines) == size[1]


def test_a_resize_keeps_the_item_and_redraws_it(workspace):
    async def script(d):
        await d.press("J")
        await d.pilot.resize_terminal(80, 24)
        await d.settle()
        assert "│" not in d.text().replace("▏", "")
        assert d.item.number == 2
        await d.pilot.resize_terminal(140, 50)
        await d.settle()
        assert "│" in d.text()

    drive(workspace, script)
