"""Question 2 on the page: ROC curves, what each threshold loses, and the size of a station."""

from collections.abc import Mapping, Sequence
from typing import Any

from experiments.forty_percent_rule import designs as rule_designs
from experiments.forty_percent_rule import staffing as rule_staffing
from experiments.forty_percent_rule.case import Ruled
from experiments.forty_percent_rule.measure import (
    MEASURES,
    UNIT_WORDS,
    WINDOW_WORDS,
    WINDOWS,
    Measure,
    limit,
    told,
)
from experiments.forty_percent_rule.threshold import THRESHOLDS, of_measure, ratio
from sim import metrics
from sim.report.simple import Figure, Section, Table
from sim.report.words import full_name, inert, span

COLORS = ("var(--rust)", "var(--blue)", "var(--ink)", "var(--faint)", "var(--u5)")
DASHES = ("solid", "solid", "solid", "solid", "4px 3px")
BY_DEFINITION = [(Measure(d), d) for d in metrics.DEFINITIONS]
BY_WINDOW = [(Measure(window=w), WINDOW_WORDS[w]) for w in WINDOWS]
LINES = {"by definition, over all hours": BY_DEFINITION, "of time, by window": BY_WINDOW}
EVERY = slice(None, None, 5)  # thresholds in tables: 15, 20, ... %

Curves = Sequence[tuple[Measure, str]]


def sections(scenario: Ruled, found: Mapping[str, Any]) -> list[Section]:
    study = scenario.own
    threshold, own = found["rule"]["threshold"], limit(found)
    figures, tables = [], [_measures(found, own, "station")]
    if of_measure(found)["best"] is not None:
        figures = [_roc(found, n, c, threshold) for n, c in LINES.items()]
        figures += [_loss(found, n, c, threshold, study.miss_cost) for n, c in LINES.items()]
        tables += [_costs(found), *(_curves(found, n, c) for n, c in LINES.items())]
    tables += [
        _measures(found, own, "site", "evse"), _holidays(scenario, found),
        _misjudged(scenario, found),
    ]  # fmt: skip
    return [
        Section(
            f"2. Is {own} the right number?",
            [
                *found["verdict"][2:-1],
                "Truth: service fails at a station where, as means over replications, the P90 wait "
                f"is over {study.fails_wait_p90_min:g} min or more than "
                f"{100 * study.fails_lost_share:g} % of the visits balk or renege, whatever its "
                "utilization; always over the holiday, also for the ordinary week's utilization. "
                "Sensitivity: flagged, of the failing. Specificity: not flagged, of the others. "
                "Precision: failing, of the flagged; each with Wilson's 95 % interval, as if the "
                "stations were a sample of many. Other intervals are of a bootstrap that draws "
                "replications (utilization and service together) with replacement, the stations "
                "staying the same; percentiles, mirrored for areas, which noise lowers. Best "
                "numbers are chosen and judged on the same stations.",
                "Loss: needless upgrades plus failing stations missed, the latter times their cost "
                f"({ratio(study.miss_cost)}). Thresholds from 15 to 80 %; of several that lose the "
                "same the middle one. Bands: 95 % over replications.",
            ],
            figures,
            tables,
        ),
        _staffing(scenario, found),
    ]  # fmt: skip


def _roc(found: Mapping[str, Any], name: str, curves: Curves, threshold: float) -> Figure:
    data: list[dict[str, Any]] = []
    for (measure, label), color, dash in zip(curves, COLORS, DASHES, strict=False):
        own = of_measure(found, measure)
        x = [100 * (1 - s) for s in own["curve"]["specificity"]]
        y = [100 * s for s in own["curve"]["sensitivity"]]
        at = own["at_threshold"]
        data += [
            {
                "type": "scatter", "mode": "lines", "x": x, "y": y, "cliponaxis": False,
                "line": {"color": color, "width": 2, "dash": dash},
                "hovertext": [f"{label} over {100 * t:.0f} %" for t in THRESHOLDS],
                "hovertemplate": "%{hovertext}: finds %{y:.0f} %,<br>flags %{x:.0f} % of the "
                "others<extra></extra>",
            },
            {
                "type": "scatter", "mode": "markers", "cliponaxis": False,
                "x": [100 * (1 - at["specificity"]["mean"])],
                "y": [100 * at["sensitivity"]["mean"]],
                "marker": {"color": color, "size": 11,
                           "line": {"color": "var(--paper)", "width": 2}},
                "hovertemplate": f"{label} over {100 * threshold:g} %<extra></extra>",
            },
        ]  # fmt: skip
    title = f"ROC curves {name}; dots: {100 * threshold:g} %"
    return Figure(
        data,
        {
            "height": 380, "margin": {"l": 56, "r": 14, "t": 10, "b": 44},
            "xaxis": {"range": [-2, 102], "ticksuffix": " %", "nticks": 6,
                      "title": {"text": "of the other stations, flagged needlessly"}},
            "yaxis": {"range": [-2, 104], "ticksuffix": " %", "nticks": 6,
                      "title": {"text": "of the failing stations, found"}},
            "shapes": [{"type": "line", "x0": 0, "y0": 0, "x1": 100, "y1": 100, "layer": "below",
                        "line": {"color": "var(--rule)", "width": 1.2}}],
        },
        f"{title}; thresholds from 15 to 80 %; the numbers are in the tables",
        title, _key(found, curves), {"height": 330},
    )  # fmt: skip


