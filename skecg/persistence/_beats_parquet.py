"""Beats as a Parquet file."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..beats._beats import Beats
from ..utils import release, row_blocks
from ._beats_about import (
    KEY,
    check_finite_cells,
    check_front,
    front_table,
    metadata,
    parse,
    reading,
    unusable,
)

__all__ = ["read_parquet", "write_parquet"]

_BLOCKS = 4  # of 16 MiB in a row group
# rows of signals take a fourth at best; a crafted file may hold endless rows of one value
_HARMLESS = 2**28
_LARGEST_RATIO = 1000


def write_parquet(beats: Beats, data: NDArray[np.float32], path: Path) -> None:
    """Write all columns, in row groups of about 64 MiB."""
    import pyarrow as pa
    from pyarrow.parquet import ParquetWriter

    fields = list(front_table(beats, slice(0, 0)).schema)
    fields += [pa.field(name, pa.float32()) for name in beats.layout.feature_names]
    schema = pa.schema(fields, metadata={KEY: metadata(beats).encode()})
    with open(path, "wb") as file, ParquetWriter(file, schema) as writer:
        for block in row_blocks(len(data), data.shape[1] * data.itemsize // _BLOCKS):
            columns = front_table(beats, block).columns
            columns += [pa.array(np.ascontiguousarray(column)) for column in data[block].T]
            release(data)
            writer.write_table(pa.table(columns, schema=schema))


def read_parquet(path: Path) -> Beats:
    """Read a file of `write_parquet`, one row group after the other."""
    import pyarrow as pa
    from pyarrow.parquet import ParquetFile

    with open(path, "rb") as raw:
        with reading(path, "it is not a Parquet file"):
            file = ParquetFile(raw)
            schema = file.schema_arrow
        if KEY not in (schema.metadata or {}):
            raise unusable(path, "its schema has no metadata 'skecg'")
        about = parse(schema.metadata[KEY], path)
        about.check_names(schema.names, path)
        about.check_rows(file.metadata.num_rows, path)
        n_front = len(about.types)
        if schema.types[n_front:] != [pa.float32()] * about.layout.n_features:
            raise unusable(path, "its columns have other types")

        n_bytes = about.n_beats * about.layout.n_features * 4
        if n_bytes > max(_HARMLESS, _LARGEST_RATIO * path.stat().st_size):
            raise unusable(path, f"it claims {about.n_beats} rows, which no such file holds")
        with reading(path, "it is damaged"):
            data = np.empty((about.n_beats, about.layout.n_features), dtype=np.float32)
        fronts = [schema.empty_table().select(range(n_front))]
        start = 0
        for group in range(file.num_row_groups):
            with reading(path, "it is damaged"):
                table = file.read_row_group(group)
                stop = start + table.num_rows
                if stop > len(data):
                    raise ValueError("its row groups have more rows than its metadata")
                for i in range(about.layout.n_features):
                    data[start:stop, i] = table.column(n_front + i).to_numpy()
                front = table.select(range(n_front))
            check_front(front, about.types, path, start)
            check_finite_cells(data[start:stop], about.layout.feature_names, path, start)
            fronts.append(front)
            start = stop
        about.check_rows(start, path)
        with reading(path, "it is damaged"):
            return about.beats(data, pa.concat_tables(fronts))
