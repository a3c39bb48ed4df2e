#!/usr/bin/env python3
"""Time and peak memory of `rescind scan` over generated accounts (stdlib only).

    bench_scan.py RESCIND [--managed-from DIR] [--sizes 100,1000,10000] [--runs 5] [--settings FILE]

Accounts are made by gen_account.py, under the settings its labels hold for. Both guardrails are on.
"""
import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).parent
BOTH = (HERE / "gen_account-settings.yaml").read_text().replace('mode: "off"', "mode: monitor")


def measure(command):
    """Wall seconds, CPU seconds, peak MiB, exit status of one run."""
    start = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.monotonic() - start
    return wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, os.waitstatus_to_exitcode(status)


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("rescind")
    ap.add_argument("--managed-from", default="")
    ap.add_argument("--sizes", default="100,1000,10000")
    ap.add_argument("--runs", type=int, default=5)
    ap.add_argument("--settings", help="other settings than the generator's with both guardrails in monitor")
    a = ap.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([sys.executable, HERE / "gen_account.py", "--out", folder, "--events", "0", "--sizes", a.sizes,
                        "--managed-from", a.managed_from], check=True, stdout=subprocess.DEVNULL)
        settings = Path(folder) / "settings.yaml"
        settings.write_text(BOTH)
        print("roles | dump MB | wall s, median (min-max) | CPU s | peak MiB | findings")
        for size in a.sizes.split(","):
            dump = Path(folder) / f"account-{size}.json"
            command = [a.rescind, "scan", str(dump), "--settings", a.settings or str(settings), "--output", "json"]
            found = subprocess.run(command, capture_output=True, text=True)
            kinds = {}
            for line in found.stdout.splitlines():
                kind = json.loads(line)["kind"]
                kinds[kind] = kinds.get(kind, 0) + 1
            runs = [measure(command) for _ in range(a.runs)]
            wall = [run[0] for run in runs]
            print(f"{size} | {dump.stat().st_size / 1e6:.1f} | {statistics.median(wall):.3f} "
                  f"({min(wall):.3f}-{max(wall):.3f}) | {statistics.median(run[1] for run in runs):.3f} | "
                  f"{max(run[2] for run in runs):.0f} | {sum(kinds.values())} {kinds}", flush=True)


if __name__ == "__main__":
    main()
