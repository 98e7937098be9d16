"""Makes ``wards.csv`` from the ``vietnam-provinces`` package: ``python -m`` this module.

One line is one name and kind of a unit, from a day to a day (included; empty: still). A
unit renamed later gets a second line by hand, the first one its ``valid_to``; therefore the
file is kept, and this program only writes it anew when the list as a whole is replaced.
"""

import csv
import sys
from collections import Counter
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import TextIO

from vietnam_provinces import ProvinceCode, VietNamDivisionType, Ward

from contracts.catalogue import DAC_KHU, PHUONG, XA
from contracts.vietnamese import normal

COLUMNS = ("code", "name", "kind", "valid_from", "valid_to", "source")
WARDS = Path(__file__).with_name("wards.csv")
HO_CHI_MINH_CITY = ProvinceCode(79)
ESTABLISHED = "2025-07-01"
SOURCE = (
    "Nghị quyết 1685/NQ-UBTVQH15; mã theo Quyết định 19/2025/QĐ-TTg; "
    f"vietnam-provinces {version('vietnam-provinces')}"
)
EXPECTED = {PHUONG: 113, XA: 54, DAC_KHU: 1}
_KINDS = {
    VietNamDivisionType.PHUONG: PHUONG,
    VietNamDivisionType.XA: XA,
    VietNamDivisionType.DAC_KHU: DAC_KHU,
}


def lines() -> Iterator[dict[str, str]]:
    """One line a unit, by code: names in NFC with single spaces, codes of five digits."""
    for ward in sorted(Ward.iter_by_province(HO_CHI_MINH_CITY), key=lambda ward: ward.code):
        yield {
            "code": f"{int(ward.code):05d}",
            "name": normal(ward.name),
            "kind": _KINDS[ward.division_type],
            "valid_from": ESTABLISHED,
            "valid_to": "",
            "source": SOURCE,
        }


def write(file: TextIO) -> None:
    """Write the whole list.

    Raises:
        ValueError: when it is not 113 phường, 54 xã and 1 đặc khu.
    """
    found = list(lines())
    kinds = Counter(line["kind"] for line in found)
    if kinds != EXPECTED:
        raise ValueError(f"expected {EXPECTED}, found {dict(kinds)}")
    rows = csv.DictWriter(file, COLUMNS, lineterminator="\n")
    rows.writeheader()
    rows.writerows(found)


if __name__ == "__main__":
    with WARDS.open("w", encoding="utf-8", newline="") as wards:
        write(wards)
    sys.stdout.write(f"{WARDS}\n")
