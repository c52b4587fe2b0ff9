"""What is a number in a cell, in one rule for every table and every import.

A decimal as programs write it: `12`, `-0.5`, `.5`, `1e-05`, `2.5E+3`.  What only some readers take
for a number is none: `1_000`, `+5`, `0x10`, full-width digits, `1,5`, blanks around it, `inf`,
`nan`; nor is what no float64 can hold, `1e400`.
"""

import math
import re

NUMERAL = r"^-?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?\z"  # as RE2 writes it
_NUMERAL = re.compile(NUMERAL.replace(r"\z", r"\Z"))


def number(text: str) -> float | None:
    """The finite number that the text is; None if it is none."""
    value = float(text) if _NUMERAL.match(text) else math.inf
    return value if math.isfinite(value) else None
