"""Turns that try to take over the model: orders to forget rules, other selves."""

from curator.signals.turns.base import BOTH, QUESTION, Phrase, TurnSignal, phrased

_OVERRIDE = Phrase(
    ("ignore", "disregard", "forget", "override", "bypass", "system prompt", "忽略", "无视", "忘记",
     "忘掉", "系统提示"),
    r"\b(?:ignore|disregard|forget|override|bypass) (?:all |any |the |your |every |my )*"
    r"(?:of )?(?:the |your )?(?:previous|prior|above|earlier|preceding|former|initial|system"
    r"|original)"
    r" ?(?:\w+ )?(?:instructions?|prompts?|rules?|guidelines?|directions?|messages?|text"
    r"|commands?)",
    r"\b(?:ignore|disregard|forget) (?:everything|all)(?: (?:you|that|of|the|I))?[^.\n]{0,24}"
    r"(?:above|before|told|said|instructions?|rules"
    r"|previous(?! (?:changes|commits?|versions?|files?|warnings?|errors?|rows|values|results)))",
    r"\b(?:reveal|print|show|repeat|output|tell me|give me|what (?:is|are|was)) (?:me )?(?:your"
    r"|the) "
    r"(?:\w+ )?(?:system prompt|hidden (?:prompt|instructions?)|initial (?:prompt|instructions?))",
    r"(?:忽略|无视|忘记|忘掉)[^。\n]{0,12}(?:之前|以上|上面|先前|所有|前面)[^。\n]{0,10}"
    r"(?:指令|指示|规则|提示|内容|设定|要求)|(?:显示|输出|告诉我)[^。\n]{0,8}系统提示",
    within=4000,
)  # fmt: skip
_OTHER_SELF = Phrase(
    (
        "dan ",
        "jailbreak",
        "do anything now",
        "developer mode",
        "unfiltered",
        "no restrictions",
        "without any restrictions",
        "stay in character",
        "越狱",
        "开发者模式",
        "没有任何限制",
        "不受限制",
    ),
    r"\bdo anything now\b|\bjailbr(?:eak|oken)\b|\bdeveloper mode (?:enabled|on|output)\b",
    r"\b(?:you are|act as|pretend to be)[^.\n]{0,60}\b(?:unfiltered|unrestricted|amoral"
    r"|no restrictions"
    r"|without (?:any )?(?:restrictions|filters|rules|ethic))",
    r"(?-i:\bDAN\b)[^.\n]{0,40}\b(?:mode|do anything|stands for)",
    r"越狱|开发者模式|(?:没有|不受)(?:任何)?(?:限制|约束)[^。\n]{0,8}(?:AI|人工智能|模型|助手|机器人)",
    within=4000,
)

SIGNALS = (
    TurnSignal(
        code="I14", name="prompt-injection", severity="grave", roles=BOTH, version=2,
        look=phrased(_OVERRIDE, "orders to forget the rules"),
        about="The turn orders the model to ignore its instructions or to tell them.",
    ),
    TurnSignal(
        code="I15", name="jailbreak", severity="grave", roles=QUESTION, version=2,
        look=phrased(_OTHER_SELF, "another self"),
        about="The turn asks the model to be another one that has no rules.",
    ),
)  # fmt: skip
