"""Does a user object to the answer before? In English and Chinese, by cues with weights.

An objection says that the answer was wrong, missed the request, was forgotten or unusable. A wish
for more, a new question and thanks are none. Cues were chosen on real chats; precision and recall
are measured by `benchmarks/bench_objections.py` on turns labelled by hand.
"""

import re
from collections.abc import Sequence
from functools import lru_cache

import msgspec

from curator.conversation import Turn

#: From here on a turn counts as an objection.
OBJECTS = 0.5
#: A turn that comes one exchange later says this much less about the answer.
FADES = 0.5
#: The user turns whose reading is kept: more than a long chat has.
READ = 512
#: Longer turns carry pasted text; people object in the first and the last words.
HEAD, TAIL = 280, 160


class Objection(msgspec.Struct, frozen=True):
    """How strongly a user turn objects (0 to 1), and the words that say so."""

    score: float
    words: tuple[str, ...] = ()


def _cues(*cues: tuple[float, str]) -> tuple[tuple[float, re.Pattern[str]], ...]:
    return tuple((weight, re.compile(words, re.I)) for weight, words in cues)


ENGLISH = _cues(
    # it is wrong
    (0.9, r"\b(?:that|this|it|which|answer|code|result|output|you|they|(?<!if )there)"
          r"(?:'s| is| was| are| were|'re| does| seems?| looks?)"
          r"(?: to be| still| completely| totally| all| just| simply| also| clearly| quite)*"
          r" (?:wrong|incorrect|not (?:right|correct|true|what|accurate|allowed|how|where)|false"
          r"|off"
          r"|mistaken|no longer)\b"),
    (0.9, r"\b(?:isn'?t|aren'?t|wasn'?t|not) (?:quite |really |at all )?"
          r"(?:right|correct|true|accurate|what i|satisfied|happy)\b"),
    (0.8, r"\b(?:that|this|it)(?:'s| is) (?:only|not(?! too much| necessary| a problem| bad"
          r"| urgent| important| needed)|no(?! problem| need)|just|too)\b"),
    (0.8, r"\bsomething(?:'s| is| seems| looks)(?: to be)? (?:off|wrong|odd|missing)\b"),
    (0.9, r"\byou(?:'re| are| were) (?:wrong|mistaken|confus|incorrect|missing|not)"),
    (0.8, r"\b(?:incorrect|not correct|wrong)[.!]|^(?:wrong|incorrect|false)\b"),
    # it is not what was asked
    (0.9, r"\bnot what i(?:'m| am| was)? ?(?:ask|mean|want|said|need|look)"),
    (0.8, r"\bi (?:didn'?t|did not|never) (?:ask|mean|say|said|want|place|tell|write)"),
    (0.7, r"\bi (?:already|explicitly|specifically|clearly|just) "
          r"(?:said|asked|told|specified|explained|mentioned|gave|wrote|provided)"),
    (0.7, r"\b(?:as|like|what) i (?:already |have |just )?(?:said|explained|mentioned|asked|told)"),
    (0.7, r"\bi (?:said|told you|asked(?: you)?(?: for| to)?|wanted|meant to)\b"),
    (0.8, r"\bmy (?:request|prompt|question|instructions?|point) "
          r"(?:says?|said|was|were|asks?|asked|is about)\b"),
    (0.8, r"\byou (?:also )?(?:didn'?t|did not|don'?t seem|haven'?t|have not|failed|forgot|missed"
          r"|ignored|skipped|misunderstood|mixed|misread|omitted|left out|got it|keep|stopped"
          r"|made (?:a |an |some )?(?:mistake|error)|mentioned .{1,40}(?:n'?t|not)\b"
          r"|only (?:gave|wrote|listed|did|provided|showed|included|made)|repeated"
          r"|(?:were|are) (?:supposed|meant|asked) to|picked too|gave me (?:the same|only|too)"
          r"|lost)"),
    (0.6, r"\byou should(?: not|n'?t| have| find| be)\b"),
    (0.7, r"\bwhy (?:didn'?t|did not|don'?t|did|are|do) you\b.{0,60}\b"
          r"(?:not|n't|instead|wrong|same|only|still|change|stop|remove|include|use)\b|why"
          r" didn'?t you"),
    # it fails
    (0.8, r"\b(?:doesn'?t|does not|dosen'?t|didn'?t|did not|isn'?t|is not|won'?t|aren'?t|are not)"
          r" (?:seem to |even |really |actually )?(?:be )?(?:work|working|compile|run|running"
          r"|answer|help"
          r"|make (?:any )?sense|exist|appear|allow|match|ring|show|fit|follow|load|include|change"
          r"|solve|fix|save|render|return|give|have (?:a|an|any) \w+ (?:function|method|option"
          r"|parameter))(?:s|ed|ing)?\b"
          r"|\b(?:don'?t|do not|not) (?:seem to |even |really |actually )?(?:work|compile|exist"
          r"|make (?:any )?sense|appear|match|fit|ring)(?:ing)?\b"),
    (0.7, r"\b(?:can|could|should|needs? to|must) be (?:improved|better|corrected|fixed|swapped)\b"
          r"|\b(?:looks?|sounds?|seems?|is|are|seem to be|seems to be) (?:still |so |very )?"
          r"(?:horrible|terrible|awful|ugly|messy|error[- ]prone|blank|empty|lame|unnatural|robotic"
          r"|bland|useless|nonsense|unreadable|broken)\b|\bmisunderstand(?:ing)?\b"
          r"|\bwrongly (?:written|done|translated)\b"),
    (0.7, r"\bwhat i (?:requested|asked(?: for)?|meant|wanted|need(?:ed)?) (?:was|is)\b|\bi meant\b"
          r"|\byou (?:stopped|cut off|got cut|contradict|didnt|dint|forget)\b|\bu did(?:n'?t"
          r"| not)\b"
          r"|\bthere(?:'s| is) (?:some|a) misunderstanding\b"),
    (0.75, r"\b(?:i|we)(?:'m| am|'ve)?(?: still| now| always| just| keep| also)* "
           r"(?:get|got|getting|have|see|receive[d]?|ran into)\b"
           r".{0,50}\b(?:error|errors|exception|fail\w*|warning)\b"),
    (0.75, r"\A\W*(?:[\w.]*(?:error|exception)\b(?! (?:handling(?! response)|message|log))"
           r"|traceback|uncaught|failed|cannot (?:find|read|resolve|access)|could not)"),
    (0.7, r"\b(?:throws?|throwing|threw|gives?|giving|gave|returns?|raises?)(?: me| back)?"
          r" (?:an?|the|this|following|these)?\s?\w* ?(?:error|exception|nothing)\b"),
    (0.75, r"\bstill (?:not|doesn|isn|get|getting|needs?|shows?|fail\w*|wrong|the same|missing|have"
           r"|has|too|says?|don|can'?t|seems?)"),
    (0.7, r"\b(?:error|exception) (?:message|massage)\b|\b(?:was|is|were) not (?:recogni[sz]ed"
          r"|found)\b"
          r"|\bnot assignable\b|\bserver indicated failure\b|\byou (?:misspelled|mistyped|mixed"
          r" up)\b"),
    (0.6, r"\bit (?:failed|fails|crashed|crashes|broke|breaks)\b"),
    # it is disputed
    (0.8, r"\A\W*(?:no|nope)\b(?!\s+(?:problem|worries|thanks?|thank you|need|more|matter|one|idea"
          r"|other|additional|text|explanation|code))"),
    (0.6, r"\A(?:(?:yes|yeah|ok|okay|hm+|right|sure|well|sorry)\b[ ,.]*)?but\b"
          r"(?![^.!\n]{0,200}\b(?:what|how|which|where|can you|could you)\b[^.!\n]*\?)"),
    (0.8, r"\bare you (?:sure|certain|kidding|joking|serious)\b|\breally\?|\bi doubt\b"),
    (0.6, r"\A(?:doesn'?t|isn'?t|shouldn'?t|aren'?t|wasn'?t|didn'?t|wouldn'?t|weren'?t)\b"),
    (0.6, r"\bshould(?:n'?t)?\b[^.?!]{0,40}\bnot\b[^.?!]{0,50}\?|\bshouldn'?t\b[^.!]{0,80}\?"),
    (0.65, r"\bi (?:don'?t|do not|dont) (?:want|like|agree|believe|think)\b"),
    (0.55, r"\bi (?:thought|disagree|preferred|prefer the|liked)\b"),
    (0.55, r"\A(?:wait|hold on|hmm)\b"),
    (0.45, r"\A(?:no,? )?actually\b"),
    (0.6, r"\b(?:it|they|he|she|name|answer|that|requirement)(?:'s| is| are| was| should be| to)?"
          r"\b[^.?!\n]{1,60},? (?:and )?not (?:to |the |a |an )?\w+\W*\Z"),
    (0.55, r"\A(?!i )[^.?!\n]{2,50}\b(?:is|are|was|were|does) ?(?:not|n'?t)\b[^?\n]{2,60}\Z"),
    # the user sets it right
    (0.6, r"\A[^.?!\n]{0,60}\bshould (?:be(?! able)|have|only|also|not|happen|use|check|find|say|go"
          r"|return)\b"
          r"|\byou should (?:check|use|have|first|also|not)\b"),
    (0.65, r", not (?:just |only |the |a |an |in |on |to )?\w+|\bnot just one\b|\binstead of\b"
           r"[^?\n]*\Z|\brather than\b[^?\n]*\Z"),
    (0.6, r"\b(?:there (?:is|are)|i (?:see|have|get)) (?:still )?no \w+\b(?!.{0,20}\?)"),
    (0.7, r"\bwhy (?:isn'?t|aren'?t|is (?:there|it) n|doesn'?t|did you stop|am i not|are you n"
          r"|is it not|can'?t i)|\bhow come\b"),
    (0.65, r"\A\W*(?:uh|oops|whoops|hey,? you|wait|erm|ugh|argh|come on|seriously|wtf|omg)\b"),
    (0.6, r"\b(?:it seems|looks like|seems like|i see) (?:that )?you(?:'ve| have|r)?\b"),
    (0.7, r"\b(?:got|was|were|is|are) (?:cut off|cut short|truncated|incomplete|unfinished|empty"
          r"|missing|unclear|confusing|misleading|outdated)\b|\bmodule not found\b"
          r"|\b(?:can'?t|cannot) (?:resolve|be found|find (?:module|name))\b|\bundefined\b.{0,30}"
          r"\berror\b"),
    (0.6, r"\b(?:a bit|a little|quite|very|mostly|way|far) (?:too )?(?:long|short|generic|vague"
          r"|wordy"
          r"|repetitive|formal|boring|stiff|confusing|complicated)\b"),
    (0.6, r"\bi asked for\b|\bi (?:still )?(?:don'?t|do not) (?:understand"
          r"|get"
          r"|see (?:any|the|it))\b"),
    (0.6, r"\A(?!continue|good|great|nice|thank|got|keep|take|ok|perfect|cool|awesome|love|same"
          r"|make|do |write|rewrite|very|similar)[\d.,\s$%=a-z()+*/-]{1,30}\bbut\b|\b(?:that"
          r"|this) (?:seems|looks|sounds) "
          r"(?:wrong|off|odd|strange|weird|contradictory|backwards|incomplete)\b"),
    # it is too much or too little
    (0.65, r"\b(?:too|so) (?:long|short|much|many|vague|general|generic|wordy|formal|simple|few"
           r"|complicated|boring|similar|repetitive|basic|short)\b|\bnot (?:enough|long"
           r"|detailed)\b"),
    (0.6, r"\btry (?:again|something else|once more|another)\b|\b(?:redo|re-do) (?:it|this|that)\b"
          r"|\b(?:repeat|do|answer|write)\b.{0,40}\bcorrectly\b|\brevise the answer\b"),
    (0.55, r"\A(?:please )?(?:correct|fix) (?:that|this|it|the|your)\b|\byour (?:mistake|error)"),
    (0.55, r"\binstead of\b.{3,60}\b(?:i|just|need|want|as)\b|\bi had to\b|\bno desserts?\b"),
)  # fmt: skip
CHINESE = _cues(
    (0.9, r"(?:^|[，。！？,.!?\s]|[你您]|这|那|这个|答案|回答|翻译|结果|代码|公式|完全|都|还是|是)"
          r"(?:不对|不正确|不准确|错了|有误|有错|搞错|弄错|说错|答错|错误的)(?!吗)"),
    (0.8, r"(?:这么多|很多|出现|犯了?|有(?:个|一个|一些)?)错误"),
    (0.9, r"[你您](?:[都也]?[并还根本]*没有?|忘了|忘记|漏了|漏掉|遗漏|忽略|误解|误会|理解错"
          r"|答非所问|又)"
          r"(?!问题)"),
    (0.7, r"(?:似乎|好像|看起来|看来)(?:并)?(?:不|无法|没|太|有问题)"),
    (0.75, r"我(?:已经|刚才|刚刚|之前|前面|早就|明明)(?:已经)?(?:告诉|说|解释|提到|给|讲|问)"),
    (0.8, r"(?:不是|并非)我(?:要|想|问|说|需要)|(?<!自)我(?:说|问|要|指|想要|需要)的(?:是|不是)"),
    (0.6, r"我的意思是|^记住"),
    (0.6, r"\A(?:但是?|可是|不过|然而)(?!.{0,40}(?:吗|呢|什么|怎么)[？?]?\Z)"),
    (0.6, r"\A.{0,60}难道|(?:不应该|不该|不是应该|应该不)[^。！]{0,30}吗"),
    (0.75, r"\A(?:不[，,。！! ]|不是(?:的|真的|这样|，|,|。)|错|非也)(?!.{0,4}我们都好)"),
    (0.75, r"(?:无法|不能|没法|没有办法)(?:正确|正常)?(?:地)?(?:运行|工作|匹配|使用|打开|编译"
           r"|分块|处理"
           r"|访问|显示|加载)|不(?:起作用|工作|管用|再加载|符合(?:要求|上述|我|题)|一致|work)"
           r"|没(?:有)?(?:用|效果"
           r"|反应)(?:$|[。！])"),
    (0.75, r"报错|出错|(?:返回|显示|抛出|出现)[^。]{0,12}(?:错误|异常|undefined|None)"),
    (0.65, r"为什么[你您](?:没|不|还|总|老)|[你您]为什么(?:没|不|还|总|老)|你让我"),
    (0.65, r"太(?:长|短|慢|贵|难|简单|笼统|靠|复杂|多|少|啰嗦|正式|官方|泛|死板|普通|夸张)"),
    (0.75, r"[你您]确定|\A(?:是)?真的吗|确定吗|怎么可能|(?:这|那)(?:是)?不可能|不可能(?:的"
           r"|实现)[。！!]?\Z"),
    (0.7, r"我(?:并)?不(?:认为|同意|满意|喜欢(?=这|它|那|你|$|。)|觉得|是这个意思)"
          r"|我认为[^。]{0,16}不"),
    (0.7, r"正确(?:的)?答案|请?(?:更正|改正|纠正)(?!以下|下面)"),
    (0.75, r"(?:还是|仍然|依然|仍)(?:不(?![用是会][？?]?)|没|错|一样|有(?:问题|错)|无法)"),
    (0.6, r"(?:[你您还这]|似乎|好像|答案|回答)[^。，]{0,6}(?:缺少|少了|缺了)|漏(?![洞斗水气电])"
          r"|没有参与"),
    (0.65, r"\A[^。？，?]{1,16}不是[^。？，?]{1,20}[！。!]*\Z"),
    (0.75, r"(?:这|那)(?:些)?(?:并)?不是(?:我|好|真|一个|正确|我的)|不是我的意思"),
    (0.65, r"我(?:还是|仍然|仍|依然)[^。，]{0,10}(?:困惑|不|没|担心|怀疑)|有(?:点|些)困惑|没(?:看"
           r"|听)?懂|不明白"),
    (0.65, r"(?:少|别|不要|不用)(?:再)?(?:用|说|写|使用|重复|加|提)[^。]{0,12}(?:$|[。！])"),
    (0.6, r"(?:并没有|并不|并非)[^。？]{1,20}(?:$|[。！])|连[^。，]{1,14}都(?:不|没)"),
    (0.65, r"我想[你您](?:忘|搞|弄|误|没)|[你您](?:忘|搞错|弄错|误)了?"
           r"|(?<![它这])应该是[^。？]{1,20}(?:才对"
           r"|而不是|，不是|$|。)"),
    (0.45, r"而不是[^。？]{1,20}(?:$|[。！])"),
    (0.7, r"不要(?:再)?问|可疑|[你您]刚(?:刚|才)?(?:还)?(?:告诉|说)|再(?:强调|说|重复)一[遍次]|重申"
          r"|这(?:仍然|还是)?很?难理解|(?:自相)?矛盾|[你您]可以做得更好|(?:\A|[，。])不要(?:使用"
          r"|用|提到)这"),
    (0.6, r"\A但是?[^。？]{2,30}[。，].{0,30}(?:如何|怎么)(?:会)?知道|让它不(?:是|要)"
          r"|必须(?:出现|是|有|要么)"
          r"|\A记住"),
)  # fmt: skip
#: What takes weight away: thanks, a wish put as a condition, a slip of the user's own.
CALMS = _cues(
    (0.35, r"\A\W*(?:thanks?|thank you|great|perfect|awesome|excellent|nice|wow, (?:great|nice)"
           r"|very good|love|cool|good(?! but))\b(?!.{0,80}\bbut\b)"),
    (0.3, r"\b(?:sorry|oops),? (?:i meant|my (?:mistake|bad|fault)|i (?:forgot|made|had a))"),
    (0.4, r"\b(?:make (?:it )?sure|make it so|so that|ensure|if|when|what if|what happens if)\b"
          r"[^.?!]{0,40}\b(?:doesn'?t|does not|don'?t|not|isn'?t|won'?t|fails?)\b"),
    (0.55, r"\A(?:if|is there|can i|could i|do you|in what|rephrase|rewrite|below is|continue"
           r"|here is|this is my|given)\b|\A(?s:.{600})"),
    (0.5, r"\A(?:what|how|which|where|when|who|can you|could you|write|explain|act as|please"
          r" (?:write"
          r"|explain)|give me|tell me|i want you to|summari[sz]e)\b"),
    (0.3, r"\b(?:i'?m not sure|not only|why not|whether or not|if not|or not|not sure)\b"),
    (0.3, r"\A(?:谢谢|太棒|太好|很好|好的|不错|没问题|没错|没关系)"),
    (0.3, r"(?:检查|修改|查找|纠正)[^。]{0,14}(?:错误|语法)|如果[^。，]{0,30}(?:不|没|错)"),
    (0.5, r"\A(?:写一|请写|编写|列出|列举|解释|总结|翻译|如何|什么是|怎么|怎样)"),
)  # fmt: skip


# Every answer of a chat asks for all turns after it: a long chat would be read n times over.
@lru_cache(maxsize=READ)
def objection(text: str) -> Objection:
    """How strongly a user turn objects to what was said before."""
    part = text if len(text) <= HEAD + TAIL else f"{text[:HEAD]}\n{text[-TAIL:]}"
    found = [
        (weight, match[0].strip())
        for weight, pattern in (*ENGLISH, *CHINESE)
        if (match := pattern.search(part))
    ]
    if not found:
        return Objection(0.0)
    calm = 1.0
    for weight, pattern in CALMS:
        if pattern.search(part):
            calm *= weight
    doubt = 1.0
    for weight, _ in found:
        doubt *= 1 - weight
    return Objection(round((1 - doubt) * calm, 4), tuple(words for _, words in found))


def strength(turns: Sequence[Turn], index: int) -> float:
    """How strongly the user turns after `turns[index]` object to it, the next one counting most."""
    best, weight = 0.0, 1.0
    for turn in turns[index + 1 :]:
        if turn.role == "user" and turn.content.strip():
            best = max(best, weight * objection(turn.content).score)
            weight *= FADES
            if weight <= best:
                break
    return best
