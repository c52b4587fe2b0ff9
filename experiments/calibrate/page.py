"""The answer of `calibrate` on its page."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from sim.report import charts
from sim.report.blocks import Beside, Card, Figure, Page, Points, Section, Table
from sim.report.finding import Finding, Given, Term, found
from sim.report.language import Words
from sim.report.tables import Form, table
from sim.stats import jackknife
from sim.stats.estimate import Estimate

Own = Mapping[str, Any]
NOTES = ("prior", "likelihood", "level", "luck", "truths", "asked", "kept")
SHOWN_TO = 2.5  # times the observed figure: predictions beyond are cut off
UNITS = {"over": "", "wait_min_p95": "min"}


def page(say: Words, answer: Own) -> Page:
    notes = [say(f"notes.{own}", groups=jackknife.GROUPS) for own in NOTES]
    return Page(
        say("title", demand=Given(answer["demand"])),
        [
            observations(say, answer), inputs(say, answer), asked(say, answer),
            emulators(say, answer),
            Section(say("notes.heading"), [Points(notes)],
                    "notes", say("notes.short")),
        ],
        say("question"),
        cards(say, answer),
        sure=say("first.sure"), assumed=say("first.assumed"),
    )  # fmt: skip


def cards(say: Words, answer: Own) -> list[Card]:
    of = answer["headlines"]
    limit, stations = answer["threshold"], say("card.of", stations=answer["stations"])
    return [
        Card(say("card.over", limit=limit), of["over"]["posterior"], "", 0, of=stations,
             note=say("card.note")),
        Card(say("headlines.wait_min_p95"), of["wait_min_p95"]["posterior"], "min", 0,
             note=say("card.note")),
        Card(say("card.over_prior", limit=limit), of["over"]["prior"], "", 0, of=stations,
             note=say("card.prior_note")),
        Card(say("card.undecided"), answer["classes"]["undecided"], "", 0, of=stations,
             note=say("card.undecided_note")),
    ]  # fmt: skip


# ---- observations ----------------------------------------------------------------------------


def observations(say: Words, answer: Own) -> Section:
    rows = answer["observations"]
    columns: dict[str, Form] = {
        "quantity": "quantity", "demand": "demand", "role": "role_said", "unit": "unit",
        "observed": "observed", "prior": "prior", "posterior": "posterior",
        "away": ("away", "", 1), "kind": "kind", "definition": "definition", "source": "source",
    }  # fmt: skip
    said = [row | {"role_said": Term(f"roles.{row['role']}")} for row in rows]
    caption = say("observations.table")
    return Section(
        say("observations.heading"),
        [say("observations.about"), _observed(say, rows),
         table(say, "observations.heads", columns, said, caption)],
        "observations", say("observations.short"),
    )  # fmt: skip


def _observed(say: Words, rows: Sequence[Own]) -> Figure:
    """Predictions over what was observed, before and after, calendar by calendar."""
    calendars = dict.fromkeys(row["demand"] for row in rows)
    lines: list[Own | Given] = []
    for own in calendars:
        lines += [own, *(row for row in rows if row["demand"] == own)]
    heads = [n for n, line in enumerate(lines) if isinstance(line, Given)]
    names = [say(own) if isinstance(own, Given) else say(own["quantity"]) for own in lines]
    marks = [
        charts.Marks(
            say(f"marks.{key}"),
            [None if isinstance(own, Given) else _over(own[key], own["observed"])
             for own in lines],
            color, symbol,
            ["" if isinstance(own, Given) else _hover(say, own, key) for own in lines],
            width, color,
        )
        for key, color, symbol, width in (
            ("prior", charts.FAINT, "circle-open", 1.0),
            ("observed", charts.RUST, "line-ns", 4.0),
            ("posterior", charts.BLUE, "circle", 2.0),
        )
    ]  # fmt: skip
    axis = charts.Axis(say("observations.axis"), "%", 0.0, SHOWN_TO)
    return charts.forest(
        say, names, marks, axis, title=say("observations.title"), digits=0, apart=True,
        heads=heads, line=(1.0, say("marks.observed")),
    )  # fmt: skip


def _over(value: Estimate | None, observed: Estimate) -> Estimate | None:
    """Relative to the observed figure, cut at the end of the axis."""
    if value is None or not observed.mean:
        return None
    mean, low, high = (min(SHOWN_TO, (end or 0.0) / observed.mean)
                       for end in (value.mean, value.low, value.high))  # fmt: skip
    return Estimate(mean, low, high)


def _hover(say: Words, row: Own, key: str) -> str:
    return say("observations.hover", value=row[key], unit=row["unit"])


# ---- inputs ----------------------------------------------------------------------------------


def inputs(say: Words, answer: Own) -> Section:
    rows = answer["inputs"]
    columns: dict[str, Form] = {
        "input": "label", "about": "group", "expected": "expected_said", "prior": "prior_said",
        "posterior": "posterior_said", "narrower": ("narrower", "%", 0), "source": "source",
    }  # fmt: skip
    said = [
        row | {
            "expected_said": value(row, row["expected"]),
            **{f"{key}_said": _interval(row, key) for key in ("prior", "posterior")},
        }
        for row in rows
    ]  # fmt: skip
    return Section(
        say("inputs_page.heading"),
        [say("inputs_page.about", effective=answer["effective"], sample=answer["sample"]),
         _forest(say, rows),
         table(say, "inputs_page.heads", columns, said, say("inputs_page.table"))],
        "inputs", say("inputs_page.short"),
    )  # fmt: skip


def value(row: Own, at: float) -> Finding:
    """A value of an input: a factor, a shift of the SOC, a share, or in its unit."""
    return found(f"values.{row['unit']}", at=at)


def _interval(row: Own, key: str) -> Finding:
    own: Estimate = row[key]
    return found(f"intervals.{row['unit']}", at=own)


def _forest(say: Words, rows: Sequence[Own]) -> Figure:
    """Where in its prior an input is believed to lie, before and after."""
    marks = [
        charts.Marks(say(f"marks.{key}"), [_within(row, row[key]) for row in rows], color, symbol,
                     [say(_interval(row, key)) for row in rows], width, color)
        for key, color, symbol, width in (
            ("prior", charts.FAINT, "circle-open", 1.0), ("posterior", charts.BLUE, "circle", 2.0),
        )
    ]  # fmt: skip
    ends = [(0.0, say("inputs_page.low")), (1.0, say("inputs_page.high"))]
    axis = charts.Axis(say("inputs_page.axis"), "", -0.1, 1.1, ticks=ends)
    return charts.forest(
        say, [say(row["label"]) for row in rows], marks, axis, title=say("inputs_page.title"),
        apart=True, digits=2,
    )  # fmt: skip


def _within(row: Own, own: Estimate) -> Estimate:
    """From 0 at the low end of the prior to 1 at its high end."""
    low, high = row["prior"].low, row["prior"].high
    mean, a, b = ((end - low) / (high - low) for end in (own.mean, own.low, own.high))
    return replace(own, mean=mean, low=a, high=b)


# ---- what to ask for -------------------------------------------------------------------------


def asked(say: Words, answer: Own) -> Section:
    """By what share each interval would be narrower if an input were known."""
    figures: list[list[Any]] = []
    for name in answer["headlines"]:
        rows = sorted(answer["inputs"], key=lambda row: -row["asked"][name].mean)
        bars = charts.Bars("", [row["asked"][name] for row in rows])
        figures.append([
            charts.bars(say, [say(row["label"]) for row in rows], [bars],
                        charts.Axis(say("asked.axis"), "%", from_zero=True), in_rows=True,
                        title=say(f"headlines.{name}"), digits=0)
        ])  # fmt: skip
    rows = sorted(answer["inputs"], key=lambda row: -max(own.mean for own in row["asked"].values()))
    columns: dict[str, Form] = {
        "input": "label",
        **{name: (f"asked.{name}", "%", 0) for name in answer["headlines"]},
    }
    return Section(
        say("asked.heading"),
        [say("asked.about"), Beside(figures),
         table(say, "asked.heads", columns, rows, say("asked.table"))],
        "asked", say("asked.short"),
    )  # fmt: skip


# ---- whether to believe it -------------------------------------------------------------------


def emulators(say: Words, answer: Own) -> Section:
    rows = [
        row | {"output": found("emulators.output", metric=Term(f"metrics.{row['metric']}"),
                               calendar=Term(f"calendars.{row['calendar']}")),
               "says": Term("yes" if row["informed"] else "no")}
        for row in answer["emulators"]
    ]  # fmt: skip
    columns: dict[str, Form] = {
        "output": "output", "r2": ("r2", "", 2), "informed": "says", "mean": "mean",
        "error": "error", "at_posterior": "at_posterior", "bias": "bias",
    }  # fmt: skip
    truths = answer["truths"]
    edges = [n / len(truths["ranks"]) for n in range(len(truths["ranks"]) + 1)]
    ranks = charts.histogram(
        say, edges, truths["ranks"], charts.Axis(say("truths.x")),
        charts.Axis(say("truths.y"), from_zero=True), title=say("truths.title"),
        line=(truths["even"], say("truths.even")),
    )  # fmt: skip
    return Section(
        say("emulators.heading"),
        [say("emulators.about", points=answer["points"]),
         table(say, "emulators.heads", columns, rows, say("emulators.table")),
         say("truths.about", count=truths["count"], covered=truths["covered"]), ranks,
         _covered(say, answer)],
        "emulators", say("emulators.short"),
    )  # fmt: skip


def _covered(say: Words, answer: Own) -> Table:
    truths = answer["truths"]
    rows = [
        {"label": row["label"], "covered": truths["by_input"][row["name"]],
         "uniform": truths["uniform"][row["name"]]}
        for row in answer["inputs"]
    ]  # fmt: skip
    columns: dict[str, Form] = {
        "input": "label", "covered": ("covered", "%", 0), "uniform": ("uniform", "", 2),
    }  # fmt: skip
    return table(say, "truths.heads", columns, rows, say("truths.table"))
