from ._find import find_records
from ._read import read_record
from ._record import Annotations, ECGRecord, RecordError
from ._write import write_record

__all__ = [
    "Annotations",
    "ECGRecord",
    "RecordError",
    "find_records",
    "read_record",
    "write_record",
]
