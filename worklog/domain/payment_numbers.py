"""Numbers of payment cards and bank accounts in a line of recognised text.

Both carry a check, and an O read for a nought is put right before it is reckoned. Where too
much was misread for any check to hold, the form alone decides if it cannot be another thing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

_DOUBTS: Final = str.maketrans({"O": "0", "o": "0", "I": "1", "l": "1", "|": "1"})
_D: Final = r"[0-9OoIl|]"
_CARD: Final = re.compile(
    rf"(?<![\w+\-./:])(?:\d{_D}{{3}}([ \-]){_D}{{4}}\1{_D}{{4}}\1{_D}{{1,5}}(?:\1{_D}{{1,3}})?"
    rf"|3{_D}{{3}}([ \-]){_D}{{6}}\2{_D}{{4,5}}"
    rf"|[2-6]{_D}{{12,18}})(?![\w|]|[\-./:]\w)"
)
_PREFIXES: Final = re.compile(
    r"4(?:.{12}|.{15}|.{18})"  # Visa
    r"|(?:5[1-5]|2(?:22[1-9]|2[3-9]|[3-6]|7[01]|720)).*(?<=^.{16})"  # Mastercard
    r"|3[47].{13}|3(?:0[0-5]|095|[689]).{11,16}|35.{14,17}"  # American Express, Diners, JCB
    r"|6.{12,18}|5[0678].{11,17}"  # Discover, UnionPay, Maestro
)
_IBAN: Final = re.compile(
    r"(?<![A-Za-z0-9])(?P<land>[A-Z]{2}|[A-Z][I1l]|[Il1][A-Z])(?P<rest> ?[0-9OoIl]{2}"
    r"(?: ?[A-Za-z0-9|]{4}){2,7}(?: ?[A-Za-z0-9|]{1,4})?)(?![A-Za-z0-9])"
)
# Length of an account number by country, from the registry of ISO 13616.
_LENGTHS: Final = {
    land: length
    for length, lands in {
        15: "NO",
        16: "BE",
        18: "DK FI FO GL NL SD",
        19: "MK SI",
        20: "AT BA EE KZ LT LU XK",
        21: "CH HR LI LV",
        22: "BG BH CR DE GB GE IE ME RS VA",
        23: "AE GI IL IQ OM SO TL",
        24: "AD CZ ES MD PK RO SA SE SK TN VG",
        25: "LY PT ST",
        26: "IS TR",
        27: "BI DJ FR GR IT MC MR SM",
        28: "AL AZ BY CY DO GT HU LB NI PL SV",
        29: "BR EG PS QA UA",
        30: "JO KW MU YE",
        31: "MT SC",
        32: "LC",
        33: "RU",
    }.items()
    for land in lands.split()
}


def cards(text: str) -> Iterator[tuple[int, int]]:
    """Give (start, end) of the card numbers in *text*."""
    for match in _CARD.finditer(text):
        written = re.sub(r"[ \-]", "", match[0])
        digits = written.translate(_DOUBTS)
        is_grouped = len(written) < len(match[0])
        # Ones that were read as an l are often one too many or too few, which no check stands.
        is_doubtful = is_grouped and digits != written and digits[0] in "3456"
        if is_doubtful or (_PREFIXES.fullmatch(digits) and luhn(digits)):
            yield match.span()


def luhn(digits: str) -> bool:
    """Return whether the last of *digits* checks the others (ISO/IEC 7812-1)."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (1 + place % 2)
        total += value - 9 if value > 9 else value  # noqa: PLR2004 -- the sum of both its figures
    return total % 10 == 0


def ibans(text: str) -> Iterator[tuple[int, int]]:
    """Give (start, end) of the account numbers in *text*."""
    for match in _IBAN.finditer(text):
        land = match["land"].replace("1", "I").replace("l", "I")
        length = _LENGTHS.get(land)
        if length is None:
            continue
        for start, end in _ends(match, length):
            written = text[start:end].replace(" ", "")[2:]
            is_told = "iban" in text[: match.start()].lower()
            if is_told or any(_mod97(land, rest) for rest in _readings(written)):
                yield start, end
                break


def _ends(match: re.Match[str], length: int) -> Iterator[tuple[int, int]]:
    """Give where an account number of *length* ends: the words behind it may look alike."""
    seen = 0
    for offset, character in enumerate(match[0], start=1):
        seen += character != " "
        if seen == length:
            yield match.start(), match.start() + offset
            return


def _readings(written: str) -> Iterator[str]:
    """Give what *written* may have been before it was read."""
    yield written.upper().replace("|", "1")
    yield written.translate(_DOUBTS).upper()
    yield written[:2].translate(_DOUBTS) + written[2:].upper().replace("|", "1")


def _mod97(land: str, rest: str) -> bool:
    """Return whether the check digits of an account number hold (ISO 7064)."""
    moved = rest[2:] + land + rest[:2]
    return rest[:2].isdigit() and int("".join(str(int(c, 36)) for c in moved)) % 97 == 1
