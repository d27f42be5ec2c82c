"""Words by which a rewrite gives itself away: of the future, of the feedback, of an old answer."""

import re

#: Each pattern with what it shows, in words for the person.
TELLING: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (why, re.compile(words, re.I))
    for why, words in (
        (
            "speaks of what comes later",
            r"\b(?:as|since|because|when|before|once|after|like) you(?:'ll| will|'re going to| are"
            r" going to| would| go on to| later| subsequently| soon| then)?\s?"
            r"(?:later |subsequently |soon |then )?(?:will )?(?:ask(?:ed)?|mention(?:ed)?"
            r"|point(?:ed)? out|complain(?:ed)?|object(?:ed)?|say later|note(?:d)? later"
            r"|come back to|clarif(?:y|ied)|request(?:ed)? later|find out)\b",
        ),
        (
            "speaks of what comes later",
            r"\byou(?:'ll| will| would| are going to| may soon)(?: soon| shortly| later| also| then"
            r"| probably| want to| likely)* (?:ask|want to know|object|complain|notice that"
            r"|point out|mention|follow up)\b",
        ),
        (
            "speaks of what comes later",
            r"\b(?:later|further|subsequent|following|next|upcoming|future|rest|remainder)"
            r"(?: of)?(?: in| on in)?(?: this| the| our| your)?"
            r" (?:turns?|messages?|chat|conversation|dialogue|exchange|discussion|repl(?:y|ies)"
            r"|questions?|prompts?|follow-ups?)\b(?!:)",
        ),
        (
            "speaks of what comes later",
            r"\byour (?:next|later|subsequent|future|following|upcoming|follow-?up) "
            r"(?:message|question|turn|repl\w+|comment|request|prompt|objection|point)s?\b"
            r"|\banticipating (?:your|that you|the (?:next|user|follow))|\bas (?:we|i)(?:'ll|"
            r" will) (?:see|discuss|cover) later (?:on )?in"
            r"|\b(?:in|with) (?:hindsight|retrospect)\b|\bwill discuss later on\b"
            r"|\byou (?:later|subsequently|afterwards?) (?:\w+ed|say|ask|point|mention|note|clarify"
            r"|complain|want|state|explain|indicate)\b"
            r"|\byou \w+ed (?:later|afterwards|subsequently)\b",
        ),
        (
            "speaks of the feedback",
            r"\b(?:based on|taking|given|according to|in light of|considering|per|address(?:es"
            r"|ing)?"
            r"|in response to|following|incorporat\w+|reflect\w*|after) (?:all )?(?:the|your|this"
            r"|these"
            r"|that)(?:'s)? (?:user'?s? )?(?:feedback|criticisms?|critique|evaluation|reviewer"
            r"|objections?|concerns raised|complaints?|hindsight|corrections?)\b",
        ),
        (
            "speaks of the feedback",
            r"\bthe (?:criticism|critique|feedback|evaluation|reviewer|objection)s?"
            r" (?:says?|notes?|points?|mentions?|states?|was|were|is|that|above|into)\b"
            r"|\btakes? the user'?s? \w+ into (?:account|consideration)|\bthe user(?:'s|s')? "
            r"(?:objection|complaint|feedback|criticism|later|subsequent|follow)"
            r"|\b(?:problem|issue|mistake|error)s? (?:that )?you (?:noted|raised|pointed out"
            r"|mentioned|reported)\b",
        ),
        (
            "speaks of an earlier answer to this question",
            r"\b(?:my|the|an?|this|that) (?:\w+ )?(?:previous|earlier|original|first|initial|prior"
            r"|old|last|marked) (?:\w+ )?(?:answer|response|reply|attempt|version|mistake|error"
            r"|explanation|suggestion)\b",
        ),
        (
            "speaks of an earlier answer to this question",
            r"\b(?:revised|improved|rewritten|corrected|updated|better|new)"
            r" (?:answer|response|reply)\b|\b(?:answer|response|reply|it) (?:has been|is now|was)"
            r" (?:revised|improved|rewritten|corrected|updated|more precise)\b"
            r"|\bi(?:'ve| have)? (?:now )?(?:corrected|improved|revised|rewritten|fixed|updated) "
            r"(?:the|my) (?:answer|response|reply|earlier|previous|mistake)",
        ),
        (
            "speaks of an earlier answer to this question",
            r"\bi (?:apologi[sz]e|am sorry|'m sorry) for (?:my|the|any|that|not) "
            r"(?:\w+ )?(?:previous|earlier|mistake|confusion|answer|response|misunderstanding|error"
            r"|oversight|original|first|initial|understanding)|\bsorry for (?:the|my) (?:confusion"
            r"|mistake|misunderstanding|earlier|previous|error)|\b(?:you're|you are)"
            r" (?:absolutely )?"
            r"right[,.!]",
        ),
        (
            "speaks of what comes later",
            r"(?:稍后|稍後|之后|接下来|随后|後来|后来|待会|一会儿|很快|将会|马上|往后"
            r"|日后)[^。！？\n]{0,10}"
            r"(?:会?问|提[到出及问]|指出|追问|抱怨|反对|说明|讨论|发现|要求|补充说|回到|说)"
            r"|[您你](?:很快|马上|接着|之后|后来|随后|接下来|稍后)[^。！？\n]{0,8}(?:会|就|将|又"
            r"|还|说|问|提|指)",
        ),
        (
            "speaks of what comes later",
            r"后文|后续(?:的)?(?:对话|轮|消息|问题|提问|内容|交流)|后面(?:的|几)?(?:的)?(?:对话"
            r"|轮|消息|问题|提问|内容)"
            r"|(?:之后|随后|接下来|下一[条个轮]|未来)的?(?:对话|消息|提问|轮|问题|回复)"
            r"|预料到[您你]|事后(?:来看|看来)|(?:[您你]|用户)(?:之后|后来|随后|在后)"
            r"|在[您你]提出(?:反对|异议|质疑)之前",
        ),
        (
            "speaks of the feedback",
            r"(?:根据|针对|考虑到?|按照|基于|结合|参考|采纳|吸收)了?[^。！？，\n]{0,8}"
            r"(?:反馈|批评|评价|意见|异议|指正|建议修改|质疑|不满)"
            r"|批评(?:意见)?(?:认为|指出|中|说|提到)|(?:回应|解决)了?[^。！？\n]{0,10}(?:不满"
            r"|批评|异议|质疑)"
            r"|[您你](?:所)?(?:指出|提到|反映)的(?:错误|问题|不足)",
        ),
        (
            "speaks of an earlier answer to this question",
            r"(?:之前|先前|原来|原先|上一个|上个|第一次|最初|旧|原|前面)的?(?:那个)?(?:回答|答案"
            r"|回复|版本|说法|解释)"
            r"|(?:修改|改进|重写|更正|修正|改写|更新)[后的过]*(?:回答|答案|回复|版本)"
            r"|新的?(?:回答|答案|回复)"
            r"|(?:回答|答案|回复)[^。！？，\n]{0,6}(?:做了修改|已经?(?:修改|改进|更正|修正))"
            r"|(?:改进|修改|更正|修正)了(?:这[条个份]|上[一述个])?(?:回答|答案|回复)"
            r"|(?:抱歉|道歉|对不起)[^。！？\n]{0,12}(?:之前|误解|混淆|疏忽|误导)"
            r"|[您你]说得(?:很)?对|感谢[您你](?:的)?(?:指正|指出|纠正)",
        ),
    )
)
