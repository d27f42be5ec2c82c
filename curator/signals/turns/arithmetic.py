"""Sums, percentages and conversions that can be worked out, and are wrong.

Only what stands there in full is checked (`12 + 35 = 48`), so a flag is a calculation to redo, and
not an opinion. A result may be rounded to the digits that are shown.
"""

import re
from decimal import Decimal, DivisionByZero, InvalidOperation

from curator.signals.base import Finding, quoted
from curator.signals.turns.base import ANSWER, NOTHING, Phrase, Reading, TurnSignal, spot
from curator.signals.turns.notations import in_signs, wrong
from curator.signals.turns.words import Words

#: Numbers of more digits are no sums of a chat; a sum has so many terms at most.
_N = r"-?\d{1,12}(?:,\d{3}){0,4}(?:\.\d{1,8})?"
#: A chain of operations, right before what says that it gives something.
_CHAIN = re.compile(
    rf"(?P<edge>\A|(?<!\d),|(?<![=!<>])=|[\n:：;；，。“\"'`|(（]|[A-WYZa-wyz\u4e00-\u9fff.?!] )"
    rf" ?\$?(?P<first>{_N})"
    rf"(?P<rest>(?: ?(?:[-+*/×÷−–]|x(?! ?-)) ?\$?{_N}){{1,24}})\Z",
    re.I,
)
#: What says so, and what it gives; not where the sum goes on.
_GIVEN = re.compile(
    rf" ?(?P<sign>=|≈|等于|is equal to|is|equals(?: to)?) ?\$?(?P<told>{_N})(?P<percent>%?)"
    r"(?![\w/*×÷^:]| ?[-−–+*/x×÷^] ?(?:[\d$(]|[a-z]\b)|\.\d|,\d| ?[(])",
    re.I,
)
#: Characters before an equals sign in which a sum stands.
_BEFORE = 160
_OPERATION = re.compile(r"\d\s?[-+*/xX×÷−–]\s?\$?-?\d")
#: In base two 10 + 10 is 100.
_BINARY = re.compile(r"[01\s+*×=−-]+|[^\n]* is [01]+")
_OF_BITS = re.compile(r"\bbinary\b|\bbase[- ](?:2|two)\b|\bbits?\b|二进制", re.I)
_STEP = re.compile(rf"\s?([-+*/x×÷−–])\s?\$?({_N})", re.I)
_PERCENT = re.compile(
    rf"({_N})\s?(?:%|percent|per cent) of \$?({_N}) (?:is|equals|=|would be) \$?({_N})(?![\w%]"
    rf"|[.,]\d)"
    rf"|({_N})\s?的\s?({_N})\s?%\s?(?:是|等于|为|=)\s?({_N})(?![\d%])",
    re.I,
)
_ABOUT = re.compile(r"\b(?:about|around|roughly|approximately|nearly) $|约 ?$", re.I)
_CONVERT = re.compile(
    rf"(?<![\d.])({_N}) ?(km|kilometers?|kilometres?|miles?|kg|kilograms?|pounds?|lbs?|inches"
    rf"|feet|ft|cm"
    r"|centimeters?|meters?|°c|degrees? celsius|°f|degrees? fahrenheit|celsius|fahrenheit|公里"
    r"|千米|英里|公斤|千克|磅|英寸|厘米|米|英尺|摄氏度|华氏度)"
    r"(?:\)|,)?,? ?(?:is|=|≈|equals|are|is (?:about|approximately|equal to)|equals to|等于"
    r"|约等于|约为|是|大约是) ?(?:about |approximately |roughly |约)?"
    rf"({_N}) ?(km|kilometers?|kilometres?|miles?|kg|kilograms?|pounds?|lbs?|inches|feet|ft|cm"
    r"|centimeters?|meters?|°c|degrees? celsius|°f|degrees? fahrenheit|celsius|fahrenheit|公里"
    r"|千米|英里|公斤|千克|磅|英寸|厘米|米|英尺|摄氏度|华氏度)",
    re.I,
)
_UNITS: dict[str, tuple[str, float]] = {
    "km": ("m", 1000), "kilometer": ("m", 1000), "kilometre": ("m", 1000), "公里": ("m", 1000),
    "千米": ("m", 1000), "mile": ("m", 1609.344), "英里": ("m", 1609.344),
    "kg": ("kg", 1), "kilogram": ("kg", 1), "公斤": ("kg", 1), "千克": ("kg", 1),
    "pound": ("kg", 0.45359237), "lb": ("kg", 0.45359237), "磅": ("kg", 0.45359237),
    "inche": ("m", 0.0254), "英寸": ("m", 0.0254), "feet": ("m", 0.3048), "ft": ("m", 0.3048),
    "英尺": ("m", 0.3048), "cm": ("m", 0.01), "centimeter": ("m", 0.01), "厘米": ("m", 0.01),
    "meter": ("m", 1), "米": ("m", 1),
    "°c": ("c", 1), "degree celsiu": ("c", 1), "degrees celsiu": ("c", 1), "celsiu": ("c", 1),
    "摄氏度": ("c", 1), "°f": ("f", 1), "degree fahrenheit": ("f", 1),
    "degrees fahrenheit": ("f", 1), "fahrenheit": ("f", 1), "华氏度": ("f", 1),
}  # fmt: skip
_ASKED = re.compile(
    rf"(?:what(?:['’]s| is)|calculate|compute|find|evaluate|solve|add|计算|求|算)?[^\w-]{{0,3}}"
    rf"(?:(?:the )?(?:value|result|answer|sum"
    rf"|product) of )?({_N})((?:\s?[-+*/x×÷−–]\s?{_N}){{1,5}})\s?"
    r"(?:=|等于)?\s?(?:多少|几|\?|？|的(?:值|结果)|\.|。)*\s*(?:\?|？)?\s*$",
    re.I,
)
_GIVES = Words("等于", "≈", " is ", "equals")
_NUMBER = re.compile(_N)
_EVERY = re.compile(r"\d")


