"""What hypothesis draws: by default always the same; in long tests something new every day.  And a
browser for the tests of pages."""

import pytest
from hypothesis import settings

from tests.browser import CHROMIUM, MISSING, browser
from tests.search import SEED

settings.register_profile("fixed", derandomize=True, deadline=None)
settings.load_profile("fixed")


def pytest_terminal_summary(terminalreporter, config):
    if "not long" not in config.getoption("markexpr"):
        terminalreporter.write_line(f"what long tests draw at random: PEAKCHARGE_SEED={SEED}")


@pytest.fixture(scope="module")
def chromium():
    if CHROMIUM is None:
        pytest.skip(MISSING)
    with browser() as running:
        yield running
