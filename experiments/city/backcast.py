"""The region beside what is observed: one number is fitted, all others are predicted."""

from collections.abc import Mapping
from typing import Any

from experiments.city.settings import Observed, read_observed
from experiments.city.study import CityStudy, by_hour
from sim.report import charts
from sim.report.blocks import Block, Cell, Column, Points, Table, Track
from sim.report.finding import Finding, Given, Term, found
from sim.report.language import Words
from sim.stats.estimate import Estimate

SERVICE = ("wait_min_mean", "wait_min_p90", "late_share", "lost_share", "first_try_share",
           "idle_share", "full_piles_share", "price_cny_kwh", "kwh_per_session", "sessions",
           "peak_kw_per_nev", "stranded", "elsewhere_share", "gained_share")  # fmt: skip
NOTES = ("agrees", "point", "scope", "region", "learnt", "steady", "spread", "left_out")


def answer(study: CityStudy) -> dict[str, Any]:
    """Every observed figure beside that of the worlds; and what drivers met."""
    rows = [
        _compared(row, study.estimate(row.figure), study)
        for row in read_observed(study.own, set(study.base.metrics), [])
    ]
    learning = [own[0] for _, own in study.learning.items()]
    return {
        "question": found("backcast.question"),
        "rows": rows,
        "service": {name: study.estimate(name) for name in SERVICE},
        "mw": {name: by_hour(study.results, name) for name in ("public", "own")},
        "nevs": study.estimate("nevs"), "stations": study.estimate("stations"),
        "off": [[own.more["off"][k] for own in learning] for k in range(study.own.learning)],
        "energy_scale": study.base.section.living.energy_scale,
        "slow_share": study.base.section.living.slow_share,
    }  # fmt: skip


def _compared(row: Observed, own: Estimate, study: CityStudy) -> dict[str, Any]:
    """It agrees where its worlds and the range of what is observed overlap."""
    meets = own.low is not None and own.low <= row.high and row.low <= (own.high or 0.0)
    metric = study.base.metrics[row.figure]
    return {
        "figure": row.figure, "role": row.role, "where": row.where, "source": Given(row.source),
        "observed": row.observed, "low": row.low, "high": row.high,
        "unit": metric.unit, "digits": metric.digits, "simulated": own, "agrees": meets,
    }  # fmt: skip


# ---- what is said ----------------------------------------------------------------------------


def plain(own: Mapping[str, Any]) -> list[Finding]:
    predicted = [row for row in own["rows"] if row["role"] == "predicted"]
    met, missed = ([_told(row) for row in predicted if row["agrees"] == so] for so in (True, False))
    said = [found("backcast.agree", met=len(met), n=len(predicted))]
    said += [found("backcast.met", told=met)] if met else []
    return said + ([found("backcast.missed", told=missed)] if missed else [])


def verdict(own: Mapping[str, Any]) -> list[Finding]:
    fitted = [_told(row) for row in own["rows"] if row["role"] == "fitted"]
    service = own["service"]
    return [
        found("backcast.fitted", told=fitted, scale=own["energy_scale"]),
        found("backcast.service", wait=service["wait_min_mean"], late=service["late_share"],
              first=service["first_try_share"], idle=service["idle_share"]),
        *_slow(own["slow_share"], service["full_piles_share"]),
        found("backcast.elsewhere", share=service["elsewhere_share"]),
        found("backcast.settled", first=_mean(own["off"][0]), last=_mean(own["off"][-1]),
              rounds=len(own["off"]), gained=service["gained_share"]),
    ]  # fmt: skip


def _slow(share: float, full: Mapping[str, Any]) -> list[Finding]:
    return [found("backcast.slow", share=share, full=full)] if share else []


def _mean(values: list[float]) -> float:
    return sum(values) / len(values)


def _told(row: Mapping[str, Any]) -> Finding:
    """`time utilization 9 % (8 to 10), observed 10 to 15 % (cities)`."""
    point = row["low"] == row["high"]
    values = {end: found(f"backcast.values.{row['figure']}", value=row[end])
              for end in ("low", "high", "observed", "simulated")}  # fmt: skip
    return found(
        f"backcast.told.{'point' if point else 'range'}", where=Term(f"where.{row['where']}"),
        figure=Term(f"backcast.figures.{row['figure']}"), **values,
    )  # fmt: skip


def page(say: Words, own: Mapping[str, Any]) -> list[Block]:
    return [_beside(say, own), _by_hour(say, own), _service(say, own), _learnt(say, own),
            Points([say(f"backcast.notes.{note}") for note in NOTES])]  # fmt: skip


def _beside(say: Words, own: Mapping[str, Any]) -> Table:
    heads: list[Column | str] = [
        Column(say("backcast.heads.figure"), wide=True), Column(say("backcast.heads.where")),
        say("backcast.heads.role"), say("backcast.heads.observed"),
        say("backcast.heads.simulated"), Column(say("backcast.heads.track"), form="track"),
        say("backcast.heads.agrees"), Column(say("backcast.heads.source"), wide=True),
    ]  # fmt: skip
    rows = [
        [
            Term(f"backcast.definitions.{row['figure']}"), Term(f"where.{row['where']}"),
            Term(f"backcast.role.{row['role']}"), _seen(row),
            found(f"backcast.values.{row['figure']}", value=row["simulated"]),
            Track(row["observed"], row["low"], row["high"], row["simulated"]),
            Term("yes" if row["agrees"] else "no"), row["source"],
        ]
        for row in own["rows"]
    ]  # fmt: skip
    missed = frozenset(n for n, row in enumerate(own["rows"]) if not row["agrees"])
    return Table(heads, rows, say("backcast.caption"), missed, folds=False)


def _seen(row: Mapping[str, Any]) -> Finding:
    seen = Estimate(row["observed"], row["low"], row["high"])
    value = row["observed"] if row["low"] == row["high"] else seen
    return found(f"backcast.values.{row['figure']}", value=value)


def _by_hour(say: Words, own: Mapping[str, Any]) -> Block:
    lines = [
        charts.Line(say(f"backcast.mw.{name}"), list(range(24)), own["mw"][name], color)
        for name, color in (("public", charts.RUST), ("own", charts.BLUE))
    ]
    x = charts.Axis(say("backcast.mw.hour"), "clock")
    y = charts.Axis(say("backcast.mw.axis"), from_zero=True)
    return charts.curve(say, lines, x, y, title=say("backcast.mw.title"), height=300)


def _service(say: Words, own: Mapping[str, Any]) -> Table:
    rows: list[list[Cell]] = [
        [Term(f"backcast.service_of.{name}"), found(f"backcast.values.{name}", value=value)]
        for name, value in own["service"].items()
    ]
    heads: list[Column | str] = [
        Column(say("backcast.heads.figure"), wide=True), say("backcast.heads.simulated"),
    ]  # fmt: skip
    return Table(heads, rows, say("backcast.service_caption"))


def _learnt(say: Words, own: Mapping[str, Any]) -> Table:
    heads: list[Column | str] = [
        say("backcast.heads.round"), Column(say("backcast.heads.off"), "min", 3),
    ]  # fmt: skip
    rows: list[list[Cell]] = [[n, _mean(off)] for n, off in enumerate(own["off"], 1)]
    return Table(heads, rows, say("backcast.learnt_caption"))