def _key(found: Mapping[str, Any], curves: Curves) -> list[tuple[str, str]]:
    return [
        (color, f"{label} (area {of_measure(found, m)['area']['mean']:.3f})")
        for (m, label), color in zip(curves, COLORS, strict=False)
    ]


def _loss(
    found: Mapping[str, Any], name: str, curves: Curves, threshold: float, cost: float
) -> Figure:
    data: list[dict[str, Any]] = []
    x = [100 * t for t in THRESHOLDS]
    for (measure, label), color, dash in zip(curves, COLORS, DASHES, strict=False):
        own = of_measure(found, measure)
        curve, best = own["curve"], own["best"][0]
        loss = [cost * m + n for m, n in zip(curve["missed"], curve["needless"], strict=True)]
        edge = {
            "type": "scatter",
            "mode": "lines",
            "line": {"width": 0},
            "hoverinfo": "skip",
            "x": x,
        }
        data += [
            {**edge, "y": curve["loss_high"]},
            {**edge, "y": curve["loss_low"], "fill": "tonexty", "fillcolor": "var(--faintest)"},
            {
                "type": "scatter", "mode": "lines", "x": x, "y": loss,
                "line": {"color": color, "width": 2, "dash": dash},
                "hovertemplate": f"{label} over %{{x:.0f}} %: %{{y:.3g}} lost<extra></extra>",
            },
            {
                "type": "scatter", "mode": "markers", "x": [100 * best["threshold"]["mean"]],
                "y": [best["loss"]["mean"]], "cliponaxis": False,
                "marker": {"color": color, "size": 10, "symbol": "diamond",
                           "line": {"color": "var(--paper)", "width": 1.5}},
                "hovertemplate": f"{label}: least at %{{x:.0f}} %<extra></extra>",
            },
        ]  # fmt: skip
    data.sort(key=lambda trace: trace.get("hoverinfo") != "skip")  # bands below the lines
    title = f"What a threshold loses {name}; diamonds: least"
    at = 100 * threshold
    return Figure(
        data,
        {
            "height": 320, "margin": {"l": 44, "r": 14, "t": 20, "b": 44},
            "xaxis": {"range": [14, 81], "ticksuffix": " %", "dtick": 10, "tick0": 20,
                      "title": {"text": "threshold"}},
            "yaxis": {"rangemode": "tozero", "nticks": 6,
                      "title": {"text": f"stations lost (miss {ratio(cost)})"}},
            "shapes": [{"type": "line", "x0": at, "x1": at, "yref": "paper", "y0": 0, "y1": 1,
                        "line": {"color": "var(--rust)", "width": 1.2, "dash": "4px 3px"}}],
            "annotations": [{"x": at, "yref": "paper", "y": 1, "yanchor": "bottom", "yshift": 1,
                             "text": f"{at:g} %", "showarrow": False,
                             "font": {"size": 11, "color": "var(--rust)"}}],
        },
        f"{title}; bands: 95 % intervals over replications; the numbers are in the tables",
        title, [(c, label) for (_, label), c in zip(curves, COLORS, strict=False)],
        {"height": 280},
    )  # fmt: skip


# ---- tables ----------------------------------------------------------------------------------


def _percent(estimate: Mapping[str, float] | None) -> str:
    return span(estimate, 0, 100.0)


def _measures(found: Mapping[str, Any], limit: str, *units: str) -> Table:
    rows: list[list[Any]] = []
    for m in MEASURES:
        if m.unit not in units:
            continue
        own = of_measure(found, m)
        at, best = own["at_threshold"], own["best"]
        rows.append(
            [
                str(m), span(own["area"], 3), at["hit"] + at["needless"], at["missed"],
                at["needless"], _percent(at["sensitivity"]), _percent(at["specificity"]),
                _percent(at["precision"]), best and _percent(best[0]["threshold"]),
            ]
        )  # fmt: skip
    head = ["Utilization", "ROC area", "flagged", "missed", "needless", "sensitivity %",
            "specificity %", "precision %", "best number %"]  # fmt: skip
    named = " and ".join(UNIT_WORDS[u] for u in units)
    return Table(head, rows, f"{limit} of every utilization {named} (95 % intervals)")


