"""What the app stands on: a terminal it can be seen on, and letters that terminal understands."""

import io
import os
import sys

from curator.errors import ConfigError


def check() -> None:
    """Make standard error, which Textual draws on, speak UTF-8 whatever the locale says: each
    letter it does not know would come as `\\u2500`, and no line would be as long as it was laid
    out. Raises `ConfigError` where nobody would see the app."""
    screen = sys.__stderr__
    if screen is None or not screen.isatty():
        raise ConfigError(
            "the app draws on standard error, which is not the terminal here: leave out `2>`"
        )
    if os.environ.get("TERM") == "dumb":
        raise ConfigError(
            "TERM=dumb says that this terminal cannot move its cursor, so the app cannot draw on "
            "it; if it can, `TERM=xterm-256color curator …` goes ahead"
        )
    if isinstance(screen, io.TextIOWrapper) and screen.encoding.lower() not in ("utf-8", "utf8"):
        screen.reconfigure(encoding="utf-8", errors="replace")