def _value(text: str) -> Decimal:
    return Decimal(text.replace(",", ""))


def _computed(first: str, rest: str) -> Decimal | None:
    """What a chain of operations gives, times and division first; None where it cannot be told."""
    terms: list[Decimal] = [_value(first)]
    for sign, number in _STEP.findall(rest):
        value = _value(number)
        try:
            if sign in "*xX×":
                terms[-1] *= value
            elif sign in "/÷":
                terms[-1] /= value
            else:
                terms.append(value if sign == "+" else -value)
        except (DivisionByZero, InvalidOperation):
            return None
    return sum(terms, Decimal(0))


def _agrees(right: Decimal, told: str, loose: bool = False) -> bool:
    """Whether a result is right to the digits that are shown, cut or rounded."""
    given = _value(told)
    digits = len(told.partition(".")[2])
    slack = Decimal(10) ** -digits if right != right.to_integral_value() or digits else Decimal(0)
    if loose:
        slack = max(slack, abs(right) * Decimal("0.02"), Decimal(1) / 2)
    return abs(right - given) <= slack


def _sum(turn: Reading) -> Finding:
    if turn.digits < 3 or turn.code or ("=" not in turn.text and not turn.has(_GIVES)):
        return NOTHING
    text = in_signs(turn)
    right, words = wrong(text)
    if right:
        return Finding(1, True, f"{right} would be right: {quoted(words)}")
    if not _OPERATION.search(text):
        return NOTHING
    for given in _GIVEN.finditer(text):
        chain = _CHAIN.search(text, max(0, given.start() - _BEFORE), given.start())
        # Where the stretch begins amid a longer sum, its first terms are not there.
        if chain is None or (chain["edge"] == "" and given.start() > _BEFORE):
            continue
        if _BINARY.fullmatch(_told(text, chain, given)) and _OF_BITS.search(text):
            continue
        if note := _wrong(chain, given):
            return Finding(1, True, f"{note}: {spot(_told(text, chain, given), chain.start())}")
    return NOTHING


def _told(text: str, chain: re.Match[str], given: re.Match[str]) -> str:
    return text[chain.start("first") : given.end()].strip()


def _wrong(chain: re.Match[str], given: re.Match[str]) -> str:
    """What would be right, in words; nothing where it is, or where it cannot be told."""
    right, told, sign = _computed(chain["first"], chain["rest"]), given["told"], given["sign"]
    # "10 - 15 is 20": a range, a date or a score, not a difference.
    if right is None or (sign.lower() == "is" and re.search(r"[-–/]", chain["rest"])):
        return ""
    if (given["percent"] and _agrees(right * 100, told, True)) or _agrees(right, told, sign == "≈"):
        return ""
    return f"{_plainly(right)} would be right"


