"""rules: a person's own rules vote on turns and chats; what they would say is shown first."""

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import msgspec

from curator.conversation import Signal, digest
from curator.engines import Engines
from curator.errors import ConfigError
from curator.stages.base import Filtered, Progress, Report, Stage
from curator.store import Store
from curator.store.rules import Place
from curator.text import snippet

FILE = "rules.toml"
ROLES = {"question": ("user",), "answer": ("assistant",), "any": ("user", "assistant")}
VOTES = {"bad": True, "good": False}
PREFIX = "rule:"
#: Places that are read for each sample that is shown.
TRIED = 8
EXAMPLE = """[[rule]]
name = "homework"
regex = "(?i)homework|作业"
on = "question"        # question, answer or any
says = "bad"           # bad flags; good speaks for it

[[rule]]
name = "long-chats"
where = "turns>8"      # the filter language of --where
says = "good"
"""


@dataclass(frozen=True, kw_only=True)
class Config(Filtered):
    """Let your own rules vote: regular expressions and filters in rules.toml.

    Shows how many turns and chats each rule meets, samples, and where rules overlap or contradict
    each other; with --apply their votes become signals (`rule:NAME`), which filters and the learned
    order can use. The file lies beside the workspace.
    """

    apply: Annotated[bool, "store the votes as signals; without it nothing is changed"] = False
    samples: Annotated[int, "places to show for each rule"] = 2
    file: Annotated[str, "another file of rules (rules.toml beside the workspace)"] = ""


#: How a place in the file is told by msgspec.
_PLACE = re.compile(r"- at `\$\[(\d+)\][^`]*`")


