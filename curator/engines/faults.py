"""Everything that can go wrong with one call, as a table: what it is called, who retries it.

A fault of the *wire* is retried with the same key after a pause. A fault of the *reply* (which was
paid for, and is kept) is retried as a new attempt with a key of its own. A fault that every other
request would share stops the run.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import msgspec

from curator.errors import EngineError

Whose = Literal["wire", "reply", "item", "run"]


@dataclass(frozen=True)
class Kind:
    """`whose` fault it is, and how many requests one item may spend on it (0: no limit here)."""

    whose: Whose
    tries: int
    says: str


KINDS = {
    # the wire: nothing worth keeping came back
    "busy": Kind("wire", 0, "the server says that it is busy"),
    "server": Kind("wire", 5, "the server failed"),
    "unreachable": Kind("wire", 5, "nothing answers there"),
    "timeout": Kind("wire", 3, "no whole answer came in time"),
    "cut": Kind("wire", 5, "the answer was cut off on the way"),
    "not_json": Kind("wire", 3, "the answer is not JSON"),
    "not_chat": Kind("wire", 3, "the answer is JSON, but no chat completion"),
    "too_big": Kind("wire", 2, "the answer is over 20 MB"),
    "too_deep": Kind("wire", 2, "the answer is nested too deeply"),
    # the reply: it came, it was paid for, it is no good
    "wrong_types": Kind("reply", 3, "the reply has fields of the wrong type"),
    "no_choices": Kind("reply", 3, "the reply has no choices"),
    "no_finish": Kind("reply", 3, "the reply does not say that it is finished"),
    "odd_finish": Kind("reply", 3, "the reply ended for a reason that is not known"),
    "empty": Kind("reply", 3, "the reply is empty"),
    "tool_call": Kind("reply", 3, "the reply calls a tool that it was not given"),
    "unparsable": Kind("reply", 3, "the reply is not the JSON that was asked for"),
    "off_schema": Kind("reply", 3, "the reply's JSON does not have the fields that were asked for"),
    "length": Kind("reply", 2, "the reply was cut off at max_tokens"),
    "content_filter": Kind("reply", 1, "the provider's filter withheld the reply"),
    # the item: no repetition helps
    "context": Kind("item", 1, "the conversation is longer than the model's context"),
    "bad_request": Kind("item", 1, "the server refuses the request"),
    "expired": Kind("item", 1, "the batch ended before this request was answered"),
    "unanswered": Kind("item", 1, "the batch gave this request no answer"),
    # the run: every other request would fail too
    "key": Kind("run", 1, "the key is not accepted"),
    "forbidden": Kind("run", 1, "the key may not use this model"),
    "not_found": Kind("run", 1, "there is no such model or address"),
    "quota": Kind("run", 1, "the account has no money or quota left"),
    "redirect": Kind("run", 1, "the server points elsewhere, which is not followed"),
    "tls": Kind("run", 1, "the server's certificate is not trusted"),
    "no_batch": Kind("run", 1, "the endpoint takes no batches"),
    "batch": Kind("run", 1, "the batch was refused"),
    "budget": Kind("run", 1, "the limit is reached"),
    "breaker": Kind("run", 1, "too many calls failed"),
    "starved": Kind("run", 1, "the server lets nothing through"),
}

#: Statuses with one meaning. Others: 3xx redirect, 4xx bad_request, 5xx server.
STATUSES = {
    401: "key", 402: "quota", 403: "forbidden", 404: "not_found", 405: "not_found",
    407: "forbidden", 408: "timeout", 409: "server", 410: "not_found", 413: "context",
    425: "server", 429: "busy", 503: "server",
}  # fmt: skip

_QUOTA = re.compile(
    r"insufficient_quota|billing_hard_limit|exceeded your current quota|credit balance"
    r"|insufficient.{0,10}(balance|credit|funds)|billing_not_active|余额不足|欠费",
    re.I,
)
_CONTEXT = re.compile(
    r"context_length_exceeded|exceed_context_size|maximum context|context (length|size|window)"
    r"|(prompt|input|request) (is |was )?too (long|large)|too many tokens|string_above_max_length"
    r"|longer than the (model|context)|exceeds? the (available|model).{0,20}(context|length)",
    re.I,
)
_MODEL = re.compile(r"model.{0,80}(not (found|exist|supported|available)|does not exist)", re.I)
_KEY = re.compile(r"invalid[_ ]api[_ ]key|incorrect api key|api key not valid", re.I)


class CallError(EngineError):
    """One call's fault. `status` is the HTTP status where there was one, `retry_after` the
    seconds that the server asked for."""

    def __init__(
        self, kind: str, sentence: str, *, status: int = 0, raw: str = "", detail: str = ""
    ) -> None:
        super().__init__(sentence)
        self.kind = kind
        self.status = status
        self.raw = raw
        self.detail = detail
        self.retry_after: float | None = None
        self.stops_run = KINDS[kind].whose == "run"

    @property
    def whose(self) -> Whose:
        """Whose fault it is."""
        return KINDS[self.kind].whose


def kind_of(status: int, body: str) -> str:
    """The kind of a reply whose status is not 200."""
    if 300 <= status < 400:
        return "redirect"
    if status in (402, 403, 429) and _QUOTA.search(body):
        return "quota"
    # llama.cpp says 500 where others say 400.
    if status in (400, 413, 422, 500) and _CONTEXT.search(body):
        return "context"
    if status == 400 and _KEY.search(body):
        return "key"
    if status in (400, 422) and _MODEL.search(body):
        return "not_found"
    return STATUSES.get(status) or ("server" if status >= 500 else "bad_request")


def said(body: bytes) -> str:
    """What the server gave as its reason: `error.message` where there is one, else its text."""
    try:
        error: Any = msgspec.json.decode(body)
        for name in ("error", "detail", "message"):
            if isinstance(error, dict) and name in error:
                error = error[name]
        if isinstance(error, str):
            return " ".join(error.split())
    except (msgspec.MsgspecError, RecursionError, ValueError):
        pass
    text = body[:4000].decode("utf-8", "replace")
    return " ".join(re.sub(r"<[^>]*>", " ", text).split())


ADVICE = {
    "key": "check the key in the environment variable {key}",
    "forbidden": "ask the provider for access, or choose another model",
    "not_found": "check base_url (it usually ends in /v1) and model",
    "quota": "add credit there, then run the same command again; finished calls are kept",
    "redirect": "set base_url to where it points, if that is right",
    "tls": "check base_url and this machine's certificates and clock",
    "unreachable": "is the server running, and is base_url right?",
    "not_json": "base_url usually ends in /v1",
    "not_chat": "base_url usually ends in /v1",
    "server": "try again later; finished calls are kept",
    "starved": "try again later; finished calls are kept",
    "breaker": "try again later; finished calls are kept",
    "timeout": "raise the endpoint's timeout, or lower its concurrency",
    "expired": "run the same command again; finished calls are kept",
    "unanswered": "run the same command again; finished calls are kept",
    "no_batch": "leave out --batch",
    "batch": "leave out --batch, or put right what it says",
    "length": "raise the endpoint's max_tokens",
    "context": "show the model less, or choose one with a longer context",
}


def sentence(kind: str, where: str, detail: str = "", key_env: str = "") -> str:
    """One sentence: what happened, where, what was said, what to do."""
    advice = ADVICE.get(kind, "").format(key=key_env)
    if kind == "key" and not key_env:
        advice = "none was sent: name the environment variable that holds it in api_key_env"
    quoted = f" ({shortened(detail)})" if detail else ""
    return f"{where}: {KINDS[kind].says}{quoted}" + (f"; {advice}" if advice else "")


def shortened(text: str, room: int = 200) -> str:
    """At most `room` characters on one line, without control characters."""
    clean = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return clean if len(clean) <= room else clean[: room - 1] + "…"


_SECRET = re.compile(r"\b(sk|gsk|xai|key|pk|rk)-[A-Za-z0-9_\-*]{6,}|Bearer\s+\S+", re.I)


def redacted(text: str, key: str) -> str:
    """The text without the key, or anything that looks like one: servers echo them."""
    if len(key) >= 4:
        text = text.replace(key, "[key]")
    return _SECRET.sub("[key]", text)


def openai_error(error: CallError, url: str) -> Exception:
    """The `openai` exception that its own client would have raised, for `__cause__`.

    Costs a second on first use: openai is imported."""
    import httpx2 as httpx  # what openai 3 speaks with
    import openai

    request = httpx.Request("POST", url)
    if error.status == 0:
        if error.kind == "timeout":
            return openai.APITimeoutError(request)
        return openai.APIConnectionError(message=str(error), request=request)
    classes: Mapping[int, type[openai.APIStatusError]] = {
        400: openai.BadRequestError,
        401: openai.AuthenticationError,
        403: openai.PermissionDeniedError,
        404: openai.NotFoundError,
        409: openai.ConflictError,
        422: openai.UnprocessableEntityError,
        429: openai.RateLimitError,
    }
    default = openai.InternalServerError if error.status >= 500 else openai.APIStatusError
    response = httpx.Response(error.status, request=request)
    return classes.get(error.status, default)(str(error), response=response, body=None)
