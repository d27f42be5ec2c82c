"""What can go wrong, as classes: the class is the exit code.

Pick the class by whose move it is. A message is one sentence: what, where, what to do.
"""


class CuratorError(Exception):
    """Something the person should read; its `exit_code` is the command's."""

    exit_code = 1


class ConfigError(CuratorError):
    """Change the command or the settings."""

    exit_code = 2


class DataError(CuratorError):
    """The file is not what it claims to be."""

    exit_code = 3


class StoreError(CuratorError):
    """The workspace is locked, newer, damaged or out of room."""

    exit_code = 4
    stops_run: bool = True


class ReadOnly(StoreError):
    """The workspace may only be read, and somebody would have written."""


class EngineError(CuratorError):
    """An endpoint, the embedder or the tuner failed.

    `kind` is one word for counting, `raw` what came back (if anything did), and `stops_run` says
    that every other request would fail the same way.
    """

    exit_code = 5
    kind: str = "engine"
    raw: str = ""
    stops_run: bool = False


class Incomplete(CuratorError):
    """The run ended, but some items failed; they are named in the report."""

    exit_code = 6


class Cancelled(CuratorError):
    """The person asked to stop; what was finished is kept."""

    exit_code = 130
