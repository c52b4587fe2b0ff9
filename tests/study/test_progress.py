import io
import time
from types import SimpleNamespace

import pytest

from experiments.command import TERMINAL
from sim.report.language import Words
from sim.study import progress as told
from sim.study.progress import Progress

SAY = Words("en", TERMINAL)


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def use(progress: Progress) -> None:
    with progress:
        progress.status("doing.printing")
        progress.start(2, "doing.simulating")
        progress.advance()
        progress.advance()


def test_without_a_terminal_it_is_plain_lines(capsys):
    use(Progress(SAY))
    assert capsys.readouterr() == ("", "printing the page\nsimulating\n")


def test_on_a_terminal_it_is_one_line_that_goes_away(monkeypatch, capsys):
    screen = Terminal()
    monkeypatch.setattr("sys.stderr", screen)
    monkeypatch.setenv("TERM", "xterm")
    use(Progress(SAY))
    text = screen.getvalue()
    assert "simulating" in text
    assert "2 of 2 · " in text
    assert text.endswith("\x1b[2K")  # the line is erased
    assert capsys.readouterr().out == ""


def test_a_warning_stays(monkeypatch, capsys):
    path = "a/[b]/" + 20 * "is long " + "and in one line"
    text = SAY("warning.missing", path=path)
    Progress(SAY).warn("warning.missing", path=path)
    assert capsys.readouterr().err == f"{text}\n"
    screen = Terminal()
    monkeypatch.setattr("sys.stderr", screen)
    monkeypatch.setenv("TERM", "xterm")
    with Progress(SAY) as progress:
        progress.warn("warning.missing", path=path)
    assert text in screen.getvalue()


def test_an_error_ends_it(monkeypatch):
    screen = Terminal()
    monkeypatch.setattr("sys.stderr", screen)
    monkeypatch.setenv("TERM", "xterm")
    with pytest.raises(ZeroDivisionError), Progress(SAY) as progress:
        progress.start(1 // 0, "doing.simulating")
    assert "\x1b[?25h" in screen.getvalue()  # the cursor is back


# ---- how far it is ---------------------------------------------------------------------------


def task(completed, total, elapsed):
    return SimpleNamespace(completed=completed, total=total, elapsed=elapsed)


@pytest.mark.parametrize(
    ("of", "count", "clock"),
    [
        (task(37, 80, 130.0), "37 of 80", "2:10 gone, 17 a minute, about 3 min left"),
        (task(0, 80, 7.9), "0 of 80", "0:07 gone"),
        (task(80, 80, 130.0), "80 of 80", "2:10 gone"),
        (task(1, 2, 41.0), "1 of 2", "0:41 gone, 1.5 a minute, about 40 s left"),
        (
            task(1000, 2000, 7330.0),
            "1,000 of 2,000",
            "2:02:10 gone, 8.2 a minute, about 2.0 h left",
        ),
        (task(5000, 9000, 60.0), "5,000 of 9,000", "1:00 gone, 5,000 a minute, about 50 s left"),
        (task(1, 2, 0.0), "1 of 2", "0:00 gone"),
        (task(0, None, 65.0), "", "1:05 gone"),
    ],
)
def test_what_is_done_and_how_long_the_rest_takes(of, count, clock):
    assert (told.counted(SAY, of), told.timed(SAY, of)) == (count, clock)


def test_how_many_are_running_is_told_as_it_is_now():
    at_work = [2]
    for say, two, none in (
        (SAY, "1 of 4, 2 running · ", "1 of 4 · "),
        (Words("zh", TERMINAL), "已完成 1/4\uff0c2 个运行中 · ", "已完成 1/4 · "),
    ):
        progress = Progress(say)
        progress.start(4, "doing.simulating", lambda: at_work[0])
        progress.advance()
        for number, line in ((2, two), (0, none)):
            at_work[0] = number
            assert progress.far().startswith(line)
        at_work[0] = 2
        progress.start(3, "doing.bought")  # who does not tell
        assert "2" not in progress.far()


def test_to_which_question_it_belongs():
    progress = Progress(SAY)
    seen = []
    for name in progress.questions(["flags", "money"]):
        progress.start(4, "doing.simulating")
        progress.advance()
        seen.append((name, progress.far().rpartition(" · ")[0]))
    assert seen == [
        ("flags", "question 1 of 2 · 1 of 4"), ("money", "question 2 of 2 · 1 of 4"),
    ]  # fmt: skip
    assert progress.far().startswith("1 of 4 · ")
    whole = Progress(SAY, whole="design 3 of 8, 1 failed")
    whole.start(4, "doing.simulating")
    assert whole.far().startswith("design 3 of 8, 1 failed · 0 of 4 · ")
    progress.status("doing.drawing")
    assert " of 4" not in progress.far()


def test_without_a_terminal_it_tells_again_and_again_how_far_it_is(capsys):
    said = ""
    with Progress(SAY, every_s=0.01) as progress:
        progress.start(3, "doing.simulating")
        progress.advance()
        end = time.monotonic() + 60
        while said.count("1 of 3 · ") < 2:
            assert time.monotonic() < end
            said += capsys.readouterr().err
            time.sleep(0.01)
    assert said.startswith("simulating\n")
    capsys.readouterr()
    time.sleep(0.05)
    assert capsys.readouterr().err == ""  # with the end of the work it is quiet
