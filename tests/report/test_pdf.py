"""A page on paper, by a real Chromium and by one that breaks."""

import re

import pytest

from sim.config.problems import InputError
from sim.report import pdf
from tests import browser


@pytest.mark.skipif(browser.CHROMIUM is None, reason=browser.MISSING)
def test_a_page_is_printed(tmp_path):
    page = tmp_path / "a page.html"
    page.write_text('<p>one<p style="break-before: page">two<p style="break-before: page">three')
    made = pdf.write(page, tmp_path / "report.pdf").read_bytes()
    assert made.startswith(b"%PDF-")
    assert len(re.findall(rb"/Type\s*/Page\b(?!s)", made)) == 3
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a page.html", "report.pdf"]


@pytest.fixture
def chromium(tmp_path, monkeypatch):
    """A program of that name, and no other."""
    monkeypatch.setattr(pdf, "PROGRAMS", ("chromium-of-a-test",))
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")

    def made(script: str) -> None:
        path = tmp_path / "chromium-of-a-test"
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)

    return made


def test_where_there_is_none(chromium):
    with pytest.raises(InputError, match="none was found: install one, or leave"):
        pdf.browser()


@pytest.mark.parametrize(
    ("script", "why"),
    [
        ("echo first >&2; echo no display >&2; exit 1", "no display"),
        ("exit 3", "it ended with code 3"),
        ("exec sleep 60", "it took more than 0 s"),
    ],
)
def test_one_that_breaks_says_why_and_writes_nothing(chromium, tmp_path, monkeypatch, script, why):
    chromium(script)
    monkeypatch.setattr(pdf, "MOST_S", 0.3 if "sleep" in script else 60.0)
    with pytest.raises(pdf.NotPrinted, match=re.escape(why)):
        pdf.write(tmp_path / "page.html", tmp_path / "report.pdf")
    assert not (tmp_path / "report.pdf").exists()
