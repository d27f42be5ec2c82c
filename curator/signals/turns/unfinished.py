"""Answers that end before they are done, and what was opened and never closed."""

import re

from curator.signals.base import Finding, quoted
from curator.signals.turns.base import ANSWER, NOTHING, Reading, TurnSignal, spot
from curator.signals.turns.words import Words

#: Words (CJK halved) from which an answer is prose that should end like prose.
PROSE = 25
#: Words from which an answer that ends in no mark was cut off.
CUT = 150
_GO_ON = re.compile(r"\W{0,3}(?:please )?(?:continue|go on|keep going|more|finish|继续|接着)", re.I)
_ENDS = ".!?。！？…:：;；)）]】}\"”’'」』》*`~_|>#/%。—-=+，,、"
_HANGS = re.compile(
    r"(?:[,，、(（\[【“‘]|(?<=[A-Za-z0-9])-"
    r"|\b(?:and|or|but|the|a|an|of|to|in|with|for|because|that|which|is|are|was"
    r"|such as|including|e\.g|by|from|as|if|when|at|on)|(?:(?<![总之])和|与|或|以及|因为|但是|例如"
    r"|是|在|并|如|(?:转化|转换|变|称|作|分|视)为|包括|通过|由于|对于|关于|从而|以便|使得|并且|而且))$",
    re.I,
)
_NO_PROSE = re.compile(
    r"(?:^\s*(?:[-*•#]|\d{1,3}[.)、]).*|://\S+|[#@＃]\w+|\bthe end)$", re.S | re.I
)
#: A prompt for pictures, or a command, ends in its options: “--ar 16:9 --v 5”.
_OPTION = re.compile(r" --\w+ [\w:.]+$")
_PAIRS = (("(", ")"), ("[", "]"), ("{", "}"), ("【", "】"), ("《", "》"))
#: A face stands by itself, or opens a bracket at the end of a word: “(5:8)” and “f(8)” are none.
_SMILEY = re.compile(r"(?<!\S)[:;=][-^]?[()\[\]](?!\w)|(?<=[A-Za-z!.?])[:;][-^]?[(\[](?!\S)")
_NARROW = str.maketrans("（）", "()")
_MEASURE = re.compile(r"\d[\"']")
#: It is searched for in a text with a line end before it.
_HALF_CODE = re.compile(
    r"(?:#|//|/\*|<!--)\s{0,3}(?:\.\.\.|todo\b|your code|(?:add|put|insert|write"
    r"|implement)\b[^\n]{0,30}"
    r"\b(?:here|code|logic)|rest of|existing code|同上|其余|此处|在这里)|\n\s{0,20}\.\.\.\s{0,4}$",
    re.I | re.M,
)
_LEFT_OUT = Words(
    "...", "todo", "your code", "code here", "rest of", "existing code", "here", "同上", "其余",
    "此处", "在这里",
)  # fmt: skip

_RETURNS = Words("return ")
_GREETS = re.compile(r"(?:sincerely|regards|yours|love|truly|respectfully|cheers|thanks),$", re.I)
_SUNG = Words("song", "rap", "poem", "lyrics", "haiku", "歌", "诗")
_WAITS = re.compile(
    r"(?:choice|choose|enter|select\w*|input|type|answer|option|phone|e-?mail|name|date|signature"
    r"|address|password|选择|输入|号码|编号|选项|签名|日期|姓名|电话|地址|密码)[^\n]{0,8}[:：]$",
    re.I,
)


def _truncated(turn: Reading) -> Finding:
    text = turn.text.rstrip()
    if not text or turn.length < 4:
        return NOTHING
    hangs = _HANGS.search(text[-12:])
    if (
        hangs
        and turn.length >= 6
        and not _GREETS.search(text[-20:])
        and not _listed(turn)
        and not turn.has(_RETURNS)
    ):
        return Finding(1, True, f"it stops at {quoted(text[-40:])}")
    if turn.length < PROSE or text[-1] in _ENDS or not text[-1].isalnum() or turn.code:
        return NOTHING
    line = text[text.rfind("\n") + 1 :]
    # The last item of a list, a line of a poem, a name under a letter end in no mark.
    if len(line) < 60 and "\n" in text:
        return NOTHING
    if turn.chinese and len(line) < 30:
        return NOTHING
    # So do a link, a hashtag, an arrow and an item with a number or a dash before it.
    if "->" in line or _NO_PROSE.search(line) or _OPTION.search(line):
        return NOTHING
    # A short answer without its last mark is careless; a long one ran into a limit.
    later = turn.chat[turn.index + 1] if not turn.last else None
    sung = turn.asked is not None and turn.asked.has(_SUNG)
    goes_on = later is not None and _GO_ON.match(later.text)
    if (turn.length < CUT or turn.chinese or sung) and not goes_on:
        return Finding(0.5)
    return Finding(0.8, True, f"it ends in no mark: {quoted(text[-40:])}")


