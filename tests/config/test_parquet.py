"""Every type that a column of Parquet can have: the text it is read as, or why it is not."""

import subprocess
import sys
from collections.abc import Sequence
from datetime import date, time, timedelta
from decimal import Decimal
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow
import pyarrow.parquet as pq
import pytest

from sim.config import parquet
from sim.config.table import NoTableError

S = 1_759_278_600  # 2025-10-01T00:30:00Z
UNITS = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}


def written(folder: Path, cells: pyarrow.Array, **options: object) -> Path:
    path = folder / "table.parquet"
    pq.write_table(pyarrow.table({"x": cells}), path, **options)
    return path


def read(folder: Path, cells: pyarrow.Array, **options: object) -> list[str]:
    (known, names, _), *chunks = parquet.chunks(written(folder, cells, **options), 2)
    assert names == ["x"]
    assert [row for rows, _, _ in chunks for row in rows] == list(known)
    assert all(column.type == pyarrow.string() for _, _, (column,) in chunks)
    return [text for _, _, (column,) in chunks for text in column.to_pylist()]


def refused(path: Path) -> str:
    with pytest.raises(NoTableError) as caught:
        list(parquet.chunks(path, 2))
    return str(caught.value)


def in_zone(unit: str, zone: str | None, *seconds: float | None) -> pyarrow.Array:
    ticks = [None if s is None else round(s * UNITS[unit]) for s in seconds]
    return pyarrow.array(ticks, pyarrow.timestamp(unit, zone))


# ---- text, numbers -----------------------------------------------------------------------------

TEXTS = [pyarrow.string(), pyarrow.large_string(), pyarrow.string_view()]
BYTES = [pyarrow.binary(), pyarrow.large_binary(), pyarrow.binary_view()]
INTEGERS = [getattr(pyarrow, f"{u}int{bits}")() for u in ("", "u") for bits in (8, 16, 32, 64)]
DECIMALS = [getattr(pyarrow, f"decimal{bits}") for bits in (32, 64, 128, 256)]


@pytest.mark.parametrize("kind", TEXTS, ids=str)
@pytest.mark.parametrize(
    "options",
    [
        {},
        {"use_dictionary": False},
        {"use_dictionary": False, "column_encoding": {"x": "DELTA_BYTE_ARRAY"}},
        {"use_dictionary": False, "column_encoding": {"x": "DELTA_LENGTH_BYTE_ARRAY"}},
        {"row_group_size": 1},
        {"data_page_version": "2.0", "compression": "zstd"},
    ],
    ids=str,
)
def test_text(tmp_path, kind, options):
    cells = pyarrow.array(["north", None, "北站", "", "north"], kind)
    assert read(tmp_path, cells, **options) == ["north", "", "北站", "", "north"]


@pytest.mark.parametrize("kind", BYTES, ids=str)
def test_bytes_are_text_if_they_are_utf_8(tmp_path, kind):
    assert read(tmp_path, pyarrow.array(["ü".encode(), None], kind)) == ["ü", ""]
    path = written(tmp_path, pyarrow.array([b"north", None, b"N\xfcrnberg"], kind))
    assert refused(path) == "column `x` holds b'N\\xfcrnberg', which is not text in UTF-8"


def test_bytes_of_one_width(tmp_path):
    assert read(tmp_path, pyarrow.array([b"ab", None], pyarrow.binary(2))) == ["ab", ""]
    wide = pyarrow.array([b"a" * 1001], pyarrow.binary(1001))
    assert refused(written(tmp_path, wide)) == (
        "column `x` has a cell of 1,001 bytes, but at most 1,000 make sense"
    )


def test_what_is_said_to_be_text_but_is_not(tmp_path):
    """As a writer does that does not look: the type says text, the bytes are Latin-1."""
    cells = pyarrow.array([b"N\xfcrnberg", b"north"])
    cells = pyarrow.Array.from_buffers(pyarrow.string(), 2, cells.buffers())
    for options in ({}, {"use_dictionary": False}):
        path = written(tmp_path, cells, **options)
        assert refused(path) == "column `x` holds b'N\\xfcrnberg', which is not text in UTF-8"


