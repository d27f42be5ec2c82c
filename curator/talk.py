"""Talk: a growing chat with a model, and what is left of it when it ends."""

from typing import Any

from curator.conversation import Conversation, Origin, Turn
from curator.engines import ChatModel, Engines, Reply
from curator.errors import EngineError

#: Tokens of the past that a model is shown; older turns are left out, the system message never.
CONTEXT = 3000
#: So many characters make a token, about; Chinese is nearer to one each.
PER_TOKEN, PER_TOKEN_CJK = 4, 1


class Talk:
    """A chat with one model. Nothing is stored here: `finish` gives the conversation, which
    re-enters at the front door like any other."""

    def __init__(
        self, model: ChatModel, engines: Engines, system: str = "", context: int = CONTEXT
    ) -> None:
        self.model = model
        self.turns: list[Turn] = [Turn("system", system)] if system.strip() else []
        #: How many turns the model was last not shown, for lack of room.
        self.left_out = 0
        self._engines = engines
        self._context = context

    def say(self, prompt: str) -> Reply:
        """The model's answer. Raises `EngineError`, and the prompt is then not part of the talk."""
        asked = [*self.turns, Turn("user", prompt)]
        shown, self.left_out = within(asked, self._context)
        messages = [{"role": turn.role, "content": turn.content} for turn in shown]
        reply = self._ask(messages)
        if not reply.text.strip():
            raise EngineError(f"{self.model.model} said nothing; ask in other words")
        self.turns = [*asked, Turn("assistant", reply.text)]
        return reply

    def finish(self) -> Conversation | None:
        """All that was said, or None where nothing was."""
        if not any(turn.role == "assistant" for turn in self.turns):
            return None
        origin = Origin(source=f"chat:{self.model.model}", format="chat")
        return Conversation(tuple(self.turns), origin, {"model": self.model.model})

    def _ask(self, messages: list[dict[str, Any]]) -> Reply:
        async def ask(_: None) -> Reply:
            return await self.model.ask(messages)

        for _, outcome in self._engines.each(ask, [None], 1):
            if isinstance(outcome, Exception):
                raise outcome
            return outcome
        raise EngineError(f"{self.model.model} was stopped before it answered")


def within(turns: list[Turn], tokens: int) -> tuple[list[Turn], int]:
    """The system message and the latest turns that fit, beginning with a user turn, and how many
    were left out. The last turn is always there."""
    system = [turn for turn in turns[:1] if turn.role == "system"]
    rest = turns[len(system) :]
    room = tokens - sum(map(_tokens, system))
    start = len(rest)
    while start > 0 and (room := room - _tokens(rest[start - 1])) >= 0:
        start -= 1
    start = min(start, len(rest) - 1)
    while start < len(rest) - 1 and rest[start].role != "user":
        start += 1
    return [*system, *rest[start:]], start


def _tokens(turn: Turn) -> int:
    wide = sum(sign >= "\u2e80" for sign in turn.content)
    return 4 + wide // PER_TOKEN_CJK + (len(turn.content) - wide) // PER_TOKEN
