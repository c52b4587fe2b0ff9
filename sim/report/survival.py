"""Which plain sentences survive what we do not know.

A study is answered twice: in the world as it is assumed, where replications differ by luck, and
over worlds that may all be ours (`sim.stats.interval.over_points`).  A sentence survives if the
same is found there: the same message with the same words in it, whatever its numbers.  As a
finding is chosen by `Estimate.sign`, this says that 95 % of the worlds agree with it.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sim.report.blocks import Block, Cell, Column, Over, Section, Table
from sim.report.finding import Finding, Given, Name, Term, found
from sim.report.language import Words

Row = Mapping[str, Any]  # plain JSON and findings: what an answer holds
Said = Mapping[str, Sequence[Finding]]  # sentences by the part of the study

UNSHOWN = ("unshown", "unsure", "none")  # how the keys end of what says that nothing is shown
STATES = ("survives", "partly", "unshown", "other", "gone", "neither", "unasked")
LOST = STATES[1:5]


def rows(luck: Said, worlds: Said) -> list[dict[str, Any]]:
    """A row for each sentence of `luck`, by its part.

    `part`, `luck` : where it stands, and the sentence.
    `worlds` : what is found in its place over what we do not know; None where nothing is.
    `state` : `survives`; `partly`: the same message, but some words in it differ; `unshown`: it
        says that this is not shown; `other`: another finding; `gone`: nothing is said; `neither`:
        this is shown neither way; `unasked`: the part is not in `worlds`.
    Sentences that only `worlds` has follow those of their part: `luck` is None, `state` is `new`.
    """
    return [row for part, own in luck.items() for row in _of_part(part, own, worlds.get(part))]


def _of_part(
    part: str, luck: Sequence[Finding], worlds: Sequence[Finding] | None
) -> list[dict[str, Any]]:
    if worlds is None:
        return [_row(part, own, None, "unasked") for own in luck]
    left, pairs = list(worlds), dict[int, Finding]()
    for same in (_about, _anything):  # what is about the same first, then what stands in its place
        for n, own in enumerate(luck):
            other = next((one for one in left if same(own) == same(one)), None)
            if n not in pairs and other is not None:
                pairs[n] = other
                left.remove(other)
    told = [_row(part, own, pairs.get(n), _state(own, pairs.get(n))) for n, own in enumerate(luck)]
    return [*told, *(_row(part, None, own, "new") for own in left)]


def _row(part: str, luck: Finding | None, worlds: Finding | None, state: str) -> dict[str, Any]:
    return {"part": part, "luck": luck, "worlds": worlds, "state": state}


def _about(said: Finding) -> str:
    """What a sentence is about, whatever is found: `threshold.judged` of `threshold.judged.low`."""
    return ".".join(said.key.split(".")[:2])


def _anything(said: Finding) -> str:
    return ""


def _state(luck: Finding, worlds: Finding | None) -> str:
    if not is_shown(luck) and not (worlds and is_shown(worlds)):
        return "neither"
    if worlds is None:
        return "gone"
    if claim(luck) == claim(worlds):
        return "survives"
    if luck.key == worlds.key:
        return "partly"
    return "other" if is_shown(worlds) else "unshown"


def claim(said: Any) -> Any:
    """What is claimed: the message and all words in it, in whatever order a list has them, without
    numbers.  None where there is no word."""
    match said:
        case Finding(key, values):
            own = {name: claim(value) for name, value in values.items()}
            return key, tuple(sorted((n, c) for n, c in own.items() if c is not None))
        case Term() | Name() | Given() | str():
            return repr(said)
        case list() | tuple():
            return tuple(sorted(filter(None, map(claim, said)), key=repr)) or None
    return None


def is_shown(said: Finding) -> bool:
    return said.key.rpartition(".")[2] not in UNSHOWN


# ---- what is said of it ----------------------------------------------------------------------


def verdict(own: Sequence[Row], worlds: int, of: str) -> list[Finding]:
    """How many of the sentences that show something with luck alone survive in so many worlds, and
    what becomes of the others.  `of`: what the worlds are of, `roads` or `freight`, since other
    things are not known of each."""
    asked = [
        row
        for row in own
        if row["luck"] and is_shown(row["luck"]) and row["state"] in ("survives", *LOST)
    ]
    count = {state: sum(row["state"] == state for row in asked) for state in STATES}
    if not asked:
        return []
    values = {"n": len(asked), "worlds": worlds, "unknown": Term(f"survival.unknown.{of}")}
    if count["survives"] == len(asked):
        return [found("survival.all", **values)]
    others = [found(f"survival.count.{state}", n=count[state])
              for state in LOST if count[state]]  # fmt: skip
    return [found("survival.some", survive=count["survives"], others=others, **values)]


def table(say: Words, own: Sequence[Row], parts: Mapping[str, str] | None = None) -> Table:
    """Each sentence, whether it is shown with luck alone, and what is found over what we do not
    know, which stands out where a sentence does not survive.  `parts`: what the parts are called,
    in a few letters."""
    heads = [Column(say("survival.heads.part"))] if parts else []
    heads += [Column(say(f"survival.heads.{key}"), form="text", wide=key != "luck")
              for key in ("sentence", "luck", "worlds")]  # fmt: skip
    lines: list[list[Cell]] = [
        [*([parts[row["part"]]] if parts else []), row["luck"], _luck(row), _worlds(row)]
        for row in own
    ]
    return Table(heads, lines, say("survival.caption"), folds=False)


def _luck(row: Row) -> Finding | None:
    luck = row["luck"]
    return luck and found(f"survival.luck.{'shown' if is_shown(luck) else 'unshown'}")


def _worlds(row: Row) -> Cell:
    said = {"sentence": row["worlds"]} if row["worlds"] else {}
    cell = found(f"survival.states.{row['state']}", **said)
    return Over(cell) if row["state"] in LOST else cell


def section(
    say: Words, own: Sequence[Row], worlds: int, of: str, parts: Mapping[str, str] | None = None,
    more: Sequence[Block] = (), about: Sequence[str] = (),
) -> Section:  # fmt: skip
    """How many survive, what that means, the table; `about`: paragraphs of one's own before it,
    `more`: blocks after it."""
    blocks: list[Block] = [
        *map(say, verdict(own, worlds, of)),
        say("survival.about", worlds=worlds, differ=Term(f"survival.differ.{of}")),
        *about,
    ]
    if any(row["state"] == "unasked" for row in own):
        blocks.append(say("survival.unasked"))
    return Section.of(say, "survival", [*blocks, table(say, own, parts), *more])
