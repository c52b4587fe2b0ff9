"""What a number looks like, for every reader of text: one rule, so that no two disagree.

A plain decimal: optional minus, ASCII digits, point, exponent.  So `12.5`, `-3`, `1e-05` and
`1E+16` (what `repr` and spreadsheets write), also `.5`, `5.` and `007`; neither `+5`, `1_000`,
`1,5`, `0x10`, digits of other scripts, blanks, `inf` nor `nan`.
"""

import re
from math import isfinite

# Without anchors, in what Python's `re` and RE2 have in common; no two ways to match one text.
NUMERAL = r"-?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?"
_NUMERAL = re.compile(NUMERAL)


def number(text: str) -> float | None:
    """The number that the text tells; None where it is no numeral, or too large for a float."""
    value = float(text) if _NUMERAL.fullmatch(text) else None
    return value if value is not None and isfinite(value) else None
