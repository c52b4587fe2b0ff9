"""Words of the field that a page explains where they stand in a head or on a card."""

import re
from collections.abc import Sequence
from functools import lru_cache

from sim.report.language import Words

# In the order in which they are looked for: the first one that a text has is explained.
TERMS = ("window", "time_utilization", "charging_utilization", "power_utilization", "chance",
         "saturated", "p95", "p90", "balked", "reneged", "rerouted", "stranded", "cap", "rated",
         "replication", "soc", "evse")  # fmt: skip


@lru_cache(maxsize=8)
def _patterns(language: str) -> tuple[tuple[str, re.Pattern[str]], ...]:
    say = Words(language)
    return tuple((key, re.compile(say.text(f"glossary.{key}.words"))) for key in TERMS)


def term(text: str, language: str) -> str:
    """The key of the term that a text has; empty where it has none."""
    return next((key for key, words in _patterns(language) if words.search(text)), "")


def texts(languages: Sequence[str]) -> dict[str, dict[str, str]]:
    """What each term means, by language."""
    return {
        key: {language: Words(language).text(f"glossary.{key}.text") for language in languages}
        for key in TERMS
    }