@pytest.mark.parametrize("kind", INTEGERS, ids=str)
def test_integers_to_their_last_one(tmp_path, kind):
    bits = np.iinfo(kind.to_pandas_dtype())
    cells = pyarrow.array([bits.min, None, bits.max], kind)
    assert read(tmp_path, cells) == [str(bits.min), "", str(bits.max)]


@pytest.mark.parametrize("width", [16, 32, 64])
def test_floats_as_short_as_their_width_allows(tmp_path, width):
    values = np.array([0.1, -2.5, 0.0, np.nan, np.inf], f"float{width}")
    texts = read(tmp_path, pyarrow.array([*values, None], pyarrow.from_numpy_dtype(values.dtype)))
    assert [float(text) for text in texts[:3]] == [0.1, -2.5, 0.0]
    assert texts[3:] == ["nan", "inf", ""]


@pytest.mark.parametrize("kind", DECIMALS, ids=[kind.__name__ for kind in DECIMALS])
def test_decimals_are_numbers(tmp_path, kind):
    cells = pyarrow.array([Decimal("1.50"), None, Decimal("-0.25")], kind(5, 2))
    assert read(tmp_path, cells) == ["1.50", "", "-0.25"]


@pytest.mark.parametrize(
    ("cells", "texts"),
    [
        (pyarrow.array([True, None, False]), ["true", "", "false"]),
        (pyarrow.array([date(2025, 10, 1), None]), ["2025-10-01", ""]),
        (pyarrow.array([date(2025, 10, 1)], pyarrow.date64()), ["2025-10-01"]),
        (pyarrow.array([time(8, 30), None], pyarrow.time32("s")), ["08:30:00.000", ""]),
        (pyarrow.array([time(8, 30)], pyarrow.time64("ns")), ["08:30:00.000000000"]),
        (pyarrow.nulls(3), ["", "", ""]),
        (pyarrow.array(["b", "a", None, "b"]).dictionary_encode(), ["b", "a", "", "b"]),
        (pyarrow.array([2, 1, None, 2]).dictionary_encode(), ["2", "1", "", "2"]),
        (
            in_zone("ns", "UTC", S, None).dictionary_encode(),
            ["2025-10-01T00:30:00+00:00", ""],
        ),
    ],
    ids=lambda cells: str(getattr(cells, "type", "")),
)  # fmt: skip
def test_other_types_have_the_text_of_their_values(tmp_path, cells, texts):
    assert read(tmp_path, cells) == texts


# ---- times -------------------------------------------------------------------------------------


@pytest.mark.parametrize("unit", UNITS)
@pytest.mark.parametrize(
    ("zone", "texts"),
    [
        ("UTC", ["2025-10-01T00:30:00+00:00", "1970-01-01T00:00:00+00:00"]),
        ("+08:00", ["2025-10-01T08:30:00+08:00", "1970-01-01T08:00:00+08:00"]),
        ("-03:30", ["2025-09-30T21:00:00-03:30", "1969-12-31T20:30:00-03:30"]),
        ("Asia/Shanghai", ["2025-10-01T08:30:00+08:00", "1970-01-01T08:00:00+08:00"]),
        ("Europe/Berlin", ["2025-10-01T02:30:00+02:00", "1970-01-01T01:00:00+01:00"]),
        # In whole minutes: its clocks were 44 min 30 s behind, which no reader of ISO 8601 knows.
        ("Africa/Monrovia", ["2025-10-01T00:30:00+00:00", "1969-12-31T23:16:00-00:44"]),
        (None, ["2025-10-01T00:30:00", "1970-01-01T00:00:00"]),
    ],
)
def test_times_are_those_of_the_wall_with_the_offset_of_their_zone(tmp_path, unit, zone, texts):
    assert read(tmp_path, in_zone(unit, zone, S, None, 0)) == [texts[0], "", texts[1]]


