"""`curator reset-terminal`: the way back from a killed app to a usable shell."""

import sys
from typing import Any

from curator.errors import ConfigError
from curator.settings import Settings


def reset_terminal(_: Settings) -> Any:
    """`curator reset-terminal`."""

    def reset_terminal() -> int:
        """Put a terminal right that a killed app (kill -9) left odd: screen, cursor, mouse, echo.

        Type it blindly, then Enter (or Ctrl+J, where Enter does nothing). No workspace is opened.
        """
        from curator.tui.lifeline import reset

        if not sys.stdout.isatty():
            raise ConfigError("there is no terminal here to put right; type it where it is odd")
        reset()
        print("The terminal is as a shell expects it.")
        return 0

    return reset_terminal
