from ._fetch import (
    fetch_database,
    fetch_edb,
    fetch_incartdb,
    fetch_ltafdb,
    fetch_mitdb,
    fetch_nstdb,
    fetch_svdb,
)
from ._fetch_errors import DownloadError
from ._mix import add_noise
from ._retime import retime_record, retime_records
from ._simulate import load_simulated, simulate_record, simulate_records

__all__ = [
    "DownloadError",
    "add_noise",
    "fetch_database",
    "fetch_edb",
    "fetch_incartdb",
    "fetch_ltafdb",
    "fetch_mitdb",
    "fetch_nstdb",
    "fetch_svdb",
    "load_simulated",
    "retime_record",
    "retime_records",
    "simulate_record",
    "simulate_records",
]
