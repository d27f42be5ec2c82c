"""The reply as it came over the wire, read strictly: only what we use, and only if it is so."""

import re
from typing import Any

import msgspec

from curator.engines.faults import CallError

DEPTH = 64
#: Reasons to stop that mean: the model said all it had to say.
DONE = frozenset(
    {"stop", "eos", "end_turn", "stop_sequence", "complete", "completed", "eos_token", "end"}
)
#: Reasons to stop that mean something else, by kind.
CUT = {
    "length": "length", "max_tokens": "length", "max_length": "length", "model_length": "length",
    "content_filter": "content_filter", "safety": "content_filter", "recitation": "content_filter",
    "sensitive": "content_filter", "blocklist": "content_filter",
    "tool_calls": "tool_call", "function_call": "tool_call", "tool_use": "tool_call",
}  # fmt: skip


class Message(msgspec.Struct):
    content: str | list[dict[str, Any]] | None = None
    refusal: str | None = None
    reasoning_content: str | None = None
    reasoning: Any = None
    tool_calls: Any = None


class Choice(msgspec.Struct):
    message: Message
    finish_reason: str | None = None


class Envelope(msgspec.Struct):
    choices: list[Choice]
    model: Any = None


class _Usage(msgspec.Struct):
    usage: Any = None


class Said(msgspec.Struct, frozen=True):
    """What the model said, before anything was made of it."""

    text: str
    thinking: str
    model: str
    refusal: bool = False


_envelope = msgspec.json.Decoder(Envelope)
_usage = msgspec.json.Decoder(_Usage)
_STRINGS = re.compile(rb'"(?:[^"\\]|\\.)*"', re.S)
_THINK = re.compile(
    r"\A\s*<(think|thinking|thought|reasoning|reflection)>(.*?)(?:</\1>\s*|\Z)", re.S | re.I
)
_THOUGHT = re.compile(r"\A(.*?)</(think|thinking)>\s*", re.S | re.I)


def too_deep(body: bytes, depth: int = DEPTH) -> bool:
    """Whether brackets outside of strings nest deeper than `depth`. Parsers recurse; so a server
    (or a model) could otherwise end the process."""
    if body.count(b"{") + body.count(b"[") <= depth:
        return False
    level = 0
    for bracket in re.findall(rb"[\[\]{}]", _STRINGS.sub(b"", body)):
        level += 1 if bracket in b"[{" else -1
        if level > depth:
            return True
    return False


def worth_keeping(body: bytes) -> bool:
    """Whether this may be a completion that was paid for: told without parsing it."""
    return body[:64].lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{") and b'"choices"' in body


def usage(body: bytes) -> tuple[int | None, int | None]:
    """Tokens in and out as the server counts them; None where it does not say so credibly."""
    try:
        found = _usage.decode(body).usage
    except (msgspec.MsgspecError, RecursionError, ValueError):
        return None, None
    if not isinstance(found, dict):
        return None, None
    return _count(found.get("prompt_tokens")), _count(found.get("completion_tokens"))


def _count(value: Any) -> int | None:
    whole = isinstance(value, int) and not isinstance(value, bool)
    return value if whole and 0 <= value < 10**9 else None


def read(body: bytes) -> Said:
    """What the model said. Raises `CallError` of a reply's kind for anything that is no whole,
    finished answer."""
    if too_deep(body):
        raise CallError("too_deep", "", raw=_text(body))
    try:
        envelope = _envelope.decode(body.removeprefix(b"\xef\xbb\xbf"))
    except msgspec.ValidationError as error:
        raise CallError("wrong_types", "", raw=_text(body), detail=str(error)) from None
    except (msgspec.DecodeError, RecursionError, ValueError) as error:
        raise CallError("not_json", "", raw=_text(body), detail=str(error)) from None
    if not envelope.choices:
        raise CallError("no_choices", "", raw=_text(body))
    choice = envelope.choices[0]
    text, thinking = _parts(choice.message, body)
    model = envelope.model if isinstance(envelope.model, str) else ""
    if choice.message.refusal:
        return Said(choice.message.refusal, thinking, model, refusal=True)
    _must_be_finished(choice, text, body)
    text, inline = without_thinking(text)
    if not text.strip():
        raise CallError("empty", "", raw=_text(body))
    return Said(text, "\n".join(part for part in (thinking, inline) if part), model)


def _must_be_finished(choice: Choice, text: str, body: bytes) -> None:
    reason = choice.finish_reason
    if reason is None or not reason.strip():
        kind = "no_finish" if text.strip() else "empty"
        raise CallError(kind, "", raw=text or _text(body))
    reason = reason.strip().lower()
    if reason in CUT:
        raise CallError(CUT[reason], "", raw=text or _text(body))
    if choice.message.tool_calls and not text.strip():
        raise CallError("tool_call", "", raw=_text(body))
    if reason not in DONE:
        raise CallError("odd_finish", "", raw=text or _text(body), detail=reason)


def _parts(message: Message, body: bytes) -> tuple[str, str]:
    """Text and thinking of a message whose content is text, or a list of typed parts."""
    thinking = message.reasoning_content or (
        message.reasoning if isinstance(message.reasoning, str) else ""
    )
    if not isinstance(message.content, list):
        return message.content or "", thinking
    texts = []
    for part in message.content:
        value = part.get("text")
        if part.get("type", "text") not in ("text", "output_text") or not isinstance(value, str):
            raise CallError("wrong_types", "", raw=_text(body), detail="content is not text")
        texts.append(value)
    return "".join(texts), thinking


def without_thinking(text: str) -> tuple[str, str]:
    """The answer, and the thinking that came tagged before it. Tags inside an answer stay: a chat
    may be about them."""
    found = _THINK.match(text)
    if found:
        return text[found.end() :], found.group(2).strip()
    # Some templates put the opening tag into the prompt, so that only the closing one is sent.
    found = _THOUGHT.match(text)
    if found and not re.search(r"<think(ing)?>", found.group(1), re.I):
        return text[found.end() :], found.group(1).strip()
    return text, ""


def _text(body: bytes) -> str:
    return body[:20_000].decode("utf-8", "replace")
