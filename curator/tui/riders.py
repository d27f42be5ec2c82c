"""What rides along with a turn, in words: tool calls, pictures, files, reasoning."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from curator.tui.ink import QUIET, Row, clipped, plain
from curator.tui.safe import cut, safe, safe_line
from curator.tui.wrapping import wrap

#: So many characters of a call's arguments, of an address, of reasoning are laid out.
CALL, ADDRESS, REASONING = 2_000, 100, 4_000
#: Kinds of parts whose words are the text of the turn already.
WORDS = ("text", "input_text", "output_text")
#: Told elsewhere or only of use to a program; their names are said all the same.
TOLD = ("tool_calls", "function_call", "parts", "reasoning", "name")


def riders(extra: Mapping[str, Any], width: int) -> list[Row]:
    """Rows on what a turn has beside its text, without its bar; none where it has nothing."""
    rows: list[Row] = []
    for line in (*_name(extra), *_reasoning(extra), *_calls(extra), *_parts(extra)):
        text = safe(line)
        rows += wrap(text, plain(text, QUIET), width, raw=True)
    others = [safe_line(str(name)) for name in extra if name not in TOLD]
    if others:
        rows.append(((clipped(f"also here: {', '.join(others)}", width), QUIET),))
    return rows


def _name(extra: Mapping[str, Any]) -> Iterator[str]:
    if extra.get("name"):
        yield f"name: {extra['name']}"


def _reasoning(extra: Mapping[str, Any]) -> Iterator[str]:
    if extra.get("reasoning"):
        yield f"reasoning: {_short(extra['reasoning'], REASONING)}"


def _calls(extra: Mapping[str, Any]) -> Iterator[str]:
    """`calls NAME ARGUMENTS`, for each call of OpenAI's two forms, or whatever stands there."""
    several = extra.get("tool_calls")
    alone = extra.get("function_call")
    for call in (*(several if isinstance(several, list) else [several]), alone):
        if not call:
            continue
        made = call.get("function", call) if isinstance(call, Mapping) else None
        if isinstance(made, Mapping) and made.get("name"):
            yield f"calls {made['name']} {_short(made.get('arguments', ''), CALL)}"
        else:
            yield f"calls {_short(call, CALL)}"


def _parts(extra: Mapping[str, Any]) -> Iterator[str]:
    """`[image_url https://…]`, for each part that is not text."""
    parts = extra.get("parts")
    for part in parts if isinstance(parts, list) else [parts] if parts else []:
        if isinstance(part, str):
            continue
        if not isinstance(part, Mapping):
            yield f"[{_short(part, ADDRESS)}]"
        elif (kind := str(part.get("type", "text"))) not in WORDS:
            held = part.get(kind, {name: value for name, value in part.items() if name != "type"})
            if isinstance(held, Mapping) and isinstance(held.get("url"), str):
                held = held["url"]
            yield f"[{kind} {_short(held, ADDRESS)}]"


def _short(value: Any, limit: int) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    text, left_out = cut(text, limit)
    return f"{text}… {left_out:,} more characters" if left_out else text
