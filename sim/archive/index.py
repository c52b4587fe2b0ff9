"""The index of studies: one page in both languages, without a script, from the manifests."""

import base64
import hashlib
import os
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from sim.archive import studies
from sim.archive.studies import PAGE, Study
from sim.report import language
from sim.report.language import LANGUAGES, TAGS, Words
from sim.study import store
from sim.study.output import MANIFEST

HERE = Path(__file__).parent
NAME = "index.html"
HEADS = ("study", "question", "found", "made", "files")
GENERATOR = "PeakCharge, index of studies"


def html(root: Path, first: str = "") -> str:
    """The page of all studies below a folder, which begins in a language: by default that of the
    terminal.  Links are relative to the folder."""
    begin = first or language.of_terminal(os.environ)
    words = [Words(own, HERE) for own in sorted(LANGUAGES, key=lambda own: own != begin)]
    css = (HERE / "index.css").read_text("utf-8")
    digest = base64.b64encode(hashlib.sha256(css.encode()).digest()).decode()
    found = studies.every(root)
    texts = {
        key: [say(f"index.{key}", n=len(found)) for say in words]
        for key in ("title", "language", "about", *HEADS)
    }
    page: str = _template().render(
        words=words, tags=[TAGS[say.language] for say in words], generator=GENERATOR,
        css=Markup(css), hash=f"sha256-{digest}", texts=texts, heads=HEADS,
        studies=[_row(own, root, words) for own in found],
    )  # fmt: skip
    return page


def write(root: Path) -> Path | None:
    """Write it into the folder; None: there is no study, or another's file is in its place."""
    path = root / NAME
    if not studies.every(root) or (os.path.lexists(path) and not _is_ours(path)):
        return None
    return store.write_text(path, html(root))


def _is_ours(path: Path) -> bool:
    """Whether an index of ours may be replaced: a link, or what somebody else wrote, may not."""
    if path.is_symlink() or not path.is_file():
        return False
    with path.open("rb") as file:
        return GENERATOR.encode() in file.read(2000)


def _row(study: Study, root: Path, words: Sequence[Words]) -> dict[str, Any]:
    def link(name: str) -> str:
        folder = os.path.relpath(study.path, root)
        return quote(name if folder == "." else f"{folder}/{name}")

    names = [name for name in (*study.manifest["files"], MANIFEST) if _is_there(study, name)]
    return {
        "name": study.name, "experiment": study.experiment, "ended": study.ended,
        "day": study.ended[:16].replace("T", " "),
        "headlines": [study.headline(say.language) for say in words],
        "page": link(PAGE) if PAGE in names else "",
        "files": [(name, link(name)) for name in names if name != PAGE],
    }  # fmt: skip


def _is_there(study: Study, name: str) -> bool:
    """A manifest may name anything."""
    return (
        not os.path.isabs(name) and ".." not in Path(name).parts and (study.path / name).is_file()
    )


@lru_cache(maxsize=1)
def _template() -> Any:
    environment = Environment(
        loader=FileSystemLoader(HERE), autoescape=True, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    return environment.get_template("index.html.j2")
