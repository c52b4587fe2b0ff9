"""Pages of questions whose words are in English in their code: a lead, then sections of text,
figures and tables."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sim.report import blocks
from sim.report.blocks import Beside, Cell, Figure, Page, Table
from sim.report.language import Words
from sim.report.markdown import markdown as markdown_of
from sim.report.page import write

__all__ = ["Cell", "Figure", "Section", "Table", "markdown", "page"]


@dataclass(frozen=True)
class Section:
    """A heading and what is below it: text, figures side by side where there is room, tables
    (long ones folded)."""

    heading: str
    text: Sequence[str] = ()
    figures: Sequence[Figure] = ()
    tables: Sequence[Table] = ()

    def blocks(self) -> blocks.Section:
        figures = list(self.figures)
        beside = [Beside([[f] for f in figures])] if len(figures) > 1 else figures
        return blocks.Section(self.heading, [*self.text, *beside, *self.tables])


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
    own = Page(title, [section.blocks() for section in sections])
    return write(path, lambda say: own, {"en": Words("en")}, lead, facts)


def markdown(title: str, lead: Sequence[str], sections: Sequence[Section]) -> str:
    """The same page without its figures."""
    own = Page(title, [section.blocks() for section in sections])
    return markdown_of(Words("en"), own, lead)
