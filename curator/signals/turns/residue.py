"""What a prompt template or a transcript left in a turn."""

import re

from curator.signals.base import Finding
from curator.signals.turns.base import BOTH, NOTHING, Phrase, Reading, TurnSignal, flag
from curator.signals.turns.words import Words

_TEMPLATE = Phrase(
    ("instruction", "<|", "[inst]", "<<sys>>", "</s>", "response:", "output:", "input:", "指令",
     "输出", "输入", "turn>"),
    r"^[#*>\s]{0,5}(?:instruction|response|output|input) ?(?:#?\d+)?\s?[:：]",
    r"^\W{0,4}(?:指令|输出|输入|回应)\s?\d{0,2}\s?[:：]",
    r"<\|(?:im_start|im_end|user|assistant|system|endoftext|eot_id|start_header_id)[^|\n]{0,20}\|>",
    r"\[/?INST\]|<</?SYS>>|</s>|<(?:start|end)_of_turn>",
    flags=2 | 8,
)  # fmt: skip
_SPEAKER = Phrase(
    ("user:", "human:", "assistant:", "ai:", "chatgpt:", "bot:", "user：", "assistant：", "用户",
     "助手", "人类", "机器人"),
    r"^[ \t>*_\"]{0,4}(?:User|Human|Assistant|AI|ChatGPT|Chatbot|Bot|用户|人类|助手|机器人)"
    r"[*_\"]{0,2}\s?[:：](?!//)",
    flags=8,
)  # fmt: skip
_META = Phrase(
    ("instruction", "prompt ", "input ", "指令", "输入", "说明"),
    r"\b(?:the|this|given) (?:above |following )?(?:instruction|prompt|input) "
    r"(?:asks?|requires?|does not|doesn['’]t|has no|lacks)\b",
    r"\b(?:no|without (?:an?y? )?|missing) input (?:is |was )?"
    r"(?:provided|given|needed|required|necessary)\b",
    r"(?:该|此|这条?|上述)(?:指令|提示|输入)(?:要求|没有|不需要|缺少|是)|(?:没有|未)提供(?:任何)?输入",
)


_STRONG = re.compile(r"[<\[]|\W{0,4}#{2}")
#: A prompt in the manner of FLAN ends in the word after which the answer should stand.
_AWAITS = re.compile(r"\n\W{0,3}(?:output|answer|response|输出|回答|答案)\s?[:：]\s*\Z", re.I)
#: What is asked for may be a dialogue, whose lines begin with names.
_DIALOGUE = Words("question",
    "dialog", "conversation", "chat", "script", "skit", "interview", "screenplay", "play", "scene",
    "talk", "对话", "聊天", "脚本", "剧本", "会话", "交谈", "采访", "交互", "扮演", "模拟",
)  # fmt: skip
_TASK_ASKED = Words(
    "prompt", "instruction", "input", "output", "code", "指令", "输入", "输出", "说明", "提示",
    "代码",
)  # fmt: skip


def _template(turn: Reading) -> Finding:
    match = _TEMPLATE.find(turn)
    # In code “# Output:” is a comment.
    if match is None or (turn.code and match[0][0] not in "<["):
        return NOTHING
    strong = _STRONG.match(match[0]) or (
        match.start() < 3 if turn.role == "assistant" else _AWAITS.search(turn.text)
    )
    if turn.asked is not None and turn.asked.has(_TASK_ASKED):
        strong = strong and _STRONG.match(match[0])
    # Within a question “Input:” says where its text begins, and within an answer where an example
    # does.
    return flag("a template's mark", match) if strong else Finding(0.5)


def _speaker(turn: Reading) -> Finding:
    match = _SPEAKER.find(turn)
    if match is None or turn.code:
        return NOTHING
    if any(other.has(_DIALOGUE) for other in turn.chat[: turn.index + 1]):
        return Finding(0.5)
    return flag("a speaker's name", match)


def _meta(turn: Reading) -> Finding:
    match = _META.find(turn)
    if match is None or (turn.asked is not None and turn.asked.has(_TASK_ASKED)):
        return NOTHING
    return flag("speaks of the instruction", match)


TEMPLATE = TurnSignal(
    code="S07", name="template-residue", severity="warning", roles=BOTH,
    look=_template, version=3,
    about="Marks of a prompt template stand in the text, such as “### Instruction:” or <|im_end|>.",
)  # fmt: skip
SPEAKER = TurnSignal(
    code="S08", name="speaker-label", severity="hint", roles=BOTH,
    look=_speaker, version=2,
    about="A line begins with a speaker's name, as if several turns were one.",
)  # fmt: skip
META = TurnSignal(
    code="S09", name="talks-of-the-task", severity="warning",
    look=_meta, version=2,
    about="The answer speaks of “the instruction” or “the input” instead of answering.",
)  # fmt: skip
SIGNALS = (TEMPLATE, SPEAKER, META)
