"""What assistants say about themselves, and out of habit."""

import re

from curator.signals import refusal
from curator.signals.base import Finding, quoted
from curator.signals.turns.base import ANSWER, NOTHING, Phrase, Reading, TurnSignal, flag, phrased
from curator.signals.turns.words import Words

#: Who works on such a thing is none.
_NO_PERSON = (
    r"(?! (?:research|engineer|expert|scien|student|develop|compan|enthusias|profession|specialist"
    r"|consult|ethicist|practition|startup|teacher|lab|safety|artist|policy|technique|course"
    r"|field|branch|discipline))"
)
_AS_AN_AI = Phrase(
    ("as an ai", "as an artificial", "as a language model", "as a large language", "i am an ai",
     "i'm an ai", "i’m an ai", "i am a language", "ai language model", "作为一个", "作为一名",
     "作为ai",
     "作为人工智能", "作为语言", "我是一个", "我是ai", "我是人工智能", "作为 ai", "作为大"),
    r"\bas an? (?:AI|artificial intelligence|(?:large )?language model|virtual assistant)\b"
    + _NO_PERSON,
    r"\bI(?: am|['’]m) (?:just |only |merely )?an? (?:AI|artificial intelligence|"
    r"(?:large )?language model|machine)\b|\bAI language model\b",
    r"(?:作为|我是)(?:一个|一名|一款|一种)?\s?(?:AI|人工智能|大?型?语言模型|机器人|智能助手|聊天机器人|虚拟助手)"
    r"(?!领域|研究|专家|工程|公司|学者|专业|行业|科学|从业|爱好|开发|产品|技术的|的(?:一个|一种|重要|核心|分支|基础|子))",
)  # fmt: skip
_CUTOFF = Phrase(
    (
        "cutoff",
        "cut-off",
        "as of my",
        "my training data",
        "only goes",
        "knowledge only",
        "截止",
        "截至",
        "更新",
    ),
    r"\b(?:my )?knowledge (?:cutoff|cut-off|only (?:goes|extends))",
    r"\bas of my (?:last |latest )?(?:knowledge|training|update)",
    r"\bmy training data\b|\btraining (?:data )?(?:cut-?off|only goes)",
    r"(?:我的(?:知识|训练)?(?:数据)?|知识|训练数据)(?:库)?(?:只|仅)?(?:截止|截至|更新)(?:到|于|至|日期)?",
)
_FEELINGS = Phrase(
    ("feel", "emotion", "opinion", "preferences", "beliefs", "consciousness", "情感", "感情",
     "观点",
     "情绪", "意识", "喜好"),
    r"\bI (?:do not|don['’]t|cannot|can['’]t) (?:actually |truly |really )?(?:have|possess|hold|"
    r"experience|feel) (?:any )?(?:personal |human )?(?:\w+, ){0,2}(?:feelings?|emotions?"
    r"|opinions?|"
    r"preferences|beliefs|consciousness|experiences)\b",
    r"我(?:本身)?(?:没有|不具备|无法拥有|不会有)(?:个人的?|任何|真正的|自己的)?"
    r"(?:情感|感情|观点|情绪|意识|喜好|偏好|意见|主观)",
)  # fmt: skip
_SORRY = Phrase(
    ("apolog", "sorry", "抱歉", "对不起", "不好意思", "道歉"),
    r"\bI(?: am|['’]m)?(?: truly| very| so| sincerely| do)? (?:apologi[sz]e|sorry)\b",
    r"\b(?:my )?apologies\b|抱歉|对不起|不好意思|向您道歉",
)
_CLOSING = re.compile(
    r"(?:\bI hope (?:this|that|you|it) (?:helps|answers|was helpful|find|have|enjoy)"
    r"|\blet me know if|\bfeel free to|\bis there anything else|\bdon['’]t hesitate to"
    r"|\bhappy to help|(?:^|[.!?\n] ?)good luck\b"
    r"|\bif you have any (?:other |more |further )?questions"
    r"|希望(?:这|以上|对|能|可以)[^。！\n]{0,20}(?:帮助|有用|帮到)|如果(?:您|你)(?:还)?(?:有|需要)"
    r"[^。！\n]{0,20}(?:问题|疑问|帮助)|请随时|还有(?:什么|其他)[^。！\n]{0,10}(?:帮|问题)|祝(?:您|你)好运)",
    re.I,
)
_CLOSING_WORDS = Words(
    "hope", "know if", "free to", "anything else", "hesitate", "to help", "luck", "question",
    "希望", "如果", "请随时", "还有", "好运",
)  # fmt: skip
_OPENING = re.compile(
    r"\W{0,3}(?:sure[,!.]|certainly[,!.]|of course[,!.]|absolutely[,!.]|great question"
    r"|(?:that['’]s|what) an? (?:great|good|excellent|interesting) question|I['’]d be happy to"
    r"|I would be happy to|thank you for (?:your|the) (?:question|asking|sharing)"
    r"|当然[，！,!。可了]|好的[，！,!。]|没问题[，！,!。]|很高兴(?:能|为)|非常好的问题|这是一个(?:很好|好)的问题)",
    re.I,
)
_MORAL = Phrase(
    (
        "it is important to",
        "it's important to",
        "it’s important to",
        "please note",
        "remember that",
        "重要的是要",
        "请注意",
        "需要注意的是",
        "值得注意",
    ),
    r"\bit(?: is|['’]s) (?:also )?(?:important|essential|crucial) to (?:note|remember|be aware|"
    r"consider|respect|understand|always)",
    r"\bplease note that\b|重要的是要(?:记住|注意|明白|尊重)|(?:需要|值得)注意的是|请注意，",
)


