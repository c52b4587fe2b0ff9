"""Who imports whom: a picture of the folders, drawn from the code into `sim/README.md`.

    python -m tests.structure            draws it anew
    python -m tests.structure --check    exit code 1 where the picture there is not the code

A file at the top of `sim` or `experiments` stands for itself, as a folder does.
"""

import argparse
import ast
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Self

from experiments.published import replaced

ROOT = Path(__file__).parents[1]
README = ROOT / "sim" / "README.md"
PACKAGES = ("experiments", "sim")  # in the order of the picture, from above


class Structure:
    """Folders, and the imports between them.

    Parameters
    ----------
    imports : by folder, the others that it imports itself; every folder is a key.

    Attributes
    ----------
    reach : by folder, all that it imports, also through others; itself, if it is on a circle.
    floor : by folder, how many others the longest way down passes; a circle is one floor.
    """

    def __init__(self, imports: Mapping[str, set[str]]) -> None:
        self.imports = imports
        self.reach = {place: self._reach(place) for place in imports}
        self.floor: dict[str, int] = {}
        # Who reaches less comes first; of as much, who is on the circle that the others reach.
        for place in sorted(imports, key=lambda p: (len(self.reach[p]), p not in self.reach[p])):
            below = (b for b in self.reach[place] if not self.in_a_circle(place, b))
            self.floor[place] = 1 + max((self.floor[b] for b in below), default=-1)

    @classmethod
    def of(cls, root: Path) -> Self:
        """That of the code under `root`, wherever in a file an import stands."""
        files = [path for top in PACKAGES for path in sorted((root / top).rglob("*.py"))]
        modules = {_module(path.relative_to(root)): path for path in files}
        place = {name: _place(path.relative_to(root)) for name, path in modules.items()}
        imports: dict[str, set[str]] = {own: set() for own in place.values()}
        for name, path in modules.items():
            for other in _imported(path, modules):
                imports[place[name]] |= {place[other]} - {place[name]}
        return cls(imports)

    def _reach(self, place: str) -> set[str]:
        found, left = set[str](), [place]
        while left:
            new = self.imports[left.pop()] - found
            found |= new
            left += new
        return found

    def in_a_circle(self, a: str, b: str) -> bool:
        return b in self.reach[a] and a in self.reach[b]

    def is_implied(self, a: str, b: str) -> bool:
        """Whether a longer path leads from one to the other as well, and on no circle of theirs."""
        by = (c for c in self.imports[a] if b in self.reach[c] and c != b)
        return any(not self.in_a_circle(a, c) and not self.in_a_circle(c, b) for c in by)

    def picture(self) -> str:
        """As Mermaid, from above, and how to read it.  Who neither imports nor is imported is not
        in it."""
        places = sorted(self.imports, key=lambda place: (-self.floor[place], place))
        within = {place for own in self.imports.values() for place in own}
        boxes, arrows, drawn = "", "", 0
        for top in PACKAGES:
            boxes += f"  subgraph {top}\n"
            for place in places:
                if place.startswith(f"{top}/") and (self.imports[place] or place in within):
                    boxes += f'    {_name(place)}["{place.removeprefix(f"{top}/")}"]\n'
            boxes += "  end\n"
        for place in places:
            back = {b for b in self.imports[place] if self.in_a_circle(place, b)}
            down = {b for b in self.imports[place] - back if not self.is_implied(place, b)}
            drawn += len(down) + len(back)
            for arrow, ends in (("-->", down), ("-.->", back)):
                if ends:
                    arrows += f"  {_name(place)} {arrow} {' & '.join(map(_name, sorted(ends)))}\n"
        told = (
            f"{drawn} of {sum(map(len, self.imports.values()))} imports between folders; those "
            "that a longer path implies are left out. "
        )
        if circle := sorted(place for place in places if place in self.reach[place]):
            told += f"Dashed: in a circle ({', '.join(f'`{place}`' for place in circle)})."
        else:
            told += "None goes in a circle."
        return f"```mermaid\nflowchart TD\n{boxes}{arrows}```\n\n{told}"


def _module(path: Path) -> str:
    return ".".join(path.with_suffix("").parts).removesuffix(".__init__")


def _place(path: Path) -> str:
    """`sim/roads/` for all that is in that folder, `sim/model.py` for a file at the top."""
    return str(path) if len(path.parts) == 2 else f"{path.parts[0]}/{path.parts[1]}/"


def _name(place: str) -> str:
    return place.rstrip("/").replace("/", "_").replace(".", "_")


def _imported(path: Path, modules: Mapping[str, Path]) -> Iterator[str]:
    """Which of the modules a file imports."""
    known = modules.keys()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in known)
        elif isinstance(node, ast.ImportFrom):
            if node.level:
                raise ValueError(f"{path}: a relative import, which no file here has")
            inner = [f"{node.module}.{alias.name}" for alias in node.names]
            yield from (name for name in inner if name in known)
            if node.module in known and not known >= set(inner):
                yield node.module


def drawn(root: Path, readme: Path) -> str:
    """The text of the README with the picture of the code under `root` in it."""
    return replaced(readme, "structure", Structure.of(root).picture())


def main(words: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--check", action="store_true", help="only look")
    given = parser.parse_args(words)
    text = drawn(ROOT, README)
    if text == README.read_text("utf-8"):
        return 0
    if given.check:
        print("the picture in sim/README.md is not the code: python -m tests.structure draws it")
        return 1
    README.write_text(text, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