def _costs(found: Mapping[str, Any]) -> Table:
    rows: list[list[Any]] = []
    costs = [ratio(b["miss_cost"]) for b in of_measure(found)["best"]]
    for m in MEASURES:
        if m.unit == "station":
            cells = [
                f"{_percent(b['threshold'])}; {100 * b['as_good'][0]:.0f}–"  # noqa: RUF001
                f"{100 * b['as_good'][1]:.0f}; {b['loss']['mean']:.3g}"
                for b in of_measure(found, m)["best"]
            ]
            rows.append([str(m), *cells])
    return Table(
        ["Utilization", *(f"a miss costs {c}" for c in costs)], rows,
        "Best threshold % (95 % interval); from the first to the last that is as good; lost there",
    )  # fmt: skip


def _curves(found: Mapping[str, Any], name: str, curves: Curves) -> Table:
    own = [of_measure(found, m)["curve"] for m, _ in curves]
    rows: list[list[Any]] = []
    for k in range(len(THRESHOLDS))[EVERY]:
        cells = [
            f"{100 * c['sensitivity'][k]:.0f} / {100 * c['specificity'][k]:.0f}; "
            f"{c['missed'][k]} + {c['needless'][k]}"
            for c in own
        ]
        rows.append([f"{100 * THRESHOLDS[k]:.0f} %", *cells])
    return Table(
        ["Threshold", *(label for _, label in curves)], rows,
        f"Curves {name}: sensitivity / specificity %; missed + needless",
    )  # fmt: skip


def _holidays(scenario: Ruled, found: Mapping[str, Any]) -> Table:
    rows: list[list[Any]] = []
    for name, label in rule_designs.labels(scenario).items():
        own = found["holidays"][name]
        at, best = own["at_threshold"], own["best"]
        rows.append(
            [
                label, own["failing"], span(own["count"]), at["hit"], at["missed"], at["needless"],
                span(own["area"], 3), best and _percent(best[0]["threshold"]),
                best and best[0]["loss"]["mean"], best and best[0]["loss_at_threshold"]["mean"],
            ]
        )  # fmt: skip
    head = ["Holiday", "fail", "in one holiday", "found", "missed", "needless", "ROC area",
            "best threshold %", "lost there", f"lost at {limit(found)}"]  # fmt: skip
    return Table(head, rows, f"{limit(found)} {told(found)}, against what fails in each holiday")


def _misjudged(scenario: Ruled, found: Mapping[str, Any]) -> Table:
    """Stations on the wrong side, those that fail first."""
    table = scenario.station_table().set_index("station", drop=False)
    staffing = found["staffing"]["stations"]
    rows: list[list[Any]] = []
    for kind in ("missed", "needless"):
        for name in found[kind]:
            truth, own = found["fails"]["stations"][name], staffing[name]
            rows.append(
                [
                    full_name(table.loc[name].to_dict()), kind, own["evses"],
                    100 * own[told(found).window]["utilization"], span(truth["wait_p90_min"]),
                    span(truth["lost_share"], 1, 100.0), 100 * truth["p"],
                ]
            )  # fmt: skip
    head = ["Station", "judged", "EVSEs", "utilization %", "P90 wait [min]", "lost %",
            "fails in % of replications"]  # fmt: skip
    return Table(head, rows, f"Where {limit(found)} {told(found)} misjudges")


# ---- sizes -----------------------------------------------------------------------------------


def _staffing(scenario: Ruled, found: Mapping[str, Any]) -> Section:
    own = found["staffing"]
    busy, rule = rule_staffing.BUSY.window, own["window"]
    labels = rule_designs.labels(scenario)
    demands = ", ".join(labels[name] for name in rule_staffing.DEMANDS)
    return Section(
        "Small stations and large ones",
        [
            *found["verdict"][-1:],
            f"Where the P90 wait passes {own['wait_limit_min']:g} min: the same station in "
            f"holidays that differ in demand only ({demands}), linear in between; the mean of the "
            "stations that pass it, with a bootstrap interval over replications. Those that wait "
            "longer or shorter in all of these have no such point.",
            "Theory: an M/M/c queue in steady state with the simulated mean occupancy of "
            f"{own['session_min']:.1f} min a session. It is held against 08 to 22, the hours in "
            "which people come. Nights pull the mean of all hours down, though nobody waits then; "
            "in its peak hour a station may be full, whether or not people wait long. "
            "Demand rises and falls between 08 and 22 and from day to day, so waits come from the "
            "busier hours (service fails earlier than in theory); sessions vary less than "
            "exponential ones, and who balks or reneges shortens the line (it fails later). The "
            "square-root law, utilization = 1 - β / √(EVSEs), has β fitted to the points.",
        ],
        [_sizes(own, w, WINDOW_WORDS[w]) for w in dict.fromkeys((busy, rule))],
        [_size_table(own)],
    )  # fmt: skip


