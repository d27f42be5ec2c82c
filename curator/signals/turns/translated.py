"""Chinese that reads like a translation: turns of phrase of English in Chinese words."""

import re

from curator.signals.base import Finding, quoted
from curator.signals.turns.base import BOTH, NOTHING, Reading, TurnSignal, flag
from curator.signals.turns.words import Words

#: Cues in a hundred characters above which a text reads like a translation.
LIMIT, LEAST = 3.0, 3
#: What machine translation writes and people seldom do: “it” and “they” for things, “by … ing”,
#: “one of the most”, “in …-ing”, relative clauses in a row, English idioms word for word.
_CUES = re.compile(
    r"它们?(?:是|的|可以|将|还|也|为|允许|使|有)|他们的|您(?:的|可以|需要|应该)|最[^，。]{1,6}的[^，。]{1,8}之一"
    r"|一(?:个|种|项|位|名)(?:[^，。\s]{1,10}的){2}|当[^，。]{2,16}时，|通过[^，。]{2,20}来|以及|并且"
    r"|(?:扮演|发挥)[^，。]{0,6}角色|被(?:认为|视为|用于|称为|要求|设计|广泛)|(?:进行|做出|作出|予以|给予)"
    r"[\u4e00-\u9fff]{2}|在[^，。]{2,14}方面|对于[^，。]{2,14}来说|关于[^，。]{2,12}的|[^，。]{2,8}性的"
    r"|是[^，。]{4,20}的(?:一个|一种|好|重要|关键)|使[^，。]{1,10}能够|的的|地地|了了|意味着|如此|诸如|然而"
    r"|此外|令人(?:惊叹|难以置信|印象深刻|兴奋)|难以置信的|不同的方式|总的来说|事实上|拥抱|旅程"
)

#: Cues that people's Chinese has often enough.
_WEAK = frozenset(("以及", "并且", "此外", "然而", "事实上", "总的来说", "如此", "意味着", "它是"))
#: A call, a definition or an assignment whose brackets or names are Chinese.
_CODE = re.compile(
    r"\b[a-z_][A-Za-z0-9_]{1,30}(?:\.[A-Za-z0-9_]{1,30})?（[^）\n]{0,60}）\s?[:：;；{]"
    r"|\bdef [A-Za-z_]\w{0,30}\s?（|\b(?:print|input|return|range|len)\s?（[^）\n]{0,60}）"
    r"|^\s{0,12}[\u4e00-\u9fff]{1,6} ?= ?[\w\[(\"'].{0,60}[)\]\"';]\s{0,2}$",
    re.M,
)

#: One of them is in nearly every program, translated or not; a formula has none.
_PROGRAM = Words(
    "def ", "return", "print", "len(", "len（", "range", "func", "arr", "```", "class ", "var ",
    "函数 ", "类 ", "#", "//", "如果 ", "对于（",
)  # fmt: skip


def _look(turn: Reading) -> Finding:
    if not turn.chinese or turn.cjk < 12:
        return NOTHING
    found = _CUES.findall(turn.prose[:4000])
    value = 100 * len(found) / min(turn.cjk, 4000)
    strong = sum(cue not in _WEAK and not cue.startswith("您") for cue in found)
    if strong < LEAST or value < LIMIT:
        return Finding(round(value, 2))
    some = "、".join(dict.fromkeys(found[:4]))
    return Finding(round(value, 2), True, f"{len(found)} turns of phrase, such as {quoted(some)}")


def _code(turn: Reading) -> Finding:
    if not turn.cjk or not turn.latin or ("（" not in turn.text and "=" not in turn.text):
        return NOTHING
    match = _CODE.search(turn.head) if turn.has(_PROGRAM) else None
    return flag("code that was translated too", match) if match else NOTHING


SIGNALS = (
    TurnSignal(
        code="N08", name="translationese", severity="hint", roles=BOTH, look=_look, version=2,
        about="Chinese that reads like a translation from English.",
        unit="cues in a hundred characters", when=f"above {LIMIT:g}, and {LEAST} cues at least",
    ),
    TurnSignal(
        code="N09", name="translated-code", severity="warning", roles=BOTH, look=_code, version=3,
        about="Code was translated with the text: Chinese brackets or names stand in it.",
    ),
)  # fmt: skip
