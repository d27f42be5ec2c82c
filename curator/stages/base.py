"""The one shape of a stage: a frozen config, and `run(store, config, engines, progress)`."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Annotated, Any, NamedTuple, NoReturn

from curator.conversation import Failure
from curator.engines import Engines
from curator.errors import ConfigError
from curator.filters import both
from curator.progress import Progress as Progress
from curator.progress import Silent as Silent
from curator.store import Store
from curator.wording import several

#: Marks the field whose value may begin with a minus sign.
MINUS = object()


@dataclass(frozen=True, kw_only=True)
class Spending:
    """The flags of a stage that calls models: how much a run may take. A stage's config extends
    this, and its `run` begins with `config.hold(engines)`."""

    max_cost: Annotated[float | None, "stop before the run costs more, by your price table"] = None
    max_tokens: Annotated[int | None, "stop before the run takes more tokens, in and out"] = None
    batch: Annotated[
        bool, "send the calls as the provider's batches: at about half price, within a day"
    ] = False
    yes: Annotated[bool, "go ahead with a long run without a limit"] = False

    def hold(self, engines: Engines) -> None:
        """Tell the engines the limits of this run."""
        if self.batch:
            engines.batch()
        engines.limit(self.max_cost, self.max_tokens, self.yes)


@dataclass(frozen=True, kw_only=True)
class Filtered:
    """The flags of a stage that may work on a part of the workspace; see `curator.filters`. A
    stage's config extends this, and its `run` asks for the part."""

    where: Annotated[
        str, "only what this filter finds, as in 'lang:zh leak>0.3'; `curator list --help`", MINUS
    ] = ""
    view: Annotated[str, "only what the view of this name finds; `curator views`"] = ""

    def asked(self, store: Store) -> str:
        """The filter of both flags, "" for everything."""
        return both(self.where, store.views.get(self.view).where if self.view else "")

    def part(self, store: Store) -> "Part | None":
        """What there is to work on, None for all. Raises `ConfigError` where the filter finds no
        chat and no rewrite."""
        if not (asked := self.asked(store)):
            return None
        find = store.selecting
        part = Part(asked, find.conversations(asked), find.rewrites(asked))
        return part if part.chats or part.rewrites else _nothing(asked, "chat")

    def conversations(self, store: Store) -> list[int] | None:
        """The `ord` of the chats to work on, None for all. Raises `ConfigError` where the filter
        finds none."""
        if not (asked := self.asked(store)):
            return None
        return store.selecting.conversations(asked) or _nothing(asked, "chat")

    def ids(self, store: Store) -> list[str] | None:
        """The ids of the chats to work on, None for all; raises as `conversations` does."""
        if not (asked := self.asked(store)):
            return None
        return store.selecting.ids(asked) or _nothing(asked, "chat")

    def rewrite_ids(self, store: Store) -> list[str] | None:
        """The ids of the rewrites to work on, None for all; raises as `conversations` does."""
        if not (asked := self.asked(store)):
            return None
        return store.selecting.rewrites(asked) or _nothing(asked, "rewrite")


class Part(NamedTuple):
    """What a filter finds: chats by `ord`, in order, and rewrites by id."""

    asked: str
    chats: list[int]
    rewrites: list[str]

    def told(self, report: "Report") -> None:
        """Say in a report how much was worked on."""
        report.data |= {
            "where": self.asked, "found": {"chats": len(self.chats), "rewrites": len(self.rewrites)}
        }  # fmt: skip
        report.lines.append(
            f"only what the filter finds: {several(len(self.chats), 'chat')}, "
            f"{several(len(self.rewrites), 'rewrite')} of them"
        )


def _nothing(asked: str, what: str) -> NoReturn:
    raise ConfigError(f"no {what} is found by --where {asked!r}; `curator list` tries a filter")


@dataclass
class Report:
    """What a stage did: `counts` in the order they should be read, failures, and a result table.

    `rows` (with `columns`) is what a person came for where the numbers alone do not say it.
    `lines` are sentences printed after the counts. `data` is what `--json` adds to the counts.
    """

    counts: dict[str, int | float | str] = field(default_factory=dict)
    failures: list[Failure] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    columns: tuple[str, ...] = ()
    rows: list[tuple[Any, ...]] = field(default_factory=list)
    data: dict[str, Any] = field(default_factory=dict)

    def count(self, what: str, n: int = 1) -> None:
        """Add `n` to the number called `what`."""
        self.counts[what] = int(self.counts.get(what, 0)) + n

    def fail(self, target: str, reason: object, raw: str = "") -> None:
        """Note one item that could not be done; the run goes on."""
        self.failures.append(Failure(target, str(reason), raw))


@dataclass(frozen=True)
class Names:
    """Further spellings of a flag, as in `Annotated[int, "LoRA rank", Names("--lora_r")]`."""

    names: tuple[str, ...]

    def __init__(self, *names: str) -> None:
        object.__setattr__(self, "names", names)


#: Marks the field whose values are typed without a flag, as in
#: `Annotated[tuple[str, ...], "files to read", POSITIONAL]`.
POSITIONAL = object()


@dataclass(frozen=True)
class Stage:
    """A stage: its name on the command line, its config class and its work.

    The config's docstring is the help text.
    `run_id` of the current performance is `store.run_id` while the stage runs. `alone` does what a
    config asks for that needs no workspace; it gives None for every other config.
    """

    name: str
    config: type[Any]
    run: Callable[[Store, Any, Engines, Progress], Report]
    alone: Callable[[Any], Report | None] = lambda _: None
