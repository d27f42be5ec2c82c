"""How long a chat is for a model: by its own tokenizer and chat template, or estimated."""

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

from curator.errors import ConfigError

Message = dict[str, Any]
#: Marks around each message that a chat template adds, where there is no template to ask.
AROUND = 5


class Lengths(Protocol):
    """Counts tokens. `exact` says whether a tokenizer did the counting, `name` which."""

    exact: bool
    name: str

    def chat(self, messages: Sequence[Message]) -> int:
        """Tokens of a chat as the model sees it. Raises `ValueError` where the template refuses
        it, in the template's own words."""
        ...

    def text(self, text: str) -> int:
        """Tokens of a text alone."""
        ...

    def sums(self, characters: int, size: int, messages: int) -> int:
        """Tokens of messages of which only the characters, and their bytes in UTF-8, are known
        in all. Only for lengths that are not exact."""
        ...


class Estimated:
    """A token for four characters or one CJK character, and `AROUND` for each message."""

    exact = False
    name = "estimated (4 characters or one CJK character a token)"

    def chat(self, messages: Sequence[Message]) -> int:
        return self.text("".join([said(message) for message in messages])) + AROUND * len(messages)

    def text(self, text: str) -> int:
        return self.sums(len(text), len(text) if text.isascii() else len(text.encode()), 0)

    def sums(self, characters: int, size: int, messages: int) -> int:
        """Tokens of so many messages that have so many characters, and bytes in UTF-8, in all."""
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
        self._last = "", 0
        self._special = {
            key: value["content"] if isinstance(value, dict) else value
            for key, value in config.items()
            if key.endswith("_token") and isinstance(value, (str, dict))
        }
        self.name = path.resolve().name.removesuffix(".transformers")

    def chat(self, messages: Sequence[Message]) -> int:
        from jinja2.exceptions import TemplateError

        plain = [{**message, "content": said(message)} for message in messages]
        if self._template is None:
            return sum(self.text(message["content"]) + AROUND for message in plain)
        try:
            rendered = self._template.render(
                messages=plain, tools=None, add_generation_prompt=False, **self._special
            )
        except TemplateError as error:
            raise ValueError(str(error)) from error
        return self.text(rendered)

    def sums(self, characters: int, size: int, messages: int) -> int:
        raise NotImplementedError("a tokenizer must see the words")

    def text(self, text: str) -> int:
        # The rules of a trainer and the statistics ask for the same chat one after the other.
        if text != self._last[0]:
            (found,) = self._tokenizer.encode_batch_fast([text], add_special_tokens=False)
            self._last = text, len(found)
        return self._last[1]


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


def said(message: Message) -> str:
    """The text of a message, whatever shape its content has."""
    content = message.get("content")
    if isinstance(content, str):
        return content
    if isinstance(content, list):
        from curator.formats.messages import parts_text

        return parts_text(content)
    return ""
