"""EDF and BDF files written byte by byte, for the tests of reading."""

import struct

import numpy as np

FIELDS = {"label": 16, "transducer": 80, "unit": 8, "physical_min": 8, "physical_max": 8}
FIELDS |= {"digital_min": 8, "digital_max": 8, "filter": 80, "per_record": 8, "reserved": 32}


def lead(label="ECG", unit="uV", data=(), per_record=100, limits=(-32768, 32767), **fields):
    """One lead: with the default limits, a step is its unit."""
    low, high = limits
    defaults = {"physical_min": low, "physical_max": high}
    defaults |= {"digital_min": -32768, "digital_max": 32767}
    return (
        defaults | {"label": label, "unit": unit, "data": data, "per_record": per_record} | fields
    )


def notes(*records, size=60, label="EDF Annotations"):
    """Annotations: the bytes of each data record."""
    made = lead(label, "", [], size // 2, limits=(-1, 1))
    return made | {"notes": [record.ljust(size, b"\x00") for record in records]}


def stamp(onset, *texts):
    """Annotations of one data record: its time stamp, and (onset, text) or (onset, s, text)."""
    made = f"{onset:+}\x14\x14\x00"
    for at, *seconds, text in texts:
        made += f"{at:+}" + "".join(f"\x15{one}" for one in seconds) + f"\x14{text}\x14\x00"
    return made.encode()


def edf(path, *leads, n_records=2, seconds="1", reserved="", width=2, **fields):
    """Write a file and return its path without ending."""
    facts = {"version": "0", "patient": "X X X X", "recording": "Startdate X X X X"}
    facts |= {"date": "01.01.85", "time": "00.00.00", "size": 256 * (len(leads) + 1)}
    facts |= {"reserved": reserved, "n_records": n_records, "seconds": seconds, "n": len(leads)}
    facts |= fields
    sizes = [8, 80, 80, 8, 8, 8, 44, 8, 8, 4]
    head = b"".join(
        str(value).encode("latin-1").ljust(size)
        for value, size in zip(facts.values(), sizes, strict=True)
    )
    if width == 3:
        head = b"\xffBIOSEMI" + head[8:]
    for name, size in FIELDS.items():
        for one in leads:
            head += str(one.get(name, "")).encode("latin-1").ljust(size)
    body = b""
    for record in range(n_records):
        for one in leads:
            if "notes" in one:
                body += one["notes"][record]
                continue
            n = one["per_record"]
            body += integers(np.asarray(one["data"])[record * n : (record + 1) * n], width)
    file = path.with_name(path.name + (".edf" if width == 2 else ".bdf"))
    file.write_bytes(head + body)
    return path


def integers(values, width):
    """Whole numbers of 2 or 3 bytes, the low byte first."""
    return b"".join(struct.pack("<i", int(value))[:width] for value in values)
