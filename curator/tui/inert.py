"""The last gate before the terminal."""

from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter

from curator.tui.safe import one_for_one


class Inert(LineFilter):
    """No control character gets out of any widget."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        del background
        return [
            segment
            if segment.control or (segment.text.isascii() and segment.text.isprintable())
            else Segment(one_for_one(segment.text), segment.style)
            for segment in segments
        ]
