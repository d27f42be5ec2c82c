"""The colours, by theme: what each ink looks like. Nothing is said by colour alone: changes are
signed and underlined, warnings and verdicts have words."""

from dataclasses import dataclass
from functools import lru_cache

from rich.style import Style
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
        )


DARK = Palette(
    name="curator-dark", dark=True, ground="#14171c", text="#d5dae2", quiet="#7f8995",
    accent="#86b3f0", heading="#e3c78a", code="#b9c7dc", code_ground="#1d222a",
    old="#f0b9b3", old_ground="#41262a", new="#b4e2be", new_ground="#1f3d2b",
    warn="#e6b566", good="#8fd19e", bad="#f28b82", rule="#59636f",
)  # fmt: skip
LIGHT = Palette(
    name="curator-light", dark=False, ground="#fbfaf7", text="#23272e", quiet="#6b7280",
    accent="#2358a8", heading="#7a5200", code="#33415c", code_ground="#efede6",
    old="#8c1d18", old_ground="#fbe0dc", new="#0f5a2c", new_ground="#d9f2df",
    warn="#8a5a00", good="#1a7f37", bad="#b3261e", rule="#b5b2a8",
)  # fmt: skip
PALETTES = {palette.name: palette for palette in (DARK, LIGHT)}

_COLOURS = (
    (ink.QUIET, "quiet"), (ink.LINK, "accent"), (ink.ACCENT, "accent"), (ink.HEADING, "heading"),
    (ink.CODE, "code"), (ink.RULE, "rule"), (ink.OLD, "old"), (ink.NEW, "new"),
    (ink.WARN, "warn"), (ink.GOOD, "good"), (ink.BAD, "bad"), (ink.MARK, "warn"),
)  # fmt: skip
_BARE = ink.SIGN | ink.RULE


@lru_cache(2048)
def style(what: int, palette: Palette) -> Style:
    """The look of an ink: later colours of the table win, grounds lie under old, new and code."""
    colour = palette.text
    for bit, name in _COLOURS:
        if what & bit:
            colour = getattr(palette, name)
    ground = palette.code_ground if what & ink.CODE else palette.ground
    changed = what & (ink.OLD | ink.NEW) and not what & _BARE
    if changed:
        ground = palette.old_ground if what & ink.OLD else palette.new_ground
    return Style(
        color=colour,
        bgcolor=ground,
        bold=bool(what & (ink.BOLD | ink.HEADING | ink.SIGN)) or None,
        italic=bool(what & ink.ITALIC) or None,
        underline=bool(changed and what & ink.NEW) or bool(what & ink.LINK) or None,
        strike=bool(what & ink.STRUCK) or None,
        reverse=bool(what & ink.LIT) or None,
    )
