"""What was found in a holiday, each finding gated by what its intervals show."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sim.lifecycle import Outcome
from sim.report.finding import Finding, Given, Term, found, station
from sim.stats.estimate import Estimate

HOLIDAY = "holiday_mean"  # the window of all counted hours
COUNTS = ("visits", *(outcome.name.lower() for outcome in Outcome))
NAMED = 4  # stations of the verdict

Answer = Mapping[str, Any]  # as it is read from answer.json


def verdict(answer: Answer) -> list[Finding]:
    """The answer in about ten sentences; the first is the headline."""
    flags, net = answer["flags"], answer["network"]
    return [
        *(_over_worlds(answer) if answer["worlds"] else _over(answer)),
        _window(answer),
        _definition(flags),
        found("verdict.utilization", all=net["time_utilization"],
              fullest=net["time_utilization_peak_day"]),
        *_by_luck(answer, "utilization", all="time_utilization",
                  fullest="time_utilization_peak_day"),
        found("verdict.waits", p50=net["wait_min_p50"], p90=net["wait_min_p90"],
              p95=net["wait_min_p95"], long=net["over_30_share"]),
        *_by_luck(answer, "waits", p50="wait_min_p50", p90="wait_min_p90", p95="wait_min_p95",
                  long="over_30_share"),
        _longest(answer),
        outcomes(answer),
        *_delivered(answer),
        *observation(answer["calibration"]),
        level(answer["variation"]),
        *([found("verdict.level_sd", level=answer["level_sd"])] if answer["level_sd"] else []),
        *([found("verdict.mobile", **answer["mobile"])] if answer["mobile"]["units"] else []),
        *_inferred(answer["places"]),
        *([] if answer["worlds"]
          else [found("verdict.brackets", replications=answer["replications"])]),
    ]  # fmt: skip


def _asked(answer: Answer) -> dict[str, Any]:
    """What is asked of which days."""
    first, last = (date.fromisoformat(answer["days"][end]) for end in (0, -1))
    return {
        "stations": len(answer["stations"]), "limit": answer["threshold"],
        "name": Given(answer["demand"]), "hours": 24 * len(answer["days"]),
        "first": first, "last": last,
    }  # fmt: skip


def _over(answer: Answer) -> list[Finding]:
    """How many stations exceed the threshold, by luck alone."""
    mean = answer["flags"]["time"][HOLIDAY]
    return [
        found("verdict.over", flagged=len(mean["flagged"]), **_asked(answer)),
        found("verdict.sure", count=mean["count"], sure=mean["sure"], never=mean["never"],
              replications=answer["replications"]),
    ]  # fmt: skip


def _over_worlds(answer: Answer) -> list[Finding]:
    """The same with what is not known first, and luck second; what both are; and how sure one is
    of the single station."""
    mean, luck = (own["flags"]["time"][HOLIDAY] for own in (answer, answer["luck"]))
    sizes = {name: len(own) for name, own in mean["classes"].items()}
    return [
        found("verdict.over_worlds", count=mean["count"], luck=luck["count"], **_asked(answer)),
        found("verdict.both", worlds=answer["worlds"], replications=answer["replications"]),
        found("verdict.classes", **sizes),
        found("verdict.flagged", flagged=len(mean["flagged"]), limit=answer["threshold"]),
    ]


def _by_luck(answer: Answer, key: str, **figures: str) -> list[Finding]:
    """The same figures where only luck is not known."""
    if not answer["worlds"]:
        return []
    net = answer["luck"]["network"]
    return [found(f"verdict.{key}_luck", **{name: net[own] for name, own in figures.items()})]


def _delivered(answer: Answer) -> list[Finding]:
    net = answer["network"]
    means = {"sessions": net["sessions"].mean, "each": net["kwh_per_session"].mean}
    if not answer["worlds"]:
        return [found("verdict.delivered", energy=net["energy_kwh"].mean, **means)]
    luck = answer["luck"]["network"]["energy_kwh"]
    return [found("verdict.delivered_worlds", energy=net["energy_kwh"], luck=luck, **means)]


def decides(flags: Sequence[Mapping[str, Any]]) -> bool:
    """Whether it is shown to change how many stations exceed the threshold."""
    return any(flag["change"].sign for flag in flags)


def _window(answer: Answer) -> Finding:
    of = answer["flags"]["time"]
    shown = decides([of[w] for w in ("peak_day", "day_08_22", "peak_hour")])
    counts = found(
        "verdict.by_window", one=Term(f"one.{'world' if answer['worlds'] else 'replication'}"),
        peak_day=of["peak_day"]["count"], day=of["day_08_22"]["count"],
        peak_hour=of["peak_hour"]["count"],
    )  # fmt: skip
    return found("verdict.window_decides" if shown else "verdict.window_unclear", counts=counts)


def _definition(flags: Mapping[str, Any]) -> Finding:
    own = {d: flags[d][HOLIDAY] for d in ("charging", "power")}
    shown = decides(list(own.values()))
    counts = found("verdict.by_definition", **{d: flag["count"] for d, flag in own.items()})
    return found(
        "verdict.definition_decides" if shown else "verdict.definition_unclear", counts=counts
    )


def _longest(answer: Answer) -> Finding:
    places = {place["station"]: place for place in answer["places"]}
    ones = [
        found("verdict.one_of_longest", station=station(places[name]),
              wait=answer["stations"][name]["wait_min"]["p95"])
        for name in answer["worst"][:NAMED]
    ]  # fmt: skip
    return found("verdict.longest", stations=ones)


def named(places: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Stations that are known by name; the others are inferred and only count."""
    return [place for place in places if place["evidence"] != "inferred"]


def _inferred(places: Sequence[Mapping[str, Any]]) -> list[Finding]:
    """That some of the stations are."""
    count = len(places) - len(named(places))
    return [found("verdict.inferred", inferred=count, stations=len(places))] if count else []


def outcomes(answer: Answer) -> Finding:
    """What became of visits."""
    net = answer["network"]
    per_100 = {key: 100 * net[key].mean / max(1.0, net["visits"].mean) for key in COUNTS}
    return found(
        "verdict.outcomes", served=per_100["served"], partly=per_100["served_partly"],
        balked=per_100["balked"], reneged=per_100["reneged"], rerouted=per_100["rerouted"],
        stranded=net["stranded"].mean,
    )  # fmt: skip


def level(own: Mapping[str, Any]) -> Finding:
    """Whether the traffic of the holiday is taken as known, and how it varies."""
    if own["known"]:
        return found("verdict.level_known", day=own["day_cv"])
    return found("verdict.level_unknown", period=own["period_cv"], day=own["day_cv"])


def observation(rows: Sequence[Mapping[str, Any]]) -> list[Finding]:
    """How many figures agree with what was observed, and which do not, fitted or not."""
    if not rows:
        return []
    misses = [
        found("verdict.one_miss", quantity=Given(row["quantity"]), demand=Given(row["demand"]),
              verdict=row["verdict"])
        for row in rows
        if row["verdict"].key != "calibration.agrees"
    ]  # fmt: skip
    fitted = sum(row["role"] == "fitted" for row in rows)
    counts = {"agree": len(rows) - len(misses), "compared": len(rows), "fitted": fitted}
    if not misses:
        return [found("verdict.observed", **counts)]
    return [found("verdict.observed_but", **counts, misses=misses)]


def estimate(own: Mapping[str, Any] | Estimate) -> Estimate:
    """Of what stands in an answer with more than an interval."""
    return own if isinstance(own, Estimate) else Estimate(own["mean"], own["low"], own["high"])
