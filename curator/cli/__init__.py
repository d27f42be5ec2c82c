"""The command line: commands made from the stages' configs; `main()` gives the exit code."""

import os
import sys
from collections.abc import Sequence

from curator.errors import Cancelled, ConfigError, CuratorError
from curator.rights import keep_private


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; its exit code. Errors are one sentence on the error stream."""
    given = list(sys.argv[1:] if argv is None else argv)
    debug, typed = "--debug" in given, [word for word in given if word != "--debug"]
    keep_private()
    # Before torch is loaded, here or in a child: threads that spin at a barrier starve each other
    # on a busy machine, and sleeping ones cost an idle machine nothing.
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    os.environ.setdefault("GOMP_SPINCOUNT", "0")
    try:
        return _run(_standard_input(_commands_last(typed)))
    except KeyboardInterrupt:
        return _say(Cancelled("stopped; what was finished is kept"))
    except BrokenPipeError:
        # The reader of our output went away (`curator status | head`): nothing to tell anybody.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except CuratorError as error:
        if debug:
            raise
        return _say(error)
    except Exception as error:  # our bug: say so, keep the traceback for the report
        if debug:
            raise
        return _bug(error)


def _run(typed: list[str]) -> int:
    from curator.cli.entering import SCREENS, at_once

    if typed and typed[0] in SCREENS and (code := at_once(typed)) is not None:
        return code
    from cyclopts import CycloptsError

    from curator.cli.app import build
    from curator.settings import unknown

    app = build()
    if typed and not typed[0].startswith("-") and typed[0] not in app:
        commands = [name for name in app if not name.startswith("-")]
        raise unknown(f"there is no command {typed[0]!r}", typed[0], commands)
    try:
        result = app(typed, exit_on_error=False, print_error=False)
    except CycloptsError as error:
        raise ConfigError(f"{_sentence(error)} (see `curator --help`)") from None
    return int(result or 0)


def _sentence(error: Exception) -> str:
    words = " ".join(str(error).split())
    return words[:1].lower() + words[1:].rstrip(".")


def _commands_last(typed: list[str]) -> list[str]:
    """`curator -w FILE review` means `curator review -w FILE`."""
    moved: list[str] = []
    rest = list(typed)
    while len(rest) > 2 and rest[0] in ("-w", "--workspace"):
        moved += rest[:2]
        rest = rest[2:]
    return [*rest, *moved]


def _standard_input(typed: list[str]) -> list[str]:
    """A lone `-` is a file, not a flag: it goes behind `--`, where cyclopts takes it as one."""
    if "-" not in typed or "--" in typed:
        return typed
    return [*(word for word in typed if word != "-"), "--", "-"]


def _say(error: CuratorError) -> int:
    from curator.cli.show import plain

    print(plain(f"curator: {error}"), file=sys.stderr)
    return error.exit_code


def _bug(error: Exception) -> int:
    import traceback
    from datetime import UTC, datetime

    from platformdirs import user_log_path

    log = user_log_path("hindsight-curator", appauthor=False, ensure_exists=True) / "bugs.log"
    with log.open("a", encoding="utf-8") as out:
        out.write(f"\n{datetime.now(UTC).isoformat()} curator\n")
        out.writelines(traceback.format_exception(error))
    return _say(
        CuratorError(
            f"a bug of ours ({type(error).__name__}: {error}); the details are in {log}, "
            f"please send them with your report"
        )
    )
