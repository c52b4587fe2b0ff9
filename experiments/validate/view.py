"""How `validate` says what it found, in sentences and in one long table."""

from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from experiments.validate import busy
from sim.report.words import span

UNITS = {"kwh": "kWh", "stay_min": "min"}
NAMES = {"kwh": "energy", "stay_min": "stay"}
GROUPS = ("all", "overlapping", "slowed")
MODELS = {
    "shared": "learned curve",
    "unshared": "learned curve, no sharing",
    "relative": "learned by relative errors",
    "published": "published curve",
}
FIGURES = ("mean_error", "mean_abs_error", "rms_error", "bias_frac")
CHANCE = 0.05


# ---- words -------------------------------------------------------------------------------------


def agrees_by_hour(site: Mapping[str, Any]) -> bool:
    return site["line"]["share"]["p"] >= CHANCE


def agrees_by_day(site: Mapping[str, Any]) -> bool:
    days = site["line"]["spread_of_days"]
    return days["low"] <= days["recorded"] <= days["high"]


def error_of(
    answer: Mapping[str, Any], quantity: str, group: str = "all", model: str = "shared"
) -> dict[str, Any]:
    """One row of the errors at the fast charger."""
    wanted = {"quantity": quantity, "group": group, "model": model}
    return next(row for row in answer["epfl"]["errors"] if wanted.items() <= row.items())


def percent(value: Mapping[str, float]) -> str:
    low, high = 100 * value["low"], 100 * value["high"]
    return f"{100 * value['mean']:+.1f} % ({low:+.1f} to {high:+.1f})"


def verdict(answer: Mapping[str, Any]) -> list[str]:
    """The answer in sentences; the first is the shortest."""
    sites = answer["sites"]
    lead = []
    if sites:
        lead.append(
            f"{sum(map(agrees_by_hour, sites))} of {len(sites)} sites agree hour by hour and "
            f"{sum(map(agrees_by_day, sites))} of {len(sites)} day by day"
        )
    if "epfl" in answer:
        stay = error_of(answer, "stay_min")
        lead.append(
            f"at the fast charger a stay is off by {stay['mean_abs_error']['mean']:.1f} of "
            f"{stay['recorded_mean']:.1f} min"
        )
    first = "; ".join(lead)
    lines = [first[0].upper() + first[1:] + "."]
    if "epfl" in answer:
        lines += list(_fast_charger(answer))
    for site in sites:
        lines += list(_site(site))
    lines += [f"Skipped, {name}: {reason}." for name, reason in answer["skipped"].items()]
    return [*lines, "In brackets: 95 % intervals, or bands in which 95 % of replications lie."]


def _fast_charger(answer: Mapping[str, Any]) -> Iterator[str]:
    epfl = answer["epfl"]
    for quantity, unit in UNITS.items():
        row = error_of(answer, quantity)
        yield (
            f"EPFL fast charger, {epfl['sessions']} sessions out of sample, {NAMES[quantity]}: "
            f"mean absolute error {span(row['mean_abs_error'])} of {row['recorded_mean']:.1f} "
            f"{unit}, bias {percent(row['bias_frac'])}."
        )
    for quantity, unit in UNITS.items():
        with_rule, without = (
            percent(error_of(answer, quantity, "slowed", model)["bias_frac"])
            for model in ("shared", "unshared")
        )
        gained = next(
            row for row in epfl["gained_by_sharing"]
            if (row["quantity"], row["group"]) == (quantity, "slowed")
        )  # fmt: skip
        yield (
            f"On the {epfl['slowed']} sessions that the sharing rule slows, bias of the "
            f"{NAMES[quantity]} {with_rule}; without the rule {without}. The rule changes the mean "
            f"absolute error by {span(gained, 2)} {unit}."
        )


def _site(site: Mapping[str, Any]) -> Iterator[str]:
    found = site["line"]
    share, mean, error, days = (found[k] for k in ("share", "mean", "error", "spread_of_days"))
    outside = " and ".join(
        f"{c['outside']} of {c['of']} hourly {name} (by chance {c['by_chance']:.1f}, at most "
        f"{c['most_by_chance']})"
        for name, c in (("shares", share), ("means", mean))
    )
    yield (
        f"{site['site']} ({count(site['units'], 'unit')}, {found['days']} days compared): outside "
        f"their 95 % bands lie {outside}."
    )
    yield (
        f"Its hourly mean of busy units is off by {error['recorded']:.3f} on average, "
        f"{error['by_chance']:.3f} by chance alone; its days differ "
        f"{'as simulated' if agrees_by_day(site) else 'otherwise than simulated'}: standard "
        f"deviation of a day's mean {days['recorded']:.3f}, simulated {days['simulated']:.3f} "
        f"({days['low']:.3f} to {days['high']:.3f})."
    )


def count(number: int, noun: str) -> str:
    """`1 unit`, `2 units`."""
    return f"{number:,} {noun}" + "s" * (number != 1)


def headline(answer: Mapping[str, Any]) -> dict[str, float | str]:
    """The few numbers that a sweep compares."""
    found: dict[str, float | str] = {}
    if "epfl" in answer:
        for quantity in UNITS:
            row = error_of(answer, quantity)
            found[f"epfl_{quantity}_mean_abs_error"] = row["mean_abs_error"]["mean"]
            found[f"epfl_{quantity}_bias_frac"] = row["bias_frac"]["mean"]
    for site in answer["sites"]:
        for key in ("share", "mean"):
            found[f"{site['site']}: {key} outside"] = site["line"][key]["outside"]
    return found


# ---- one long table ----------------------------------------------------------------------------


def table(answer: Mapping[str, Any]) -> pd.DataFrame:
    """Every number in long form; of errors the interval, of sites the band."""
    rows = [
        {"data": "EPFL fast charger", "figure": figure, "recorded": row["recorded_mean"],
         **{key: row[key] for key in ("model", "quantity", "group", "n")},
         "value": row[figure]["mean"], "low": row[figure]["low"], "high": row[figure]["high"]}
        for row in answer.get("epfl", {}).get("errors", [])
        for figure in FIGURES
    ]  # fmt: skip
    rows += [
        row for site in answer["sites"] for model in ("line", "lost")
        for row in _site_rows(site, model)
    ]  # fmt: skip
    return pd.DataFrame(rows)


def _site_rows(site: Mapping[str, Any], model: str) -> Iterator[dict[str, Any]]:
    found = site[model]
    for hour in range(busy.DAY_H):
        cells = [("mean_busy", *(found["mean"][k][hour] for k in busy.BANDS))]
        cells += [
            (f"share_{n}_busy", *(found["share"][k][hour][n] for k in busy.BANDS))
            for n in range(site["units"] + 1)
        ]
        for figure, recorded, simulated, low, high in cells:
            yield {
                "data": site["site"], "model": model, "quantity": "busy_units",
                "group": f"hour {hour}", "figure": figure, "recorded": recorded,
                "value": simulated, "low": low, "high": high, "n": found["days"],
            }  # fmt: skip
