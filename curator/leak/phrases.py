"""Words by which a rewrite gives itself away: of the future, of the feedback, of an old answer."""

import re
from typing import NamedTuple


class Tell(NamedTuple):
    """What a pattern shows, in words for the person; `looks_back` marks talk of earlier answers,
    which is in order where the original answer spoke of one as well; `chinese` says that a text
    without Chinese cannot match."""

    why: str
    pattern: re.Pattern[str]
    looks_back: bool
    chinese: bool


FUTURE = "speaks of what comes later"
FEEDBACK = "speaks of the feedback"
EARLIER = "speaks of an earlier answer to this question"

_WHO = r"\b(?:you|the (?:user|person|customer|asker))"
_SAYS = (
    r"(?:ask|tell me|say|state|point|mention|complain|object|correct me|correct this|request|bring"
    r"|raise|clarif|reply|respond|follow up|indicate|express|explain|reject|disagree|criticize"
    r"|want to know|come back to|reveal|specif|react)"
)
_SAID = (
    r"(?:ask(?:s|ed)?|tells?|told|sa(?:y|ys|id)|stated?s?|points?|pointed|mentions?|mentioned"
    r"|complain(?:s|ed)?|object(?:s|ed)?|correct(?:s|ed)?|request(?:s|ed)?|br(?:ing|ings|ought)"
    r"|rais(?:es?|ed)|clarif(?:y|ies|ied)|not(?:es?|ed)|express(?:es|ed)?|explain(?:s|ed)?"
    r"|indicat(?:es?|ed)|wan(?:t|ts|ted)|report(?:s|ed)?|reveal(?:s|ed)?|specif(?:y|ies|ied)"
    r"|notic(?:es?|ed)|find|found|follow)"
)
_LATER = (
    r"(?:later|subsequently|afterwards?|soon|shortly|eventually|then|further (?:down|on|below))"
)
_TURNS = (
    r"(?:turns?|messages?|chat|conversation|dialog(?:ue)?|exchange|discussion|repl(?:y|ies)"
    r"|questions?|prompts?|follow-?ups?|comments?|responses?)"
)
_ANSWER = (
    r"(?:answer|response|reply|replies|attempt|version|mistake|error|explanation|suggestion|draft"
    r"|message|wording)"
)
_OLD = (
    r"(?:previous|earlier|original|first|initial|prior|old|last|marked|preceding|above-mentioned)"
)
_VOICE = (
    r"(?:feedback(?! data| loop)|criticisms?|critique|evaluation|objections?|complaints?|hindsight"
    r"|corrections?|dissatisfaction|concerns raised|review comments?|evaluator)"
)

_NI = r"(?:[您你]们?|用户|对方|提问者)"
_SHUO = (
    r"(?:会?问(?!卷|候|题)|提[到出及问起]|指出|追问|抱怨|反对|纠正|告诉我|质疑|提示我|反馈"
    r"|说(?:到|起|这|那|不|明|自己)|[要让叫]我|要求|补充|投诉|回复说|表示|表达|想知道|批评|反驳)"
)
_HOU = (
    r"(?:后来|之后|随后|稍后|稍後|后面|後面|接下来|接着|马上|很快|即将|将要|就要|待会儿?|一会儿?"
    r"|日后|往后|下文|后文|过后|在后)"
)
_LUN = r"(?:对话|消息|提问|轮次?|问题|回复|发言|交流|聊天|讨论|留言|走向|内容|说明|追问|反应|意见)"
_DA = r"(?:回答|答案|回复|答复|版本|说法|解释|回应)"
_PING = r"(?:批评|反馈|评审|评语|指正|异议|质疑|审阅|点评|不满|投诉|反对意见|修改意见|评价意见)"

_HAN = re.compile(r"[\u4e00-\u9fff]")