def test_the_hour_that_comes_twice_in_autumn_keeps_its_two_offsets(tmp_path):
    midnight = 1_761_436_800  # 2025-10-26T00:00Z
    assert read(tmp_path, in_zone("us", "Europe/Berlin", midnight, midnight + 3600)) == [
        "2025-10-26T02:00:00+02:00", "2025-10-26T02:00:00+01:00",
    ]  # fmt: skip


def test_fractions_of_a_second_have_the_digits_they_need(tmp_path):
    half = in_zone("ms", "Asia/Shanghai", S, S + 0.5)
    assert read(tmp_path, half) == [
        "2025-10-01T08:30:00.000000+08:00", "2025-10-01T08:30:00.500000+08:00",
    ]  # fmt: skip
    cells = pyarrow.array([S * 10**9 + 1], pyarrow.timestamp("ns", "Asia/Shanghai"))
    assert read(tmp_path, cells) == ["2025-10-01T08:30:00.000000001+08:00"]


@pytest.mark.parametrize("unit", UNITS)
@pytest.mark.parametrize("zone", [None, "-03:30", "Africa/Monrovia"])
def test_times_that_no_calendar_has_are_no_times(tmp_path, unit, zone):
    ends = [-(2**63) + 1, 2**63 - 1] if unit != "s" else [-(2**50), 2**50]
    cells = pyarrow.array(ends, pyarrow.timestamp(unit, zone))
    assert [text.partition(" ")[2] for text in read(tmp_path, cells)] == ["s since 1970"] * 2


@pytest.mark.parametrize("zone", ["Mars/Olympus", "../../etc/passwd", "+25:00", "中"])
def test_a_zone_that_is_none(tmp_path, zone):
    path = written(tmp_path, in_zone("us", zone, S))
    assert refused(path) == f"column `x` has the time zone {zone!r}, which is unknown"


# ---- what is refused ---------------------------------------------------------------------------

NESTED = [
    pyarrow.list_(pyarrow.int64()), pyarrow.large_list(pyarrow.string()),
    pyarrow.list_(pyarrow.int64(), 1), pyarrow.struct({"a": pyarrow.int64()}),
    pyarrow.map_(pyarrow.string(), pyarrow.int64()),
]  # fmt: skip


@pytest.mark.parametrize("kind", NESTED, ids=str)
def test_nested_columns_are_refused_by_name(tmp_path, kind):
    text = refused(written(tmp_path, pyarrow.nulls(2, kind)))
    assert text.startswith("column `x` holds ")
    assert text.endswith("not text, numbers or times")


@pytest.mark.parametrize("unit", UNITS)
def test_durations_do_not_become_bare_numbers(tmp_path, unit):
    cells = pyarrow.array([timedelta(minutes=30)], pyarrow.duration(unit))
    assert refused(written(tmp_path, cells)) == (
        f"column `x` holds duration[{unit}], not text, numbers or times"
    )


