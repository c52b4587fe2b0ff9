"""What was found when inputs were compared with observations."""

from collections.abc import Mapping, Sequence
from typing import Any

from sim.report.finding import Finding, Given, Term, found

Own = Mapping[str, Any]
NAMED = 4  # in a sentence
COVERED = (0.93, 0.97)  # of 95 % intervals
WORTH = 0.02  # a reduction below is none that one would ask for


def verdict(answer: Own) -> list[Finding]:
    """The headlines with what is not known; then what that rests on."""
    over, wait = (answer["headlines"][name] for name in ("over", "wait_min_p95"))
    return [
        found("verdict.over", count=over["posterior"], stations=answer["stations"],
              limit=answer["threshold"], name=Given(answer["demand"])),
        found("verdict.before", over=over["prior"], wait=wait["prior"]),
        found("verdict.wait", wait=wait["posterior"]),
        found("verdict.classes", **answer["classes"]),
        *_asked(answer),
        _learned(answer["inputs"]),
        _agrees([row for row in answer["observations"] if row["role"] == "fitted"], "fitted"),
        *_check(answer),
        _emulators(answer["emulators"]),
        _truths(answer["truths"]),
        found("verdict.brackets", kept=answer["kept"], level=answer["level_sd"]),
    ]  # fmt: skip


def _asked(answer: Own) -> list[Finding]:
    """What to ask an operator for: inputs that would narrow a headline, and which of them most, if
    that is shown."""
    return [_of_headline(answer, name) for name in answer["headlines"]]


def _of_headline(answer: Own, name: str) -> Finding:
    rows = sorted(answer["inputs"], key=lambda row: -row["asked"][name].mean)
    most = [row for row in rows if row["asked"][name].mean > WORTH]
    shown = [row for row in most if row["asked"][name].sign > 0]
    parts = [
        found("verdict.one_asked", input=row["label"], by=row["asked"][name])
        for row in (shown or most)[:NAMED]
    ]
    what, leading = Term(f"headlines.{name}"), answer["leading"][name]
    if not parts:
        return found("verdict.none_asked", what=what)
    if not shown:
        return found("verdict.unsure_asked", what=what, parts=parts)
    if len(parts) == 1:
        return found("verdict.only_asked", what=what, first=parts[0])
    if leading != [shown[0]["name"]]:
        return found("verdict.most_unsure", what=what, parts=parts)
    return found("verdict.asked", what=what, first=parts[0], parts=parts[1:])


def _learned(inputs: Sequence[Own]) -> Finding:
    rows = sorted(inputs, key=lambda row: -row["narrower"])[:NAMED]
    parts = [
        found("verdict.one_learned", input=row["label"], by=row["narrower"])
        for row in rows
        if row["narrower"] > WORTH
    ]
    return found("verdict.learned", parts=parts) if parts else found("verdict.nothing_learned")


def _agrees(rows: Sequence[Own], role: str) -> Finding:
    """How many observations lie where they are predicted, and which do not."""
    misses = [row for row in rows if not (row["agrees"] and row["plausible"])]
    counts = {"agree": len(rows) - len(misses), "of": len(rows)}
    if not misses:
        return found(f"verdict.{role}", **counts)
    parts = [
        found("verdict.one_miss", quantity=row["quantity"], demand=row["demand"], away=row["away"])
        for row in misses
    ]
    return found(f"verdict.{role}_but", **counts, misses=parts)


def _check(answer: Own) -> list[Finding]:
    rows = [row for row in answer["observations"] if row["role"] == "check"]
    return [_agrees(rows, "check")] if rows else []


def _emulators(rows: Sequence[Own]) -> Finding:
    informed = [row for row in rows if row["informed"]]
    blind = [
        found("emulators.output", metric=Term(f"metrics.{row['metric']}"),
              calendar=Term(f"calendars.{row['calendar']}"))
        for row in rows
        if not row["informed"]
    ]  # fmt: skip
    if not informed:
        return found("verdict.no_emulator", outputs=blind)
    least, most = (end(row["r2"] for row in informed) for end in (min, max))
    if blind:
        return found("verdict.emulators_but", least=least, most=most, outputs=blind)
    return found("verdict.emulators", least=least, most=most)


def _truths(truths: Own) -> Finding:
    well = COVERED[0] <= truths["covered"] <= COVERED[1]
    key = "verdict.truths" if well else "verdict.truths_off"
    return found(key, count=truths["count"], covered=truths["covered"])
