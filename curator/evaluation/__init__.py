"""The exam without its invigilators: the questions by category, and what scores mean.

To add a category, add a JSON file to `prompts/`: a list of questions, each a string, or a list of
strings for a talk of several turns. The number in front of a file's name is its place.
"""

import json
import re
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from curator.errors import ConfigError, DataError

NUMBER = re.compile(r"^\d+[-_. ]*")


@dataclass(frozen=True)
class Question:
    """One exam question: the user's turns, said one after the other."""

    category: str
    turns: tuple[str, ...]


def shipped() -> list[Question]:
    """The questions that come with the program, category by category."""
    return _of_folder(files(__name__) / "prompts")


def read(path: Path) -> list[Question]:
    """The questions of a file, or of all .json files of a folder.

    Raises `ConfigError` when it is not there, `DataError` with file and place when a question is
    no question.
    """
    if path.is_dir():
        questions = _of_folder(path)
        if not questions:
            raise ConfigError(f"{path} holds no .json file with questions")
        return questions
    if not path.is_file():
        raise ConfigError(f"{path}: there is no such file or folder of questions")
    return _of_file(path)


def _of_folder(folder: Traversable) -> list[Question]:
    found = sorted((f for f in folder.iterdir() if f.name.endswith(".json")), key=lambda f: f.name)
    return [question for file in found for question in _of_file(file)]


def _of_file(file: Traversable) -> list[Question]:
    category = NUMBER.sub("", file.name.removesuffix(".json")).replace("_", " ") or file.name
    try:
        values: Any = json.loads(file.read_bytes().decode("utf-8-sig"))
    except (ValueError, OSError) as error:
        raise DataError(f"{file}: no JSON list of questions ({error})") from None
    if not isinstance(values, list) or not values:
        raise DataError(f"{file}: it should be a JSON list of strings, one question each")
    return [
        Question(category, _turns(value, f"{file}, question {place}"))
        for place, value in enumerate(values, 1)
    ]


def _turns(value: Any, where: str) -> tuple[str, ...]:
    turns = (value,) if isinstance(value, str) else value
    if not isinstance(turns, (list, tuple)) or not turns:
        raise DataError(f"{where} is neither a string nor a list of strings")
    if not all(isinstance(turn, str) and turn.strip() for turn in turns):
        raise DataError(f"{where} holds something that is no text")
    return tuple(turns)
