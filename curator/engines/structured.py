"""JSON out of a model: how it is asked for, and how it is found in what came back."""

import re
from typing import Any

import msgspec

from curator.engines.envelope import too_deep

#: How JSON is asked for, best first: the server enforces the schema; it promises some JSON; it
#: promises nothing.
MODES = ("schema", "json", "text")
_FENCE = re.compile(r"```[a-zA-Z0-9_-]*[ \t]*\r?\n(.*?)(?:\r?\n)?```", re.S)
#: What a server says that does not know `response_format`, or not this kind of it.
_UNKNOWN_FORMAT = re.compile(
    r"response_format|json_schema|json_object|structured output|guided|grammar|\bschema\b", re.I
)
_ONLY = "Answer with one JSON object and nothing else. It must fit this JSON Schema:\n"


def response_format(schema: dict[str, Any], mode: str) -> dict[str, Any] | None:
    """The `response_format` of a request, or None where the mode has none."""
    if mode == "schema":
        name = re.sub(r"[^A-Za-z0-9_-]", "_", str(schema.get("title", "answer")))[:64]
        named = {"name": name, "schema": schema, "strict": _strict(schema)}
        return {"type": "json_schema", "json_schema": named}
    return {"type": "json_object"} if mode == "json" else None


def instructed(messages: list[dict[str, Any]], schema: dict[str, Any]) -> list[dict[str, Any]]:
    """The messages with the schema spelled out, for servers that do not enforce it."""
    wish = _ONLY + msgspec.json.encode(schema).decode()
    if messages and messages[0].get("role") == "system":
        head = {**messages[0], "content": f"{messages[0]['content']}\n\n{wish}"}
        return [head, *messages[1:]]
    return [{"role": "system", "content": wish}, *messages]


def next_mode(mode: str, refusal: str, *, guess: bool) -> str | None:
    """The mode to try after the server refused a request with these words. None when nothing is
    left to try, or the words are about something else and there is no cause to `guess`."""
    if mode == MODES[-1] or not (guess or _UNKNOWN_FORMAT.search(refusal)):
        return None
    return MODES[MODES.index(mode) + 1]


def json_in(text: str) -> dict[str, Any] | None:
    """The JSON object in a reply: whole, fenced, quoted, with words before or after it, or broken
    in a way that json-repair mends. None when there is none."""
    if too_deep(text.encode("utf-8", "replace")):
        return None
    for candidate in _candidates(text):
        found = _decoded(candidate)
        if found is not None:
            return found
    return _repaired(text)


def _candidates(text: str) -> list[str]:
    bare = text.strip().lstrip("\ufeff")
    found = [bare, *(match.strip() for match in _FENCE.findall(bare))]
    first, last = bare.find("{"), bare.rfind("}")
    if 0 <= first < last:
        found.append(bare[first : last + 1])
    return found


def _decoded(text: str) -> dict[str, Any] | None:
    """An object; or one inside a JSON string, or alone in a list."""
    value: Any = text
    for _ in range(2):
        if not isinstance(value, str):
            break
        try:
            value = msgspec.json.decode(value.encode("utf-8", "replace"))
        except (msgspec.MsgspecError, RecursionError, ValueError):
            return None
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    return value if isinstance(value, dict) and value else None


def _repaired(text: str) -> dict[str, Any] | None:
    start = text.find("{")
    if start < 0:
        return None
    from json_repair import repair_json

    fences = _FENCE.findall(text)
    piece = next((f for f in fences if "{" in f), text[start:])
    try:
        value = repair_json(piece, return_objects=True)
    except (RecursionError, ValueError, IndexError, TypeError):
        return None
    if isinstance(value, list):
        value = next((v for v in value if isinstance(v, dict)), None)
    return value if isinstance(value, dict) and value else None


_TYPES: dict[str, tuple[type, ...]] = {
    "object": (dict,), "array": (list,), "string": (str,), "boolean": (bool,),
    "integer": (int,), "number": (int, float), "null": (type(None),),
}  # fmt: skip


def misfit(value: Any, schema: dict[str, Any], path: str = "") -> str:
    """Why a value does not fit a schema (type, required, enum, bounds, items), or an empty string.

    `additionalProperties` is not enforced: a word too much does no harm."""
    where = path or "the reply"
    wanted = schema.get("type")
    kinds = [wanted] if isinstance(wanted, str) else list(wanted or ())
    if kinds and not any(_is(value, kind) for kind in kinds):
        return f"{where} is no {' or '.join(kinds)}"
    if "enum" in schema and value not in schema["enum"]:
        return f"{where} is {value!r:.60}, not one of {', '.join(map(str, schema['enum']))}"
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        low, high = schema.get("minimum"), schema.get("maximum")
        if (low is not None and value < low) or (high is not None and value > high):
            return f"{where} is {value}, outside {low} to {high}"
    if isinstance(value, str) and len(value.strip()) < schema.get("minLength", 0):
        return f"{where} is empty"
    return _misfit_inside(value, schema, path)


def _misfit_inside(value: Any, schema: dict[str, Any], path: str) -> str:
    if isinstance(value, dict):
        for name in schema.get("required", ()):
            if name not in value:
                return f"{name} is missing"
        properties = schema.get("properties", {})
        inner = [
            (value[n], s, f"{path}.{n}" if path else n) for n, s in properties.items() if n in value
        ]
    elif isinstance(value, list) and isinstance(schema.get("items"), dict):
        inner = [(item, schema["items"], f"{path}[{i}]") for i, item in enumerate(value)]
    else:
        return ""
    return next(filter(None, (misfit(*part) for part in inner)), "")


def _is(value: Any, kind: str) -> bool:
    if isinstance(value, bool):
        return kind == "boolean"
    if kind == "integer" and isinstance(value, float):
        return value.is_integer()
    return isinstance(value, _TYPES.get(kind, (object,)))


def _strict(schema: Any) -> bool:
    """Whether OpenAI's strict mode takes the schema: every object closed, every field required."""
    if isinstance(schema, list):
        return all(map(_strict, schema))
    if not isinstance(schema, dict):
        return True
    if schema.get("type") == "object":
        properties = schema.get("properties", {})
        if schema.get("additionalProperties") is not False:
            return False
        if set(schema.get("required", ())) != set(properties):
            return False
        return all(map(_strict, properties.values()))
    return _strict(schema.get("items")) if "items" in schema else True
