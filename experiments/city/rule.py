"""Whom the retrofit rule flags, by clause and however it is read, beside where service fails."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from experiments.city.study import CityStudy, agreed, over_worlds
from sim.region.retrofit import RetrofitRule, by_clause, flagged
from sim.region.stations import Stations
from sim.report import charts
from sim.report.blocks import Block, Column, Points, Table
from sim.report.finding import Finding, Given, Term, claimed, found
from sim.report.language import Words
from sim.stats import roc
from sim.stats.estimate import Estimate, Metric

SHARE, LIFT = Metric("share", "%", most=1.0), Metric("lift", "%", least=-1.0, most=1.0)
RATES = ("flagged", "sensitivity", "precision", "lift")
SCORES = ("age", "gun", "site", "time_utilization")  # by which one might look for them
NOTES = ("fails", "worlds", "made", "clauses", "lift", "area")
World = tuple[Stations, int, np.ndarray, np.ndarray, np.ndarray]


def answer(study: CityStudy) -> dict[str, Any]:
    """Rates of the rule, of each clause alone and of every other reading, over worlds."""
    worlds = [[*_worlds(study, seed)] for seed in study.cases]
    rule = study.rule
    prevalence = _over(worlds, lambda own: own[3].mean())
    readings = [_judged(worlds, name, own) for name, own in _readings(rule).items()]
    return {
        "question": found("rule.question"),
        "name": Given(rule.name), "late_share": study.own.late_share, "combine": rule.combine,
        "ordinary": over_worlds(_over(worlds, lambda own: float(len(own[3]))), Metric("n")),
        "prevalence": over_worlds(prevalence, SHARE),
        "supers": over_worlds(_supers(study), SHARE),
        "readings": readings,
        "areas": {name: _area(worlds, name) for name in SCORES},
    }  # fmt: skip


def _worlds(study: CityStudy, seed: int) -> Iterator[World]:
    """Of each replication in a region: its stations, the year, the numbers of ordinary ones, whose
    service fails, and their utilization."""
    case = study.cases[seed]
    rows = case.stations[~case.region.stations.rows["is_super"][case.stations]]
    ordinary = np.isin(case.stations, rows)
    for own in study.results[seed]:
        fails = own.stations["late_share"].to_numpy() > study.own.late_share
        use = own.stations["time_utilization"].to_numpy()
        year = case.section.now.year
        yield case.region.stations, year, rows, fails[ordinary], use[ordinary]


def _supers(study: CityStudy) -> np.ndarray:
    """Share of the super stations whose service fails, [seed, replication]."""
    found = []
    for seed, case in study.cases.items():
        supers = case.region.stations.rows["is_super"][case.stations]
        fails = [
            own.stations["late_share"].to_numpy()[supers] > study.own.late_share
            for own in study.results[seed]
        ]
        found.append([own.mean() if len(own) else np.nan for own in fails])
    return np.array(found)


def _readings(rule: RetrofitRule) -> dict[str, tuple[RetrofitRule, str]]:
    """By name, rules and which clause of them; "" is all of them, as `combine` has it."""
    found = {"rule": (rule, "")}
    clauses = [name for name in ("age", "gun", "site") if _clause(rule, name) is not None]
    found |= {name: (rule, name) for name in clauses}
    for combine in ("any", "all"):
        for gun in ("weakest", "mean", "most") if rule.gun else ("",):
            for site in ("guns", "stack") if rule.site else ("",):
                own = rule.model_copy(update={
                    "combine": combine,
                    "gun": rule.gun and rule.gun.model_copy(update={"of": gun}),
                    "site": rule.site and rule.site.model_copy(update={"of": site}),
                })  # fmt: skip
                if own != rule:
                    found["/".join(filter(None, (combine, gun, site)))] = (own, "")
    return found


def _clause(rule: RetrofitRule, name: str) -> Any:
    return {"age": rule.age_years, "gun": rule.gun, "site": rule.site}[name]


def _over(worlds: list[list[World]], of: Any) -> np.ndarray:
    """A figure of each world, [seed, replication]."""
    return np.array([[of(own) for own in each] for each in worlds])


def _judged(
    worlds: list[list[World]], name: str, reading: tuple[RetrofitRule, str]
) -> dict[str, Any]:
    def rates(own: World) -> tuple[float, ...]:
        stations, year, rows, fails, _ = own
        rule, clause = reading
        flags = by_clause(rule, stations, year)[clause] if clause else flagged(rule, stations, year)
        counts = roc.confusion(flags[rows], fails)
        hit, missed, needless, spared = counts.values()
        precision = hit / (hit + needless) if hit + needless else np.nan
        others = missed / (missed + spared) if missed + spared else np.nan
        return (
            float(flags[rows].mean()),
            hit / (hit + missed) if hit + missed else np.nan,
            precision,
            precision - others,
        )

    each = _over(worlds, rates)  # [seed, replication, rate]
    metrics = dict.fromkeys(RATES[:-1], SHARE) | {"lift": LIFT}
    found = {key: over_worlds(each[..., n], metrics[key]) for n, key in enumerate(RATES)}
    return {"name": name, **found, "shown": agreed(each[..., RATES.index("lift")])}


def _area(worlds: list[list[World]], name: str) -> dict[str, Any]:
    """Area under the ROC curve of a score, and whether it finds failing stations at all, or rather
    those that do not."""

    def of(own: World) -> float:
        stations, year, rows, fails, use = own
        table = stations.rows[rows]
        score = {
            "age": (year - table["year"]).astype(float), "gun": -table["least_gun_kw"],
            "site": -table["kw"], "time_utilization": use,
        }[name]  # fmt: skip
        return float(roc.area(score[:, None], fails[:, None])[0])

    each = _over(worlds, of)
    return {"area": over_worlds(each, SHARE), "shown": agreed(each - 0.5)}


# ---- what is said ----------------------------------------------------------------------------


def plain(own: Mapping[str, Any]) -> list[Finding]:
    rule = own["readings"][0]
    return [
        found("rule.flags", share=rule["flagged"], ordinary=own["ordinary"], name=own["name"]),
        found("rule.fails", limit=own["late_share"], share=own["prevalence"], supers=own["supers"]),
        *([found("rule.finds", sensitivity=rule["sensitivity"], precision=rule["precision"])]
          if rule["sensitivity"].mean is not None else [found("rule.none")]),
    ]  # fmt: skip


def verdict(own: Mapping[str, Any]) -> list[Finding]:
    by_name = {row["name"]: row for row in own["readings"]}
    clauses = [
        found("rule.clause", clause=Term(f"rule.clauses.{name}"), share=by_name[name]["flagged"])
        for name in ("age", "gun", "site")
        if name in by_name
    ]
    shares = [row["flagged"].mean for row in own["readings"]]
    areas = [
        found("rule.area", score=Term(f"rule.scores.{name}"), area=area["area"])
        for name, area in own["areas"].items()
        if area["shown"] > 0
    ]
    rule = own["readings"][0]
    return [
        found("rule.by_clause", clauses=clauses),
        found("rule.readings", low=min(shares), high=max(shares), n=len(shares)),
        claimed("rule.better", rule["shown"] > 0, lift=rule["lift"]),
        found("rule.areas", areas=areas) if areas else found("rule.no_area"),
    ]


def page(say: Words, own: Mapping[str, Any]) -> list[Block]:
    notes = Points([say(f"rule.notes.{note}", limit=own["late_share"]) for note in NOTES])
    known = any(area["area"].mean is not None for area in own["areas"].values())
    return [_table(say, own), *([_areas(say, own)] if known else []), notes]


def _table(say: Words, own: Mapping[str, Any]) -> Table:
    heads = [Column(say("rule.heads.reading"), wide=True)]
    heads += [Column(say(f"rule.heads.{key}"), "%", 1) for key in RATES]
    rows = [[_said(row["name"]), *(row[key] for key in RATES)] for row in own["readings"]]
    return Table([*heads, say("rule.heads.shown")],
                 [[*cells, Term("yes" if row["shown"] > 0 else "no")]
                  for cells, row in zip(rows, own["readings"], strict=True)],
                 say("rule.caption"), folds=False)  # fmt: skip


def _said(name: str) -> Finding | Term:
    """A reading by its parts, such as `all/mean/stack`."""
    first, *more = name.split("/")
    if not more and first not in ("any", "all"):
        return Term(f"rule.of.{name}")
    return found("rule.reading", parts=[Term(f"rule.parts.{part}") for part in (first, *more)])


def _areas(say: Words, own: Mapping[str, Any]) -> Block:
    names = [say(f"rule.scores.{name}") for name in own["areas"]]
    values: list[Estimate] = [area["area"] for area in own["areas"].values()]
    return charts.forest(
        say,
        names,
        [charts.Marks("", values)],
        charts.Axis(say("rule.axis"), low=0.0, high=1.0),
        title=say("rule.title"),
        digits=2,
        line=(0.5, say("rule.guess")),
    )
