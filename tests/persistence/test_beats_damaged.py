"""Files of beats with damaged bytes: errors that name the file, the row and the column."""

import errno
import json
import os
import struct

import numpy as np
import pyarrow as pa
import pyarrow.parquet
import pytest

from skecg import load_beats, read_beats, write_beats

resource = pytest.importorskip("resource")  # limits of files: not on Windows

ENDINGS = pytest.mark.parametrize("ending", [".parquet", ".csv", ".npy"])


@pytest.fixture
def beats(spikes):
    return load_beats(spikes([300, 500, 700], name="rec", subject="who"))


def rewrite_parquet(path, change):
    """Change the table of a Parquet file; the metadata stay."""
    table = pa.parquet.read_table(path)
    metadata = table.schema.metadata
    pa.parquet.write_table(change(table).replace_schema_metadata(metadata), path)


# ---- any byte


@ENDINGS
def test_read_beats_names_the_file_whichever_byte_is_damaged(beats, tmp_path, ending):
    path = tmp_path / f"b{ending}"
    write_beats(beats, path)
    content = path.read_bytes()
    rng = np.random.default_rng(0)
    refused = 0
    for _ in range(60):
        damaged = bytearray(content)
        for _ in range(3):
            damaged[rng.integers(len(content))] = rng.integers(256)
        path.write_bytes(damaged)
        try:
            read_beats(path)
        except ValueError as error:
            assert f"b{ending}'" in str(error)
            refused += 1
    assert refused > 10


@ENDINGS
def test_read_beats_names_the_file_wherever_it_is_cut_off(beats, tmp_path, ending):
    path = tmp_path / f"b{ending}"
    write_beats(beats, path)
    content = path.read_bytes()
    for n in range(0, len(content) - 1, len(content) // 40):
        path.write_bytes(content[:n])
        with pytest.raises(ValueError, match=rf"b\{ending}' is not a file of write_beats"):
            read_beats(path)


@pytest.mark.parametrize("text", [b"", b"\xff\xfe", b"[1]", b"{", b"[" * 100_000, b"nan"])
def test_read_beats_names_damaged_json(beats, tmp_path, text):
    write_beats(beats, tmp_path / "b.csv")
    (tmp_path / "b.json").write_bytes(text)
    with pytest.raises(ValueError, match=r"b\.json' is not a file of write_beats"):
        read_beats(tmp_path / "b.csv")


# ---- cells


@pytest.mark.parametrize("value", ["nan", "inf", "-inf", "NaN", "1e40", ""])
@pytest.mark.parametrize("column", ["lead0_007", "fs"])
def test_read_beats_csv_refuses_cells_that_are_no_finite_numbers(beats, tmp_path, value, column):
    path = tmp_path / "b.csv"
    write_beats(beats, path)
    lines = path.read_text().splitlines()
    place = lines[0].replace('"', "").split(",").index(column)
    cells = lines[2].split(",")
    cells[place] = value if (column, value) != ("fs", "1e40") else "1e400"
    lines[2] = ",".join(cells)
    path.write_text("\n".join(lines) + "\n")
    with pytest.raises(ValueError, match=rf"b\.csv' .*row 1 of column '{column}'"):
        read_beats(path)


@ENDINGS
@pytest.mark.parametrize(("column", "value"), [("fs", -250.0), ("fs", 0.0), ("sample", -1)])
def test_read_beats_refuses_rates_and_positions_below_zero(beats, tmp_path, ending, column, value):
    path = tmp_path / f"b{ending}"
    beats.meta.loc[1, column] = value
    with pytest.raises(ValueError, match=rf"row 1 of column '{column}' is {value}"):
        write_beats(beats, path)
        read_beats(path)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        (",300,", ",three,", "row 0 of column 'sample' is 'three', not a number"),
        (",700,700,", ",700,", "row 2 has 58 cells instead of 59"),
        (",500,500,", ",5_0_0x,500,", "row 1 of column 'sample' is '5_0_0x'"),
    ],
)
def test_read_beats_csv_names_the_cell(beats, tmp_path, old, new, words):
    path = tmp_path / "b.csv"
    write_beats(beats, path)
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))
    with pytest.raises(ValueError, match=rf"b\.csv' .*{words}"):
        read_beats(path)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, None])
def test_read_beats_parquet_refuses_cells_that_are_not_finite(beats, tmp_path, value):
    path = tmp_path / "b.parquet"
    write_beats(beats, path)

    def change(table):
        place = table.schema.get_field_index("lead0_003")
        values = table.column(place).to_pylist()
        values[2] = value
        return table.set_column(place, "lead0_003", pa.array(values, pa.float32()))

    rewrite_parquet(path, change)
    with pytest.raises(ValueError, match=r"b\.parquet' .*row 2 of column 'lead0_003' is"):
        read_beats(path)


def test_read_beats_npy_refuses_cells_that_are_not_finite(beats, tmp_path):
    path = tmp_path / "b.npy"
    write_beats(beats, path)
    content = bytearray(path.read_bytes())
    struct.pack_into("<f", content, 128 + 4 * (50 + 3), np.nan)
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"b\.npy' .*row 1 of column 'lead0_003' is nan"):
        read_beats(path)


