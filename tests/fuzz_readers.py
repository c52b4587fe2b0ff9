"""Random bytes into the readers of tables and choices: they give a result or an `InputError`.

    python tests/fuzz_readers.py --seconds 60

Needs atheris (`pip install -e .[fuzz]`), which mutates the corpus of tests/inputs by what new code
each mutation reaches.  Ends with exit code 0; anything else than a result or an `InputError`, and
an input that takes longer than HANG_S, ends it with the bytes and a traceback.
"""

import argparse
import contextlib
import io
import re
import sys
import tempfile
from datetime import date
from pathlib import Path

HANG_S = 20
INPUTS = Path(__file__).parent / "inputs"
SECTION = {
    "stations": "valid/stations.csv", "visits": "valid/visits.csv",
    "vehicles": "valid/vehicles.csv", "out": "nowhere", "bin_min": 5, "discipline": "fcfs",
    "sharing": "max_min", "module_kw": None, "station_overrides": {},
}  # fmt: skip
KINDS = ("stations", "visits", "vehicles", "choice", "nodes")


def read(data: bytes, file: Path) -> None:
    """The first byte says as what the others are read."""
    from omegaconf import OmegaConf
    from omegaconf.errors import OmegaConfBaseException

    from sim.config import choices, frame, table
    from sim.config.problems import CONTROL, InputError
    from sim.replay import trace, visits
    from sim.replay.schema import ReplaySection
    from sim.roads.network import Node

    kind = KINDS[data[0] % len(KINDS)] if data else KINDS[0]
    file.write_bytes(data[1:])
    try:
        if kind == "choice":
            with contextlib.suppress(OmegaConfBaseException):  # a reference that is none
                OmegaConf.create(choices.read(file, file.parent))
        elif kind == "nodes":
            problems: list[str] = []
            rows = table.read(file, "nodes.csv", Node, problems)
            assert rows or problems
        else:
            found = frame.Found()
            tables = {
                "visits": visits.VISITS,
                "stations": trace.STATIONS,
                "vehicles": trace.VEHICLES,
            }
            for _ in frame.read(file, tables[kind], found):
                pass
            found.check()  # all three are read, which is slow, where this one is right
            paths = {key: str(INPUTS / SECTION[key]) for key in KINDS[:3]}
            section = ReplaySection(**SECTION | paths | {kind: str(file)})
            assert len(trace.read(section, 1e-3).visits)
    except InputError as error:
        text = str(error)
    else:
        return
    assert text.strip(), "an error without a word"
    assert not re.search(CONTROL, text.replace("\n", "")), text


def seeds(folder: Path) -> None:
    """The corpus, with the byte in front that says what each file is; CSV as Parquet too."""
    import pandas as pd

    for number, kind in enumerate(KINDS):
        pattern = "*.yaml" if kind == "choice" else "*.csv"
        for file in (*(INPUTS / "invalid").glob(pattern), *(INPUTS / "valid").glob(pattern)):
            (folder / f"{kind}-{file.name}").write_bytes(bytes([number]) + file.read_bytes())
        if kind in KINDS[:3]:
            parquet = io.BytesIO()
            pd.read_csv(INPUTS / "valid" / f"{kind}.csv").to_parquet(parquet)
            (folder / f"{kind}.parquet").write_bytes(bytes([number]) + parquet.getvalue())


def main() -> None:
    parser = argparse.ArgumentParser(description="Fuzz the readers.")
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument(
        "--runs", type=int, default=-1, help="at most; -1: as many as there is time"
    )
    today = int(f"{date.today():%Y%m%d}")
    parser.add_argument("--seed", type=int, default=today, help="default: of the day")
    args = parser.parse_args()
    print(f"--seed={args.seed}", flush=True)
    import atheris

    with atheris.instrument_imports(include=["sim", "csv", "yaml"]):
        from sim.replay import trace  # noqa: F401
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "seeds").mkdir()
        (folder / "found").mkdir()
        seeds(folder / "seeds")
        options = [
            f"-max_total_time={args.seconds}", f"-runs={args.runs}", f"-timeout={HANG_S}",
            f"-seed={args.seed}",
            "-rss_limit_mb=4096", "-max_len=8192", f"-artifact_prefix={folder}/",
        ]  # fmt: skip
        atheris.Setup(
            [sys.argv[0], *options, str(folder / "found"), str(folder / "seeds")],
            lambda data: read(data, folder / "input"),
        )
        with contextlib.suppress(SystemExit):
            atheris.Fuzz()


if __name__ == "__main__":
    main()
