"""A text in the person's own editor."""

import os
import shlex
import subprocess
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

from curator.errors import CuratorError

FALLBACK = "vi"
#: Seconds between two looks at what was saved.
EVERY = 2.0


class EditorFailed(CuratorError):
    """The editor could not be started, or said that it failed."""


#: Starts a program that gets the terminal, waits for it, and gives its exit code.
Run = Callable[[list[str]], int]


def edited(
    text: str,
    keep: Callable[[str], Any] = lambda _: None,
    run: Run = lambda command: subprocess.run(command, check=False).returncode,
) -> str:
    """What the person left in the file. $VISUAL, then $EDITOR, then vi; the terminal must be
    free. A line end that the editor put at the end is taken off again. Raises `EditorFailed`.

    Whatever the person saves in there is given to `keep` within two seconds, and when the editor
    ends in failure: neither its crash nor this program's loses it."""
    with tempfile.TemporaryDirectory(prefix="curator-") as folder:  # mode 0700
        path = Path(folder) / "answer.md"
        path.write_bytes(text.encode("utf-8", "surrogatepass"))
        command = _command()
        watch = _Watch(path, text, keep)
        try:
            with watch:
                code = run([*command, str(path)])
        except OSError as error:
            raise EditorFailed(
                f"{command[0]} could not be started ({error.strerror}); set EDITOR to your editor"
            ) from error
        if code:
            kept = "what you had saved there is kept as a draft (e)" if watch.found else ""
            kept = kept or "the text was left as it is"
            raise EditorFailed(f"{Path(command[0]).name} ended with {code}; {kept}")
        try:
            written = path.read_bytes().decode("utf-8", "surrogatepass")
        except FileNotFoundError as error:
            raise EditorFailed(
                f"{Path(command[0]).name} left no file behind; the text was left as it is"
            ) from error
        except (OSError, UnicodeDecodeError) as error:
            raise EditorFailed(f"what {command[0]} wrote is no text: {error}") from error
    return _without_end(written, text)


class _Watch:
    """Looks at the file every two seconds while the editor has it."""

    def __init__(self, path: Path, text: str, keep: Callable[[str], Any]) -> None:
        self._path, self._text, self._keep = path, text, keep
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._look_on, daemon=True)
        #: Whether anything was found that is not the text it began with.
        self.found = False

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()

    def _look_on(self) -> None:
        last = self._text
        while True:
            over = self._done.wait(EVERY)
            try:
                written = self._path.read_bytes().decode("utf-8", "surrogatepass")
            except (OSError, UnicodeDecodeError):
                written = last  # the editor is just writing it
            written = _without_end(written, self._text)
            if written not in (last, self._text, ""):
                last, self.found = written, True
                self._keep(written)
            if over:
                return


def _without_end(written: str, text: str) -> str:
    return written[:-1] if written.endswith("\n") and not text.endswith("\n") else written


def _command() -> list[str]:
    said = os.environ.get("VISUAL") or os.environ.get("EDITOR") or FALLBACK
    try:
        return shlex.split(said) or [FALLBACK]
    except ValueError as error:
        raise EditorFailed(f"EDITOR is {said!r}, which is no command: {error}") from error
