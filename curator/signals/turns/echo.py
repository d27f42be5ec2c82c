"""A turn that says what another turn said."""

from curator.signals.base import Finding, quoted
from curator.signals.turns.base import ANSWER, NOTHING, QUESTION, Reading, TurnSignal
from curator.signals.turns.words import Words

#: Words that a whole copy has at least, and an opening echo; fewer are a coincidence.
LEAST, ECHOED = 6, 8
#: The share of a question that a copy of it has at least.
MOSTLY = 0.55
#: Orders by which an answer should say the question, or most of it, again.
ALLOWED = Words("delete", "rank", "match",
    "complete", "fill in", "divide", "organi", "lowercase", "uppercase", "大写", "小写", "补全",
    "填空",
    "repeat", "rewrite", "edit", "correct", "proofread", "grammar", "fix", "punctuat", "capital",
    "translate", "convert", "insert", "replace", "remove", "sort", "arrange", "order", "spell",
    "rephrase", "paraphras", "identify", "improve", "highlight", "format", "change", "transform",
    "重复", "改写", "编辑", "更正", "纠正", "校对", "语法", "标点", "翻译", "转换", "替换", "删除",
    "排序", "排列", "修改", "润色", "改正", "重写", "插入", "找出", "识别",
)  # fmt: skip

#: Words of those who want more, and not the same again.
_GOES_ON = Words("now ",
    "continue", "go on", "keep going", "another", "more", "next", "again", "again.", "rest",
    "make this", "继续", "下一", "更多", "再", "接着", "还有",
)  # fmt: skip


def _plain(text: str) -> str:
    return " ".join(text.lower().split()).strip(" .。!！?？\"'“”:：")


def _copies(turn: Reading) -> Finding:
    asked = turn.asked
    # Most answers have more words than their question: these need no second look.
    if asked is None or turn.length < LEAST or min(turn.length, 200) > asked.length + 8:
        return NOTHING
    said, question = _plain(turn.text[:2000]), _plain(asked.text[:4000])
    if not said or said not in question or asked.has(ALLOWED):
        return NOTHING
    share = len(said) / max(1, len(question))
    # A small part is what was asked for: the right choice, the sentence to be found.
    return Finding(share, share >= MOSTLY, f"it only says {quoted(turn.text)}" * (share >= MOSTLY))


def _echoes(turn: Reading) -> Finding:
    asked = turn.asked
    if asked is None or asked.length < ECHOED or asked.length > 200 or asked.has(ALLOWED):
        return NOTHING
    question = _plain(asked.text)
    if len(question) < 20 or not _plain(turn.text[: 2 * len(asked.text) + 80]).startswith(question):
        return NOTHING
    return Finding(1, True, f"it begins with the question: {quoted(asked.text)}")


def _earlier_answer(turn: Reading) -> Finding:
    if turn.length < LEAST or turn.index < 3:
        return NOTHING
    for place in range(turn.index - 1, max(-1, turn.index - 12), -1):
        other = turn.chat[place]
        if other.role == "assistant" and other.text == turn.text:
            return Finding(1, True, f"the same answer as in turn {place + 1}")
    return NOTHING


def _asked_again(turn: Reading) -> Finding:
    if turn.length < 4 or turn.index < 2 or (turn.length < 14 and turn.has(_GOES_ON)):
        return NOTHING
    earlier = range(turn.index - 1, max(-1, turn.index - 12), -1)
    same = [place for place in earlier if turn.chat[place].text == turn.text]
    same = [place for place in same if turn.chat[place].role == "user"]
    if not same:
        return NOTHING
    # What is said a third time is an order for each new text.
    return Finding(1, len(same) < 2, f"the same question as in turn {same[0] + 1}")


SIGNALS = (
    TurnSignal(
        code="R07", name="copies-question", severity="grave", roles=ANSWER, look=_copies,
        about="The answer only says again what the question said.",
        version=2, unit="share of the question",
        when="all of it stands in the question, and is most of it",
    ),
    TurnSignal(
        code="R08", name="echoes-question", severity="warning", roles=ANSWER, look=_echoes,
        about="The answer begins by saying the whole question again.",
    ),
    TurnSignal(
        code="R09", name="same-answer-again", severity="warning", roles=ANSWER,
        look=_earlier_answer,
        about="The same answer was given before in this chat, word for word.",
    ),
    TurnSignal(
        code="R10", name="asked-again", severity="hint", roles=QUESTION, look=_asked_again,
        version=2,
        about="The user asks the same again, word for word: the answer may not have served.",
    ),
)  # fmt: skip
