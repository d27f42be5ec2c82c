"""Requests that a model of words cannot fulfil: pictures, the internet, what time it is."""

import re

from curator.signals.base import Finding
from curator.signals.turns.base import NOTHING, QUESTION, Phrase, Reading, TurnSignal, flag
from curator.signals.turns.words import Words

#: Characters into a question, and its words, after which what is met is rarely what is wanted.
EARLY, BRIEF = 160, 90

_VISUAL = Phrase(
    ("image", "picture", "photo", "draw", "video", "music", "audio", "diagram", "sketch", "chart",
     "graph", "song", "图片", "图像", "照片", "画", "视频", "音频", "图表", "示意图", "插图",
     "截图",
     "infographic", "logo", "illustration", "painting"),
    r"\b(?:draw|sketch|paint|illustrate|photograph|plot) (?:me |us )?(?:an?|the|out|your)\b"
    r"(?! (?:attention|line|conclusions?|parallels?|comparison|distinction))",
    r"\b(?:create|generate|design|make|take|show|upload|edit|crop|provide|produce)(?: me| us)?"
    r"(?: an?| the| some| this| your)? (?:[\w-]+ ){0,3}"
    r"(?:images?|pictures?|photos?|videos?|drawings?|diagrams?|sketch|charts?|graphs?|infographics?"
    r"|logo|illustrations?|paintings?|posters?|collage|animation|audio|cartoon|visuals?|flowcharts?)\b",
    r"\b(?:this|the (?:following|given|attached|above)|attached|given) "
    r"(?:image|picture|photo|video|painting|photograph|audio|diagram|chart|graph)\b",
    r"\b(?:what|who|describe|identify|caption)[^.?\n]{0,30} in (?:the|this) (?:image|picture"
    r"|photo|video)",
    r"(?:画|绘制|绘|制作|生成|创建|设计|拍摄|上传)[^，。\n]{0,12}(?:图片|图像|照片|图表|示意图|视频|插图|海报|流程图|图|画|标志|动画)(?!的)",
    r"(?:这|下面的?|以下|给定的?|所给|附)(?:张|幅|个|的)?(?:图片|图像|照片|图|视频|画)(?:中|里|上|的|显示)",
    within=1000,
)  # fmt: skip
_INTERNET = Phrase(
    (
        "http",
        "www.",
        "website",
        "google",
        "internet",
        "online",
        "search",
        "browse",
        "url",
        "link",
        "webpage",
        "tweet",
        "news",
        "wikipedia",
        "网站",
        "网页",
        "上网",
        "互联网",
        "链接",
        "搜索",
        "新闻",
        "谷歌",
    ),
    r"\b(?:search(?! (?:urls?|links?|pages?|site)\b)|browse|look up|visit|open|go to|check"
    r"|scrape|crawl|fetch|read) (?:on |for |in |at |up )?(?:the |this |that |a |my )?(?:\w+ ){0,2}"
    r"(?:internet|web|website|webpage|online|url|link|google|news|site|page at)\b",
    r"(?<!not )(?<!n't )(?<!n’t )(?<!can )\b(?:find|give|provide|list|share|retrieve"
    r"|get me)(?: me)?(?: (?!in |this )\w+){0,4} "
    r"(?:websites?|urls?|links?(?! between)|news articles?|articles? (?:about|on)|web pages?"
    r"|online resources)\b",
    r"\b(?:summari[sz]e|read|analy[sz]e|review|edit)\b[^\n]{0,60}https?://",
    r"\b(?:latest|recent|current|today['’]s|breaking) news\b",
    r"(?:搜索|浏览|打开|上网|查找|抓取)[^，。\n]{0,10}(?:互联网|网站|网页|链接|网上|谷歌|百度|新闻|网络)",
    r"(?:给出|找到?|列出)[^，。\n]{0,12}(?:网站|链接|网址|网页)(?!名|开发|设计|建设|优化|编程)|根据[^，。\n]{0,6}(?:网址|网页|链接)"
    r"|(?:最新|今天|今日|最近)的?新闻",
    within=1000,
)
_NOW = Phrase(
    (
        "today",
        "current",
        "right now",
        "weather",
        "time is it",
        "latest",
        "tomorrow",
        "stock price",
        "this week",
        "this year",
        "nearest",
        "near me",
        "今天",
        "现在",
        "当前",
        "天气",
        "几点",
        "目前",
        "最新",
        "明天",
        "附近",
        "股价",
        "今年",
    ),
    r"\bwhat(?:['’]s| is)? (?:the )?(?:current |today['’]s )?(?:time|date|day|weather|temperature)"
    r"(?: is it)?(?: (?:in|today|now|right now|like|outside)\b|\?)",
    r"\bcurrent (?:weather|temperature|time|date|price|stock|score|exchange|population|president"
    r"|ceo"
    r"|prime minister|status|events|trends|value|world record)\b",
    r"\b(?:weather|forecast|stock price|exchange rate)[^.?\n]{0,30}\b(?:today|now|tomorrow"
    r"|this week)\b",
    r"\bnear(?:est)? (?:me|by)\b|\btoday['’]s (?:date|weather|price|news|headline)",
    r"(?:今天|现在|当前|明天|目前)[^，。\n]{0,8}(?:天气|几点|日期|星期几|时间|温度|价格|股价|汇率|总统|首相|人口)|几点了|附近的",
    within=1000,
)
_PERSONAL = Phrase(
    (
        "your favorite",
        "your favourite",
        "you feel",
        "your day",
        "did you",
        "have you ever",
        "you like",
        "your name",
        "your hobb",
        "your opinion",
        "are you",
        "你最喜欢",
        "你觉得",
        "你的爱好",
        "你感觉",
        "你今天",
        "你喜欢",
        "你曾",
    ),
    r"\b(?:what(?:['’]s| is| are)|tell me|describe) (?:about )?your (?:favou?rite|hobb|childhood"
    r"|day"
    r"|family|experience|dream|name|age|job)",
    r"\b(?:have you ever|did you (?:go|eat|see|enjoy)|how (?:are|do) you (?:feel|doing)"
    r"|where (?:do|did) you (?:live|grow)|are you (?:human|married|hungry|tired))\b",
    r"你(?:最喜欢|的爱好|的童年|的家|今天过得|感觉怎|曾经|多大|住在|叫什么)",
    within=1000,
)
#: Whoever asks about pictures wants words.
_QUESTION = re.compile(
    r"\W{0,3}(?:how|what|why|when|who|which|is|are|do|does|did|can i|should|where)\b"
    r"|[^。\n]*(?:吗|是什么|什么是|如何|怎么|是否|会否|能否)",
    re.I,
)
#: Pictures that words or code can make, and orders for those who draw.
_IN_WORDS = Words(
    "docker", "character sketch", "customer service", "客户服务", "docker", "character sketch",
    "customer service", "客户服务", "midjourney", "stable diffusion", "dall", "prompt",
    "matlab", "python", "html", "css", "svg", "ascii", "latex", "mermaid", "graphviz",
    "plantuml", "matplotlib", "javascript", "code", "function", "script", "describe", "caption",
    "video title", "提示词", "代码", "描述", "函数", "脚本", "程序", "ggplot", "d3", "excel",
    "api", "upload",
)  # fmt: skip
#: A text about the web, or with results of a search in it, is worked on as it stands.
_GIVEN = Words(
    "search results", "搜索结果", "write a", "email", "seo", "this text", "rewrite", "translate",
    "query", "webinar", "查询", "翻译", "写一", "撰写", "编写", "构造", "邮件", "讲", "code",
)  # fmt: skip
#: Words of the present in a text to be worked on, or in a sum.
_TOLD = Words(
    "if tomorrow", "if today", "假设", "如果", "提取", "api", "if the", "℃", "鉴于", "degrees",
    "translate", "rewrite", "question about", "ask ", "$", "per ounce", "design", "app ",
    "web page", "website", "story", "poem", "sentence", "search results", "搜索结果", "翻译",
    "改写", "设计", "code", "snippet", "tweet", "sentiment", "代码", "对话", "网页", "程序",
    "天气很", "天气非常", "故事", "句子", "段落", "小说", "诗", "编写", "文本",
)  # fmt: skip
#: Words in which somebody else is asked, or a text is worked on.
_PLAYED = Words(
    "dialog", "character", "email", "paragraph", "passage", "post", "ad ", "copy",
    "rewrite", "translate", "subject", "lunch", "questions", "大写", "对话", "帖子", "段落", "翻译",
    "改写", "邮件", "文案", "扮演",
)  # fmt: skip