def _percent(turn: Reading) -> Finding:
    if "%" not in turn.text and "percent" not in turn.low and "per cent" not in turn.low:
        return NOTHING
    for match in _PERCENT.finditer(turn.head):
        rate, whole, told = match.groups()[:3] if match[1] else (match[5], match[4], match[6])
        right = _value(rate) * _value(whole) / 100
        about = _ABOUT.search(turn.head, max(0, match.start() - 16), match.start()) is not None
        if not _agrees(right, told, about):
            note = f"{_plainly(right)} would be right: {spot(match[0], match.start())}"
            return Finding(1, True, note)
    return NOTHING


def _convert(turn: Reading) -> Finding:
    if turn.digits < 2 or not _UNIT_WORD.find(turn):
        return NOTHING
    for match in _CONVERT.finditer(turn.head):
        number, unit, told, other = match.groups()
        one, two = _unit(unit), _unit(other)
        if one is None or two is None or unit.lower() == other.lower():
            continue
        right = _converted(float(_value(number)), one, two)
        given = float(_value(told))
        # Two in a hundred, or one in the last digit, is how people round.
        step = 10 ** -len(told.partition(".")[2])
        if right is not None and abs(right - given) > max(0.03 * abs(right), step):
            note = f"about {right:.4g} would be right: {spot(match[0], match.start())}"
            return Finding(1, True, note)
    return NOTHING


_UNIT_WORD = Phrase(
    ("mile", "km", "kilo", "pound", " lb", "inch", "feet", " ft", "cm", " meter", "°c", "°f",
     "celsius",
     "fahrenheit", "公里", "千米", "英里", "公斤", "磅", "英寸", "厘米", "英尺", "摄氏", "华氏",
     "千克"),
    r"(?:is|=|≈|equals|are|等于|是|约)",
)  # fmt: skip


def _unit(word: str) -> tuple[str, float] | None:
    return _UNITS.get(word.lower().rstrip("s")) or _UNITS.get(word.lower())


def _converted(value: float, one: tuple[str, float], two: tuple[str, float]) -> float | None:
    if {one[0], two[0]} == {"c", "f"}:
        return value * 9 / 5 + 32 if one[0] == "c" else (value - 32) * 5 / 9
    return value * one[1] / two[1] if one[0] == two[0] and one[0] not in "cf" else None


def _asked_sum(turn: Reading) -> Finding:
    asked = turn.asked
    if asked is None or len(asked.text) > 120 or not _EVERY.search(asked.text):
        return NOTHING
    match = _ASKED.fullmatch(asked.text.strip())
    if match is None:
        return NOTHING
    right = _computed(match[1], match[2])
    told = _NUMBER.findall(turn.text[:2000])
    if right is None or not told or any(_agrees(right, number, True) for number in told[-3:]):
        return NOTHING
    if any(_agrees(right, number) for number in told):
        return NOTHING
    return Finding(
        1, True, f"asked {match[0].strip()}, which is {_plainly(right)}; it says {told[-1]}"
    )


def _plainly(value: Decimal) -> str:
    text = f"{value:.6f}".rstrip("0").rstrip(".")
    return text or "0"


SIGNALS = (
    TurnSignal(
        code="A01", name="wrong-sum", severity="grave", roles=ANSWER, look=_sum, version=3,
        about="A calculation that stands in the answer is wrong.",
    ),
    TurnSignal(
        code="A02", name="wrong-percentage", severity="grave", roles=ANSWER, look=_percent,
        version=2,
        about="A percentage in the answer is wrong (“20% of 50 is 12”).",
    ),
    TurnSignal(
        code="A03", name="wrong-conversion", severity="grave", roles=ANSWER, look=_convert,
        about="A conversion of units in the answer is wrong (“10 km is 8 miles”).",
        when="more than three in a hundred off",
    ),
    TurnSignal(
        code="A04", name="wrong-result", severity="grave", roles=ANSWER, look=_asked_sum,
        version=2,
        about="The question is a calculation, and its result is not in the answer.",
    ),
)  # fmt: skip