def _refuses(turn: Reading) -> Finding:
    low = turn.low[: refusal.HEAD]
    if not any(word in low for word in _REFUSING.every & turn.held):
        return NOTHING
    words = refusal.refuses(turn.text)
    if not words or (turn.asked is not None and turn.asked.has(_FOR_OTHERS)):
        return Finding(0.5) if words else NOTHING
    return Finding(1, True, f"declines: {quoted(words)}")


#: What is asked for is said by somebody else than the assistant.
_FOR_OTHERS = Words(
    "modify", "formal", "ticket", "pretend", "apology", "friend", "修改", "正式", "扮演",
    "道歉", "letter", "email", "e-mail", "rewrite", "rearrange", "rephrase", "sentence",
    "dialog", "conversation", "script", "story", "translate", "edit ", "reply", "response to",
    "message", "customer", "greeting", "song", "host", "消息", "歌", "信", "邮件", "改写",
    "重写", "编辑", "句子", "对话", "脚本", "故事", "翻译", "回复", "剧本", "客户", "短信",
)  # fmt: skip


def _apologises(turn: Reading) -> Finding:
    match = _SORRY.find(turn)
    if match is None or turn.code:
        return NOTHING
    # Further down somebody of a story says it.
    far = match.start() > 300 and len(turn.text) - match.end() > 300
    if far or (turn.asked is not None and turn.asked.has(_FOR_OTHERS)):
        return Finding(0.5)
    return flag("apologises", match)


_REFUSING = Words(
    "can't", "can’t", "cannot", "can not", "could not", "won't", "unable", "sorry", "afraid",
    "not able", "not allowed", "not comfortable", "as an ai", "as a ", "decline", "refuse",
    "don't have", "do not have", "don’t have", "appropriate", "against my", "will not", "must ",
    "抱歉", "对不起", "遗憾", "不好意思", "无法", "不能", "没办法", "不便", "拒绝", "恕", "帮不了",
    "没有能力",
)  # fmt: skip


def _apology_loop(turn: Reading) -> Finding:
    if turn.index < 3 or not _SORRY.find(turn):
        return NOTHING
    times = 1
    for place in range(turn.index - 1, max(-1, turn.index - 14), -1):
        earlier = turn.chat[place]
        times += earlier.role == "assistant" and _SORRY.find(earlier) is not None
    return Finding(times, times >= 3, f"says sorry in {times} answers so far" if times >= 3 else "")


def _closing(turn: Reading) -> Finding:
    low = turn.low[-200:]
    if not any(word in low for word in _CLOSING_WORDS.every & turn.held):
        return NOTHING
    match = _CLOSING.search(turn.text[-200:])
    if match is None or turn.length < 8:
        return NOTHING
    if turn.asked is not None and turn.asked.has(_FOR_OTHERS):
        return Finding(0.5)
    return flag("closes out of habit", match)


def _opening(turn: Reading) -> Finding:
    match = _OPENING.match(turn.text)
    return flag("opens out of habit", match) if match and turn.length > 6 else NOTHING


SIGNALS = (
    TurnSignal(
        code="B01", name="refuses", severity="warning", roles=ANSWER, look=_refuses, version=3,
        about="The answer declines to help.",
    ),
    TurnSignal(
        code="B02", name="as-an-ai", severity="warning", version=2,
        look=phrased(_AS_AN_AI, "speaks of itself"),
        about="The answer speaks of itself as an AI or a language model.",
    ),
    TurnSignal(
        code="B03", name="knowledge-cutoff", severity="warning",
        look=phrased(_CUTOFF, "speaks of its knowledge"), version=2,
        about="The answer speaks of its training data or of where its knowledge ends.",
    ),
    TurnSignal(
        code="B04", name="no-feelings", severity="warning",
        look=phrased(_FEELINGS, "speaks of its feelings"),
        about="The answer says that it has no feelings, opinions or beliefs.",
    ),
    TurnSignal(
        code="B05", name="apologises", severity="hint", look=_apologises, version=2,
        about="The answer apologises.",
    ),
    TurnSignal(
        code="B06", name="apology-loop", severity="warning", look=_apology_loop,
        about="The assistant apologises again and again in one chat.",
        unit="apologies", when="from the third on",
    ),
    TurnSignal(
        code="B07", name="closing-habit", severity="hint", look=_closing, version=2,
        about="The answer ends in words of habit (“I hope this helps!”).",
    ),
    TurnSignal(
        code="B08", name="opening-habit", severity="hint", look=_opening,
        about="The answer begins with words of habit (“Great question!”, “当然！”).",
    ),
    TurnSignal(
        code="B09", name="lecture", severity="hint", look=phrased(_MORAL, "lectures"),
        about="The answer tells what is important to note, remember or respect.",
    ),
)  # fmt: skip
