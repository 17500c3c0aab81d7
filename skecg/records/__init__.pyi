from ._annotations import Annotations, AnnotationStream
from ._describe import RecordsSummary, describe_records
from ._errors import RecordError
from ._find import find_records
from ._header import RecordHeader
from ._read import read_header, read_record
from ._record import ECGRecord
from ._select import select_records
from ._write import write_annotations, write_record

__all__ = [
    "AnnotationStream",
    "Annotations",
    "ECGRecord",
    "RecordError",
    "RecordHeader",
    "RecordsSummary",
    "describe_records",
    "find_records",
    "read_header",
    "read_record",
    "select_records",
    "write_annotations",
    "write_record",
]