_YEAR = re.compile(r"\b(?:1[5-9]|20)\d\d\b")


def _visual(turn: Reading) -> Finding:
    return _unless(turn, _VISUAL, _IN_WORDS, "asks for more than words")


def _internet(turn: Reading) -> Finding:
    return _unless(turn, _INTERNET, _GIVEN, "asks for the internet")


def _now(turn: Reading) -> Finding:
    # A year says which time is meant.
    if _YEAR.search(turn.head[:200]):
        return NOTHING
    return _unless(turn, _NOW, _TOLD, "asks for what is now")


def _personal(turn: Reading) -> Finding:
    return _unless(turn, _PERSONAL, _PLAYED, "asks a person")


def _unless(turn: Reading, wanted: Phrase, passing: Words, told: str) -> Finding:
    """A flag where an order or a question of few words is met, and none of the passing words."""
    match = wanted.find(turn)
    if match is None:
        return NOTHING
    far = match.start() > EARLY or turn.length > BRIEF or turn.code
    if far or turn.has(passing) or (passing is _IN_WORDS and _QUESTION.match(turn.text)):
        return Finding(0.5)
    return flag(told, match)


SIGNALS = (
    TurnSignal(
        code="I03", name="asks-for-pictures", severity="warning", roles=QUESTION,
        look=_visual, version=2,
        about="The question needs a picture, a drawing, a video or a sound.",
    ),
    TurnSignal(
        code="I04", name="asks-the-internet", severity="warning", roles=QUESTION,
        look=_internet, version=3,
        about="The question can only be answered by somebody who reads the internet.",
    ),
    TurnSignal(
        code="I05", name="asks-for-now", severity="hint", roles=QUESTION,
        look=_now, version=2,
        about="The question asks for the present: the time, weather, a price, who is in office.",
    ),
    TurnSignal(
        code="I06", name="asks-a-person", severity="hint", roles=QUESTION,
        look=_personal, version=2,
        about="The question asks the assistant as if it were a person with a life.",
    ),
)  # fmt: skip