#: Everything that is looked for.
TELLING: tuple[Tell, ...] = tuple(
    Tell(why, re.compile(words, re.I), why == EARLIER, _HAN.search(words) is not None)
    for why, words in (
        # you will ask; you are about to say
        (FUTURE, _WHO + r"(?:'ll| will| would| are going to|'re going to| are about to"
                 r"|'re about to| is going to| is about to| may soon)"
                 r"(?: (?:soon|shortly|later|also|then|probably|likely|next|want to|go on to))*"
                 rf" {_SAYS}"
                 r"(?!ing)"),
        (FUTURE, _WHO + rf"(?:'ll| will| are going to) {_LATER} (?:\w+ )?{_SAYS}"),
        # you later say; you say later
        (FUTURE, _WHO + rf" {_LATER}(?: on)?,? (?:\w+ed|go on to|{_SAYS})\b"),
        (FUTURE, _WHO + rf" {_SAID}\b[^.!?;\n]{{0,40}}\b(?:later(?: on)?|afterwards?|subsequently"
                 r"|further (?:down|on|below)"
                 rf"|(?:in|with) (?:your|the|a) (?:later|following|next|subsequent) {_TURNS})\b"),
        (FUTURE, r"\b(?:since|because|as|when|once|like|before|after|what) "
                 rf"(?:you|the user) (?:go on to|come back|{_LATER} \w+)\b"),
        (FUTURE, r"\b(?:haven'?t|have not|hasn'?t|has not|did not|didn'?t) (?:asked|ask|said"
                 r"|mentioned|brought)[^.!?\n]{0,30}\b(?:yet|but you will)\b"
                 r"|\bbefore you (?:ask|object|complain|say|tell me|point|bring|mention|correct)\b"
                 r"|\bwhen you (?:later|subsequently|then|eventually|come back)\b"
                 r"|\bwhen you ask (?:me|about|for it)\b|\bwhen you ask[,.]"),
        # the turns that follow
        (FUTURE, r"\b(?<!any )(?:later|subsequent|following|next|upcoming|future|rest|remainder"
                 r"|further(?! questions| discussion| comments| exchange))"
                 rf"(?: of)?(?: in| on in)?(?: this| the| our| your)? {_TURNS}\b(?!:)"),
        (FUTURE, rf"\b{_TURNS} (?:that (?:follows?|comes?)|to come|still to come|ahead"
                 r"|(?:continues|goes on|develops|unfolds|proceeds|ends))\b"
                 r"|\b(?:reading|peeking) ahead\b|\bhow (?:this|the|our) " + _TURNS
                 + r" (?:continues|goes|develops|unfolds|turns out|ends)\b"),
        (FUTURE, r"\byour (?:next|later|subsequent|future|following|upcoming|follow-?up) "
                 rf"(?:{_TURNS}|objection|point|request|turn)\b|\byour follow-?ups?\b"
                 r"|\b(?:clear|see|know|learn|evident|apparent|obvious|gather|tell) (?:from|in|by) "
                 rf"(?:your|the user'?s) {_TURNS}\b"
                 r"|\banticipating (?:your|that you|the (?:next|user|follow))"
                 r"|\b(?:in|with) (?:hindsight|retrospect)\b"),
        (FUTURE, r"\bas (?:we|i)(?:'ll| will) (?:see|discuss|cover|explain|show)[^.!?\n]{0,12}"
                 r"\b(?:later on in|when you|once you ask)|\bwill discuss later on\b"),
        # the feedback
        (FEEDBACK, r"\b(?:based on|taking|given|according to|in light of|in view of|considering|per"
                   r"|address(?:es|ing)?|responding to|respond to|in response to|following"
                   r"|incorporat\w+|reflect\w*|after|(?:noted|stated|suggested|mentioned"
                   r"|said) (?:in"
                   r"|by)|accounts? for|thanks to|because of|react(?:ing)? to) (?:all )?"
                   r"(?:the|your|this|these|that)(?:'s)? (?:\w+ )?(?:user'?s? )?" + _VOICE + r"\b"),
        (FEEDBACK, rf"\bthe (?:user'?s? )?(?:{_VOICE}|reviewer) (?:\w+ )?(?:says?|said|notes?"
                   rf"|noted|points?"
                   r"|pointed|mentions?|mentioned|states?|stated|shows?|asks?|asked|complains?"
                   r"|complained|was|were|that|above|into|wants?|wanted|found)\b"),
        (FEEDBACK, r"\btak(?:es?|ing) (?:the user'?s|your)(?: \w+)? (?:comments?|objections?"
                   r"|points?"
                   r"|remarks?|wishes) into (?:account|consideration)\b"
                   r"|\b(?:the user(?:'s|s')|your) (?:objections?|complaints?|dissatisfaction"
                   r"|criticisms?|displeasure|disappointment)\b"
                   r"|\b(?:the user|you) (?:was|were|is|are|seems?|seemed) (?:not (?:happy"
                   r"|satisfied"
                   r"|pleased)|unhappy|dissatisfied|disappointed|displeased)\b"
                   r"|\bthe user (?:\w+ )?(?:complain\w*|object(?:s|ed)|points? out|pointed out"
                   r"|later"
                   r"|subsequently|reject\w*)\b"),
        (FEEDBACK, r"\b(?:problem|issue|mistake|error|flaw|shortcoming)s? (?:that )?(?:you|the user"
                   r"|was|were)(?: \w+)? (?:noted|raised|pointed out|mentioned|reported"
                   r"|criticized)\b"),
        # an earlier answer
        (EARLIER, r"\b(?:my|the|an?|this|that|your|unlike the)(?: \w+)?"
                  rf" {_OLD} (?:\w+ )?{_ANSWER}\b"
                  r"|\b(?:the|my) (?:previous|earlier|original) (?:one|text)\b"),
        (EARLIER, r"\b(?:revised|improved|rewritten|corrected|updated|better|new|fixed|reworked)"
                  r" (?:answer|response|reply)\b|\b(?:this|here is an?|here's an?|following)"
                  r" (?:revised|improved|rewritten|corrected|reworked)? ?(?:revision|rewrite)\b"
                  r"|\b(?:this|an) (?:revised|improved|rewritten|reworked) version\b"
                  r"|\b(?:answer|response|reply|it) (?:has been|is now|was)"
                  r" (?:revised|improved|rewritten|corrected|updated|more precise)\b"
                  r"|\b(?:answer|response|reply|tone|wording|explanation) (?:is|are) now \w+"),
        (EARLIER, r"\bi(?: have|'ve)?(?: now)? (?:corrected|improved|revised|rewritten|rewrote"
                  r"|fixed"
                  r"|updated|reworked|amended) (?:the|my|this) (?:\w+ )?" + _ANSWER + r"\b"
                  r"|\b(?:should|could) have (?:mentioned|said|included|explained|added|told|given)"
                  r"\b[^.!?\n]{0,40}\b(?:first|before|earlier|already|initially|right away|start)\b"
                  r"|\b(?:missing|left out|forgotten|wrong|unclear|omitted) (?:before|earlier"
                  r"|(?:the )?(?:first|last) time|previously)\b"),
        (EARLIER, r"\bi (?:have |'ve )?(?:now )?(?:made sure to include|corrected|fixed|avoided"
                  r"|removed|included|added"
                  r"|left out) (?:the|what)[^.!?\n]{0,30}\b(?:mistakes?|errors?|missing|before"
                  r"|earlier|previously|last time)\b|(?:^|\.\s*)this time(?: around)?,? i\b"),
        (EARLIER, r"\b(?:i )?(?:apologi[sz]e|am sorry|'m sorry|sorry|apologies) (?:for|about)"
                  r" (?:my|the|any|that|not)"
                  r" (?:\w+ )?(?:previous|earlier|mistake|confusion|answer|response|reply"
                  r"|misunderstanding|error|oversight|original|first|initial|understanding"
                  r"|omission)|\b(?:you're|you are) (?:absolutely )?right[,.!]"),
        (FUTURE, r"\byou(?:'ll| will) (?:soon|shortly|later|then) (?:notice|discover|find out"
                 r"|complain|realize|object)\b"),
        # 您将会问
        (FUTURE, _NI + rf"(?:可能)?(?:很快|马上|接着|随后|接下来|稍后|还)?"
                 rf"(?:将会?要?|就要|即将|会要?|要)(?:再|来|继续|就此|接着|向我|对我|又"
                 rf"|很快)*{_SHUO}"
                 r"(?<!可能会问)(?!自己)"),
        (FUTURE, rf"{_NI}[^。！？，,\n]{{0,4}}{_HOU}(?:的|还|又|就|会|要|将|再|对我|所|向我|才)*"
                 rf"[^。！？，,\n]{{0,6}}(?:{_SHUO}|说|问|讲|需要|发|写)"),
        (FUTURE, rf"{_HOU}(?:的|还|又|就|会|要|将|再|对)*{_NI}[^。！？，,\n]{{0,6}}{_SHUO}"
                 rf"|{_HOU}会(?:问到|被问|说到|谈到|提到)"),
        (FUTURE, rf"(?:后面|后续|之后|随后|接下来|下一|未来|其余|后几|剩下|往后)[的几条个轮一]*"
                 rf"{_LUN}|后文|对话(?:的)?(?:接下来|之后|后面|后续|其余|后半|走向|发展)"
                 r"|提前(?:看|读|知道)|看(?:了|过|完)后(?:文|面)"),
        (FUTURE, rf"在{_NI}[^。！？，,\n]{{0,12}}之前|{_NI}(?:现在)?(?:还|尚)(?:没有?"
                 rf"|未)[^。！？，,\n]"
                 r"{0,3}(?:问|提|说)|等(?:到)?" + _NI + r"[^。！？，,\n]{0,6}问"
                 r"|预料到|预见到|预知|事后(?:来看|看来)|当" + _NI
                 + rf"{_HOU}|从{_NI}(?:的)?(?:{_HOU}的?)?(?:回复|反应|下一)"),
        (FUTURE, rf"我们{_HOU}(?:会|将|再)?[^。！？，,\n]{{0,4}}(?:讨论到|说到|谈到|提到|问到)"),
        # 根据反馈
        (FEEDBACK, r"(?:根据|针对|考虑到?|按照?|基于|结合|参考|采纳|吸收|正?如|回应|解决|避免|遵照"
                   r"|依照|鉴于|听取|落实)了?(?:这些|上述|您的|你的|用户的?|该|以上|对话中的)?(?:"
                   + _PING + r"(?<!反馈)|反馈(?:意见|所说|中(?!心)|里|，|,|内容|进行了|做了))"
                   r"|(?:根据|针对|考虑到?|回应|解决|避免)了?[^。！？，,\n]{0,10}(?:不满|异议"
                   r"|质疑|批评)"
                   r"|(?:根据|针对|考虑到?|按照?|采纳|吸收|听取)了?" + _NI
                   + r"(?:的)?[^。！？，,\n]{0,4}(?:意见|评价|建议|投诉)"),
        (FEEDBACK, _PING + r"(?:意见|者|人员|中|里|里面|的意思|内容)*(?:是|都|也)?(?:指出|认为"
                           r"|说|提到"
                   r"|表示|要求|提出|建议|觉得)|" + _PING + r"的意思"
                   r"|用户(?:的)?(?:不满|异议|投诉|抱怨|反对)|按照评价"),
        (FEEDBACK, r"[您你](?:所)?(?:指出|提到|反映|不满意?)的(?:错误|问题|不足|地方|缺点)"
                   r"|" + _NI + r"对[^。！？，,\n]{0,8}(?:回答|回复|答案"
                                r"|版本)[^。！？，,\n]{0,3}(?:不满意|不满)"),
        # 之前的回答
        (EARLIER, r"(?:之前|先前|原来|原先|上一个?|上个|上次|第一次|第一个|最初|旧|原|前面"
                  r"|前一个?|以往)"
                  rf"的?(?:那个|那条|那版)?(?:{_DA}|版(?!权|面|主|图))"),
        (EARLIER, r"(?:修改|改进|重写|更正|修正|改写|更新|修订|完善)(?:后|过|了|之后)的?"
                  rf"(?:我的|这个|这条|这份|这段|上述|上面的)?(?:{_DA}|版)"
                  rf"|(?:改进|修正|修订)版(?!权)|新的?(?:回答|答案|回复|答复)|(?:这次|本次"
                  rf"|这一次)(?:的)?(?:修订|修改|改写|重写|改进)"
                  rf"|{_DA}[^。！？，,\n]{{0,6}}(?:做了修改|已经?(?:修改|改进|更正|修正|重写|改写"
                  rf"|修订))"
                  rf"|(?:语气|内容|数字|文字|篇幅|写法)(?:现在)?已经?(?:更|改|正确|修)"),
        (EARLIER, r"(?:上次|上回|之前|先前|原来|第一次)[^。！？，,\n]{0,4}(?:缺少|缺了|遗漏|漏掉"
                  r"|漏了"
                  r"|忽略|没有?(?:提|说|写|讲|包)|写错|弄错|说错)"
                  r"|(?:这|这一)次(?:我|我会|我已)[^。！？，,\n]{0,4}(?:补|改|加|写|注意|避免|换"
                  r"|确保)"
                  r"|这次换了|(?:第一次|一开始|当初|早)(?:就)?(?:应该|该|本应)"),
        (EARLIER, r"(?:抱歉|道歉|歉意|对不起)[^。！？\n]{0,12}(?:之前|误解|混淆|疏忽|误导|上次"
                  r"|原来|遗漏)"
                  r"|(?:对|为)[^。！？，,\n]{0,3}(?:之前|上次|先前"
                  r"|原来)的?[^。！？\n]{0,12}(?:抱歉|道歉|歉意)"
                  r"|[您你]说得(?:很)?对|感谢[您你](?:的)?(?:指正|指出|纠正)|我(?:会|已经?"
                  r"|来)?(?:更正|改正)一?下"),
    )
)  # fmt: skip
