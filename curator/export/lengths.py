"""How long a chat is for a model: by its own tokenizer and chat template, or estimated."""

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from curator.errors import ConfigError

Message = dict[str, Any]
#: Tools that a chat template tells the model of, as lists of their definitions.
Tools = Sequence[Mapping[str, Any]] | None
#: Marks around each message that a chat template adds, where there is no template to ask.
AROUND = 5
#: Texts whose length is remembered: a row's are asked for several times in a row.
KNOWN = 16


class Lengths(Protocol):
    """Counts tokens. `exact` says whether a tokenizer did the counting, `name` which."""

    exact: bool
    name: str

    def chat(self, messages: Sequence[Message], tools: Tools = None) -> int:
        """Tokens of a chat as the model sees it. Raises `ValueError` where the template refuses
        it, in the template's own words."""
        ...

    def before(
        self, context: Sequence[Message], ending: Sequence[Message], tools: Tools = None
    ) -> int:
        """Tokens of a chat before the first of the ending's own. Raises as `chat` does."""
        ...


class Estimated:
    """A token for four characters or one CJK character, and `AROUND` for each message."""

    exact = False
    name = "estimated (4 characters or one CJK character a token)"

    def chat(self, messages: Sequence[Message], tools: Tools = None) -> int:
        text = "".join([*(said(message) for message in messages), shown(tools)])
        size = len(text) if text.isascii() else len(text.encode("utf-8", "surrogatepass"))
        tokens: int = self.sums(len(text), size, len(messages))
        return tokens

    def before(
        self, context: Sequence[Message], ending: Sequence[Message], tools: Tools = None
    ) -> int:
        del ending
        return self.chat(context, tools)

    def sums(self, characters: Any, size: Any, messages: Any) -> Any:
        """Tokens of messages of which only the characters, and their bytes in UTF-8, are known
        in all; of many chats at once where arrays are given."""
        # In UTF-8 a CJK character takes two bytes more than a Latin letter: no pattern is needed.
        wide = (size - characters) // 2
        return wide + (characters - wide + 3) // 4 + AROUND * messages


class Tokenized:
    """A model's `tokenizer.json` and chat template, read without its heavy library: the template
    is rendered the way transformers renders it, and counts are the same."""

    exact = True

    def __init__(self, path: Path) -> None:
        from tokenizers import Tokenizer

        if not (path / "tokenizer.json").is_file():
            raise ConfigError(
                f"--tokenizer {path}: no tokenizer.json there; name a folder that holds one"
            )
        try:
            self._tokenizer: Any = Tokenizer.from_file(str(path / "tokenizer.json"))
            config = _json(path / "tokenizer_config.json")
            self._template = _template(path, config)
        except Exception as error:  # the loaders' errors have no common ancestor
            raise ConfigError(
                f"--tokenizer {path}: its files cannot be read ({type(error).__name__}: {error})"
            ) from error
        self._known: dict[str, int] = {}
        self._special = {
            key: value["content"] if isinstance(value, dict) else value
            for key, value in config.items()
            if key.endswith("_token") and isinstance(value, (str, dict))
        }
        self.name = path.resolve().name.removesuffix(".transformers")

    def chat(self, messages: Sequence[Message], tools: Tools = None) -> int:
        if self._template is None:
            return sum(self._text(said(message)) + AROUND for message in messages)
        return self._text(self._rendered(messages, tools, asks=False))

    def before(
        self, context: Sequence[Message], ending: Sequence[Message], tools: Tools = None
    ) -> int:
        if self._template is None:
            return self.chat(context)
        asked = self._rendered(context, tools, asks=True)
        whole = self._rendered([*context, *ending], tools, asks=False)
        if whole.startswith(asked):
            return self._text(asked)
        # A template may end the question in another way where the answer is there.
        letters = enumerate(zip(asked, whole, strict=False))
        apart = next((n for n, (one, other) in letters if one != other), len(whole))
        return self._text(asked[:apart])

    def _rendered(self, messages: Sequence[Message], tools: Tools, *, asks: bool) -> str:
        from jinja2.exceptions import TemplateError

        plain = [{**message, "content": said(message)} for message in messages]
        try:
            text: str = self._template.render(
                messages=plain, tools=tools, add_generation_prompt=asks, **self._special
            )
        except TemplateError as error:
            raise ValueError(str(error)) from error
        return text

    def _text(self, text: str) -> int:
        found = self._known.get(text)
        if found is None:
            (tokens,) = self._tokenizer.encode_batch_fast([text], add_special_tokens=False)
            found = self._known[text] = len(tokens)
            if len(self._known) > KNOWN:
                del self._known[next(iter(self._known))]
        return found


def _json(path: Path) -> dict[str, Any]:
    if not path.is_file():
        return {}
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


def _template(path: Path, config: dict[str, Any]) -> Any:
    """The chat template, compiled as transformers does (trimmed blocks, sandbox), or None."""
    from jinja2.exceptions import TemplateError
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    file = path / "chat_template.jinja"
    source = file.read_text(encoding="utf-8") if file.is_file() else config.get("chat_template")
    if isinstance(source, list):
        source = next((one["template"] for one in source if one.get("name") == "default"), None)
    if not isinstance(source, str):
        return None

    def refuse(message: str) -> None:
        raise TemplateError(message)

    room = ImmutableSandboxedEnvironment(
        trim_blocks=True, lstrip_blocks=True, extensions=["jinja2.ext.loopcontrols"]
    )
    room.filters["tojson"] = lambda value, **_: json.dumps(value, ensure_ascii=False)
    room.globals |= {"raise_exception": refuse, "strftime_now": lambda form: form}
    # {% generation %} only marks what is learnt; it prints what it holds.
    marks = re.compile(r"{%-?\s*(?:end)?generation\s*-?%}")
    return room.from_string(marks.sub("", source))


def shown(tools: Tools) -> str:
    """Tools as a chat template tells of them."""
    return json.dumps(tools, ensure_ascii=False) if tools else ""


def said(message: Message) -> str:
    """The text of a message, whatever shape its content has."""
    content = message.get("content")
    if isinstance(content, str):
        return content
    if isinstance(content, list):
        from curator.formats.messages import parts_text

        return parts_text(content)
    return ""
