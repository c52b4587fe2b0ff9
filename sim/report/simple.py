"""A plain page: a lead, then sections of text, figures and tables; or the same as Markdown.

Like the report it is one HTML file that opens without a network.
"""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import plotly.graph_objects as go
from markupsafe import Markup
from plotly.offline import get_plotlyjs

from sim import report
from sim.report import figures, words
from sim.study import store

Cell = str | float | int | None
MOST_ROWS = 13  # a longer table is folded until somebody wants it


@dataclass(frozen=True)
class Figure:
    """A Plotly figure as plain dicts.

    Colors may be CSS variables of report.css (`var(--rust)`), so that the figure serves light, dark
    and print.  `layout.height` must be there.  Text from data must pass `words.inert`.

    Attributes
    ----------
    alt : what it shows, for who cannot see it.
    title : its heading, above the figure.
    note : what a reader must know of its axes, below the figure.
    key : (CSS color, label) of what is drawn.
    narrow : paths of the layout that differ on a phone, such as {"xaxis.nticks": 4}.
    """

    data: Sequence[Mapping[str, Any]]
    layout: Mapping[str, Any]
    alt: str
    title: str = ""
    key: Sequence[tuple[str, str]] = ()
    narrow: Mapping[str, Any] = field(default_factory=dict)
    note: str = ""


@dataclass(frozen=True)
class Table:
    """Cells in rows below their heads; the first column names the row.

    Numbers are shown with three or more significant digits, a dash for what does not exist.
    `marked` are the numbers of the rows that stand out.
    """

    head: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    caption: str = ""
    marked: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Section:
    """A heading and what is below it: text, figures side by side where there is room, tables
    (long ones folded)."""

    heading: str
    text: Sequence[str] = ()
    figures: Sequence[Figure] = ()
    tables: Sequence[Table] = ()


def page(
    title: str,
    lead: Sequence[str],
    sections: Sequence[Section],
    path: str | os.PathLike[str],
    facts: Mapping[str, Any] | None = None,
) -> Path:
    """Write the page to `path`, whole or not at all, and return the path.

    The first sentence of `lead` is the headline.  `facts` (values, or values by name) say in the
    footer how the page was made.
    """
    drawn = {
        f"{s}-{n}": figures.payload(go.Figure(data=list(f.data), layout=_axes(f.layout)),
                                    dict(f.narrow), ["toImage"])
        for s, section in enumerate(sections)
        for n, f in enumerate(section.figures)
    }  # fmt: skip
    scripts = [get_plotlyjs(), (report.HERE / "report.js").read_text("utf-8")]
    template = report._environment().get_template("simple.html.j2")
    return store.write_text(
        Path(path),
        template.render(
            title=title,
            lead=list(lead),
            sections=sections,
            most_rows=MOST_ROWS,
            drawn=drawn,
            css=Markup((report.HERE / "report.css").read_text("utf-8")),
            scripts=[Markup(script) for script in scripts],
            hashes=[report._hash(script) for script in scripts],
            figures_json=report._script_json(drawn),
            facts=report._flat(facts or {}),
        ),
    )


def _axes(layout: Mapping[str, Any]) -> dict[str, Any]:
    """The layout with every axis as the report draws them, where it says nothing else."""
    names = [name for name in layout if name.startswith(("xaxis", "yaxis"))]
    return {**layout, **{name: figures.plain_axis(**layout[name]) for name in names}}


def markdown(title: str, lead: Sequence[str], sections: Sequence[Section]) -> str:
    """The same page without its figures."""
    parts = [f"# {title}", *lead]
    for section in sections:
        parts += [f"## {section.heading}", *section.text]
        for table in section.tables:
            parts += [f"**{table.caption}**"] * bool(table.caption)
            parts.append(_markdown_table(table))
    return "\n\n".join(parts) + "\n"


def _markdown_table(table: Table) -> str:
    def line(cells: Sequence[Cell], bold: bool = False) -> str:
        texts = [words.number(cell).replace("|", "\\|") for cell in cells]
        return "| " + " | ".join(f"**{t}**" if bold and t else t for t in texts) + " |"

    rule = "|" + "|".join(["---"] + ["---:"] * (len(table.head) - 1)) + "|"
    rows = [line(row, bold=n in table.marked) for n, row in enumerate(table.rows)]
    return "\n".join([line(table.head), rule, *rows])
