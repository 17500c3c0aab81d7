from ._find import find_records
from ._read import read_record
from ._record import ECGRecord, RecordError
from ._write import write_record

__all__ = ["ECGRecord", "RecordError", "find_records", "read_record", "write_record"]