@pytest.mark.parametrize("column", ["record", "symbol", "target", "group"])
def test_read_beats_parquet_names_a_text_that_is_not_utf8(beats, tmp_path, column):
    path = tmp_path / "b.parquet"
    write_beats(beats, path)

    def change(table):
        place = table.schema.get_field_index(column)
        texts = pa.array([b"ok", b"\xff\xfe", b"ok"], pa.binary())
        invalid = pa.StringArray.from_buffers(3, *texts.buffers()[1:])
        return table.set_column(place, column, invalid)

    rewrite_parquet(path, change)
    with pytest.raises(ValueError, match=rf"b\.parquet' .*row 1 of column '{column}'"):
        read_beats(path)


def test_read_beats_parquet_refuses_a_text_that_is_missing(beats, tmp_path):
    path = tmp_path / "b.parquet"
    write_beats(beats, path)

    def change(table):
        return table.set_column(0, "record", pa.array(["rec", "rec", None], pa.string()))

    rewrite_parquet(path, change)
    with pytest.raises(ValueError, match="row 2 of column 'record' has no value"):
        read_beats(path)


@pytest.mark.slow
def test_read_beats_parquet_refuses_rows_that_no_such_file_holds(beats, tmp_path):
    path = tmp_path / "b.parquet"
    write_beats(beats, path)
    metadata = pa.parquet.read_schema(path).metadata
    about = json.loads(metadata[b"skecg"]) | {"n_beats": 2_000_000}
    rows = pa.parquet.read_table(path).slice(0, 1)
    table = pa.table(
        [pa.array(np.zeros(2_000_000, np.float32))] * 50, names=rows.column_names[-50:]
    )
    places = pa.array(np.zeros(2_000_000, np.int32))
    for i, name in enumerate(rows.column_names[:-50]):
        one = pa.DictionaryArray.from_arrays(places, rows[name].combine_chunks())
        table = table.add_column(i, name, one)
    table = table.replace_schema_metadata({b"skecg": json.dumps(about).encode()})
    pa.parquet.write_table(table, path)
    assert path.stat().st_size < 2**20
    with pytest.raises(ValueError, match=r"b\.parquet' .*claims 2000000 rows"):
        read_beats(path)


# ---- NumPy files


def test_read_beats_refuses_numpy_files_of_others(tmp_path):
    np.save(tmp_path / "x.npy", np.zeros((3, 50), np.float32))
    with pytest.raises(ValueError, match=r"x\.npy' .*numpy\.load reads it"):
        read_beats(tmp_path / "x.npy")
    (tmp_path / "y.npy").write_text("no array at all")
    with pytest.raises(ValueError, match=r"y\.npy' .*not a NumPy file"):
        read_beats(tmp_path / "y.npy")


@pytest.mark.parametrize("length", [0, 1, 2**40, 2**64 - 1])
def test_read_beats_npy_compares_sizes_first(beats, tmp_path, length):
    path = tmp_path / "b.npy"
    write_beats(beats, path)
    content = bytearray(path.read_bytes())
    content[-16:-8] = struct.pack("<Q", length)
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"b\.npy' is not a file of write_beats"):
        read_beats(path)


def test_read_beats_npy_refuses_another_shape(beats, tmp_path):
    path = tmp_path / "b.npy"
    write_beats(beats, path)
    content = path.read_bytes()
    path.write_bytes(content.replace(b"(3, 50)", b"(9, 50)"))
    with pytest.raises(ValueError, match="it has not 3 rows of 50 columns"):
        read_beats(path)


# ---- formulas


FORMULAS = ["=1+1", "+x", "-x", "@SUM(A1)", "\tx", "\rx", "'=1", "''-1", "'x", "x=1", "", "\n=1"]


def test_write_beats_csv_quotes_formulas(spikes, tmp_path):
    peaks = list(range(100, 100 + 60 * len(FORMULAS), 60))
    beats = load_beats(spikes(peaks, name="=A1", subject='=HYPERLINK("x")'))
    beats.meta["=note"] = FORMULAS
    write_beats(beats, tmp_path / "b.csv")
    text = (tmp_path / "b.csv").read_bytes().decode()
    assert '"\'=HYPERLINK(""x"")"' in text
    assert '"\'=note"' in text
    for start in "=+-@\t\r":
        assert f'"{start}' not in text
    back = read_beats(tmp_path / "b.csv")
    assert back.meta["=note"].tolist() == FORMULAS
    assert back.meta["record"].unique().tolist() == ["=A1"]
    assert back.subjects == ['=HYPERLINK("x")']


# ---- writing


@ENDINGS
def test_write_beats_refuses_rows_that_are_not_finite(beats, tmp_path, ending):
    beats.data[1, 4] = np.inf
    with pytest.raises(ValueError, match="Got inf in row 1, column 'lead0_004'"):
        write_beats(beats, tmp_path / f"b{ending}")
    assert list(tmp_path.iterdir()) == []


@ENDINGS
def test_write_beats_names_the_file_where_the_system_refuses(beats, tmp_path, ending):
    path = tmp_path / f"b{ending}"
    write_beats(beats[:1], path)
    before = {p.name: p.read_bytes() for p in tmp_path.iterdir()}
    many = beats[np.arange(3).repeat(400)]
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2**14, limits[1]))  # as a disk that is full
    try:
        with pytest.raises(OSError, match=rf"b\{ending}") as caught:
            write_beats(many, path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert caught.value.errno == errno.EFBIG
    assert os.fspath(caught.value.filename) == str(path)
    assert {p.name: p.read_bytes() for p in tmp_path.iterdir()} == before


def test_metadata_of_beats_are_json(beats, tmp_path):
    write_beats(beats, tmp_path / "b.csv")
    assert json.loads((tmp_path / "b.json").read_text())["n_beats"] == 3
