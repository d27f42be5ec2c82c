"""Who may read what is written: the workspace is private, what is exported is the person's."""

import os

_PRIVATE = 0o077
#: The mask that the person works with, once this program has set its own.
_usual: int | None = None


def keep_private() -> None:
    """Let nobody else read the files that this process makes from here on."""
    global _usual
    mask = os.umask(_PRIVATE)
    if _usual is None:
        _usual = mask


def shared_mode() -> int:
    """The permissions that a file of the person's own usually gets."""
    return 0o666 & ~(_PRIVATE if _usual is None else _usual)


def shared_folder_mode() -> int:
    """The same for a folder."""
    return 0o777 & ~(_PRIVATE if _usual is None else _usual)
