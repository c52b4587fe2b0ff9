"""The pictures of README, taken of the page of a holiday.

    python -m tests.pictures PAGE

PAGE is the `report.html` that the study wrote.  Its first screen, the station with the longest P95
wait picked beside the map, and a day as it is played go into `results/published/`.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from tests.browser import Page, browser
from tests.report.showing import READY, SWITCH

FOLDER = Path(__file__).parents[1] / "results" / "published"
FIRST, PICKED, PLAYED = (1280, 720), (1700, 930), (440, 900)  # windows [px]
HOURS = (6, 9, 12, 15, 18, 21)  # of the day with the longest lines, on which the slider begins
COLUMNS, GAP = 3, 8  # of the maps of that day; [px]

FIND = "document.querySelector('{}').scrollIntoView({{ behavior: 'instant' }})"
PICK = "location.hash = document.querySelector('#waits tr[data-station]').dataset.station"
# The map as it stands at some hours of the day on which the slider is, in place of the page.
STRIP = """((hours, columns, width, gap) => {
    const slider = document.querySelector('.play input'), body = document.body;
    const midnight = 24 * Math.floor(slider.value / 24);
    const maps = hours.map((hour) => {
        slider.value = midnight + hour;
        slider.dispatchEvent(new Event('input'));
        const own = document.createElement('div'), head = document.createElement('h3');
        head.innerText = document.querySelector('.play output').innerText;
        own.append(head, document.querySelector('.play .plot').cloneNode(true));
        return own;
    });
    const grid = document.createElement('div');
    grid.style = `display: grid; gap: ${gap}px;
        grid-template-columns: repeat(${columns}, ${width}px)`;
    grid.append(...maps);
    body.replaceChildren(document.querySelector('#play .key'), grid);
    body.style = `max-width: none; margin: 0; padding: ${gap}px`;
})"""


def take(page: Path, folder: Path) -> list[Path]:
    """All pictures of a page, in English and light; returns where they are."""
    first, picked, played = (folder / f"{name}.png" for name in ("first", "station", "day"))
    with browser() as running:
        tab = running.open(page, *FIRST, ready=READY)
        tab.js(SWITCH.replace("LANGUAGE", "en"))
        tab.wait(READY)
        tab.screenshot(first)
        tab.resize(*PICKED)
        tab.js(PICK)
        tab.wait("!document.querySelector('#panel').hidden")
        _go(tab, "#corridors")
        tab.screenshot(picked)
        tab.js("document.querySelector('#panel .close').click()")
        _day(tab, played)
        tab.close()
    return [first, picked, played]


def _day(tab: Page, path: Path) -> None:
    """The map of the lines at some hours of a day, one beside the other below their key."""
    tab.resize(*PLAYED)
    _go(tab, "#play")
    width = tab.js("document.querySelector('.play .plot').clientWidth")
    tab.js(f"{STRIP}({json.dumps(HOURS)}, {COLUMNS}, {width}, {GAP})")
    tab.resize(COLUMNS * width + (COLUMNS + 1) * GAP, FIRST[1])
    tab.screenshot(path, 0, tab.js("document.body.getBoundingClientRect().height"))


def _go(tab: Page, selector: str) -> None:
    """Figures are drawn as they come near, a moment after they do."""
    tab.js("new Promise((next) => setTimeout(next, 100))")  # of another width, they move
    tab.js(FIND.format(selector))
    tab.js("new Promise((next) => setTimeout(next, 300))")
    tab.wait(READY)


def main(words: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="tests.pictures", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("page", metavar="PAGE", type=Path, help="report.html of the holiday")
    print(*take(parser.parse_args(words).page, FOLDER), sep="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
