"""What the screen says, as text: a change of the golden files is what a reviewer of code reads.

Write them anew with GOLDEN=1 in the environment.
"""

import os
import re
from pathlib import Path

import pytest
from rich.color import Color as Rich
from rich.style import Style
from textual.color import Color

from curator.store import Store
from curator.tui.frame import Pens
from curator.tui.ink import QUIET
from curator.tui.palette import PALETTES
from tests.tui.chats import fill
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


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def test_the_other_ways_to_judge_look_like_their_golden_files(tmp_path, size):
    path = tmp_path / "w.duckdb"
    with Store(path) as store:
        fill(store, [LONG])

    async def script(d):
        screens = {"long": d.screen()}
        await d.press("b")
        screens["blind"] = d.screen()
        await d.press("b", "s", "t", "T")
        screens["hunks"] = d.screen()
        return screens

    for name, lines in drive(path, script, size=size).items():
        compare(f"{name}-{size[0]}x{size[1]}", lines)


LONG = (
    ("How do I boil an egg so that my grandmother Wilhelmina can eat it?", "Soft, for her."),
    "# Eggs\n\nPut the egg in water and boil it. Wait for twelve minutes. "
    + "It is then hard. You can peel it under cold water. Salt helps, some say. " * 8,
    "# Eggs\n\nPut the egg in *boiling* water. Wait for **six** minutes. "
    + "It is then soft. You can eat it from a cup with a spoon. Salt it at the table. " * 8,
    "Twelve minutes make it hard.",
)
#: The letter of a ground or colour, by its name in the palette; the first that is not plain.
GROUNDS = {"old_ground": "O", "new_ground": "N", "code_ground": "c"}
COLOURS = {"warn": "w", "quiet": "q", "accent": "a"}


def look(style, palette):
    """The letter of a cell."""
    ground = style.bgcolor.name if style.bgcolor else palette.ground
    colour = style.color.name if style.color else palette.text
    found = ["r"] if style.reverse else []
    found += [
        a for name, a in GROUNDS.items() if getattr(palette, name) == ground != palette.ground
    ]
    found += [a for name, a in COLOURS.items() if getattr(palette, name) == colour != palette.text]
    found += [a for a, on in (("u", style.underline), ("b", style.bold), ("i", style.italic)) if on]
    return found[0] if found else "."


def looks(strips, palette):
    """Each line, and under it a letter for each cell."""
    lines = []
    for strip in strips:
        lines.append("".join(segment.text for segment in strip).rstrip())
        under = (look(s.style or Style(), palette) * s.cell_length for s in strip)
        lines.append("".join(under).rstrip("."))
    return lines


@pytest.mark.parametrize("theme", list(PALETTES))
def test_each_theme_looks_like_its_golden_file(workspace, theme):
    async def script(d):
        d.app.theme = theme
        await d.press("J", "J", "J")
        return looks(d.app.screen._compositor.render_strips(), PALETTES[theme])

    lines = drive(workspace, script, size=(80, 24))
    compare(f"code-{theme.removeprefix('curator-')}-80x24", lines)


@pytest.mark.parametrize("theme", list(PALETTES))
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
    assert (new.bgcolor, new.bold) != (same.bgcolor, same.bold)


def test_no_color_leaves_signs_and_underlines(workspace, monkeypatch):
    monkeypatch.setenv("NO_COLOR", "1")

    async def script(d):
        strips = d.app.screen._compositor.render_strips()
        return d.text(), [segment for strip in strips for segment in strip]

    text, segments = drive(workspace, script)
    assert "+ Put the egg in" in text
    assert any(s.text == "boiling" and s.style and s.style.underline for s in segments)


def test_no_color_sends_no_colour_of_any_kind(workspace, monkeypatch):
    """Not greys on a ground of our own either: the terminal keeps what is its."""
    monkeypatch.setenv("NO_COLOR", "1")

    async def script(d):
        pens = Pens(d.app)
        quiet = pens.line((("quiet", QUIET),), 9)
        bar = pens.thumb(4, 9, 0, (Rich.from_rgb(9, 9, 9), Rich.from_rgb(1, 1, 1)))
        assert not re.search(r"[\[;][34]\d", quiet + "".join(bar))
        for strip in d.app.screen._compositor.render_strips():
            for gate in d.app.get_line_filters():
                strip = strip.apply_filter(gate, Color(0, 0, 0))
            assert not [s for s in strip if s.style and (s.style.color or s.style.bgcolor)]
        await d.press("ctrl+t")
        assert "theme: dark" in d.text()  # who asks for colours gets them
        return quiet, Pens(d.app).line((("x", QUIET),), 1)

    plain, asked = drive(workspace, script)
    assert plain.startswith("\x1b[2mquiet")
    assert re.search(r"[\[;]3\d;", asked)


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


def luminance(colour):
    """The relative luminance of #rrggbb, by WCAG 2.1."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, other):
    """The contrast ratio of two colours, by WCAG 2.1."""
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("palette", PALETTES.values(), ids=PALETTES)
def test_a_scroll_bar_can_be_seen_in_every_theme(palette):
    colours = palette.theme().to_color_system().generate()
    assert contrast(colours["scrollbar"], palette.ground) > 1.9


@pytest.mark.parametrize("palette", PALETTES.values(), ids=PALETTES)
def test_all_text_stands_out_from_what_lies_behind_it(palette):
    everywhere = (
        *("text", "quiet", "accent", "heading", "code", "warn", "good", "bad", "keyword"),
        *("string", "comment", "number", "name_of"),
    )
    pairs = [(name, ground) for name in everywhere for ground in ("ground", "code_ground")]
    pairs += [("old", "old_ground"), ("new", "new_ground"), ("warn", "new_ground")]
    pairs += [(name, "here") for name in ("text", "accent", "warn", "good", "bad")]
    weak = {
        pair: round(contrast(*(getattr(palette, name) for name in pair)), 2)
        for pair in pairs
        if contrast(*(getattr(palette, name) for name in pair)) < 4.5
    }
    assert weak == {}
