"""What `validate` found, each finding gated by its intervals and bands."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from experiments.validate.city import verdict as city
from experiments.validate.covered import COUNTS, width
from sim.report.finding import Finding, Given, Term, found
from sim.stats.estimate import Estimate

UNITS = {"kwh": "kWh", "stay_min": "min"}  # by quantity
CHANCE = 0.05

Answer = Mapping[str, Any]  # as it is read from answer.json


def agrees_by_hour(site: Answer) -> bool:
    return bool(site["line"]["share"]["p"] >= CHANCE)


def differ_as_simulated(site: Answer) -> bool:
    days = site["line"]["spread_of_days"]
    return bool(days["low"] <= days["recorded"] <= days["high"])


def agrees_by_day(site: Answer) -> bool:
    return differ_as_simulated(site) and width(site["line"]["coverage"]["day"]) == "right"


def error_of(answer: Answer, quantity: str, group: str = "all", model: str = "shared") -> Answer:
    """One row of the errors at the fast charger."""
    return _row(answer["epfl"]["errors"], quantity=quantity, group=group, model=model)


def _row(rows: Sequence[Answer], **wanted: str) -> Answer:
    return next(row for row in rows if wanted.items() <= row.items())


def counted(units: int) -> Finding:
    """`1 unit`, `2 units`."""
    return found("count.one" if units == 1 else "count.many", n=units)


def verdict(answer: Answer) -> list[Finding]:
    """The answer in sentences; the first is the shortest."""
    sites = answer["sites"]
    lines = [found("verdict.lead", parts=list(_lead(answer)))]
    if "epfl" in answer:
        lines += _fast_charger(answer)
    for site in sites:
        lines += _site(site)
    if "city" in answer:
        lines += city.verdict(answer["city"])
    return [*lines, *skipped(answer["skipped"]), found("verdict.brackets")]


def skipped(files: Mapping[str, str]) -> list[Finding]:
    """What was not compared, because a file is not there."""
    return [
        found("verdict.skipped", data=Term(f"data.{name}"), file=file)
        for name, file in files.items()
    ]


def _lead(answer: Answer) -> Iterator[Finding]:
    sites = answer["sites"]
    if sites:
        yield found("verdict.agree", hours=sum(map(agrees_by_hour, sites)),
                    days=sum(map(agrees_by_day, sites)), sites=len(sites))  # fmt: skip
    if "city" in answer:
        share = {model: city.inside(answer["city"], model) for model in ("choice", "nearest")}
        yield found("verdict.city", inside=share["choice"], without=share["nearest"])
    if "epfl" in answer:
        stay = error_of(answer, "stay_min")
        yield found("verdict.stay" if sites else "verdict.stay_alone",
                    error=stay["mean_abs_error"].mean, of=stay["recorded_mean"])  # fmt: skip


def _fast_charger(answer: Answer) -> Iterator[Finding]:
    epfl = answer["epfl"]
    for quantity in UNITS:
        row = error_of(answer, quantity)
        yield found(
            f"verdict.error.{quantity}", sessions=epfl["sessions"], error=row["mean_abs_error"],
            of=row["recorded_mean"], bias=row["bias_frac"],
        )  # fmt: skip
    for quantity in UNITS:
        biases = {
            model: error_of(answer, quantity, "slowed", model)["bias_frac"]
            for model in ("shared", "unshared")
        }
        row = _row(epfl["gained_by_sharing"], quantity=quantity, group="slowed")
        by = Estimate(row["mean"], row["low"], row["high"])
        key = f"verdict.{'changes' if by.sign else 'unchanged'}.{quantity}"
        yield found(f"verdict.slowed.{quantity}", slowed=epfl["slowed"], **biases,
                    rule=found(key, by=by))  # fmt: skip


def _site(site: Answer) -> Iterator[Finding]:
    line, name = site["line"], Given(site["site"])
    outside = [
        found(f"verdict.hourly_{key}s", **{k: line[key][k] for k in COUNTS})
        for key in ("share", "mean")
    ]
    yield found("verdict.outside", site=name, units=counted(site["units"]), days=line["days"],
                shares=outside[0], means=outside[1])  # fmt: skip
    days = line["spread_of_days"]
    yield found(
        f"verdict.days_{'as' if differ_as_simulated(site) else 'otherwise'}",
        error=line["error"]["recorded"], by_chance=line["error"]["by_chance"],
        recorded=days["recorded"], simulated=days["simulated"], low=days["low"], high=days["high"],
    )  # fmt: skip
    yield from _bands(site)
    for own in site["quiet"]:
        yield found("verdict.quiet", unit=Given(own["unit"]), n=len(own["weeks"]),
                    weeks=site["weeks"])  # fmt: skip


def _bands(site: Answer) -> Iterator[Finding]:
    """Whether the bands hold as much as they promise, those of days first."""
    line, plain = site["line"]["coverage"], site["plain"]["coverage"]["day"]
    day = line["day"]
    yield found("verdict.held", share=day["share"], days=day["of"], plain=plain["share"],
                judged=found(f"verdict.bands.{width(day)}"))  # fmt: skip
    missed = [
        found(f"verdict.missed_{width(own)}", kind=Term(f"coverage.{kind}"), share=own["share"],
              by_chance=own["by_chance"])
        for kind, own in line.items()
        if kind != "day" and width(own) != "right"
    ]  # fmt: skip
    yield found("verdict.missed", bands=missed) if missed else found("verdict.others_hold")


def headline(answer: Answer) -> dict[str, float | str]:
    """The few numbers that a sweep compares."""
    numbers: dict[str, float | str] = {}
    if "epfl" in answer:
        for quantity in UNITS:
            row = error_of(answer, quantity)
            numbers[f"epfl_{quantity}_mean_abs_error"] = row["mean_abs_error"].mean
            numbers[f"epfl_{quantity}_bias_frac"] = row["bias_frac"].mean
    for site in answer["sites"]:
        for key in ("share", "mean"):
            numbers[f"{site['site']}: {key} outside"] = site["line"][key]["outside"]
    return numbers | (city.headline(answer["city"]) if "city" in answer else {})
