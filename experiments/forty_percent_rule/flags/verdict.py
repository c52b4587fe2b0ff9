"""Which stations the 40 % rule flags: what is said of it."""

from collections.abc import Mapping
from typing import Any

from experiments.forty_percent_rule.designs import BASE
from experiments.forty_percent_rule.flags.answer import flags_of
from experiments.forty_percent_rule.measure import rule_of
from sim.report.finding import Finding, Term, claimed, found


def plain(answer: Mapping[str, Any]) -> list[Finding]:
    """What moves the flags most; only what is shown."""
    ranked = dict(zip(("first", "second", "last"), answer["causes"]["spread"], strict=True))
    ahead, behind = (gap.sign > 0 for gap in answer["causes"]["gaps"])
    threshold = answer["rule"]["threshold"]
    if not ahead and not behind:
        return [found("flags.decided.none", threshold=threshold)]
    shown = "first" if not behind else "all" if ahead else "last"
    causes = {place: Term(f"flags.causes.{cause}") for place, cause in ranked.items()}
    return [found(f"flags.decided.{shown}", threshold=threshold, **causes)]


def verdict(answer: Mapping[str, Any]) -> list[Finding]:
    """The same in numbers."""
    n, flags, rule = len(answer["stations"]), flags_of(answer), rule_of(answer)
    threshold = rule["threshold"]
    base, reading = flags[BASE], answer["readings"]
    others = {name: own for name, own in flags.items() if name != BASE}
    each = [set(own["flagged"]) for own in flags.values()]
    counts = "flags.in_worlds" if "unknown" in answer["causes"]["spread"] else "flags.count"
    hangs = any(own["difference"].sign for own in others.values())
    return [
        found(
            counts, **rule, flagged=len(base["flagged"]), stations=n,
            **{key: base[key] for key in ("count", "sure", "unsure")},
        ),
        claimed("flags.reading", reading["difference"].sign, threshold=threshold, **reading),
        claimed(
            "flags.holiday", hangs, always=len(set.intersection(*each)),
            never=n - len(set.union(*each)),
            shifts=[
                found("flags.shift", flagged=len(own["flagged"]), holiday=answer["holidays"][name])
                for name, own in others.items()
            ],
        ),
    ]  # fmt: skip
