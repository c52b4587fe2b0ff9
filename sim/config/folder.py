"""Where the built-in choices are."""

from pathlib import Path


def configs_dir() -> Path:
    """Inside the package in a wheel, beside it in a work tree."""
    package = Path(__file__).resolve().parents[1]
    folders = (package / "_configs", package.parent / "configs")
    return next(folder for folder in folders if folder.is_dir())
