"""The key figures of stations on a page: five families, what a platform would show of them, and
whose rank is bad by luck only.

    numbers = kpis.numbers(results, luck, config.kpis)   # into the answer
    kpis.keep(output, results)                           # as a table
    kpis.sections(say, answer.get("kpis"), names)        # onto the page
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from sim.metrics.kpis import FAMILIES, METRICS, SATISFACTION, SHOWN, index
from sim.metrics.schema import KpisSection
from sim.report.blocks import Beside, Block, Cell, Column, Heading, Section, Table
from sim.report.finding import Finding, Term, found
from sim.report.language import Words
from sim.stats import interval, ranks
from sim.stats.estimate import Estimate, Metric
from sim.study import store
from sim.study.case import Replication
from sim.study.kpis import TRUTH
from sim.study.output import Output
from sim.study.results import Results

TABLE = "kpis.parquet"
RANKED = ("availability", "satisfaction")
WORST = 20  # stations that are looked at, ...
PART = 5  # ... and at most one in so many
PLATFORM = ("sample_min", "lost_messages")  # settings of what looks

Own = Mapping[str, Any]
Each = Sequence[Replication]


def numbers(each: Each, luck: Each, kpis: KpisSection) -> dict[str, Any]:
    """What the page shows of the key figures in the replications.

    `each` are of worlds, if there are any; `luck` are replications of one world, by which ranks and
    the platform are judged.
    """
    weights = {key: weight for key, weight in kpis.weights.model_dump().items() if weight}
    figures = _figures(each, weights)
    priced = "session_cny" in figures
    with interval.over_points(False):
        seen, online, judged = _seen(luck), _online(luck), _ranked(luck, weights)
    return {
        "replications": len(luck), "worlds": 0 if each is luck else len(each),
        "weights": weights, "sample_min": kpis.sample_min, "lost_messages": kpis.lost_messages,
        "figures": figures, "seen": seen, **judged,
        **({"online_rate": online} if online else {}),
        **({"standard_session": kpis.standard_session.model_dump()} if priced else {}),
    }  # fmt: skip


def _figures(each: Each, weights: Own) -> dict[str, Any]:
    """Estimates by key; None where a figure does not exist in every replication."""
    rows = [{**own.more["kpis"]} for own in each]
    for row in rows:
        lacks = any(row.get(SATISFACTION[key]) is None for key in weights)
        row["satisfaction"] = None if lacks else index(row, weights)
    known = [key for family in FAMILIES.values() for key in family if any(key in r for r in rows)]
    return {
        key: None if any(row.get(key) is None for row in rows)
        else _estimate([row[key] for row in rows], METRICS[key])
        for key in known
    }  # fmt: skip


def _estimate(values: list[float], metric: Metric) -> Estimate:
    """Of one run there is no interval."""
    return Estimate.of(values, metric) if len(values) > 1 else Estimate(values[0], None, None)


def _seen(luck: Each) -> dict[str, Any]:
    """What the platform shows beside the truth, and by how much it is off, paired."""
    rows = [own.more.get("platform", {}) for own in luck]
    found = {}
    for key in SHOWN:
        if all(row.get(key, {}).get("shown") is not None for row in rows):
            metric = METRICS[key]
            truth, shown = ([row[key][name] for row in rows] for name in ("truth", "shown"))
            off = Estimate.change(truth, shown, metric) if len(rows) > 1 else (
                Estimate(shown[0] - truth[0], None, None, is_change=True)
            )  # fmt: skip
            found[key] = {"truth": _estimate(truth, metric), "shown": _estimate(shown, metric),
                          "off": off}  # fmt: skip
    return found


def _online(luck: Each) -> Estimate | None:
    """Of the messages that a platform asks for, if one does, those that came."""
    rates = [rate for own in luck if (rate := own.more.get("online_rate")) is not None]
    return _estimate(rates, METRICS["online_rate"]) if len(rates) == len(luck) else None


def keep(output: Output, results: Results) -> None:
    """Write `kpis.parquet` of a study that keeps no tables of visits: the stations of every
    replication of every design."""
    rows = [
        own.stations.assign(design=design, replication=r)
        for design, each in results.items()
        for r, own in enumerate(each)
    ]
    found = pd.concat(rows, ignore_index=True)
    first = ["design", "replication"]
    store.write_table(output / TABLE, found[[*first, *found.columns.drop(first)]])


# ---- ranks -----------------------------------------------------------------------------------


def _ranked(luck: Each, weights: Own) -> dict[str, Any]:
    """Stations by each figure that they are ranked by: ranks with intervals, the worst, and how
    many of these are bad by luck only.  Stations to which nobody came in some replication have no
    rank by satisfaction."""
    if len(luck) < 2 or len(luck[0].stations) < 2 * PART:
        return {"stations": {}, "ranks": {}}
    names = np.array(luck[0].stations["station"])
    columns = {key: np.array([own.stations[key] for own in luck], float).T
               for key in ("availability", *(SATISFACTION[name] for name in weights))}  # fmt: skip
    columns["satisfaction"] = index(columns, weights)
    stations: dict[str, dict[str, Any]] = {str(name): {} for name in names}
    found: dict[str, Any] = {}
    for key in RANKED:
        known = ~np.isnan(columns[key]).any(axis=1)
        if known.sum() < 2 * PART:
            continue
        values, own = columns[key][known], names[known]
        told, estimates = ranks.ranks(values), Estimate.each(values, METRICS[key])
        for name, estimate, *rank in zip(own, estimates, *told, strict=True):
            stations[str(name)][key] = {"value": estimate, "rank": [int(x) for x in rank]}
        worst = np.argsort(values.mean(axis=1), kind="stable")[: min(WORST, len(own) // PART)]
        shown = ranks.worse_than_median(values)[worst]
        found[key] = {
            "of": len(own), "out": int((~known).sum()), "worst": own[worst].tolist(),
            "shown": int(shown.sum()), "unshown": int((~shown).sum()),
            "by_luck": interval.mean(_by_luck(values, len(worst)), most=len(worst)),
        }  # fmt: skip
    return {"stations": stations, "ranks": found}


def _by_luck(values: np.ndarray, count: int) -> np.ndarray:
    """How many of those that one replication puts last are no worse than the median by the mean of
    all others, [replication]."""
    n = values.shape[1]
    others = (values.sum(axis=1, keepdims=True) - values) / (n - 1)
    usual = others >= np.median(others, axis=0)
    last = np.argsort(values, axis=0, kind="stable")[:count]
    found: np.ndarray = np.take_along_axis(usual, last, axis=0).sum(axis=0)
    return found


# ---- what is said ----------------------------------------------------------------------------


def findings(own: Own) -> list[Finding]:
    """Where the platform is off, and who is bad by luck only."""
    says = []
    for key, seen in own["seen"].items():
        sign = {1: "more", -1: "less"}.get(seen["off"].sign, "unshown")
        says.append(found(f"kpis.seen.{sign}", what=Term(f"kpis.of.{key}"), **seen))
    for key, rank in own["ranks"].items():
        by = Term(f"kpis.of.{key}")
        says.append(found("kpis.luck", by=by, k=len(rank["worst"]), unshown=rank["unshown"],
                          of=rank["of"]))  # fmt: skip
        says.append(found("kpis.one_run", by=by, k=len(rank["worst"]), count=rank["by_luck"]))
    return says


# ---- the page --------------------------------------------------------------------------------


def sections(say: Words, own: Own | None, names: Mapping[str, Any]) -> list[Section]:
    """The section; none where an answer of before has no figures.

    `names`: what each station is called, by its key; those that have none are inferred.
    """
    if own is None:
        return []
    many = "about_worlds" if own["worlds"] else "about" if own["replications"] > 1 else "about_one"
    about = say(f"kpis.{many}", worlds=own["worlds"], replications=own["replications"])
    blocks: list[Block] = [*map(say, findings(own)), about, _families(say, own)]
    if "price_per_kwh" not in own["figures"]:
        blocks.append(say("kpis.no_fees"))
    if "availability" in own["figures"] and not {*FAMILIES["operation"]} & {*own["figures"]}:
        blocks.append(say("kpis.no_faults"))
    if own["seen"]:
        blocks += [Heading(say("kpis.platform.heading")),
                   say("kpis.platform.about", every=own["sample_min"], lost=own["lost_messages"]),
                   *_heard(say, own), _platform(say, own)]  # fmt: skip
    if own["ranks"]:
        blocks += [Heading(say("kpis.ranks.heading")), say("kpis.ranks.about"),
                   Beside([[_ranks(say, own, key, names)] for key in own["ranks"]])]  # fmt: skip
    return [Section.of(say, "kpis", blocks)]


def _families(say: Words, own: Own) -> Table:
    """Every figure with its definition beside it."""
    rows: list[list[Cell]] = []
    for family, keys in FAMILIES.items():
        for key in keys:
            if key in own["figures"]:
                metric, value = METRICS[key], own["figures"][key]
                digits = 1 if metric.unit == "%" else metric.digits
                shown = say.number(value, f"{digits}{metric.unit}")
                meaning = say(f"kpis.define.{key}", **_named(say, own, key))
                rows.append([say(f"metrics.{key}"), say(f"kpis.families.{family}"), shown, meaning])
    heads = [
        Column(say("kpis.heads.figure")), Column(say("kpis.heads.family"), form="text"),
        Column(say("kpis.heads.value"), form="text"), Column(say("kpis.heads.meaning"), wide=True),
    ]  # fmt: skip
    return Table(heads, rows, say("kpis.tables.families"), folds=False)


def _named(say: Words, own: Own, key: str) -> dict[str, Any]:
    """What the definition names of what was asked: the standard session; of the index, components
    and weights."""
    if key == "session_cny":
        return {**own["standard_session"]}
    if key != "satisfaction":
        return {}
    parts = [found("kpis.weight", what=Term(f"kpis.parts.{name}"), weight=weight)
             for name, weight in own["weights"].items()]  # fmt: skip
    return {"parts": parts}


def _heard(say: Words, own: Own) -> list[str]:
    """How many of its messages came; answers of before do not know."""
    rate = own.get("online_rate")
    return [say("kpis.platform.online", rate=rate)] if rate else []


def _platform(say: Words, own: Own) -> Table:
    rows: list[list[Cell]] = [
        [say(f"metrics.{TRUTH[key]}"), seen["truth"], seen["shown"], seen["off"]]
        for key, seen in own["seen"].items()
    ]
    heads = [
        Column(say("kpis.heads.figure")),
        *(Column(say(f"kpis.heads.{key}"), "%", 2) for key in ("truth", "shown", "off")),
    ]
    return Table(heads, rows, say("kpis.tables.platform"), folds=False)


def _ranks(say: Words, own: Own, key: str, names: Mapping[str, Any]) -> Table:
    """The stations with the least, by name, with where their rank may be."""
    rank = own["ranks"][key]
    rows: list[list[Cell]] = [
        [
            names.get(name) or say("kpis.inferred"),
            place["value"],
            found("kpis.rank", rank=place["rank"][0], low=place["rank"][1], high=place["rank"][2]),
        ]
        for name in rank["worst"]
        for place in [own["stations"][name][key]]
    ]
    heads = [Column(say("kpis.heads.station")), Column(say(f"metrics.{key}"), "%", 1),
             Column(say("kpis.heads.rank"), form="text")]  # fmt: skip
    caption = say("kpis.tables.ranks", k=len(rows), by=Term(f"kpis.of.{key}"), of=rank["of"],
                  out=rank["out"])  # fmt: skip
    return Table(heads, rows, caption, folds=False, stations=rank["worst"])
