"""Private data and secrets: found by shape, proved by checksum or entropy, and redactable.

A number is reported only where it proves itself: cards by Luhn and their issuer's lengths, IBANs by
mod 97 and their country's length, Chinese identity numbers by their check digit and birth date,
keys by their maker's prefix or by their entropy beside a word such as `api_key`.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from curator.signals.checksums import china_id, entropy, iban, luhn


class Span(NamedTuple):
    """A private place in a text."""

    kind: str
    start: int
    end: int
    text: str


@dataclass(frozen=True, kw_only=True)
class Kind:
    """One kind of private data: how it is found and proved, and how people hear of it. It
    is only looked for in texts with one of the `guards`, and in shapes (see `shape`) that `like`
    meets."""

    code: str
    name: str
    told: str
    about: str
    pattern: re.Pattern[str]
    guards: tuple[str, ...]
    proved: Callable[[re.Match[str]], bool] = lambda _: True
    like: re.Pattern[bytes] | None = None


def _card(match: re.Match[str]) -> bool:
    digits = re.sub(r"\D", "", match[0])
    # In groups it is written all along, or not at all; a part in one is a difference.
    if len(digits) < len(match[0]) and not _GROUPED.fullmatch(match[0]):
        return False
    # One row of 13 digits is a bar code, one of 17 to 19 a number in a database, but in China.
    long = (16, 17, 18, 19) if len(digits) < len(match[0]) or digits[:2] == "62" else (16,)
    lengths = {"3": (14, 15, 16), "4": long[:1] + long[3:], "5": (16,), "6": long, "2": (16,)}
    return len(digits) in lengths.get(digits[0], ()) and len(set(digits)) > 3 and luhn(digits)


_GROUPED = re.compile(r"\d{4}([ -])\d{4}\1\d{4}\1\d{1,7}|\d{4}([ -])\d{6}\2\d{5}")


def _secret(match: re.Match[str]) -> bool:
    word = match["word"] or match["inside"]
    if _NO_SECRET.search(word or match[0]):
        return False
    if word is None:
        return entropy(match[0]) > 3
    parts = re.split(r"[-_/]", word)
    if len(parts) > 2 and all(
        part.isalpha() or (part.isdigit() and len(part) < 4) for part in parts
    ):
        return False  # words in a row, as in a link or a code of chapters
    return len(set(word)) > 8 and entropy(word) > 3.2 and any(sign.isdigit() for sign in word)


#: What stands in the place of a secret in what is written for others.
_NO_SECRET = re.compile(
    r"your|x{5}|example|placeholder|_here|change_?me|insert|dummy|sample|redacted", re.I
)


def _phone(match: re.Match[str]) -> bool:
    digits = re.sub(r"\D", "", match[0])
    if "555" in digits[:7] or len(set(digits)) < 4 or digits[-7:] in ("1234567", "4567890"):
        return False
    if digits in ("2147483647", "2147483648", "4294967295", "4294967296"):  # bounds of integers
        return False
    return 9 <= len(digits) <= 15


def _address(match: re.Match[str]) -> bool:
    parts = match[0].split(".")
    if any(int(part) > 255 or (len(part) > 1 and part[0] == "0") for part in parts):
        return False
    if match[0] in _EVERYBODYS or match[0].startswith(("192.0.2.", "198.51.100.", "203.0.113.")):
        return False
    if parts[3] in ("0", "255"):  # a whole network
        return False
    first, second = int(parts[0]), int(parts[1])
    # Versions ("1.2.3.4"), and networks that belong to nobody in particular.
    own = first in (0, 10, 127) or (first, second) in ((192, 168), (169, 254))
    return not own and not (first == 172 and 16 <= second < 32) and first > 5 and first < 224


#: Name servers that everybody may ask. (What documents use is left out by its networks, RFC 5737.)
_EVERYBODYS = frozenset((
    "8.8.8.8", "8.8.4.4", "9.9.9.9", "208.67.222.222", "208.67.220.220", "114.114.114.114",
    "114.114.115.115", "223.5.5.5", "223.6.6.6", "119.29.29.29", "180.76.76.76",
))  # fmt: skip


def _mail(match: re.Match[str]) -> bool:
    low = match[0].lower()
    return not _NOBODY.search(low)


_NOBODY = re.compile(
    r"@(?:example[\w-]*|domain|yourdomain|company|email|test|xyz|abc|yourcompany|sample|website)\.|^(?:git|your|name|user"
    r"|example|someone|email|xxx|abc|john\.?doe|jane\.?doe)\w{0,12}@"
)

#: By kind; what proves more comes first, so that a card is not taken for a telephone number. The
#: patterns begin with the signs themselves and then look behind: a search that begins by looking
#: behind does so at every character of a text.
KINDS: dict[str, Kind] = {
    "private_key": Kind(
        code="P03", name="private-key", told="a private key",
        about="A private key stands in the text.",
        guards=("private key-----",),
        pattern=re.compile(
            r"-----BEGIN (?:[A-Z]{2,10} ){0,2}PRIVATE KEY-----[^-]{0,8000}"
            r"(?:-----END [A-Z ]{0,24}PRIVATE KEY-----)?"
        ),
    ),
    "secret": Kind(
        code="P04", name="secret", told="a key or password",
        about="An access key, a token or a password stands in the text.",
        guards=("sk-", "akia", "ghp_", "gho_", "github_pat", "xox", "aiza", "hf_", "eyj", "glpat",
                "api key", "api_key", "api-key", "apikey", "access token", "access_token",
                "auth token", "auth_token", "secret", "passw", "bearer", "密码", "密钥", "npm_",
                "pypi-", "sk_live_", "rk_live_", "ltai", "akid", "://"),
        pattern=re.compile(
            r"\b(?:sk-(?:proj-|ant-)?[A-Za-z0-9_-]{20,120}|AKIA[0-9A-Z]{16}|gh[opsu]_[A-Za-z0-9]{36}"
            r"|github_pat_\w{40,90}|xox[abprs]-[A-Za-z0-9-]{10,80}|AIza[A-Za-z0-9_-]{35}"
            r"|hf_[A-Za-z0-9]{30,40}|glpat-[A-Za-z0-9_-]{20}|npm_[A-Za-z0-9]{36}"
            r"|pypi-[A-Za-z0-9_-]{40,200}|[sr]k_live_[A-Za-z0-9]{20,110}|LTAI[A-Za-z0-9]{12,24}"
            r"|AKID[A-Za-z0-9]{32}|eyJ[\w-]{10,400}\.eyJ[\w-]{10,800}\.[\w-]{10,200})"
            r"|(?i:api[_ -]?key|access[_ -]?token|secret(?:[_ -]?key)?|auth[_ -]?token"
            r"|passw(?:or)?d|bearer"
            r"|密码|密钥)[\"']?[ \t]{0,3}(?:[:=：]\s{0,3}|is |是 ?|为 ?|(?<=[ \t])"
            r"|(?<=[\"']))[\"']?(?P<word>[A-Za-z0-9+/_!@#$%^&*-]{12,120})"
            r"|(?<=[a-z])://[^\s:/@]{1,64}:(?P<inside>[^\s:/@]{8,64})@[\w.-]"
        ),
        proved=_secret,
    ),
    "card": Kind(
        code="P05", name="card-number", told="a card number",
        about="A payment card's number stands in the text (its Luhn check is right).",
        guards=(), like=re.compile(rb"0(?:-?0){12}"),
        pattern=re.compile(r"[2-6](?:(?<![\d.,-].)\d{3}(?:[ -]?\d{4}){2}[ -]?\d{1,7}(?![\d.,-]*\d)"
                           r"|(?<=3)(?<!\d.)[47]\d{2}[ -]?\d{6}[ -]?\d{5}(?!\d))", re.A),
        proved=_card,
    ),
    "iban": Kind(
        code="P06", name="iban", told="a bank account",
        about="An IBAN stands in the text (its check digits are right).",
        guards=(), like=re.compile(rb"AA00"),
        pattern=re.compile(
            r"[A-Z](?<!\w.)[A-Z]\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?\b", re.A
        ),
        proved=lambda match: iban(match[0]),
    ),
    "china_id": Kind(
        code="P07", name="china-id", told="an identity number",
        about="An identity number of China stands in the text (date and check digit are right).",
        guards=(), like=re.compile(rb"0{6}-?0{8}-?000"),
        pattern=re.compile(r"[1-8](?<!\d.)\d{5} ?\d{8} ?\d{3}[\dXx](?!\w)", re.A),
        proved=lambda match: china_id(match[0].replace(" ", "")),
    ),
    "ssn": Kind(
        code="P08", name="us-ssn", told="a social security number",
        about="A social security number of the US stands in the text, beside its name.",
        guards=("ssn", "social security"),
        pattern=re.compile(
            r"(?i:ssn|social security)[^\d\n]{0,40}(?!000|666"
            r"|9\d\d)\d{3}-(?!00)\d{2}-(?!0000)\d{4}\b"
        ),
        proved=lambda match: "123-45-6789" not in match[0],
    ),
    "email": Kind(
        code="P09", name="e-mail", told="an e-mail address",
        about="Somebody's e-mail address stands in the text.",
        guards=("@",),
        pattern=re.compile(
            r"(?<![\w.+-])[\w.+-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9-]{0,62}\.){1,5}[A-Za-z]{2,12}\b",
            re.A,
        ),
        proved=_mail,
    ),
    "phone": Kind(
        code="P10", name="phone", told="a telephone number",
        about="A telephone number stands in the text.",
        guards=(), like=re.compile(rb"0(?:[-.]{0,2}0){8}"),
        pattern=re.compile(
            r"[+(0-9](?<![\w.+-].)(?:(?<=\+)\d{1,3}[ .-]?(?:\(\d{1,4}\)[ .-]?)?\d{2,4}"
            r"(?:[ .-]?\d{2,4}){2,3}|(?<=\()\d{3}\) ?\d{3}[ .-]\d{4}"
            r"|(?<=\d)\d{2}[.-]\d{3}[.-]\d{4}|(?<=1)[3-9]\d[ -]?\d{4}[ -]?\d{4}"
            r"|(?<=0)\d{2,3}-\d{7,8})(?![\w-]|\.\d)", re.A),
        proved=_phone,
    ),
    "ip_address": Kind(
        code="P11", name="ip-address", told="an IP address",
        about="A public IP address stands in the text.",
        guards=(), like=re.compile(rb"0\.0{1,3}\.0{1,3}\.0"),
        pattern=re.compile(r"[0-9](?<![\w.].)\d{0,2}\.(?:\d{1,3}\.){2}\d{1,3}(?![\w.])", re.A),
        proved=_address,
    ),
}  # fmt: skip


def shape(bare: bytes) -> bytes:
    """The ASCII signs of a text by kind: a 0 for a digit, an A for a capital, a dash for a sign
    that may stand between the digits of a number, a point, a blank for all others."""
    return bare.translate(_KINDS_OF_SIGNS)


_KINDS_OF_SIGNS = bytes(
    48 if 48 <= sign < 58 else 65 if 65 <= sign < 91 else 45 if sign in b" -()"
    else 46 if sign == 46 else 32
    for sign in range(256)
)  # fmt: skip


def found(
    text: str, kinds: Sequence[str] = tuple(KINDS), shaped: bytes | None = None
) -> list[Span]:
    """The private places of a text in their order; none overlaps another. `shaped` is the shape
    of the text, where somebody has it and knows that it has words of all `kinds`."""
    if shaped is None:
        shaped = shape(text.encode("ascii", "ignore"))
        low = text.lower()
        kinds = [k for k in kinds if not KINDS[k].guards or any(g in low for g in KINDS[k].guards)]
    spans: list[Span] = []
    for name in kinds:
        kind = KINDS[name]
        if kind.like is not None and not kind.like.search(shaped):
            continue
        for match in kind.pattern.finditer(text):
            start, end = match.span()
            if kind.proved(match) and all(end <= s.start or start >= s.end for s in spans):
                spans.append(Span(name, start, end, match[0]))
    return sorted(spans, key=lambda span: span.start)


def redact(text: str, kinds: Sequence[str] = tuple(KINDS)) -> str:
    """The text with a mark for every private place, such as `[EMAIL]`. What is redacted once
    stays as it is."""
    for span in reversed(found(text, kinds)):
        text = f"{text[: span.start]}{mark(span.kind)}{text[span.end :]}"
    return text


def mark(kind: str) -> str:
    """What stands in the place of private data: `[EMAIL]`, `[PRIVATE_KEY]`."""
    return f"[{kind.upper()}]"


def masked(text: str) -> str:
    """A private text fit for a note: its first three signs."""
    return f"“{' '.join(text.split())[:3]}…” ({len(text)} characters)"