@pytest.mark.parametrize(
    ("cells", "name"),
    [
        (pyarrow.array([b"a" * 16], pyarrow.uuid()), "arrow.uuid"),
        (pyarrow.array(["1"], pyarrow.json_()), "arrow.json"),
        (pyarrow.array([1], pyarrow.bool8()), "arrow.bool8"),
        (pyarrow.array(pd.period_range("2025", periods=2, freq="h")), "pandas.period"),
        (pyarrow.array(pd.interval_range(0, 2).array), "pandas.interval"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_extension_types_are_refused_by_name(tmp_path, cells, name):
    assert f"column `x` holds extension<{name}" in refused(written(tmp_path, cells))


def test_an_extension_type_that_nobody_here_knows(tmp_path):
    """It would look like the whole numbers that it is stored as."""
    field = pyarrow.field("x", pyarrow.int64(), metadata={"ARROW:extension:name": "their.ticks"})
    path = tmp_path / "table.parquet"
    pq.write_table(pyarrow.table([[1, 2]], pyarrow.schema([field])), path)
    assert refused(path) == "column `x` holds their.ticks, not text, numbers or times"


# ---- tables that pandas wrote ------------------------------------------------------------------


def columns(path: Path) -> tuple[Sequence[int], list[str]]:
    rows, names, _ = next(parquet.chunks(path, 2))
    return rows, names


def test_the_index_of_chosen_rows_is_no_column(tmp_path):
    path = tmp_path / "table.parquet"
    table = pd.DataFrame({"x": ["a", "b", "c"]})
    table.iloc[[0, 2, 1]].to_parquet(path)
    assert "__index_level_0__" in pq.read_schema(path).names
    assert columns(path) == (range(2, 5), ["x"])
    table.set_index(["x", "x"]).rename_axis([None, None]).assign(y=1).to_parquet(path)
    assert columns(path)[1] == ["y"]


def test_an_index_with_a_name_is_a_column(tmp_path):
    path = tmp_path / "table.parquet"
    pd.DataFrame({"visit": ["a"], "x": [1]}).set_index("visit").to_parquet(path)
    assert columns(path)[1] == ["x", "visit"]


def test_tables_without_rows_or_columns(tmp_path):
    path = tmp_path / "table.parquet"
    for groups in (0, 1):
        schema = pyarrow.schema({"x": pyarrow.string()})
        with pq.ParquetWriter(path, schema) as writer:
            for _ in range(groups):
                writer.write_table(schema.empty_table())
        assert columns(path) == (range(2, 2), ["x"])
        assert len(list(parquet.chunks(path, 2))) == 1 or groups
    pq.write_table(pyarrow.table({}), path)
    assert columns(path) == (range(2, 2), [])


# ---- a few bytes that stand for gigabytes ------------------------------------------------------

BOMBS = {
    "a long text, 65,536 times": (
        pyarrow.array(["v" * 100_000]), np.zeros(2**16, np.int32), {},
        "has a cell of 100,000 bytes",
    ),
    "a long text, each time as before": (
        pyarrow.array(["v" * 100_000]), np.zeros(2**12, np.int32),
        {"use_dictionary": False, "column_encoding": {"x": "DELTA_BYTE_ARRAY"}},
        "has a cell of 100,000 bytes",
    ),
    "one cell": (
        pyarrow.array(["v" * 2**28]), np.zeros(1, np.int32), {"use_dictionary": False},
        "would grow to 268,435,",
    ),
    "rows without end": (
        pyarrow.array(["v"]), np.zeros(2**24, np.int32), {"data_page_size": 2**24},
        "rows in",
    ),
}  # fmt: skip
LOOK = """
import resource, sys
from pathlib import Path
import sim.config.parquet
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
try:
    for _ in sim.config.parquet.chunks(Path(sys.argv[1]), 16_384):
        pass
except sim.config.parquet.NoTableError as error:
    print(error)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


@pytest.mark.parametrize("bomb", BOMBS)
def test_little_that_would_become_much_is_refused_before_it_does(tmp_path, bomb):
    values, codes, options, says = BOMBS[bomb]
    cells = pyarrow.DictionaryArray.from_arrays(codes, values)
    if "column_encoding" in options:
        cells = cells.dictionary_decode()
    options = {"compression": "zstd", "write_statistics": False, "row_group_size": 2**24} | options
    path = written(tmp_path, cells, **options)
    assert path.stat().st_size < 200_000
    done = subprocess.run([sys.executable, "-c", LOOK, str(path)], capture_output=True, text=True)
    sentence, kilobytes = done.stdout.splitlines()
    assert says in sentence
    assert int(kilobytes) < 200_000
