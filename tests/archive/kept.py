"""Answers made by hand."""

import json
from pathlib import Path
from typing import Any

from sim.study import store


def study(
    folder: Path, answer: dict[str, Any] | None = None, config: dict[str, Any] | None = None,
    **manifest: Any,
) -> Path:  # fmt: skip
    """A folder with an answer, its page and its manifest."""
    folder.mkdir(parents=True, exist_ok=True)
    found = {"verdict": ["Something."], "said": {"en": ["Something."], "zh": ["某事。"]}}
    files = {"answer.json": json.dumps(found | (answer or {})), "report.html": "<p>the page"}
    for name, text in files.items():
        (folder / name).write_text(text, "utf-8")
    settings = {"experiment": "made", "engine": {"seed": 1}} | (config or {})
    told = {
        "config": settings, "config_hash": store.digest(settings), "seed": 1,
        "command": "peakcharge", "ended": "2026-01-02T03:04:05+00:00", "wall_s": 1.5,
        "files": {name: store.file_digest(folder / name) for name in files},
    }  # fmt: skip
    (folder / "manifest.json").write_text(json.dumps(told | manifest), "utf-8")
    return folder
