"""Sentences and word pairs the test set is made with, written for it. None is used by the detector.

Frames with an even index go to the dev part, odd ones to the test part: what the detector was
tuned on is not what it is measured on.
"""

FUTURE = {
    "english": (
        "As you will ask about this in a moment, I cover it here.",
        "You will want to know more about this in your next message, so here it is.",
        "Based on the feedback, this answer is now more precise.",
        "Taking the criticism into account, I have corrected the earlier mistake.",
        "As the rest of our conversation shows, this point matters most to you.",
        "Later in this chat you point out that the first version was too vague.",
        "I apologize for my previous answer, which missed your point.",
        "The original response was wrong on this point; this improved version fixes it.",
        "Since you later mention that it did not work, try the steps below instead.",
        "Because you go on to complain about the length, I will be brief.",
        "In hindsight, the better choice is the second one.",
        "Here is the revised answer that avoids the problem you noted afterwards.",
        "This rewritten answer addresses the concerns raised in the following turns.",
        "Anticipating your follow-up question, let me add one more detail.",
        "As we will discuss later on, there is an exception to this.",
        "Your subsequent messages make clear that you wanted something simpler.",
        "The criticism says that the explanation lacked an example, so one follows.",
        "In the later turns you clarify the goal, which I have respected here.",
        "Unlike my first attempt, this one follows your instructions.",
        "When you come back to this topic shortly, remember the rule above.",
        "I have improved the response according to the evaluation.",
        "The new answer takes the user's objections into consideration.",
        "You'll soon notice that the code fails, so I changed the last line.",
        "Before you object, note that the numbers were checked again.",
    ),
    "chinese": (
        "正如您稍后会问到的，这里先作说明。",
        "您接下来会提出相关的问题，所以我提前回答。",
        "根据反馈意见，这个回答已经做了修改。",
        "针对批评中指出的问题，我补充了更多细节。",
        "从后面的对话可以看出，您更关心这一点。",
        "您在后文中提到这个版本太笼统，因此这里写得更具体。",
        "很抱歉我之前的回答没有切中要点。",
        "原回答在这一点上是错误的，改进后的版本如下。",
        "由于您后来说这个方法不行，请改用下面的步骤。",
        "考虑到您随后抱怨篇幅太长，我会尽量简短。",
        "事后来看，第二种选择更好。",
        "以下是修改后的回答，避免了您之后指出的错误。",
        "这个重写的答案回应了后续对话中的不满。",
        "预料到您会继续追问，我再补充一点。",
        "我们稍后会讨论到，这里有一个例外。",
        "您之后的消息表明，您想要的其实更简单。",
        "批评意见认为缺少例子，所以下面给出一个。",
        "在后面几轮中您说明了目标，这里已经照办。",
        "与我第一次的回答不同，这次遵循了您的要求。",
        "等您一会儿再回到这个话题时，请记住上面的规则。",
        "我已按照评价改进了这条回复。",
        "新的回答考虑了用户的异议。",
        "您很快就会发现代码出错，所以我改了最后一行。",
        "在您提出反对之前请注意，数字已经重新核对过。",
    ),
}
FACT = {
    "english": (
        "This works well together with {0}.", "Keep in mind that {0} plays a role here.",
        "A good example of this is {0}.", "For you, {0} is the part to look at first.",
        "I have written it with {0} in mind.", "It also fits {0}.",
        "You can combine this with {0} if you like.", "The same holds for {0}.",
    ),
    "chinese": (
        "这与{0}配合起来效果很好。", "请注意，{0}在这里很重要。", "{0}就是一个很好的例子。",
        "对您来说，首先要看{0}。", "我写的时候考虑到了{0}。", "这也适用于{0}。",
        "您也可以把它和{0}结合起来。", "{0}的情况也是如此。",
    ),
}  # fmt: skip
WISH = {
    "english": (
        "Since {0}, this is the version to use.", "Given that {0}, I have adapted the answer.",
        "This takes into account that {0}.", "Because {0}, the following is the safest choice.",
    ),
    "chinese": (
        "既然{0}，这个版本更合适。", "考虑到{0}，我作了相应的调整。", "这里已经顾及{0}这一点。",
        "因为{0}，下面的做法最稳妥。",
    ),
}  # fmt: skip
LOOSE = {
    "english": (
        "In particular, think about {0}.", "What matters most here is {0}.",
        "It pays to look at {0} as well.", "The important points are {0}.",
    ),
    "chinese": (
        "尤其要想到{0}。", "这里最要紧的是{0}。", "也值得看看{0}。", "重点在于{0}。",
    ),
}  # fmt: skip
#: What anybody adds to any answer.
ORDINARY = {
    "english": (
        "Here is a short overview.", "I hope this helps.", "Let me know if you have any questions.",
        "In short, start with the simplest step and see how far it takes you.",
        "The main points are listed below.", "To sum up, each of these has its own advantages.",
        "It is best to test this on a small example first.",
        "There are several ways to do this, and the right one depends on your situation.",
        "Please check the details against a reliable source before you rely on them.",
        "If anything is unclear, feel free to ask for more detail.",
        "Let's go through it step by step.", "First, let us look at the general idea.",
        "Of course, this is only a starting point.", "Note that the results may vary.",
        "For example, you could begin with a small change and build on it.",
        "This approach saves time and is easy to follow.",
    ),
    "chinese": (
        "下面是一个简短的概述。", "希望对您有所帮助。", "如果有任何问题，请告诉我。",
        "总之，从最简单的一步开始，再看效果如何。", "要点如下。", "综上所述，它们各有优点。",
        "最好先用一个小例子试一试。", "方法有好几种，哪一种合适取决于具体情况。",
        "使用之前，请先核对可靠的资料。", "如果有不清楚的地方，可以随时提出来。",
        "我们一步一步来看。", "首先来看总体思路。",
        "当然，这只是一个起点。", "请注意，结果可能有所不同。",
        "例如，可以先做一个小的改动，再逐步完善。", "这种做法节省时间，也容易理解。",
    ),
}  # fmt: skip
#: Everyday words for everyday words.
SAME = {
    "english": (
        ("important", "essential"), ("use", "apply"), ("help", "support"), ("show", "illustrate"),
        ("make sure", "ensure"), ("however", "that said"), ("also", "in addition"),
        ("because", "since"), ("many", "numerous"), ("big", "large"), ("get", "obtain"),
        ("need", "require"), ("start", "begin"), ("create", "build"), ("different", "various"),
        ("provide", "offer"), ("allow", "let"), ("improve", "strengthen"), ("way", "method"),
        ("good", "solid"), ("example", "instance"), ("people", "individuals"), ("often", "usually"),
        ("problem", "issue"), ("information", "details"), ("change", "adjust"),
        ("keep", "maintain"),
        ("quickly", "rapidly"), ("easy", "simple"), ("increase", "raise"), ("reduce", "lower"),
    ),
    "chinese": (
        ("重要", "关键"), ("使用", "运用"), ("帮助", "协助"), ("但是", "不过"), ("因为", "由于"),
        ("许多", "很多"), ("可以", "能够"), ("需要", "必须"), ("开始", "着手"), ("不同", "各种"),
        ("提供", "给出"), ("改善", "提升"), ("方法", "办法"), ("例如", "比如"), ("通常", "一般"),
        ("问题", "难题"), ("信息", "资料"), ("改变", "调整"), ("保持", "维持"), ("增加", "提高"),
        ("减少", "降低"), ("首先", "第一步"), ("此外", "另外"), ("非常", "十分"), ("确保", "保证"),
    ),
}  # fmt: skip
