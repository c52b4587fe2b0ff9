import io

import pytest

from sim.study.progress import Progress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def use(progress: Progress) -> None:
    with progress:
        progress.status("compiling")
        progress.start(2, "replications")
        progress.advance()
        progress.advance()


def test_without_a_terminal_it_is_plain_lines(capsys):
    use(Progress())
    assert capsys.readouterr() == ("", "compiling\nreplications\n")


def test_on_a_terminal_it_is_one_line_that_goes_away(monkeypatch, capsys):
    screen = Terminal()
    monkeypatch.setattr("sys.stderr", screen)
    monkeypatch.setenv("TERM", "xterm")
    use(Progress())
    text = screen.getvalue()
    assert "replications" in text
    assert "100%" in text
    assert text.endswith("\x1b[2K")  # the line is erased
    assert capsys.readouterr().out == ""


def test_a_warning_stays(monkeypatch, capsys):
    text = "`a/[b]/r001.parquet` " + 20 * "is long " + "and in one line"
    Progress().warn(text)
    assert capsys.readouterr().err == f"{text}\n"
    screen = Terminal()
    monkeypatch.setattr("sys.stderr", screen)
    monkeypatch.setenv("TERM", "xterm")
    with Progress() as progress:
        progress.warn(text)
    assert text in screen.getvalue()


def test_an_error_ends_it(monkeypatch):
    screen = Terminal()
    monkeypatch.setattr("sys.stderr", screen)
    monkeypatch.setenv("TERM", "xterm")
    with pytest.raises(ZeroDivisionError), Progress() as progress:
        progress.start(1 // 0, "replications")
    assert "\x1b[?25h" in screen.getvalue()  # the cursor is back
