"""Text from data is text: what a terminal would obey is shown instead.

Textual hands escape sequences in a string on to the terminal, so everything that comes from a
record, a model, a file name or an error goes through `safe` before it is drawn.
"""

import re
import unicodedata

#: C0 but newline and tab, DEL and C1, soft hyphen, bidi controls, zero-width and other invisible
#: characters, interlinear and tag characters, lone surrogates, noncharacters. The joiner and the
#: variation selectors stay: emoji are made with them, and they move no cursor.
_UNSAFE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f"
    "\u200b\u200c\u200e\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff0-\uffff"
    "\ud800-\udfff\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
#: More combining marks on one letter than any script uses would paint over other lines.
_FLOOD = re.compile(
    "([\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]"
    "{4})[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]+"
)
#: Characters that stand for a hidden one; `marks` finds them again so that they can be dimmed.
_MARK = re.compile("[\u2400-\u2421]|⟦U\\+[0-9A-F]{4,6}⟧|⟦\\d+ marks⟧")


def safe(text: str) -> str:
    """`text` for the screen: newlines, tabs and visible characters as they are, the rest as marks
    such as ␛ and ⟦U+202E⟧. A Windows line end is a line end."""
    if text.isascii() and text.isprintable():
        return text
    text = text.replace("\r\n", "\n")
    text = _FLOOD.sub(lambda match: f"{match[1]}⟦{len(match[0]) - 4} marks⟧", text)
    return _UNSAFE.sub(_shown, text)


def safe_line(text: str) -> str:
    """`safe`, on one line: for names, labels and errors."""
    return safe(text).replace("\n", "␊").replace("\t", " ")


def in_json(text: str) -> str:
    """JSON text with every unsafe character as an escape of JSON's: the same value, and inert."""
    return _UNSAFE.sub(_escaped, text)


def one_for_one(text: str) -> str:
    """`text` with every unsafe character replaced by one visible one: where positions must hold,
    as in an editor, whose text must stay what it is."""
    if text.isascii() and text.isprintable():
        return text
    return _UNSAFE.sub(_stand_in, text)


def marks(text: str) -> list[tuple[int, int]]:
    """Where the marks made by `safe` are, as (start, end)."""
    if text.isascii():
        return []
    return [match.span() for match in _MARK.finditer(text)]


def cut(text: str, limit: int) -> tuple[str, int]:
    """The first `limit` characters, not ending inside a grapheme, and how many are left out."""
    if len(text) <= limit:
        return text, 0
    end = limit
    while end > limit - 32 and (unicodedata.combining(text[end]) or text[end] in "\u200d\ufe0f"):
        end -= 1
    return text[:end], len(text) - end


def _shown(match: re.Match[str]) -> str:
    code = ord(match[0])
    if code < 0x20:
        return chr(0x2400 + code)
    return "␡" if code == 0x7F else f"⟦U+{code:04X}⟧"


def _escaped(match: re.Match[str]) -> str:
    units = match[0].encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[at : at + 2].hex()}" for at in range(0, len(units), 2))


def _stand_in(match: re.Match[str]) -> str:
    code = ord(match[0])
    if code < 0x20:
        return chr(0x2400 + code)
    return "␡" if code == 0x7F else "¤"
