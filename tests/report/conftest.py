"""A made page."""

from pathlib import Path

import pytest

from sim.report.page import write
from tests.report.made import FACTS, LEAD, WORDS, build


@pytest.fixture(scope="session")
def page(tmp_path_factory) -> Path:
    return write(tmp_path_factory.mktemp("page") / "page.html", build, WORDS, LEAD, FACTS)
