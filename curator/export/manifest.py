"""What left, in numbers and checksums, and the card that says so in words.

Neither holds a time of day, a run's number or a folder of this machine: the same workspace and
command give the same bytes.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from curator import __version__
from curator.export.policy import After

POLICIES: dict[After, str] = {
    "cut": "An example ends at its settled answer; the turns before it are as the user saw them.",
    "keep": "A chat is told to its end, settled answers in place; later turns answer the old ones.",
    "replay": "An example ends at its settled answer; replay.jsonl lists what was asked after it.",
}


_HINDSIGHT = (
    "A model answered them anew, knowing how the talk went on, and a reviewer decided on each "
    "answer."
)
_AS_THEY_CAME = "They are as they came."


def manifest_text(manifest: Mapping[str, Any]) -> str:
    """The manifest as a file: keys in the order given, one line break at the end."""
    return json.dumps(manifest, indent=2, ensure_ascii=False) + "\n"


def versions() -> dict[str, str]:
    """What decides the bytes: this program."""
    return {"hindsight-curator": __version__}


def card(manifest: Mapping[str, Any]) -> str:
    """A dataset card: front matter that hubs read, then what a person should know."""
    settings, counts = manifest["settings"], manifest["counts"]
    sources: Sequence[Mapping[str, Any]] = manifest["sources"]
    licences = sorted({source["license"] or "unknown" for source in sources})
    lines = [
        "---",
        f"license: {licences[0] if len(licences) == 1 and licences[0] != 'unknown' else 'other'}",
        *(["license_name: several, see below"] if len(licences) > 1 else []),
        *_languages(manifest),
        "tags:",
        "- hindsight-curator",
        "configs:",
        "- config_name: default",
        "  data_files:",
    ]
    for file in manifest["files"]:
        lines += [f"  - split: {file['side']}", f"    path: {file['name']}"]
    lines += [
        "---",
        "",
        f"# {manifest['name']}",
        "",
        f"{counts['rows']:,} rows in the layout `{settings['format']}`, from {counts['chats']:,} "
        f"chats. {_HINDSIGHT if manifest['decided'] else _AS_THEY_CAME}",
        "",
        f"Left: {', '.join(settings['include'])}. {POLICIES[settings['after']]}",
        "",
        "| file | rows | SHA-256 |",
        "|---|---|---|",
        *(f"| {f['name']} | {f['rows']:,} | `{f['sha256']}` |" for f in manifest["files"]),
        "",
        *_tokens(manifest),
        "| source | chats | licence |",
        "|---|---|---|",
        *(
            f"| {_cell(s['source'])} | {s['chats']:,} | {_cell(s['license'] or 'unknown')} |"
            for s in sources
        ),
        "",
    ]
    if "unknown" in licences:
        lines += ["Some sources name no licence: find out before you publish this.", ""]
    lines += _decided(manifest) + _lost(manifest) + _checked(manifest)
    return "\n".join(lines).rstrip() + "\n"


def _tokens(manifest: Mapping[str, Any]) -> list[str]:
    files = [file for file in manifest["files"] if file.get("tokens")]
    if not files:
        return []
    names = list(files[0]["tokens"])
    return [
        f"| file | {' | '.join(f'tokens, {name}' for name in names)} |",
        f"|---|{'---|' * len(names)}",
        *(
            f"| {file['name']} | {' | '.join(f'{n:,}' for n in file['tokens'].values())} |"
            for file in files
        ),
        "",
    ]


def _languages(manifest: Mapping[str, Any]) -> list[str]:
    found = [name for name in manifest["languages"] if name]
    return ["language:", *(f"- {name}" for name in found)] if found else []


def _decided(manifest: Mapping[str, Any]) -> list[str]:
    decided = manifest["decided"]
    if not decided:
        return ["Nobody decided on any of it: these are untouched originals.", ""]
    return [
        "| verdict | reviewer | answers |",
        "|---|---|---|",
        *(f"| {d['verdict']} | {_cell(d['reviewer'])} | {d['answers']:,} |" for d in decided),
        "",
    ]


def _lost(manifest: Mapping[str, Any]) -> list[str]:
    lost = manifest["lost"]
    if not lost:
        return ["The layout holds everything that the chats had.", ""]
    return [
        "The layout cannot hold:",
        "",
        *(f"- {what} ({count:,} examples)" for what, count in lost.items()),
        "",
    ]


def _checked(manifest: Mapping[str, Any]) -> list[str]:
    if not manifest["checks"]:
        return []
    lines = [
        "| trainer | would be | rows | for example |",
        "|---|---|---|---|",
    ]
    for check in manifest["checks"]:
        lines += [
            f"| {check['trainer']} | {f['effect']} | {f['rows']:,} | {_cell(f['why'])} |"
            for f in check["findings"]
        ] or [f"| {check['trainer']} | accepted whole | {counts_of(manifest):,} | |"]
    return [*lines, "", f"Lengths: {manifest['lengths']}.", ""]


def counts_of(manifest: Mapping[str, Any]) -> int:
    """The rows of a manifest."""
    return int(manifest["counts"]["rows"])


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
