"""Codes of annotations in WFDB files, and the symbols that WFDB has for them."""

from collections.abc import Collection, Mapping

from ....tables import SYMBOL_MEANINGS

__all__ = ["CODES", "FREE_CODES", "LARGEST_CODE", "NOTE", "NULL", "SYMBOLS", "symbols_of"]

#: Symbol of each code that WFDB defines.
#: Source: ``ecgcodes.h`` and ``annstr`` of the WFDB Software Package 10.7.0.
SYMBOLS: Mapping[int, str] = {
    1: "N",
    2: "L",
    3: "R",
    4: "a",
    5: "V",
    6: "F",
    7: "J",
    8: "A",
    9: "S",
    10: "E",
    11: "j",
    12: "/",
    13: "Q",
    14: "~",
    16: "|",
    18: "s",
    19: "T",
    20: "*",
    21: "D",
    22: '"',
    23: "=",
    24: "p",
    25: "B",
    26: "^",
    27: "t",
    28: "+",
    29: "u",
    30: "?",
    31: "!",
    32: "[",
    33: "]",
    34: "e",
    35: "n",
    36: "@",
    37: "x",
    38: "f",
    39: "(",
    40: ")",
    41: "r",
}

#: Code of each symbol that WFDB defines.
CODES: Mapping[str, int] = {symbol: code for code, symbol in SYMBOLS.items()}

NULL = 0  # marks a position, and is not an annotation
NOTE = CODES['"']
LARGEST_CODE = 49  # ACMAX in ecgcodes.h

#: Codes that WFDB leaves to its users.
FREE_CODES = range(42, LARGEST_CODE + 1)


def symbols_of(codes: Collection[int], definitions: Mapping[int, str]) -> dict[int, str]:
    """Return the symbol of each code.

    The code decides the symbol, and with it the class, as in the WFDB library: a mnemonic that a
    file defines for a code of WFDB is only another way to show it. An undefined code has the
    symbol that the WFDB library shows, such as "[45]"; so has a code of the user with a mnemonic
    that WFDB has for another code.
    """
    own = {code: name for code, name in definitions.items() if name not in SYMBOL_MEANINGS}
    return {code: SYMBOLS.get(code) or own.get(code) or f"[{code}]" for code in codes}
