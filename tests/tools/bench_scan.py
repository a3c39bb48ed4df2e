#!/usr/bin/env python3
"""Time and peak memory of `rescind scan` over generated accounts (stdlib only).

    bench_scan.py RESCIND [--sizes 100,1000,10000] [--runs 5] [--settings FILE]

Accounts are made by gen_account.py, with the AWS managed policies of the policy package's corpus, under the
settings its labels hold for. Both guardrails are in monitor mode, under two ceilings: what developers may do
(bench_ceiling.json), and the one of the example settings, which nearly every generated role exceeds.
"""
import argparse
import gzip
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
MANAGED = ROOT / "shared/policy/tests/data/aws-managed.jsonl.gz"
CEILINGS = [HERE / "bench_ceiling.json", ROOT / "settings/examples/ceilings/service-role.json"]


def settings_under(ceiling, folder):
    """Both guardrails in monitor mode, and a ceiling for every role."""
    (folder / ceiling.name).write_text(ceiling.read_text())
    both = (HERE / "gen_account-settings.yaml").read_text()
    both = both.replace('mode: "off"', f'mode: monitor\n    ceiling: [{{roles: "*", file: {ceiling.name}}}]')
    file = folder / f"settings-{ceiling.stem}.yaml"
    file.write_text(both)
    return file


def managed_policies(folder):
    """One file for each AWS managed policy, as gen_account.py takes them."""
    folder.mkdir()
    with gzip.open(MANAGED, "rt") as lines:
        for name, text in map(json.loads, lines):
            (folder / f"{name}.json").write_text(text)
    return folder


def measure(command):
    """Wall seconds, CPU seconds, peak MiB, exit status of one run."""
    start = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.monotonic() - start
    return wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, os.waitstatus_to_exitcode(status)


def bench(rescind, dump, settings, runs):
    """One row; the median wall time."""
    command = [rescind, "scan", str(dump), "--settings", str(settings), "--output", "json"]
    found = subprocess.run(command, capture_output=True, text=True)
    if found.returncode not in (0, 1, 3):
        sys.exit(found.stderr)
    findings = len(found.stdout.splitlines())
    rows = [measure(command) for _ in range(runs)]
    wall = [row[0] for row in rows]
    print(f"{dump.stat().st_size / 1e6:.1f} | {statistics.median(wall):.3f} ({min(wall):.3f}-{max(wall):.3f}) | "
          f"{statistics.median(row[1] for row in rows):.3f} | {max(row[2] for row in rows):.0f} | {findings}", flush=True)
    return statistics.median(row[1] for row in rows)


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("rescind")
    ap.add_argument("--sizes", default="100,1000,10000")
    ap.add_argument("--runs", type=int, default=5)
    ap.add_argument("--settings", help="these settings instead")
    a = ap.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        subprocess.run([sys.executable, HERE / "gen_account.py", "--out", folder, "--events", "0", "--sizes", a.sizes,
                        "--managed-from", managed_policies(folder / "corpus")], check=True, stdout=subprocess.DEVNULL)
        files = [Path(a.settings)] if a.settings else [settings_under(ceiling, folder) for ceiling in CEILINGS]
        for settings in files:
            print(f"{settings.name}\nroles | dump MB | wall s, median (min-max) | CPU s, median | peak MiB | findings")
            sizes = [int(size) for size in a.sizes.split(",")]
            cpu = []
            for size in sizes:
                print(f"{size} | ", end="")
                cpu.append(bench(a.rescind, folder / f"account-{size}.json", settings, a.runs))
            for (one, before), (two, after) in zip(zip(sizes, cpu), list(zip(sizes, cpu))[1:]):
                print(f"from {one} to {two} roles: {after / before:.1f} times the CPU for {two / one:.0f} times the roles")


if __name__ == "__main__":
    main()