class Rule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One rule as it stands in the file; `regex` or `where`, not both."""

    name: str
    regex: str = ""
    where: str = ""
    on: str = "any"
    says: str = "bad"
    why: str = ""

    @property
    def version(self) -> int:
        """Another number for another rule of the same name."""
        return int(digest([self.regex, self.where, self.on, self.says])[:7], 16)


def run(store: Store, config: Config, engines: Engines, progress: Progress) -> Report:
    """Find what each rule meets, show it, and store the votes where that is wanted."""
    del engines
    path = Path(config.file) if config.file else store.path.with_name(FILE)
    rules, part = read(path), config.ids(store)
    voted = [n for n in store.turn_signals.counts() if n.startswith(PREFIX)]
    # Who has taken out every rule may still take their votes back.
    if not rules and not (config.apply and voted):
        raise ConfigError(f"{path} holds no [[rule]]; one looks like\n\n{EXAMPLE}")
    wanted = None if part is None else set(part)
    progress.begin(len(rules), "rules tried")
    met: dict[str, list[Place]] = {}
    for rule in rules:
        places = _places(store, path, rule)
        met[rule.name] = [p for p in places if wanted is None or p[0] in wanted]
        progress.step()
    report = Report(columns=("rule", "says", "meets", "chats", "overlaps", "conflicts", "sample"))
    _table(store, rules, met, (config.samples, report))
    chats = {id_ for places in met.values() for id_, _ in places}
    report.counts |= {
        "rules": len(rules),
        "chats that a rule meets": len(chats),
        "share of all chats": round(len(chats) / max(1, store.conversations.count()), 4),
    }
    if wanted is not None:
        report.counts["chats the filter finds"] = len(wanted)
    if config.apply:
        _apply(store, rules, met)
        report.lines.append(
            "The votes are stored as signals; a filter finds them: `signal:rule:NAME`"
        )
        if gone := sorted({*voted} - {PREFIX + rule.name for rule in rules}):
            report.lines.append(
                f"Taken away, as no rule of theirs is left: the votes of {', '.join(gone)}"
            )
        if wanted is not None:
            report.lines.append("Votes stand on this part alone now; without --where on all chats")
    else:
        report.lines.append("Nothing was changed; --apply stores the votes as signals")
    return report


def read(path: Path) -> list[Rule]:
    """The rules of a file, if any. Raises `ConfigError` that names the rule which cannot be one."""
    if not path.is_file():
        raise ConfigError(f"there is no {path}; write your rules there, such as\n\n{EXAMPLE}")
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
        rules = msgspec.convert(table.get("rule", []), list[Rule])
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, msgspec.ValidationError) as error:
        told = _PLACE.sub(lambda m: f"in rule {int(m[1]) + 1}", str(error))
        raise ConfigError(f"{path}: {told}; a rule looks like\n\n{EXAMPLE}") from None
    seen: set[str] = set()
    for rule in rules:
        where = f"{path}: rule {rule.name!r}"
        if bool(rule.regex) == bool(rule.where):
            raise ConfigError(f"{where} needs either regex or where")
        if rule.on not in ROLES or rule.says not in VOTES:
            raise ConfigError(f"{where}: on is {', '.join(ROLES)}; says is {', '.join(VOTES)}")
        if rule.name in seen or not rule.name.strip():
            raise ConfigError(f"{where}: every rule needs a name of its own")
        seen.add(rule.name)
    return rules


def _places(store: Store, path: Path, rule: Rule) -> list[Place]:
    """Where a rule holds. Raises `ConfigError` that names it where it cannot be tried."""
    try:
        if rule.where:
            return store.rules.by_filter(rule.where)
        return store.rules.by_pattern(rule.regex, ROLES[rule.on])
    except ConfigError as error:
        raise ConfigError(f"{path}: rule {rule.name!r}: {error}") from None


def _table(
    store: Store,
    rules: Sequence[Rule],
    met: Mapping[str, list[Place]],
    around: tuple[int, Report],
) -> None:
    """A row a rule: coverage, overlaps (chats another rule meets too) and conflicts (where that
    other votes against it), as in weak supervision (Ratner et al., “Snorkel”, 2017)."""
    samples, report = around
    chats = {rule.name: {id_ for id_, _ in met[rule.name]} for rule in rules}
    for rule in rules:
        mine = chats[rule.name]
        others = [other for other in rules if other.name != rule.name]
        overlaps = {c for other in others for c in mine & chats[other.name]}
        against = [other for other in others if other.says != rule.says]
        conflicts = {c for other in against for c in mine & chats[other.name]}
        places = met[rule.name]
        some = _samples(store, rule, places, samples)
        row = (rule.name, rule.says, len(places), len(mine), len(overlaps), len(conflicts))
        report.rows.append((*row, some[0] if some else ""))
        report.rows += [("", "", "", "", "", "", text) for text in some[1:]]
        if len(mine) > 1 and len(mine) == store.conversations.count():
            report.lines.append(f"rule {rule.name!r} meets every chat: it tells none from another")


def _samples(store: Store, rule: Rule, places: Sequence[Place], count: int) -> list[str]:
    """So many of the texts that a rule meets, drawn evenly, no two alike where that can be."""
    step = max(1, len(places) // max(1, TRIED * count))
    texts = dict.fromkeys(
        snippet(store.rules.turn(place, rule.regex), 70)
        for place in places[::step][: TRIED * count]
    )
    apart = max(1, len(texts) // max(1, count))
    return list(texts)[::apart][:count]


def _apply(store: Store, rules: Sequence[Rule], met: Mapping[str, list[Place]]) -> None:
    found = [
        Signal(id_, index, PREFIX + rule.name, 1.0 if VOTES[rule.says] else -1.0,
               VOTES[rule.says], rule.why or f"your rule {rule.name!r} says {rule.says}")
        for rule in rules
        for id_, index in met[rule.name]
    ]  # fmt: skip
    versions: dict[str, Any] = {PREFIX + rule.name: rule.version for rule in rules}
    gone = [name for name in store.turn_signals.counts() if name.startswith(PREFIX)]
    store.turn_signals.replace(found, {**dict.fromkeys(gone, 0), **versions}, store.run_id)


STAGE = Stage("rules", Config, run)
