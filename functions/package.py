"""Puts each function's binary into a zip as Lambda wants it: one executable file called `bootstrap`.

The zips are reproducible: the same binary gives the same bytes.
"""

import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def main(functions: list[str]) -> None:
    folder = ROOT / "dist"
    folder.mkdir(exist_ok=True)
    for name in functions:
        binary = (ROOT / "target" / "dist" / f"rescind-{name}").read_bytes()
        entry = zipfile.ZipInfo("bootstrap", date_time=(1980, 1, 1, 0, 0, 0))
        entry.external_attr = 0o755 << 16
        entry.compress_type = zipfile.ZIP_DEFLATED
        path = folder / f"{name}.zip"
        with zipfile.ZipFile(path, "w", compresslevel=9) as archive:
            archive.writestr(entry, binary)
        size = path.stat().st_size
        print(f"{path.relative_to(ROOT)}: {len(binary) / 1e6:.1f} MB, {size / 1e6:.1f} MB zipped")


main(sys.argv[1:])