def _listed(turn: Reading) -> bool:
    """Whether most lines end in no mark: a list, a poem, a table, a letter."""
    lines = [line for line in turn.lines if line.strip()]
    return (
        len(lines) > 2
        and sum(line.rstrip()[-1] not in ".。!！?？" for line in lines) > len(lines) / 2
    )


def _fences(turn: Reading) -> Finding:
    for mark in ("```", "~~~"):
        if mark not in turn.text:
            continue
        fences = sum(_fenced(line.strip(), mark) for line in turn.lines)
        if fences % 2:
            at = turn.text.rfind(mark)
            told = spot(turn.text[at : at + 20], at)
            return Finding(1, True, f"{fences} fences: one is never closed, {told}")
    return NOTHING


def _fenced(line: str, mark: str) -> bool:
    """Whether a line opens or closes a block; tildes are also for waving: “~~~ hi ~~~”."""
    return line.startswith(mark) and (mark == "```" or " " not in line.strip("~ "))


def _brackets(turn: Reading) -> Finding:
    # Prose is without links, and a link may take a bracket with it.
    text = turn.head if "://" in turn.text else turn.prose
    text = text.translate(_NARROW) if turn.cjk else text  # both widths close each other
    if turn.code or not any(text.count(one) > text.count(two) for one, two in _PAIRS):
        return NOTHING
    # A text without a blank is a password or a formula.
    if " " not in text and not turn.cjk:
        return NOTHING
    bare = _SMILEY.sub("", text)
    for opening, closing in _PAIRS:
        missing = bare.count(opening) - bare.count(closing)
        if missing > 0:
            at = bare.rfind(opening)
            told = f"{opening} is never closed: {quoted(bare[at : at + 30])}"
            return Finding(missing, True, told)
    return NOTHING


def _quotes(turn: Reading) -> Finding:
    if turn.code or ('"' not in turn.text and "“" not in turn.text and "「" not in turn.text):
        return NOTHING
    text = turn.head if "://" in turn.text else turn.prose
    for opening, closing in (("“", "”"), ("「", "」")):
        # A quotation over several paragraphs opens each of them anew.
        if text.count(opening) > text.count(closing) and "\n" not in text:
            at = text.rfind(opening)
            return Finding(1, True, f"{opening} is never closed: {spot(text[at : at + 30], at)}")
    # “6"” is a measure, and “"20"” none: an odd number remains either way.
    odd = text.count('"') % 2 and _MEASURE.sub("", text).count('"') % 2
    if odd and "“" not in text and "\n\n" not in text:
        at = text.rfind('"')
        return Finding(1, True, f"an odd number of quotation marks: {spot(text[at : at + 30], at)}")
    return NOTHING


def _promises(turn: Reading) -> Finding:
    text = turn.text.rstrip()
    if not text.endswith((":", "：")) or turn.length < 4:
        return NOTHING
    # A menu or a form waits for somebody's word.
    if _WAITS.search(text[-30:]):
        return Finding(0.5)
    return Finding(1, True, f"nothing follows {quoted(text[-40:])}")


def _half_code(turn: Reading) -> Finding:
    if "```" not in turn.text and not turn.code:
        return NOTHING
    if not turn.has(_LEFT_OUT):
        return NOTHING
    match = _HALF_CODE.search("\n" + turn.head)
    if match is None:
        return NOTHING
    at = max(0, match.start() - 1)
    return Finding(1, True, f"a part left out: {spot(match[0].strip(), at)}")


SIGNALS = (
    TurnSignal(
        code="U01", name="truncated", severity="warning", roles=ANSWER, look=_truncated,
        version=4,
        about="The answer stops in the middle of a sentence.",
        unit="sureness, 0 to 1", when="it hangs on a word, or a long answer ends in no mark",
    ),
    TurnSignal(
        code="U02", name="open-fence", severity="warning", roles=ANSWER, look=_fences,
        version=2,
        about="A code block is opened and never closed.",
    ),
    TurnSignal(
        code="U03", name="open-bracket", severity="hint", roles=ANSWER, look=_brackets,
        version=3,
        about="A bracket is opened and never closed.", unit="brackets",
    ),
    TurnSignal(
        code="U04", name="open-quote", severity="hint", roles=ANSWER, look=_quotes, version=2,
        about="A quotation is opened and never closed.",
    ),
    TurnSignal(
        code="U05", name="empty-promise", severity="warning", roles=ANSWER, look=_promises,
        version=2,
        about="The answer ends in a colon: what it announces is not there.",
    ),
    TurnSignal(
        code="U06", name="half-code", severity="hint", roles=ANSWER, look=_half_code,
        about="The code has parts left out (“# your code here”, “// ...”).",
    ),
)  # fmt: skip
