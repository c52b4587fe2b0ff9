"""The page of what is not known of trucks: what is reported, and the inputs."""

from collections.abc import Mapping
from typing import Any

from sim.report.blocks import Page, Section
from sim.report.language import Words
from sim.report.tables import table


def page(say: Words, answer: Mapping[str, Any]) -> Page:
    reports = table(say, "reports.heads", {
        "name": "name", "figure": "figure", "reported": ("reported", "", 0),
        "assumed": ("assumed", "", 0), "prior": ("prior", "", 0),
        "posterior": ("posterior", "", 0), "source": "source",
    }, answer["reports"], say("reports.caption"))  # fmt: skip
    inputs = table(say, "known.heads", {
        "label": "label", "unit": "unit", "assumed": ("assumed", "", 3),
        "prior": ("prior", "", 3), "posterior": ("posterior", "", 3),
        "narrower": ("narrower", "%", 0), "source": "source",
    }, answer["inputs"], say("known.caption"))  # fmt: skip
    return Page(say("title"), [
        Section(say("reports.heading"), [say("reports.about"), reports], "reports",
                say("reports.short")),
        Section(say("known.heading"), [say("known.about"), inputs], "known", say("known.short")),
    ], say("subtitle"), sure=say("first.sure"), assumed=say("first.assumed"))  # fmt: skip
