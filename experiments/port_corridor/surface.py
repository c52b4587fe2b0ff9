"""Question 2: the capacity over cabinets, their power and the transformer, and what binds where.

The hub is in question: other sites are ample, as is said on the page.
"""

from collections import Counter
from collections.abc import Mapping
from math import ceil
from typing import Any

from experiments.port_corridor.study import PortStudy, limits, named, rounded
from sim.freight.corridor import Corridor
from sim.freight.limits import ample, bound, relaxed
from sim.report import charts
from sim.report.blocks import Beside, Block, Column, Figure, Key, Table
from sim.report.finding import Finding, Term, found
from sim.report.language import Words
from sim.study.results import Results

Point = tuple[str, int, float]  # type of cabinet, how many, kVA
QUICK_KVA = slice(None, None, 2)
COLORS = {
    "EVSEs": "var(--u4)", "stacks": "var(--u2)", "transformer": charts.RUST, "gate": "var(--q1)",
    "hub": "var(--u5)", "drivers": charts.FAINT, "unsure": charts.FAINTEST,
}  # fmt: skip


def answer(study: PortStudy) -> dict[str, Any]:
    """At every point the capacity, and what raises it most if there is more of it."""
    base, step = ample(study.corridor, study.corridor.section.hub), study.own.step
    sizes = {point: at(base, point) for point in points_of(study, base)}
    guess = {point: _guess(study, point) for point in sizes}
    first = study.capacities(sizes, study.fewer, "doing.surface", guess)
    changed = {
        (point, name): other
        for point, own in sizes.items()
        for name, other in relaxed(own, step).items()
    }
    fleets = {key: rounded(first, key[0]) for key in changed}
    results = study.capacities(changed, study.fewer, "doing.binds_where", fleets)
    rows = []
    for point in sizes:
        others = {name: own for (p, name), own in results.items() if p == point}
        own = bound(Results({"": first[point], **others}, first.metrics))
        rows.append(dict(zip(("type", "cabinets", "kva"), point, strict=True)) | own)
    return {
        "question": found("surface.question"),
        "about": found("surface.about", sizes=len(rows), runs=study.counted(study.fewer), step=step,
                       resolution=study.own.resolution),
        "rows": rows, "step": step,
        "types": {kind: named(base, kind) for kind, _, _ in sizes},
        "cabinets": sorted({n for _, n, _ in sizes}),
        "kva": sorted({kva for _, _, kva in sizes}),
    }  # fmt: skip


def points_of(study: PortStudy, base: Corridor) -> list[Point]:
    """Factors on what the hub has, at least one cabinet; kVA at the next step that there is."""
    own, site = study.own.surface, base.section.sites[base.section.hub]
    count, kva = sum(site.cabinets.values()), site.kva or base.section.transformers.kva[-1]
    factors = own.kva[QUICK_KVA] if study.own.quick else own.kva
    numbers = own.cabinets[QUICK_KVA] if study.own.quick else own.cabinets
    steps = base.section.transformers.kva
    kvas = sorted({next((s for s in steps if s >= f * kva), steps[-1]) for f in factors})
    counts = sorted({max(1, round(f * count)) for f in numbers})
    return [(kind, n, kva) for kind in own.types for kva in kvas for n in counts]


def at(base: Corridor, point: Point) -> Corridor:
    kind, count, kva = point
    return base.with_site(base.section.hub, cabinets={kind: count}, kva=kva)


def _guess(study: PortStudy, point: Point) -> int:
    """Where to begin: power that the hub has, over what a truck takes of it on average, roughly."""
    kind, count, kva = point
    section = study.corridor.section
    cabinet = section.cabinet_types[kind]
    kw = min(count * min(cabinet.kw, 330.0 * sum(cabinet.evses.values())), 0.8 * kva)
    return max(1, ceil(kw / 35.0))


# ---- what is said ----------------------------------------------------------------------------


def _flow(row: Mapping[str, Any]) -> float:
    return float(row["flow"].mean)


def plain(own: Mapping[str, Any]) -> list[Finding]:
    rows = own["rows"]
    counts = Counter(tuple(row["alike"]) for row in rows).most_common()
    binds = [found("surface.count", limits=limits(alike), count=n) for alike, n in counts]
    low, high = (end(rows, key=_flow)["flow"] for end in (min, max))
    return [found("surface.between", sizes=len(rows), low=low, high=high, binds=binds)]


def verdict(own: Mapping[str, Any]) -> list[Finding]:
    ends = {"low": min(own["rows"], key=_flow), "high": max(own["rows"], key=_flow)}
    return [_end(own, key, row) for key, row in ends.items()]


def _end(own: Mapping[str, Any], key: str, row: Mapping[str, Any]) -> Finding:
    ranked = sorted(row["gains"].items(), key=lambda pair: -pair[1].mean)
    gains = [
        found("surface.gain", limit=Term(f"limits.{name}"), gain=gain) for name, gain in ranked
    ]
    return found(f"surface.{key}", loads=row["flow"], trucks=row["capacity"], n=row["cabinets"],
                 kind=own["types"][row["type"]], kva=row["kva"], step=own["step"],
                 gains=gains)  # fmt: skip


def page(say: Words, own: Mapping[str, Any]) -> list[Block]:
    rows = own["rows"]
    names = list(dict.fromkeys(name for row in rows for name in row["gains"]))
    heads = [say(f"surface.heads.{key}") for key in ("hub", "kva", "loads", "trucks", "binds")]
    digits = {1: 0, 2: 0, 3: 1}
    return [
        Beside([[_map(say, own, kind)] for kind in own["types"]]),
        Table(
            [*(Column(head, digits=digits.get(n)) for n, head in enumerate(heads)),
             *(Column(say(f"limits.{name}"), digits=1) for name in names)],
            [
                [found("cabinets", n=row["cabinets"], kind=own["types"][row["type"]]), row["kva"],
                 row["flow"], row["capacity"], found("surface.or", limits=limits(row["alike"])),
                 *(row["gains"].get(name) for name in names)]
                for row in rows
            ],
            say("surface.caption"),
        ),
    ]  # fmt: skip


def _map(say: Words, own: Mapping[str, Any], kind: str) -> Figure:
    """Cabinets x transformer, colored by what binds."""
    cells: list[list[tuple[str, str, str] | None]] = [
        [None] * len(own["cabinets"]) for _ in own["kva"]
    ]
    seen = set()
    for row in own["rows"]:
        one = row["binds"] if len(row["alike"]) == 1 else "unsure"
        seen.add(one)
        if row["type"] == kind:
            hover = say("surface.hover", loads=row["flow"], trucks=row["capacity"],
                        limits=limits(row["alike"]))  # fmt: skip
            place = own["kva"].index(row["kva"]), own["cabinets"].index(row["cabinets"])
            cells[place[0]][place[1]] = (COLORS[one], say.number(row["flow"], "mean0"), hover)
    name = own["types"][kind]
    return charts.grid(
        say, [say.number(n) for n in own["cabinets"]], [say("kva", kva=kva) for kva in own["kva"]],
        cells, x_title=say("surface.axis", kind=name), title=say("surface.title", kind=name),
        key=[Key(color, say(f"limits.{limit}"), "square") for limit, color in COLORS.items()
             if limit in seen],
    )  # fmt: skip
