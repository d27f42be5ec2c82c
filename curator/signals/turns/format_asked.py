"""What form was asked for, and whether the answer has it: table, JSON, code, words, sentences."""

import re

from curator.signals.base import Finding
from curator.signals.turns.base import ANSWER, LOOKED_AT, NOTHING, Phrase, Reading, TurnSignal
from curator.signals.turns.words import Words
from curator.text import sentences

#: A number of words is kept to within a third, and a limit within a tenth.
ABOUT, LIMIT = 1 / 3, 1.1
_TABLE = Phrase(
    (" table", "表格"),
    r"\b(?:in|as|into|using|create|make|generate|construct|produce)"
    r"(?: me)?(?: an?| the form of an?| a \w+| \w+ formatted)? ?(?:markdown |comparison |html "
    r"|simple |data )?\btables?\b(?! of contents| tennis| lamp| setting| for (?:two|four)| called"
    r"| named)",
    r"(?:用|以|制作|生成|创建|做|列)(?:一?个|成|出)?(?:一?个|简单的?|对比|比较|数据|markdown)?表格",
)
_TABLE_IN = re.compile(r"\|[^\n|]*\||\t|^[^\n]{1,40} {2,}\S|<table|\+--|^[^\n|]+\|[^\n|]+$", re.M)
_JSON = Phrase(
    ("json",),
    r"\b(?:return|output|respond|answer|reply|give|generate|write|format\w*|convert)(?: \w+){0,4}"
    r" (?:in|as|into|to)(?: an?| the)?(?: valid)? json(?: format| object| string| array)?"
    r"(?=[.,!:\n]|$| only| with)|\bin json format\b",
    r"json\s?(?:格式|对象|字符串)|(?:输出|返回|转换?[为成])[^，。\n]{0,6}json",
)
_CODE = Phrase(
    (
        "code",
        "function",
        "script",
        "program",
        "query",
        "regex",
        "html",
        "css",
        "代码",
        "函数",
        "程序",
        "脚本",
    ),
    r"^\W{0,3}(?:please |can you |could you )?"
    r"(?:write|create|generate|implement|code|develop|construct|design|give)(?: me| us)?"
    r"(?: an?| the| some)?(?: [\w+#.-]+){0,3} (?:code|function|(?:python|bash|shell|sql|php|perl"
    r"|javascript) script|(?:sql|database|mysql) query|regex|class)\b"
    r"(?! of conduct| manager| for (?:the )?(?:play|movie|video|commercial))",
    r"^\W{0,3}(?:请|帮我)?(?:写|编写|创建|生成|实现|给出)[^，。\n]{0,14}"
    r"(?:代码|函数|查询语句|正则表达式|(?:python|bash|shell|sql|php) ?脚本)",
)
_CODE_IN = re.compile(
    r"```|^#!|^\s*echo |[;{}]\s*$"
    r"|^\s*(?:def|class|import|from|function|SELECT|INSERT|public|print|var|let|const|for|if"
    r"|while|return|#include|<\w)|\w\(.{0,80}\)|=|<[a-z!/]|^\s*\$|[\\^][dws]|SELECT|\[.{0,40}\]",
    re.M | re.I,
)
_WORDS = Phrase(
    ("word", "字"),
    r"\b(?:in|of|about|around|exactly|approximately|at least|at most|no more than|under|less than"
    r"|maximum|within|up to|minimum|over|more than|to)(?: of| of about)? (\d{2,4})(?: |-)words?\b",
    r"\b(\d{2,4})(?:-| )words? (?:essay|story|paragraph|summary|article|description|poem|response)",
    r"(?:不少于|不超过|至少|最多|大约|约|以内的|用|写一?[个篇段])?\s?(\d{2,4})\s?个?(?:字|词)(?!符|母|节)(?:以内|左右|以上)?",
)
_SENTENCES = Phrase(
    ("sentence", "句"),
    r"\b(?:in|using|with|write|into) (?:just |only |exactly )?(one|two|three|four|five|a single|\d)"
    r"(?: \w+)? sentences?\b",
    r"用([一两二三四五\d])(?:个|句)(?:句子|话)",
)
_COUNT = {
    "one": 1, "a single": 1, "two": 2, "three": 3, "four": 4, "five": 5,
    "一": 1, "两": 2, "二": 2, "三": 3, "四": 4, "五": 5,
}  # fmt: skip

_JSON_TEXT = re.compile(r"\{|\[\s*[{\[\"\d\-tfn\]]")
#: What is left out, said in a comment, or written for another reader than one of JSON.
_NO_JSON = re.compile(r"\.\.\.|^\s*(?://|#)|\s//\s|\"\"\"|\A\s*(?:GET|PUT|POST|[^\s{\[])", re.M)
_DATABASE = Words("sql", "database", "数据库")
#: Tables that stand in a room, or in a program.
_NO_TABLE = Words("periodic",
    "multiplication", "poker", "pivot", "excel", "dining", "反馈", "程序", "代码", "function",
)  # fmt: skip
#: Codes and programs that are no code.
_NO_CODE = Words("cryptographic", "cipher", "pin code", "digit", "visual studio","comment",
    "hexadecimal", "hex ", "-word code", "color", "colour", "promo", "morse", "zip code", "qr ",
    "output of the code", "history", "流程", "给定程序", "的输出", "regex expression",
    "一个描述", "教程", "摩尔斯", "密码", "邮政", "颜色", "pseudo", "伪代码", "marketing",
    "dress", "discount", "training program", "计划",
)  # fmt: skip

