"""Text that was decoded, escaped or copied wrongly."""

import html
import re

from curator.signals.base import Finding, quoted
from curator.signals.turns.base import BOTH, NOTHING, Reading, TurnSignal, flag, spot
from curator.signals.turns.words import Words

#: UTF-8 read as Latin-1 or cp1252, GBK read as something else, and the fillers of debuggers.
_MOJIBAKE = re.compile(
    r"[ÃÂ][\u0080-\u00bf€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ]|â€[\u0080-\u00bf™œ\u009d¦“”˜]"
    r"|[äåæçèé][\u0080-\u00bf€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ]{2}|锟斤拷|烫烫烫|屯屯屯|ï¿½|ï»¿"
    r"|(?:[浣鍙鐨勬槸鏄涓鈥犲]{4,})"
)
#: What `_MOJIBAKE` begins with.
_MISREAD = re.compile("[ÃÂâäåæçèé锟烫屯ï浣鍙鐨勬槸鏄涓鈥犲]")
_ENTITY = re.compile(
    r"&(?:amp|lt|gt|quot|apos|nbsp|#\d{2,6}|#x[0-9a-f]{2,5}|[lr]dquo|[lr]squo|hellip|mdash);", re.I
)
_TAG = re.compile(
    r"</?(?:p|br|div|span|b|i|em|strong|a|ul|ol|li|h[1-6]|table|tr|td|img|font)(?:\s+[\w-]+\s?=[^<>\n]{0,200})?\s?/?>",
    re.I,
)
_ESCAPE = re.compile(
    r"(?<=[^\s\\\"'`(“])\\(?:[ntr](?![a-z]{2})|u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}|\")"
)
_INVISIBLE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069"
    "\ufeff\ufff0-\ufffb\ue000-\uf8ff\ud800-\udfff]"
)
_HTML_ASKED = Words("bold", "gradient", "animation", "加粗",
    "html", "css", "xml", "web", "tag", "react", "jsx", "page", "网页", "标签", "代码", "svg",
    "font", "colour", "color", "颜色", "字体",
)  # fmt: skip

#: Those of `_INVISIBLE` that are ASCII.
_CONTROLS = bytes(sign for sign in (*range(32), 127) if sign not in b"\t\n\r")
_OF_ESCAPES = Words(
    "bash", "json", "ifs=", "script", "regex", "escape", "转义", "正则", "newline", "string"
)


def _mojibake(turn: Reading) -> Finding:
    if turn.text.isascii():
        return NOTHING
    match = _MOJIBAKE.search(turn.head) if _MISREAD.search(turn.head) else None
    return flag("letters read in the wrong encoding", match) if match else NOTHING


def _replaced(turn: Reading) -> Finding:
    at = turn.text.find("\ufffd")
    if at < 0:
        return NOTHING
    n = turn.text.count("\ufffd")
    return Finding(
        n,
        True,
        f"{n} letters were lost, first at {spot(turn.text[at - 8 if at > 8 else 0 : at + 8], at)}",
    )


def _entity(turn: Reading) -> Finding:
    if "&" not in turn.text:
        return NOTHING
    match = _ENTITY.search(turn.prose)
    if match is None or turn.code or turn.has(_HTML_ASKED) or _of_html(turn.asked):
        return NOTHING
    return Finding(1, True, f"{spot(match[0], match.start())} is “{html.unescape(match[0])}”")


def _of_html(turn: Reading | None) -> bool:
    return turn is not None and turn.has(_HTML_ASKED)


def _tag(turn: Reading) -> Finding:
    if "<" not in turn.text:
        return NOTHING
    match = _TAG.search(turn.prose)
    # In a table of Markdown there is no other way to end a line.
    if (
        match is None
        or "|" in turn.prose[: match.start()].rpartition("\n")[2]
        or turn.has(_HTML_ASKED)
        or _of_html(turn.asked)
    ):
        return NOTHING
    return flag("markup", match)


_ARGUMENT = re.compile(r"\w\([a-z]?[\"'][^\"'\n]*$")


def _escape(turn: Reading) -> Finding:
    if "\\" not in turn.text or turn.code:
        return NOTHING
    text = turn.prose
    if "\\begin" in text or "\\frac" in text or "\\(" in text or ":\\" in text:
        return NOTHING
    match = _ESCAPE.search(text)
    if (
        match is None
        or turn.has(_OF_ESCAPES)
        or (turn.asked is not None and turn.asked.has(_OF_ESCAPES))
    ):
        return NOTHING
    # As an argument, `print("a\nb")`, it means what it says.
    if _ARGUMENT.search(text, max(0, match.start() - 40), match.start()):
        return NOTHING
    around = text[max(0, match.start() - 12) : match.end() + 12]
    return Finding(1, True, f"an escape that nobody undid: {spot(around, match.start())}")


def _invisible(turn: Reading) -> Finding:
    text = turn.text
    if text.isascii() and len(turn.ascii.translate(None, _CONTROLS)) == len(text):
        return NOTHING
    match = _INVISIBLE.search(text)
    if match is None:
        return NOTHING
    around = quoted(text[max(0, match.start() - 10) : match.start()])
    return Finding(
        1, True, f"U+{ord(match[0]):04X} after {around} (character {match.start() + 1:,})"
    )


SIGNALS = (
    TurnSignal(
        code="E01", name="mojibake", severity="grave", roles=BOTH, look=_mojibake,
        about="Letters were read in the wrong encoding (“donâ€™t”, “锟斤拷”).",
    ),
    TurnSignal(
        code="E02", name="lost-letters", severity="grave", roles=BOTH, look=_replaced,
        about="Letters were lost on the way: U+FFFD stands in their place.", unit="letters",
    ),
    TurnSignal(
        code="E03", name="html-entity", severity="warning", roles=BOTH, look=_entity,
        about="An HTML entity stands in prose (“&amp;”, “&#39;”).",
    ),
    TurnSignal(
        code="E04", name="html-tag", severity="warning", roles=BOTH, look=_tag, version=2,
        about="HTML markup stands in prose (“<br>”), and nobody talks of HTML.",
    ),
    TurnSignal(
        code="E05", name="literal-escape", severity="warning", roles=BOTH, look=_escape, version=3,
        about="An escape was never undone: a backslash and an n stand for a line end.",
    ),
    TurnSignal(
        code="E06", name="invisible-signs", severity="hint", roles=BOTH, look=_invisible,
        about="Control characters, marks of no width or private signs stand in the text.",
    ),
)  # fmt: skip
