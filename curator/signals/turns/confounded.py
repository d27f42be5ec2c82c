"""A speaker in the other's place: users that answer, assistants that ask for help."""

from curator.signals.base import Finding, quoted
from curator.signals.turns.base import ANSWER, NOTHING, QUESTION, Phrase, Reading, TurnSignal, flag
from curator.signals.turns.words import Words

_AS_ASSISTANT = Phrase(
    ("as an ai", "how can i help", "how can i assist", "how may i", "certainly!", "i hope this",
     "is there anything else", "you're welcome", "sure, here", "sure! here", "of course! here",
     "happy to help", "作为一个", "作为ai", "有什么可以帮", "我可以帮", "希望这", "还有什么",
     "不客气",
     "当然可以", "很高兴为"),
    r"^\W{0,3}(?:sure[!,.] here|certainly[!,]|of course[!,] here|you['’]re welcome"
    r"|I['’]m happy to help)",
    r"\bhow (?:can|may) I (?:help|assist) you\b|\bis there anything else I can\b",
    r"\bI hope this (?:helps|answers)\b|^\W{0,3}as an AI\b",
    r"^作为一?个?(?:AI|人工智能|语言模型)|有什么(?:我)?可以(?:帮|为)(?:您|你)|希望(?:这|以上)[^。\n]{0,12}(?:有帮助|帮到)",
    r"^\W{0,3}(?:不客气|当然可以[！!，,]|很高兴为您)|还有什么(?:我)?(?:可以|能)帮",
    flags=2,
)  # fmt: skip
_AS_USER = Phrase(
    ("help me", "thank you for", "thanks for", "can you", "could you", "please write", "i want you",
     "请帮我", "帮我", "你能", "你可以", "谢谢你", "谢谢您"),
    r"^\W{0,3}(?:can|could|would|will) you (?:please |kindly )?(?:help|write|explain|tell|give|show"
    r"|make|create|translate|summari[sz]e)\b",
    r"^\W{0,3}(?:please )?help me\b|^\W{0,3}please write\b|^\W{0,3}I want you to\b",
    r"^\W{0,3}thank(?:s| you)[^.!\n]{0,20} for (?:your|the) (?:help|answer|response|explanation)\b",
    r"^\W{0,3}(?:请?(?:你能|你可以|您能)?帮我|你能(?:不能)?(?:帮|告诉|给|写|解释))",
    r"^\W{0,3}谢谢(?:你|您)的(?:帮助|回答|解答)",
    flags=2,
)  # fmt: skip
#: Orders to write words that somebody else would say.
_PLAYS = Words(
    "role", "act as", "pretend", "dialog", "conversation", "question", "prompt", "rewrite",
    "letter",
    "email", "e-mail", "message", "script", "translate", "story", "sentence", "quote", "rephrase",
    "write", "edit", "polite", "request", "generate", "扮演", "对话", "问题", "改写", "信",
    "邮件", "翻译",
    "故事", "句子", "写", "礼貌", "请求", "生成", "提示",
)  # fmt: skip

_QUOTES_TALK = Words("conversation", "dialog", "script", "prompt", "对话", "脚本", "提示")
_WANTS_A_QUESTION = Words(
    "rhetorical", "哪句", "疑问", "问句", "核查", "joke", "?”", "riddle", "ask", "笑话", "谜",
    "提问",
)  # fmt: skip


def _user(turn: Reading) -> Finding:
    match = _AS_ASSISTANT.find(turn)
    # Whoever pastes an answer to talk about it says so first.
    if match is None or match.start() > 400 or (turn.index == 0 and match.start() > 3):
        return NOTHING
    if match.start() > 3 and turn.has(_QUOTES_TALK):
        return NOTHING
    return flag("talks like an assistant", match)


def _assistant(turn: Reading) -> Finding:
    match = _AS_USER.find(turn)
    if match is None or turn.asked is None or turn.asked.has(_PLAYS):
        return NOTHING
    return flag("talks like a user", match)


def _asks_back(turn: Reading) -> Finding:
    text = turn.text.rstrip()
    if not text.endswith(("?", "？")) or turn.length > 40 or turn.asked is None:
        return NOTHING
    # A joke, a quiz or a rewritten question ends in a question because it was asked for.
    if turn.asked.has(_PLAYS) or turn.asked.has(_WANTS_A_QUESTION):
        return NOTHING
    if text.count("?") + text.count("？") < len(turn.sentences):
        return NOTHING
    return Finding(1, True, f"answers with a question: {quoted(text)}")


SIGNALS = (
    TurnSignal(
        code="C01", name="user-as-assistant", severity="grave", roles=QUESTION, look=_user,
        version=2,
        about="The user turn is written as an assistant would: the two may be swapped.",
    ),
    TurnSignal(
        code="C02", name="assistant-as-user", severity="grave", roles=ANSWER, look=_assistant,
        version=2,
        about="The answer is written as a user would: it asks for help, or thanks for it.",
    ),
    TurnSignal(
        code="C03", name="asks-back", severity="hint", roles=ANSWER, look=_asks_back, version=2,
        about="The answer is only a question.",
    ),
)  # fmt: skip
