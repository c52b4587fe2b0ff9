"""What hypothesis draws: by default always the same; in long tests something new every day."""

from hypothesis import settings

from tests.search import SEED

settings.register_profile("fixed", derandomize=True, deadline=None)
settings.load_profile("fixed")


def pytest_terminal_summary(terminalreporter, config):
    if "not long" not in config.getoption("markexpr"):
        terminalreporter.write_line(f"what long tests draw at random: PEAKCHARGE_SEED={SEED}")
