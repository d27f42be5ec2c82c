"""Several tasks in one: the defect of Alpaca that its cleaners met most."""

import re

from curator.signals.base import Finding, quoted
from curator.signals.turns.base import ANSWER, NOTHING, QUESTION, Reading, TurnSignal, spot
from curator.signals.turns.words import Words

_NEXT_TASK = re.compile(
    r"\n\s{0,4}(?:#{1,4}\s?)?\d{0,2}[.)]?\s?(?:instruction|task|prompt|question|指令|任务|问题)\s?\d{0,2}\s?[:：]"
    r"|\n\s{0,4}\d{1,2}[.)、]\s{1,3}(?:(?:write|generate|create|describe|explain|classify|identify|list"
    r"|rewrite|summari[sz]e|translate|compose|design|find|suggest|edit)\b)[^\n]{0,120}\n\s{0,4}"
    r"(?:input|output|答案?|输入|输出|<noinput>)",
    re.I,
)
_ORDER = re.compile(r"\W*(?:\d{1,2}[.)])?\s?(?:instruction|指令)", re.I)
_OUTPUT = re.compile(
    r"\n\W{0,4}\d{0,2}[.)]?\s?(?:output|response|输出|回应)\s?\d{0,2}\s?[:：]", re.I
)
_IMPERATIVES = (
    "write", "generate", "create", "describe", "explain", "classify", "identify", "list", "rewrite",
    "summarize", "translate", "compose", "design", "calculate", "find", "suggest", "compare",
    "name",
    "construct", "provide", "convert", "develop", "analyze", "give",
)  # fmt: skip
_SECOND = re.compile(
    r"[.!?] {1,3}(?:then |also |and |next |after that,? |additionally,? |finally,? )?"
    rf"({'|'.join(_IMPERATIVES)})\b(?! ?[:=])"
    r"(?! (?:of|me|this|it|them|your|in|with|at|\d|detailed|intuitive\w*|clear\w*|concise|examples?"
    r"|more|also|an? (?:detailed|example|explanation|reason))\b)",
    re.I,
)
_FIRST = re.compile(rf"^\W{{0,3}}({'|'.join(_IMPERATIVES)})\b", re.I)
_ZH_TASK = (
    r"(?:写|生成|创建|描述|解释|分类|列出|重写|总结|翻译|设计|计算|比较|提供|构建|分析|找出|给出)"
)
_ZH_TWO = re.compile(
    rf"^\W{{0,3}}请?{_ZH_TASK}[^。！？\n]{{4,80}}[。；;！？] ?"
    rf"(?:然后|并|再|接着|同时|另外|最后)?请?{_ZH_TASK}"
)
_AND_THEN = re.compile(r"，(?:然后|接着|再|之后)|\b(?:and then|, then)\b", re.I)

_TASKS_ASKED = Words("question", "task", "prompt", "instruction", "问题", "任务")
_TASK_WORDS = Words(*_TASKS_ASKED, "input", "output", "指令", "输入", "输出")


def _answer(turn: Reading) -> Finding:
    if "\n" not in turn.text:
        return NOTHING
    if not turn.has(_TASK_WORDS):
        return NOTHING
    match = _NEXT_TASK.search(turn.head)
    # A word alone may be a heading: what begins here needs its own output.
    if match is None:
        return NOTHING
    if not _ORDER.match(match[0]) and not _OUTPUT.search(turn.head, match.end()):
        return Finding(0.5)
    asked = turn.asked
    if asked is not None and asked.has(_TASKS_ASKED):
        return NOTHING
    return Finding(1, True, f"another task begins: {spot(match[0].strip(), match.start())}")


def _question(turn: Reading) -> Finding:
    if turn.length > 80 or turn.code or turn.numbered:
        return NOTHING
    text = turn.text
    if turn.chinese:
        match = _ZH_TWO.search(text)
        two = match is not None
    else:
        first, second = _FIRST.search(text), _SECOND.search(text)
        match = second
        two = bool(first and second and first[1].lower() != second[1].lower())
    if not two or match is None:
        return Finding(0.5 if turn.length > 6 and _AND_THEN.search(text) else 0)
    return Finding(1, True, f"a second task: {quoted(text[match.start() : match.start() + 60])}")


SIGNALS = (
    TurnSignal(
        code="I01", name="merged-answer", severity="grave", roles=ANSWER, look=_answer, version=2,
        about="Another task begins inside the answer: two records were merged.",
    ),
    TurnSignal(
        code="I02", name="two-tasks", severity="hint", roles=QUESTION, look=_question, version=2,
        about="The question gives two different tasks at once.",
        unit="sureness, 0 to 1", when="a second order of another kind follows the first",
    ),
)  # fmt: skip
