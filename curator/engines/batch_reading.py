"""What a provider says about batches: its files, its states, its numbers."""

import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import msgspec

from curator.engines import envelope
from curator.engines.faults import CallError, kind_of, said

#: Makes a fault of an endpoint from its kind, what was said, and the body.
Fault = Callable[[str, str, bytes], CallError]


class Open(msgspec.Struct):
    """A batch that is not fetched yet; `id` is empty until the provider told it."""

    file: str
    id: str = ""
    count: int = 0
    since: float = 0.0


class _Response(msgspec.Struct):
    status_code: int = 0
    body: msgspec.Raw = msgspec.Raw(b"null")


class _Line(msgspec.Struct):
    """A line of an output or error file."""

    custom_id: str
    response: _Response | None = None
    error: Any = None


_lines = msgspec.json.Decoder(_Line)


def results(data: bytes, fault: Fault) -> Iterator[tuple[str, bytes | CallError]]:
    """The lines of an output or error file: whose, and the reply or what became of it."""
    for text in data.splitlines():
        try:
            line = _lines.decode(text)
        except (msgspec.MsgspecError, RecursionError, ValueError):
            continue  # whose it was cannot be known; who finds no reply says so
        yield line.custom_id, _result(line, fault)


def _result(line: _Line, fault: Fault) -> bytes | CallError:
    response = line.response
    body = bytes(response.body) if response is not None else b""
    if response is not None and response.status_code == 200:
        if envelope.worth_keeping(body):
            return body
        return fault("not_chat", said(body), body)
    if response is None or response.status_code < 300:
        told = line.error if isinstance(line.error, dict) else {}
        kind = "expired" if "expired" in str(told.get("code")) else "unanswered"
        return fault(kind, str(told.get("message") or ""), b"")
    status, text = response.status_code, body.decode("utf-8", "replace")
    error = fault(kind_of(status, text), f"{status}: {said(body)}", body)
    error.status = status
    return error


def object(answer: Any) -> dict[str, Any]:
    """The JSON object of an answer; an empty one where there is none."""
    if isinstance(answer, dict):
        return answer
    try:
        found = msgspec.json.decode(answer.body) if not envelope.too_deep(answer.body) else None
    except (msgspec.MsgspecError, RecursionError, ValueError):
        found = None
    return found if isinstance(found, dict) else {}


def name(answer: Any) -> str | None:
    """The id that the provider gave, if it can be part of an address."""
    name = object(answer).get("id")
    fine = isinstance(name, str) and name.replace("-", "").replace("_", "").isalnum()
    return name if fine else None


def why(batch: Mapping[str, Any]) -> str:
    """The first reason that a failed batch gives."""
    errors = batch.get("errors")
    told = errors.get("data") if isinstance(errors, dict) else None
    first = told[0] if isinstance(told, list) and told else {}
    return str(first.get("message") or "") if isinstance(first, dict) else ""


def progress(opened: Open, batch: Mapping[str, Any]) -> str:
    """One line for who waits: done, of how many, and about how long still."""
    counts = batch.get("request_counts")
    counts = counts if isinstance(counts, dict) else {}
    done = sum(n for n in (counts.get("completed"), counts.get("failed")) if isinstance(n, int))
    text = f"batch {opened.id}: {done:,} of {opened.count:,}"
    gone = time.time() - opened.since
    if 0 < done < opened.count:
        left = gone / done * (opened.count - done)
        return f"{text}, about {_span(left)} left"
    return f"{text}, {batch.get('status') or 'waiting'} for {_span(gone)}"


def _span(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = seconds / 60
    return f"{minutes:.0f} min" if minutes < 90 else f"{minutes / 60:.1f} h"
