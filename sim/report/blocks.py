"""What a page is made of.  Texts are said already, in one language; numbers are not.

A page is built once for each language from the same answer, and both must have the same shape: the
same blocks, rows and figures, in the same order.  Only texts and what depends on them may differ.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal, Self

from sim.report.finding import Finding, Given, Name, Term
from sim.report.language import Words
from sim.stats.estimate import Estimate, Metric

MANY_ROWS = 500  # of a longer table or figure the first ones are shown, ...
FIRST_ROWS = 60  # ... so many; a table holds all of them
Mark = Literal[
    "dot", "spot", "ring", "tick", "square", "hatched", "diamond", "line", "dash", "cross", "down",
    "right",
]  # fmt: skip
Look = Literal["range", "mean", "plain", "significant", "track", "text"]


@dataclass(frozen=True)
class Key:
    """What a color and a form stand for."""

    color: str
    label: str
    mark: Mark = "dot"


@dataclass(frozen=True)
class Classes:
    """A row of colors with what they stand for, above several figures that share it."""

    keys: Sequence[Key]
    label: str = ""


@dataclass(frozen=True)
class Figure:
    """A Plotly figure as plain dicts; `sim.report.charts` makes them.

    Colors may be CSS variables of page.css (`var(--rust)`), so that the figure serves light, dark
    and print.  Text from data must pass `charts.inert`, because Plotly reads a small HTML.

    Attributes
    ----------
    layout : `height` [px] must be there.
    alt : what it shows, for who cannot see it.
    title : its heading, above the figure.
    note : what a reader must know of its axes, below the figure.
    key : what its colors stand for; a (CSS color, label) will do.
    narrow : paths of the layout that differ on a phone, such as {"xaxis.nticks": 4}; those that
        begin with `data.` are of the data.
    width : the most that it takes [px]; None: all there is.
    tools : buttons of Plotly's toolbar.
    chosen : by an option of a `Choice` around it, paths that differ while it is chosen, and under
        `narrow` those on a phone.
    """

    data: Sequence[Mapping[str, Any]]
    layout: Mapping[str, Any]
    alt: str
    title: str = ""
    key: Sequence[Key | tuple[str, str]] = ()
    narrow: Mapping[str, Any] = field(default_factory=dict)
    note: str = ""
    width: int | None = None
    tools: Sequence[str] = ("toImage",)
    chosen: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


@dataclass(frozen=True)
class Over:
    """A cell that stands out."""

    cell: "Cell"


@dataclass(frozen=True)
class Track:
    """A cell that shows where an estimate lies between half and double an observed figure, whose
    own range is drawn behind it.  None where there is nothing to draw."""

    observed: float | None
    low: float | None
    high: float | None
    simulated: Estimate


Cell = None | str | float | int | Estimate | Name | Term | Given | Finding | date | Over | Track


@dataclass(frozen=True)
class Column:
    """A column of a table.

    Attributes
    ----------
    unit : of the table `units` of the messages; numbers are scaled to it, the head names it.
    digits : after the point; None: three or more significant digits.
    form : `range`: the mean with its interval; `mean`: the mean alone; `plain`: the same with up
        to four significant digits, as a source prints it; `significant`: with as many `digits`,
        and an exponent where it is tiny; `track`: cells are tracks; `text`: a short text, such as
        the name of a road.
    option : shown while this is chosen in the `Choice` around the table; "": always.
    wide : a text that may wrap, not a number.
    """

    head: str
    unit: str = ""
    digits: int | None = None
    form: Look = "range"
    option: str = ""
    wide: bool = False

    @classmethod
    def of(cls, say: Words, metric: Metric) -> Self:
        """Of a key figure, by its label, unit and digits."""
        return cls(say(f"metrics.{metric.key}"), metric.unit, metric.digits)


@dataclass(frozen=True)
class Table:
    """Cells in rows below their heads; the first column names the row.

    A long one is sorted by a click on a head and searched, and folded below its caption.  One of
    more than `MANY_ROWS` shows the first `FIRST_ROWS` of those that are found, in the order that
    it is sorted by.

    Attributes
    ----------
    columns : a text is a head with no unit.
    rows : one cell for each column.
    marked : numbers of the rows that stand out.
    folds : a long table is folded below its caption until somebody wants it.
    stations : the key of the station that each row is about.
    """

    columns: Sequence[Column | str]
    rows: Sequence[Sequence[Cell]]
    caption: str = ""
    marked: frozenset[int] = frozenset()
    note: str = ""
    folds: bool = True
    stations: Sequence[str] = ()


def first(rows: Sequence[Any]) -> Sequence[Any]:
    """What a figure shows of its rows, which come in the order of their weight."""
    return rows[:FIRST_ROWS] if len(rows) > MANY_ROWS else rows


@dataclass(frozen=True)
class Card:
    """A number that a meeting remembers.  `digits`, `unit` as in `Column`; `of`: what follows
    instead of a unit, such as `of 87`."""

    label: str
    value: Cell
    unit: str = ""
    digits: int | None = None
    of: str = ""
    note: str = ""


@dataclass(frozen=True)
class Cards:
    cards: Sequence[Card]


@dataclass(frozen=True)
class Heading:
    """A heading inside a section, and what defines it."""

    text: str
    note: str = ""


@dataclass(frozen=True)
class Count:
    """A number that leads what is below it: **32.4** of 87 (29-35)."""

    value: Estimate | float
    of: str
    digits: int = 1


@dataclass(frozen=True)
class Terms:
    """Terms and what they mean."""

    terms: Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Points:
    """A list, a point each."""

    points: Sequence[str]


@dataclass(frozen=True)
class Names:
    """Names in a small list below how many they are, folded."""

    summary: str
    names: Sequence[str]


@dataclass(frozen=True)
class Folded:
    """Blocks below a summary that opens and closes them.

    `phone`: whether it begins open on a phone; None: as on a wide screen.
    """

    summary: str
    blocks: Sequence["Block"]
    note: str = ""
    is_open: bool = False
    phone: bool | None = None


@dataclass(frozen=True)
class Beside:
    """Parts side by side where there is room: at most `columns`, 2 or 4."""

    parts: Sequence[Sequence["Block"]]
    columns: Literal[2, 4] = 2


@dataclass(frozen=True)
class Choice:
    """Options of which one is chosen: below it are blocks that show always, columns that show with
    their option, and `Shown` blocks."""

    label: str
    options: Mapping[str, str]
    blocks: Sequence["Block"]


@dataclass(frozen=True)
class Shown:
    """Blocks that are there while an option of the `Choice` around them is chosen."""

    option: str
    blocks: Sequence["Block"]


@dataclass(frozen=True)
class Play:
    """The stations of a page hour by hour, one after another: a map whose colors, and a column of
    the greatest, follow a slider.

    first : hour of the courses, ISO 8601; series : of a `course`; bounds : of its classes, each
    with one of the `colors`, one more than bounds.
    """

    figure: Figure
    title: str
    first: str
    hours: int
    course: str
    series: int
    bounds: Sequence[float]
    colors: Sequence[str]
    none: str = ""


@dataclass(frozen=True)
class Days:
    """Stations of the page EVSE by EVSE, one of them on one day of one replication at a time.

    figure : `charts.days`.
    days : as they are said, the first one that of the first hour.
    visits : `fields`, `per_min` (steps of a minute), `hours`, and by station `evses`, `held` (of
        each hour, whether power was held back) and `visits`: base64 of 16 bits [field][visit].
    fates : names of the outcomes by their number.
    words : sentences with fields for every driver, by what became of them.
    """

    figure: Figure
    days: Sequence[str]
    visits: Mapping[str, Any]
    fates: Sequence[str]
    words: Sequence[tuple[str, str]]
    station: str = ""
    day: str = ""
    begin: int = 0


Block = (
    str | Figure | Table | Cards | Classes | Heading | Count | Terms | Points | Names | Folded
    | Beside | Choice | Shown | Play | Days
)  # fmt: skip


@dataclass(frozen=True)
class Section:
    """A heading and what is below it; a text is a paragraph.

    `key` is its place in the address (`report.html#waits`), `short` its name in the list of
    sections; the number and the heading where they are empty.  One that is `beside` stands beside
    the section before it where there is room.
    """

    heading: str
    blocks: Sequence[Block] = ()
    key: str = ""
    short: str = ""
    beside: bool = False

    @classmethod
    def of(cls, say: Words, key: str, blocks: Sequence[Block], **values: Any) -> Self:
        """With the messages `heading`, of these values, and `short` under its key."""
        return cls(say(f"{key}.heading", **values), blocks, key, say(f"{key}.short"))


@dataclass(frozen=True)
class Sheet:
    """A sheet of the brief: its blocks fit on A4, landscape, below its title."""

    title: str
    blocks: Sequence[Block]


@dataclass(frozen=True)
class Stations:
    """What can be picked on a page: by a click, by its name, by the address (`#fengdu_out`).

    A point or a row of a figure is one where `stations` in the `meta` of its trace says so, a row
    of a table where its `stations` do.

    Attributes
    ----------
    keys : in any order; rows, facts and courses stand in the same one.
    names : as they are said.
    numbers : a row for each: what the panel says of it.
    order : numbers of the stations, those first that people look for first.
    facts : by name, a number of each, or None.
    courses : by name, `sim.report.course.packed`.
    figures : of the one that is picked.  The `meta` of a trace says what its `y` is: a `series` of
        a `course`, or a `fact`, which is not drawn where it is None.
    """

    keys: Sequence[str]
    names: Sequence[str]
    numbers: Table
    order: Sequence[int]
    facts: Mapping[str, Sequence[float | None]]
    courses: Mapping[str, Mapping[str, Any]]
    figures: Sequence[Figure]


@dataclass(frozen=True)
class Page:
    """All of a page but its verdict, which whoever writes it adds as the lead.

    Attributes
    ----------
    brief : what is printed behind the first screen, instead of all sections.
    question, answer, cards, sure, assumed : the first screen, in few words.  Without an `answer`
        the first sentence of the lead has to do; all others are folded below.
    """

    title: str
    sections: Sequence[Section]
    question: str = ""
    cards: Sequence[Card] = ()
    answer: str = ""
    sure: str = ""
    assumed: str = ""
    stations: Stations | None = None
    brief: Sequence[Sheet] = ()
