"""One command per stage, made from the stage's config: the fields are the flags."""

import inspect
import time
from collections.abc import Callable
from dataclasses import MISSING, dataclass, fields
from pathlib import Path
from typing import Annotated, Any, get_args, get_origin, get_type_hints

from cyclopts import Group, Parameter

from curator.cli import progress, show
from curator.cli.workspace import opened
from curator.errors import ConfigError, Incomplete
from curator.settings import Settings
from curator.stages.base import MINUS, POSITIONAL, Names, Stage

EVERYWHERE = Group("Everywhere", sort_key=99)

Workspace = Annotated[
    Path | None,
    Parameter(
        name=["--workspace", "-w"],
        env_var="HINDSIGHT_WORKSPACE",
        help="The workspace file (curator.duckdb in this folder where nothing else is said).",
        group=EVERYWHERE,
    ),
]
Json = Annotated[
    bool,
    Parameter(
        name="--json", negative="", help="Print one JSON object, for scripts.", group=EVERYWHERE
    ),
]


@dataclass(frozen=True)
class Common:
    """The flags that every command has, as they arrived."""

    workspace: Path | None
    json: bool


def command(stage: Stage, settings: Settings) -> Callable[..., int]:
    """A function for cyclopts whose parameters are the fields of the stage's config."""

    def perform_stage(*args: Any, **typed: Any) -> int:
        typed = dict(signature.bind(*args, **typed).arguments)
        common = Common(typed.pop("workspace", None), typed.pop("json", False))
        return run(stage, stage.config(**typed), settings, common)

    signature = inspect.Signature([*_parameters(stage.config), *_common()])
    perform_stage.__signature__ = signature  # type: ignore[attr-defined]
    perform_stage.__annotations__ = {p.name: p.annotation for p in signature.parameters.values()}
    perform_stage.__doc__ = inspect.getdoc(stage.config)
    perform_stage.__name__ = stage.name
    return perform_stage


def run(stage: Stage, config: Any, settings: Settings, common: Common) -> int:
    """Perform one stage on the workspace, show what it did; 0, or 6 where items failed."""
    from curator.stages.runner import perform

    started = time.monotonic()
    if (found := stage.alone(config)) is not None:
        show.report(stage.name, time.monotonic() - started, found, common.json)
        if found.failures:
            raise Incomplete(f"{len(found.failures):,} could not be read (named above)")
        return 0
    stop = progress.Stop()
    with opened(settings, common.workspace, stop) as (store, engines):
        started = time.monotonic()
        with progress.shown(stop, engines.spent) as bar, store.searching.telling(bar):
            engines.waiting = bar.look
            result = perform(store, stage, config, engines, bar)
        show.report(stage.name, time.monotonic() - started, result, common.json)
    if result.failures:
        raise Incomplete(
            f"{stage.name} ended, but {len(result.failures):,} could not be done (named above); "
            f"`curator failures` lists them all"
        )
    return 0


def planned(line: str, settings: Settings) -> tuple[Stage, Any]:
    """The stage and the config of a command line typed elsewhere than in a shell, settings files
    and environment below its flags. Raises `ConfigError` for what is not one."""
    import shlex

    from cyclopts import App, CycloptsError
    from cyclopts.config import Dict, Env

    from curator.settings import unknown
    from curator.stages.registry import STAGES

    try:
        words = shlex.split(line)
    except ValueError as error:
        raise ConfigError(f"{line!r}: {error}; close the quote") from None
    known = {stage.name: stage for stage in STAGES}
    if not words or words[0] not in known:
        raise unknown(f"there is no stage {words[0] if words else ''!r}", line, known)
    stage = known[words[0]]

    def made(*args: Any, **typed: Any) -> Any:
        return stage.config(**dict(signature.bind(*args, **typed).arguments))

    signature = inspect.Signature(_parameters(stage.config))
    made.__signature__ = signature  # type: ignore[attr-defined]
    made.__annotations__ = {p.name: p.annotation for p in signature.parameters.values()}
    tables = {name: dict(table) for name, table in settings.commands.items()}
    below: list[Any] = [Env("HINDSIGHT_", show=False), Dict(tables, source="curator.toml")]
    app = App(name="curator", result_action="return_value", config=below)
    app.command(made, name=stage.name)
    try:
        return stage, app(words, exit_on_error=False, print_error=False)
    except CycloptsError as error:
        raise ConfigError(" ".join(str(error).split())) from None


def _parameters(config: type[Any]) -> list[inspect.Parameter]:
    hints = get_type_hints(config, include_extras=True)
    # `--include settled untouched` may take several words where no word stands without a flag.
    greedy = not any(POSITIONAL in get_args(hint) for hint in hints.values())
    made = []
    for field in fields(config):
        hint = hints[field.name]
        kind, marks = (get_args(hint)[0], get_args(hint)[1:]) if _annotated(hint) else (hint, ())
        default: Any = inspect.Parameter.empty
        if field.default is not MISSING:
            default = field.default
        elif field.default_factory is not MISSING:
            default = field.default_factory()
        made.append(
            inspect.Parameter(
                field.name,
                inspect.Parameter.POSITIONAL_OR_KEYWORD
                if POSITIONAL in marks
                else inspect.Parameter.KEYWORD_ONLY,
                default=default,
                annotation=Annotated[kind, _flag(field.name, marks, default, greedy)],
            )
        )
    return sorted(made, key=lambda parameter: parameter.kind)


def _flag(name: str, marks: tuple[Any, ...], default: Any, greedy: bool) -> Parameter:
    about = next((mark for mark in marks if isinstance(mark, str)), "")
    further = [n for mark in marks if isinstance(mark, Names) for n in mark.names]
    positional = POSITIONAL in marks
    flag = "--" + name.replace("_", "-")
    names = [n for n in further if n.startswith("-")]
    return Parameter(
        name=[flag, *names],
        help=about[:1].upper() + about[1:],
        negative="" if default is False else None,
        negative_iterable=(),
        consume_multiple=greedy,
        allow_leading_hyphen=MINUS in marks,
        show_default=not positional and default not in (None, False, (), ""),
    )


def _common() -> list[inspect.Parameter]:
    keyword = inspect.Parameter.KEYWORD_ONLY
    return [
        inspect.Parameter("workspace", keyword, default=None, annotation=Workspace),
        inspect.Parameter("json", keyword, default=False, annotation=Json),
    ]


def _annotated(hint: Any) -> bool:
    return get_origin(hint) is Annotated