def _sizes(own: Mapping[str, Any], window: str, hours: str) -> Figure:
    found = own["windows"][window]
    data: list[dict[str, Any]] = []
    seen: dict[int, int] = {}
    points: dict[bool, list[tuple[float, float, str]]] = {False: [], True: []}
    for name, station in own["stations"].items():
        c = station["evses"]
        seen[c] = seen.get(c, 0) + 1
        beside = (seen[c] * 0.618 % 1 - 0.5) * 0.9  # side by side, not one above another
        points[station["fails"]].append((c + beside, 100 * station[window]["utilization"], name))
    for fails, color in ((False, "var(--u2)"), (True, "var(--rust)")):
        x, y, names = zip(*points[fails], strict=True) if points[fails] else ([], [], [])
        data.append(
            {
                "type": "scatter", "mode": "markers", "x": list(x), "y": list(y),
                "marker": {"color": color, "size": 6.5, "opacity": 0.8},
                "hovertext": [inert(n) for n in names],
                "hovertemplate": "%{hovertext}: %{y:.0f} %<extra></extra>",
            }
        )  # fmt: skip
    key = [("var(--u2)", "a station"), ("var(--rust)", "service fails")]
    if window == rule_staffing.BUSY.window:
        theory = [(c, 100 * u) for c, u in own["theory"].items() if u is not None]
        data.append(_line(theory, "var(--blue)", "solid"))
        key.append(("var(--blue)", "theory (M/M/c)"))
    if found["beta"]:
        beta = found["beta"]["mean"]
        law = [(c / 4, 100 * rule_staffing.law(beta, c / 4)) for c in range(8, 4 * max(seen) + 3)]
        data.append(_line(law, "var(--faint)", "4px 3px"))
        key.append(("var(--faint)", "square-root law"))
    sizes = [(c, s["critical"]) for c, s in found["sizes"].items() if s["critical"]]
    mean, low, high = ([100 * s[k] for _, s in sizes] for k in ("mean", "low", "high"))
    data.append(
        {
            "type": "scatter", "mode": "markers", "x": [c for c, _ in sizes], "y": mean,
            "marker": {"color": "var(--ink)", "size": 11, "symbol": "diamond",
                       "line": {"color": "var(--paper)", "width": 1.5}},
            "error_y": {"type": "data", "symmetric": False, "thickness": 2, "width": 5,
                        "array": [h - m for h, m in zip(high, mean, strict=True)],
                        "arrayminus": [m - b for b, m in zip(low, mean, strict=True)],
                        "color": "var(--ink)"},
            "hovertemplate": "fails from %{y:.1f} %<extra></extra>",
        }
    )  # fmt: skip
    key.append(("var(--ink)", f"P90 wait passes {own['wait_limit_min']:g} min"))
    title = f"Time utilization, {hours}, by number of EVSEs"
    return Figure(
        data,
        {
            "height": 400, "margin": {"l": 52, "r": 14, "t": 10, "b": 44},
            "xaxis": {"range": [1.8, max(seen) + 1], "tickvals": sorted(seen),
                      "title": {"text": "EVSEs of the station"}},
            "yaxis": {"range": [0, 100], "ticksuffix": " %", "nticks": 6},
        },
        f"{title}; the numbers are in the table", title, key, {"height": 340},
    )  # fmt: skip


def _line(points: Sequence[tuple[float, float]], color: str, dash: str) -> dict[str, Any]:
    return {
        "type": "scatter", "mode": "lines", "x": [x for x, _ in points],
        "y": [y for _, y in points], "line": {"color": color, "width": 2, "dash": dash},
        "hovertemplate": "%{x:.0f} EVSEs: %{y:.0f} %<extra></extra>",
    }  # fmt: skip


def _size_table(own: Mapping[str, Any]) -> Table:
    busy, rule = (own["windows"][w] for w in (rule_staffing.BUSY.window, own["window"]))
    rows: list[list[Any]] = []
    for c, at in busy["sizes"].items():
        theory = own["theory"].get(c)
        law = busy["beta"] and 100 * rule_staffing.law(busy["beta"]["mean"], c)
        rows.append(
            [
                f"{c}", at["stations"], at["passing"], span(at["critical"], 1, 100.0),
                theory and 100 * theory, law, span(rule["sizes"][c]["critical"], 1, 100.0),
            ]
        )  # fmt: skip
    beta = span(busy["beta"], 2)
    head = ["EVSEs", "stations", "pass it", "08 to 22 %", "M/M/c %", "square-root law %",
            f"{WINDOW_WORDS[own['window']]} %"]  # fmt: skip
    return Table(
        head, rows, f"Time utilization at which the P90 wait passes {own['wait_limit_min']:g} min "
        f"(β = {beta})",
    )  # fmt: skip
