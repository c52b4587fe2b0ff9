"""The list of bugs cannot rot.  `python tests/mutations.py` shows which tests notice each."""

import pytest

from tests import mutations

MUTATIONS = mutations.load()


def test_names_are_unique_and_there_are_enough():
    assert len({m.name for m in MUTATIONS}) == len(MUTATIONS) >= 75


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda m: m.name)
def test_a_bug_can_be_injected(mutation):
    text = (mutations.ROOT / mutation.file).read_text()
    assert mutation.applied(text) != text
    for test in mutation.tests:
        file, _, name = test.partition("::")
        assert f"def {name}" in (mutations.ROOT / "tests" / file).read_text()