_PLANS = Words("plan to write", "outline", "shorten", "大纲")
_AT_MOST = (
    "most", "no more", "under", "less", "maximum", "within", "up to", "不超过", "最多", "以内",
)  # fmt: skip
_OR_LESS = (" or less", " or fewer", " or under")
_AT_LEAST = ("least", "minimum", "over", "more than", "不少于", "至少", "以上")
#: What is asked of every part, or about sentences.
_ABBREVIATED = re.compile(r"\b(?:[A-Z]|Mr|Mrs|Ms|Dr|St|vs|etc)\.")
_EACH = Words("? then", "each", "every", "how ", "maximi", "每个", "每段", "每一")


def _table(turn: Reading) -> Finding:
    asked = turn.asked
    if asked is None or not (match := _TABLE.find(asked)) or turn.rides_along:
        return NOTHING
    if asked.length > 60 or turn.length < 8 or turn.code or asked.has(_NO_TABLE):
        return NOTHING
    if _TABLE_IN.search(turn.text[:LOOKED_AT]) or asked.has(_DATABASE):
        return NOTHING
    return Finding(1, True, f"“{match[0]}” was asked for, and there is none")


def _json(turn: Reading) -> Finding:
    text = turn.text.strip()
    if "{" not in text and "[" not in text:
        asked = turn.asked
        if asked is None or asked.length > 80 or not (match := _JSON.find(asked)):
            return NOTHING
        return Finding(1, True, f"“{match[0]}” was asked for, and there is none")
    fenced = re.search(r"```json\s*\n(.*?)(?:```|\Z)", text[:LOOKED_AT], re.S | re.I)
    body = fenced[1] if fenced else text if _JSON_TEXT.match(text) and text[-1] in "}]" else ""
    if not body or '"' not in body or _NO_JSON.search(body) or len(text) > LOOKED_AT:
        return NOTHING
    if not fenced and (turn.asked is None or not turn.asked.has(_JSON.guards)):
        return NOTHING
    import orjson

    try:
        orjson.loads(body)
    except ValueError as error:
        return Finding(1, True, f"JSON that cannot be read: {str(error).split(':')[0]}")
    return NOTHING


def _code(turn: Reading) -> Finding:
    asked = turn.asked
    if asked is None or asked.length > 60 or turn.rides_along:
        return NOTHING
    match = _CODE.find(asked)
    if match is None or _CODE_IN.search(turn.text[:LOOKED_AT]):
        return NOTHING
    if asked.has(_NO_CODE):
        return NOTHING
    return Finding(1, True, f"“{match[0]}” was asked for, and there is no code")


def _word_count(turn: Reading) -> Finding:
    asked = turn.asked
    if asked is None or asked.digits < 2 or turn.code or not turn.text.strip():
        return NOTHING
    match = _WORDS.find(asked)
    if match is None:
        return NOTHING
    wanted = int(next(group for group in match.groups() if group))
    given = turn.cjk if turn.chinese else len(turn.text.split())
    said = match[0].lower()
    if wanted < 10 or turn.chinese != asked.chinese or asked.has(_PLANS):
        return NOTHING
    after = asked.text[match.end() : match.end() + 12].lower()
    most = after.startswith(_OR_LESS) or any(word in said for word in _AT_MOST)
    least = "no more" not in said and any(word in said for word in _AT_LEAST)
    off = given / wanted
    fits = off <= LIMIT if most else off >= 0.9 if least else 1 - ABOUT <= off <= 1 + ABOUT
    if fits:
        return NOTHING
    return Finding(round(off, 2), True, f"“{match[0].strip()}” was asked for; it has {given}")


def _sentence_count(turn: Reading) -> Finding:
    asked = turn.asked
    if asked is None or asked.length > 120 or turn.code:
        return NOTHING
    match = _SENTENCES.find(asked)
    if match is None or asked.has(_EACH) or turn.numbered:
        return NOTHING
    said = next(group for group in match.groups() if group).lower()
    wanted = int(said) if said.isdigit() else _COUNT[said]
    given = len(sentences(_ABBREVIATED.sub("", turn.prose)))
    if turn.chinese:
        given = len(re.findall(r"[。！？]", turn.prose))
    if given <= wanted + (wanted > 2) and given >= min(wanted, 1):
        return NOTHING
    return Finding(given / max(1, wanted), True, f"“{match[0]}”: it has {given} sentences")


SIGNALS = (
    TurnSignal(
        code="F01", name="no-table", severity="warning", roles=ANSWER, look=_table, version=3,
        about="A table was asked for, and the answer has none.",
    ),
    TurnSignal(
        code="F02", name="no-json", severity="warning", roles=ANSWER, look=_json, version=2,
        about="JSON was asked for, and the answer has none, or has some that cannot be read.",
    ),
    TurnSignal(
        code="F03", name="no-code", severity="warning", roles=ANSWER, look=_code, version=2,
        about="Code was asked for, and the answer has none.",
    ),
    TurnSignal(
        code="F04", name="word-count", severity="hint", roles=ANSWER, look=_word_count,
        about="A number of words was asked for, and the answer is far from it.",
        unit="times what was asked for", when="a third off, or a tenth over a limit",
    ),
    TurnSignal(
        code="F05", name="sentence-count", severity="hint", roles=ANSWER, look=_sentence_count,
        version=2,
        about="One sentence (or two) was asked for, and the answer has more.",
        unit="times what was asked for",
    ),
)  # fmt: skip
