"""A text in the person's own editor."""

import os
import shlex
import subprocess
import tempfile
from pathlib import Path

from curator.errors import CuratorError

FALLBACK = "vi"


class EditorFailed(CuratorError):
    """The editor could not be started, or said that it failed."""


def edited(text: str) -> str:
    """What the person left in the file. $VISUAL, then $EDITOR, then vi; the terminal must be
    free. A line end that the editor put at the end is taken off again. Raises `EditorFailed`."""
    with tempfile.TemporaryDirectory(prefix="curator-") as folder:  # mode 0700
        path = Path(folder) / "answer.md"
        path.write_bytes(text.encode("utf-8", "surrogatepass"))
        command = _command()
        try:
            code = subprocess.run([*command, str(path)], check=False).returncode
        except OSError as error:
            raise EditorFailed(
                f"{command[0]} could not be started ({error.strerror}); set EDITOR to your editor"
            ) from error
        if code:
            raise EditorFailed(f"{command[0]} ended with {code}; the text was left as it is")
        try:
            written = path.read_bytes().decode("utf-8", "surrogatepass")
        except (OSError, UnicodeDecodeError) as error:
            raise EditorFailed(f"what {command[0]} wrote is no text: {error}") from error
    if written.endswith("\n") and not text.endswith("\n"):
        written = written[:-1]
    return written


def _command() -> list[str]:
    said = os.environ.get("VISUAL") or os.environ.get("EDITOR") or FALLBACK
    try:
        return shlex.split(said) or [FALLBACK]
    except ValueError as error:
        raise EditorFailed(f"EDITOR is {said!r}, which is no command: {error}") from error
