"""Numbers that prove themselves: cards, accounts, identity numbers; and how random a word is."""

import math
from collections import Counter
from datetime import date

#: By country, from the registry of ISO 13616.
_IBAN_LENGTH = {
    "AD": 24, "AE": 23, "AT": 20, "BE": 16, "BG": 22, "CH": 21, "CY": 28, "CZ": 24, "DE": 22,
    "DK": 18, "EE": 20, "ES": 24, "FI": 18, "FR": 27, "GB": 22, "GR": 27, "HR": 21, "HU": 28,
    "IE": 22, "IL": 23, "IS": 26, "IT": 27, "LI": 21, "LT": 20, "LU": 20, "LV": 21, "MC": 27,
    "MT": 31, "NL": 18, "NO": 15, "PL": 28, "PT": 25, "RO": 24, "SA": 24, "SE": 24, "SI": 19,
    "SK": 24, "SM": 27, "TR": 26, "AL": 28, "AZ": 28, "BA": 20, "BH": 22, "BR": 29, "BY": 28,
    "CR": 22, "DO": 28, "EG": 29, "FO": 18, "GE": 22, "GI": 23, "GL": 18, "GT": 28, "IQ": 23,
    "JO": 30, "KW": 30, "KZ": 20, "LB": 28, "LC": 32, "MD": 24, "ME": 22, "MK": 19, "MR": 27,
    "MU": 30, "PK": 24, "PS": 29, "QA": 29, "RS": 22, "SC": 31, "ST": 25, "SV": 28, "TL": 23,
    "TN": 24, "UA": 29, "VA": 22, "VG": 24, "XK": 20,
}  # fmt: skip


def luhn(digits: str) -> bool:
    """Whether a row of digits passes the check of card numbers (ISO/IEC 7812)."""
    total = 0
    for place, sign in enumerate(reversed(digits)):
        value = int(sign) * (1 + place % 2)
        total += value - 9 * (value > 9)
    return total % 10 == 0


def iban(text: str) -> bool:
    """Whether a text is an IBAN: its country's length and the check mod 97 (ISO 13616)."""
    bare = text.replace(" ", "").upper()
    if _IBAN_LENGTH.get(bare[:2]) != len(bare) or not bare.isascii() or not bare.isalnum():
        return False
    moved = bare[4:] + bare[:4]
    return int("".join(str(int(sign, 36)) for sign in moved)) % 97 == 1


def china_id(text: str) -> bool:
    """Whether 18 signs are an identity number of China (GB 11643): region, date, check digit."""
    try:
        born = date(int(text[6:10]), int(text[10:12]), int(text[12:14]))
    except ValueError:
        return False
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    total = sum(int(sign) * weight for sign, weight in zip(text[:17], weights, strict=True))
    sound = born.year >= 1900 and 11 <= int(text[:2]) <= 82
    return sound and "10X98765432"[total % 11] == text[17].upper()


def entropy(text: str) -> float:
    """Bits a character."""
    total = len(text)
    return -sum(n / total * math.log2(n / total) for n in Counter(text).values()) if total else 0.0
