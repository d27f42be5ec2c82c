"""Dataset formats: one file each, both directions; to add one, write it and list it here."""

from collections.abc import Sequence

from curator.formats import (
    alpaca,
    answered,
    apps,
    asked,
    chatgpt,
    chats,
    classic,
    completion,
    kto,
    messages,
    preference,
    ranked,
    reflection,
    sessions,
    sharegpt,
    spread,
    templates,
    transcripts,
    trees,
    ultrachat,
    vendors,
    versus,
    weighted,
)
from curator.formats.base import Format, Recognised, Row

__all__ = ["FORMATS", "Format", "Recognised", "Row", "recognise"]

#: By name, in the order in which they are tried and shown.
FORMATS: dict[str, Format] = {
    format_.name: format_
    for format_ in (
        alpaca.FORMAT,
        alpaca.HISTORY,
        alpaca.PLAIN,
        sharegpt.FORMAT,
        messages.FORMAT,
        messages.STRICT,
        ultrachat.FORMAT,
        ultrachat.FORMAT_200K,
        weighted.TRAIN,
        weighted.V1,
        completion.FORMAT,
        *preference.FORMATS,
        kto.TRL,
        kto.LLAMAFACTORY,
        reflection.FORMAT,
        reflection.AXOLOTL,
        transcripts.CHATML_FORMAT,
        transcripts.LINES,
        transcripts.BAIZE_FORMAT,
        transcripts.BELLE_CHAT,
        *classic.FORMATS,
        *trees.FORMATS,
        chatgpt.FORMAT,
        *vendors.FORMATS,
        *apps.FORMATS,
        *sessions.FORMATS,
        *chats.FORMATS,
        *templates.FORMATS,
        *answered.FORMATS,
        versus.FORMAT,
        spread.FORMAT,
        asked.FORMAT,
        ranked.FORMAT,
        ranked.PROMPTS,
        ranked.FASTCHAT,
    )
}


def recognise(rows: Sequence[Row]) -> list[Recognised]:
    """The layouts that a sample of records may have, likeliest first, each with how sure (the
    mean over the sample, 0 to 1) and why (the reason given by the record it fits best).

    Layouts that fit no record are left out; of equals the first registered comes first.
    """
    found = []
    for format_ in FORMATS.values():
        if format_.recognise is None:
            continue
        opinions = [format_.recognise(row) for row in rows]
        sure = sum(opinion[0] for opinion in opinions) / max(len(opinions), 1)
        if sure:
            why = max(opinions, key=lambda opinion: opinion[0])[1]
            found.append(Recognised(format_, sure, why))
    return sorted(found, key=lambda entry: -entry.sureness)
