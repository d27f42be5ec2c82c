"""What the tests look at a terminal with: it shows the same however the bytes were cut."""

import pyte
from hypothesis import given
from hypothesis import strategies as st

from tests.tui.terminal import Eye

#: Bytes as an app sends them, those among them that pyte would print the rest of.
PARTS = (
    b"\x1b[?1049h", b"\x1b[>1u", b"\x1b[<u", b"\x1b[?2026$p", b"\x1b[?2026h", b"\x1b[=5u",
    b"\x1b[?1000;1006h", b"\x1b[>4;2m", b"\x1b[2;5H", b"\x1b[1;38;2;10;20;30m", b"\x1b[0m",
    b"\x1b[K", b"\x1b]0;a title\x07", b"\x1b7", b"\x1b8", b"\x1bM", b"text", "绿茶".encode(),
    "é".encode(), b"\r\n", b"[", b"?", b"\x1b",
)  # fmt: skip


def shown(pieces):
    screen = pyte.Screen(20, 5)
    eye = Eye(screen)
    for piece in pieces:
        eye.see(piece)
    cells = [[screen.buffer[y][x] for x in range(20)] for y in range(5)]
    return cells, (screen.cursor.x, screen.cursor.y)


@given(st.lists(st.sampled_from(PARTS), max_size=12).map(b"".join), st.data())
def test_any_cutting_of_a_stream_gives_the_same_screen(stream, data):
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=8)))
    pieces = [stream[a:b] for a, b in zip([0, *cuts], [*cuts, len(stream)], strict=True)]
    assert shown(pieces) == shown([stream]) == shown(stream[n : n + 1] for n in range(len(stream)))


def test_nothing_of_what_pyte_does_not_know_is_shown():
    cells, _ = shown([b"\x1b[>", b"1u\x1b[?2026$", b"pthis\x1b", b"[<u"])
    assert "".join(cell.data for row in cells for cell in row).strip() == "this"
