"""A page as plain Markdown, in one language: all but its figures."""

from collections.abc import Iterator, Sequence
from typing import Any

from sim.report.blocks import (
    Beside,
    Cards,
    Choice,
    Count,
    Figure,
    Folded,
    Heading,
    Names,
    Page,
    Points,
    Shown,
    Table,
    Terms,
)
from sim.report.finding import Finding
from sim.report.language import Words
from sim.report.spoken import Said, Text, spoken


def markdown(say: Words, page: Page, lead: Sequence[Finding | str] = ()) -> str:
    parts = [f"# {page.title}", *(say(own) if isinstance(own, Finding) else own for own in lead)]
    if page.cards:
        parts += _block(say, Cards(page.cards))
    for section in page.sections:
        parts.append(f"## {section.heading}")
        parts += _blocks(say, section.blocks)
    return "\n\n".join(parts) + "\n"


def _blocks(say: Words, blocks: Sequence[Any]) -> Iterator[str]:
    for block in blocks:
        yield from _block(say, block)


def _block(say: Words, block: Any) -> Iterator[str]:
    match block:
        case str():
            yield block
        case Figure():
            return
        case Table():
            own = spoken(say, block)
            if block.caption:
                yield f"**{block.caption}**"
            if block.note:
                yield block.note
            yield _table(own)
        case Cards(cards):
            own = [(card, spoken(say, card)) for card in cards]
            yield "\n".join(
                f"- {card.label}: {_text(said.cells[0][0])} {card.of or said.units[0]}".rstrip()
                for card, said in own
            )
        case Count():
            yield f"**{_text(spoken(say, block).cells[0][0])}** {block.of}"
        case Heading(text, note):
            yield f"### {text}" + (f": {note}" if note else "")
        case Terms(terms):
            yield "\n".join(f"- **{term}**: {text}" for term, text in terms)
        case Points(points):
            yield "\n".join(f"- {point}" for point in points)
        case Names(summary, names):
            yield f"{summary}: {say('list.separator').join(names)}"
        case Folded(summary, blocks):
            yield f"### {summary}"
            yield from _blocks(say, blocks)
        case Beside(parts):
            for part in parts:
                yield from _blocks(say, part)
        case Choice(blocks=blocks):
            yield from _blocks(say, blocks)
        case Shown(blocks=blocks):
            yield from _blocks(say, blocks)


def _text(cell: Text) -> str:
    return f"{cell.text} ({cell.interval})" if cell.interval else cell.text


def _table(own: Said) -> str:
    def line(cells: Sequence[str], bold: bool = False) -> str:
        texts = [text.replace("|", "\\|") for text in cells]
        return "| " + " | ".join(f"**{t}**" if bold and t else t for t in texts) + " |"

    head = [
        f"{column.head} [{unit}]" if unit else column.head
        for column, unit in zip(own.block.columns, own.units, strict=True)
    ]
    rule = "|" + "|".join(["---"] + ["---:"] * (len(head) - 1)) + "|"
    rows = [
        line([_text(cell) for cell in row], bold=n in own.block.marked)
        for n, row in enumerate(own.cells)
    ]
    return "\n".join([line(head), rule, *rows])
