"""The colours, by theme: what each ink looks like. Nothing is said by colour alone: changes are
signed and underlined, warnings and verdicts have words."""

import os
from dataclasses import dataclass
from functools import lru_cache

from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.filter import LineFilter
from textual.theme import Theme

from curator.tui import ink


@dataclass(frozen=True)
class Palette:
    """The colours of one theme; `new_ground` and the like lie behind the text."""

    name: str
    dark: bool
    ground: str
    text: str
    quiet: str
    accent: str
    heading: str
    code: str
    code_ground: str
    old: str
    old_ground: str
    new: str
    new_ground: str
    warn: str
    good: str
    bad: str
    rule: str
    keyword: str
    string: str
    comment: str
    number: str
    name_of: str
    #: What lies behind the row under the cursor.
    here: str
    #: Nothing is told apart by its colour.
    mono: bool = False

    def theme(self) -> Theme:
        """The same colours for Textual's own widgets."""
        return Theme(
            name=self.name,
            primary=self.accent,
            secondary=self.heading,
            warning=self.warn,
            error=self.bad,
            success=self.good,
            accent=self.accent,
            foreground=self.text,
            background=self.ground,
            surface=self.ground,
            panel=self.code_ground,
            dark=self.dark,
            variables={"scrollbar": self.rule},
        )


DARK = Palette(
    name="curator-dark", dark=True, ground="#14171c", text="#d5dae2", quiet="#858f9b",
    accent="#86b3f0", heading="#e3c78a", code="#b9c7dc", code_ground="#1d222a",
    old="#f0b9b3", old_ground="#41262a", new="#b4e2be", new_ground="#1f3d2b",
    warn="#e6b566", good="#8fd19e", bad="#f28b82", rule="#59636f", keyword="#c9a6f0",
    string="#a5d6a7", comment="#858f9b", number="#f0b37e", name_of="#86b3f0",
    here="#2b3645",
)  # fmt: skip
LIGHT = Palette(
    name="curator-light", dark=False, ground="#fbfaf7", text="#23272e", quiet="#5f6672",
    accent="#2358a8", heading="#7a5200", code="#33415c", code_ground="#efede6",
    old="#8c1d18", old_ground="#fbe0dc", new="#0f5a2c", new_ground="#d9f2df",
    warn="#8a5a00", good="#17752f", bad="#b3261e", rule="#b5b2a8", keyword="#6f2da8",
    string="#0a5c36", comment="#5f6672", number="#9a3b00", name_of="#2358a8",
    here="#dde6f3",
)  # fmt: skip
CONTRAST = Palette(
    name="curator-contrast", dark=True, ground="#000000", text="#ffffff", quiet="#d0d0d0",
    accent="#7fd4ff", heading="#ffe066", code="#ffffff", code_ground="#1c1c1c",
    old="#ffffff", old_ground="#8b0000", new="#ffffff", new_ground="#005f00",
    warn="#ffd000", good="#5cff7a", bad="#ff8080", rule="#a0a0a0", keyword="#e0b0ff",
    string="#9dffb0", comment="#d0d0d0", number="#ffc080", name_of="#7fd4ff",
    here="#003a6b",
)  # fmt: skip
_GREY = dict.fromkeys(
    ("accent", "heading", "code", "old", "new", "warn", "good", "bad", "keyword", "string",
     "number", "name_of", "text"), "#e4e4e4",
)  # fmt: skip
MONO = Palette(
    name="curator-mono", dark=True, ground="#121212", quiet="#a8a8a8", code_ground="#121212",
    old_ground="#121212", new_ground="#121212", rule="#808080", comment="#a8a8a8", here="#121212",
    mono=True,
    **_GREY,
)  # fmt: skip
PALETTES = {palette.name: palette for palette in (DARK, LIGHT, CONTRAST, MONO)}


class Uncoloured(LineFilter):
    """Takes every colour off, as NO_COLOR wants it: those of the terminal remain, and what was
    quiet is dim."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        del background
        return [
            segment
            if segment.control or segment.style is None
            else Segment(segment.text, _uncoloured(segment.style))
            for segment in segments
        ]


@lru_cache(1024)
def _uncoloured(style: Style) -> Style:
    hex_ = style.color.triplet.hex if style.color and style.color.triplet else ""
    return style.without_color + Style(dim=True if hex_ in (MONO.quiet, MONO.rule) else None)


_COLOURS = (
    (ink.KEYWORD, "keyword"), (ink.STRING, "string"), (ink.COMMENT, "comment"),
    (ink.NUMBER, "number"), (ink.NAME, "name_of"), (ink.QUIET, "quiet"),
    (ink.LINK, "accent"), (ink.ACCENT, "accent"), (ink.HEADING, "heading"),
    (ink.RULE, "rule"), (ink.UNLIKE, "accent"), (ink.OLD, "old"), (ink.NEW, "new"),
    (ink.WARN, "warn"), (ink.GOOD, "good"), (ink.BAD, "bad"), (ink.MARK, "warn"),
    (ink.LEAK, "warn"),
)  # fmt: skip
_SIDES = (ink.OLD, ink.NEW)
_BARE = ink.SIGN | ink.RULE
#: Reversed where nothing is told apart by its colour.
_LOUD = ink.LEAK | ink.HERE


@lru_cache(2048)
def style(what: int, palette: Palette) -> Style:
    """The look of an ink: later colours of the table win, grounds lie under old, new and code."""
    colour = palette.code if what & ink.CODE else palette.text
    for bit, name in _COLOURS:
        if what & bit and not (bit in _SIDES and what & ink.ANEW):
            colour = getattr(palette, name)
    ground = palette.code_ground if what & (ink.CODE | ink.UNLIKE) else palette.ground
    here = what & ink.HERE
    if here:
        ground = palette.here
        colour = palette.text if what & ink.QUIET else colour
    changed = what & (ink.OLD | ink.NEW) and not what & (_BARE | ink.ANEW)
    if changed:
        ground = palette.old_ground if what & ink.OLD else palette.new_ground
    strong = ink.BOLD | ink.HEADING | ink.SIGN | ink.LEAK | (ink.KEYWORD if palette.mono else 0)
    lined = what & (ink.LINK | ink.LEAK | ink.UNLIKE) or (changed and what & ink.NEW)
    return Style(
        color=colour,
        bgcolor=ground,
        bold=bool(what & strong) or (palette.mono and bool(changed)) or None,
        italic=bool(what & (ink.ITALIC | (ink.COMMENT if palette.mono else 0))) or None,
        underline=bool(lined) or None,
        strike=bool(what & ink.STRUCK) or None,
        reverse=bool(what & ink.LIT) or (palette.mono and bool(what & _LOUD)) or None,
    )


def first_theme() -> str:
    """The theme to begin with: the one that HINDSIGHT_THEME names, no colour under NO_COLOR, light
    where the terminal's ground is, else dark."""
    named = f"curator-{os.environ.get('HINDSIGHT_THEME', '')}"
    if named in PALETTES:
        return named
    if os.environ.get("NO_COLOR"):
        return MONO.name
    return (LIGHT if _is_light() else DARK).name


def _is_light() -> bool:
    """Whether the terminal says that its ground is light (COLORFGBG ends with 7 or 15)."""
    return os.environ.get("COLORFGBG", "").rpartition(";")[2] in ("7", "15")
