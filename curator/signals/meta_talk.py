"""meta-talk: the rewrite talks of answers, critics and users instead of answering."""

import re

from curator.signals.base import Case, Finding, Gate, one_by_one, quoted
from curator.text import prose

_BETTER = (
    r"(?:improved|revised|rewritten|better|corrected|updated|refined|enhanced|reworked|new|final)"
)
_ANSWER = r"(?:answer|response|reply|version|rewrite|rewriting)"
_GOOD = r"(?:改进|修改|改写|修订|优化|完善|更正|重写|更新)"
PATTERNS = tuple(
    re.compile(pattern, re.I)
    for pattern in (
        rf"\b(?:here(?: i|['’])s|this is|below is|following is)(?: an?| the| my| your)?"
        rf"(?: more)? {_BETTER} {_ANSWER}\b",
        rf"^\W*(?:an?|the|my)?\s*{_BETTER} {_ANSWER}\W*[:：]",
        rf"\bI(?:['’]ve| have|['’]ll| will)? (?:just )?(?:rewr(?:ote|ite|itten)|revised?"
        rf"|improved?|rephrased?|reworked) (?:the|this|my|your)[^.\n]{{0,20}}{_ANSWER}",
        rf"\b(?:the|my|your) (?:previous|original|earlier|initial|prior|first|old|given|above) "
        rf"(?:assistant['’]?s? )?{_ANSWER}s?\b",
        r"\b(?:the|this) (?:criticism|critique|critic|reflection|reviewer|reflector)\b",
        r"\bthe (?:ai |virtual )?assistant(?:['’]s)? "
        r"(?:answer|response|reply|should|could|did|failed|does|gave|provided|was|has)\b",
        r"\bthe (?:user|human)(?:['’]s)? (?:asks?|asked|wants?|wanted|is asking|was asking|needs?"
        r"|question|request|message|seems?|may|might|is looking|requested|wrote|said)\b",
        r"^\W*(?:criticism|critique|verdict|evidence|analysis of the answer)\"?\s*[:：]",
        r"\"(?:criticism|critique|verdict|evidence)\"\s*:",
        rf"(?:以下|下面|这)(?:是|为)(?:我|经过|一个|您|你)?{_GOOD}(?:后|过|版)?的?"
        r"(?:回答|答案|回复|版本|内容)",
        rf"^\W*{_GOOD}(?:后|过|版)?的?(?:回答|答案|回复|版本)\s*[:：]",
        r"(?:原来的|原先的|原|之前的|先前的|上一个|上一条|前一个|旧的)(?:回答|答案|回复)",
        r"(?:根据|针对|按照)(?:上述|以上|这些|该)?(?:批评|评语|反思|点评)",
        r"^\W*(?:批评|评语|反思|点评|评价)\s*[:：]",
        r"(?:该|这位|这个)?用户(?:的(?:问题|要求|请求|提问|需求)|(?:想要|希望|询问|提问|要求|问道|想知道|说))",
        r"(?:助手|AI助理|模型)(?:的(?:回答|回复|答案)|应该|没有|未能)",
    )
)


def _look(case: Case) -> Finding:
    asked, old, new = (prose(text) for text in (case.question, case.old, case.new))
    for pattern in PATTERNS:
        match = pattern.search(new)
        # A chat about assistants, users or reviews has these words without any rewriting.
        if match and not pattern.search(old) and not pattern.search(asked):
            return Finding(1, True, f"talks about the answer: {quoted(match[0])}")
    return Finding(0)


GATE = Gate(
    name="meta-talk",
    about="whether the rewrite speaks of rewriting, of the old answer, of “the user” or “the "
    "assistant”, where the question and the old answer do not",
    unit="0 or 1",
    when="it does",
    measure=one_by_one(_look),
)
