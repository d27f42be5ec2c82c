"""How the embedded model reflects: asked in plain words, for a plain answer.

A model of 135M parameters writes JSON at the cost of sense: it repeats its criticism as its answer,
and what it finds to criticise is seldom in the chat. So it is not asked for either. It sees the
chat up to the question and, where the next user turn objects, those words as a hint; its answer
is the rewrite, and the user's own words stand in for the criticism.
"""

from typing import Any

from curator.conversation import Conversation
from curator.engines import Reply
from curator.objections import OBJECTS, objection
from curator.prompts import Prompt
from curator.stages.hindsight import Reflection, Unusable, View, bare, view

PROMPT = "reflect_embedded"
#: Tokens of a chat that are shown: reading is most of the time on two cores, and Chinese counts
#: double or more in its alphabet.
BUDGET = 600
#: Little chance, for so small a model loses its thread; but none lets it go round in circles, which
#: DRY and a slight repetition penalty (llama.cpp's names) end. A stronger penalty breaks Chinese,
#: whose characters are several tokens each.
SAMPLING: dict[str, Any] = {
    "temperature": 0.2, "min_p": 0.1, "dry_multiplier": 0.8, "repeat_penalty": 1.05,
}  # fmt: skip
REPLY = 480
#: One to four sentences of so many signs, as a llama.cpp grammar (GBNF): left to itself the model
#: seldom finds an end. It also keeps half characters out, which are tokens of their own here.
_GRAMMAR = r"""root ::= sentence (space sentence){0,3}
sentence ::= inner{1,%d} [.!?。！？]
inner ::= [^.!?。！？\x00-\x08] | [.] [^ \n.]
space ::= [ \n]{0,2}"""
GRAMMARS = {"": _GRAMMAR % 220, "zh": _GRAMMAR % 60}
#: Each further attempt is so much warmer: at the same temperature it often fails the same way.
WARMER = 0.3
#: Characters of a user turn that are hint or criticism.
HINT = 400
CHINESE = "中文"
_PARTS = "\n---\n"
_TOLD = {
    "": ("The user objected: “{}”", "Nobody objected; the user went on: “{}”"),
    "zh": ("用户提出了异议：“{}”", "没有人提出异议；用户接着说：“{}”"),
}


def sampling(settings: dict[str, Any], language: str = "", attempt: int = 0) -> dict[str, Any]:
    """The parameters of a request: the person's own settings over these, a bounded reply always."""
    bounds = {"max_tokens": REPLY, "grammar": GRAMMARS[_variant(language)]}
    own = {**SAMPLING, **settings, **bounds}
    return {**own, "temperature": own["temperature"] + WARMER * attempt}


def seen(conversation: Conversation, index: int, horizon: int, budget: int) -> View:
    """The view that this model gets: what came before, and the next user turn if it objects."""
    whole = view(conversation, index, min(horizon, 1), budget)
    at = _objection_at(conversation, whole)
    kept = tuple(turn for turn in whole.turns if turn[0] <= index or turn[0] == at)
    return View(index, kept, () if at is None else (at,), whole.trimmed)


def messages(
    prompt: Prompt, conversation: Conversation, shown: View, advice: str
) -> list[dict[str, Any]]:
    """The request: instructions, the chat up to the question as turns, the hint under it."""
    words = f" {advice.strip()}" if advice.strip() else ""
    hint = dict(shown.turns)[shown.shown[0]][:HINT].strip() if shown.shown else ""
    filled = prompt.fill(advice=words, objection=hint)
    system, _, note = filled.partition(_PARTS)
    turns = [
        {"role": _role(conversation.turns[position].role), "content": text}
        for position, text in shown.turns
        if position < shown.index
    ]
    if not turns or turns[-1]["role"] != "user":
        turns.append({"role": "user", "content": "…"})
    if hint and note:
        turns[-1] = {**turns[-1], "content": f"{turns[-1]['content']}\n\n{note}"}
    return [{"role": "system", "content": system}, *turns]


def read(reply: Reply, shown: View, conversation: Conversation, language: str) -> Reflection:
    """The answer as a reflection: improve where it differs from the old one, else keep.

    Raises `Unusable` when nothing is left of it.
    """
    original = conversation.turns[shown.index].content
    content = bare(reply.text, original)
    if not any(sign.isalnum() for sign in content):
        raise Unusable("the answer has no words", reply.text)
    told = _TOLD[_variant(language)][0 if shown.shown else 1].format(
        _next_words(conversation, shown.index)
    )
    verdict = "keep" if content == original.strip() else "improve"
    return Reflection(told, verdict, shown.shown, original if verdict == "keep" else content)


def _variant(language: str) -> str:
    return "zh" if language == CHINESE else ""


def _role(role: str) -> str:
    """A tool's words are read as the user's: its call is not part of the chat that is sent."""
    return "user" if role == "tool" else role


def _objection_at(conversation: Conversation, whole: View) -> int | None:
    """The next user turn, if it objects and fits the view."""
    at = _next_user(conversation, whole.index)
    if at is None or at not in whole.shown:
        return None
    return at if objection(conversation.turns[at].content).score >= OBJECTS else None


def _next_user(conversation: Conversation, index: int) -> int | None:
    later = range(index + 1, len(conversation.turns))
    turns = conversation.turns
    return next((i for i in later if turns[i].role == "user" and turns[i].content.strip()), None)


def _next_words(conversation: Conversation, index: int) -> str:
    at = _next_user(conversation, index)
    words = "" if at is None else " ".join(conversation.turns[at].content.split())
    return words if len(words) <= HINT else f"{words[:HINT]}…"
