"""Breaks the policy package in one place at a time and asks whether its tests notice.

    python3 shared/policy/tests/tools/mutants.py            all mutants
    python3 shared/policy/tests/tools/mutants.py search.rs  those whose file or sentence holds the text
    python3 shared/policy/tests/tools/mutants.py --lib      all, judged by the unit tests alone, which is quicker

The mutants are data: `mutants.jsonl`, one a line, each with a file under `src`, the exact text it replaces
(which has to be there once), the text it puts there, and what is then wrong. A mutant that changes nothing that
a verdict could show says so in `equivalent`, with the reason; it still has to build.

It works in a copy of the tree, `target/mutants`, so the working tree is never patched. The unit tests run
first, the others only if none of those fails. A mutant that does not apply, does not build, or survives without
being equivalent makes the exit status 1.
"""

import json
import os
import pathlib
import re
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[3]
COPY = ROOT / "target" / "mutants" / "tree"
SOURCES = COPY / "shared" / "policy" / "src"
STAGES = (["--lib"],) if "--lib" in sys.argv else (["--lib"], ["--tests"])
# A mutant may search for ever: that counts as noticed.
LIMIT = int(os.environ.get("MUTANT_SECONDS", "900"))
FAILED = re.compile(r"^\s*(?:FAIL|ABORT|SIG\w+) \[.*?\] (?:\(.*?\) )?\S+ (\S+)$", re.MULTILINE)


def main(wanted):
    mutants = [json.loads(line) for line in (HERE / "mutants.jsonl").read_text().splitlines()]
    chosen = [m for m in mutants if not wanted or any(w in m["file"] or w in m["is"] for w in wanted)]
    copy_tree()
    applies = [(SOURCES / m["file"]).read_text().count(m["old"]) == 1 for m in mutants]
    broken = [m for m, ok in zip(mutants, applies) if not ok]
    for mutant in broken:
        print(f"DOES NOT APPLY  {mutant['file']}: {mutant['is']}", flush=True)
    started = time.monotonic()
    verdicts = [verdict(mutant) for mutant in chosen if mutant not in broken]
    print(f"{verdicts.count('killed')} killed, {verdicts.count('equivalent')} equivalent, "
          f"{verdicts.count('SURVIVED')} survived, {verdicts.count('DOES NOT BUILD')} do not build, "
          f"{len(broken)} do not apply: {time.monotonic() - started:.0f} s")
    return 1 if broken or set(verdicts) & {"SURVIVED", "DOES NOT BUILD", "NOT EQUIVALENT"} else 0


def verdict(mutant):
    """Runs the tests on the mutant, prints its line of the table, and leaves the copy as it was."""
    started = time.monotonic()
    path = SOURCES / mutant["file"]
    original = path.read_text()
    path.write_text(original.replace(mutant["old"], mutant["new"]))
    try:
        found, by = judge()
    finally:
        path.write_text(original)
    if mutant.get("equivalent"):
        found = {"SURVIVED": "equivalent", "killed": "NOT EQUIVALENT"}.get(found, found)
    print(f"{found:14}  {mutant['file']}: {mutant['is']} [{by}; {time.monotonic() - started:.0f} s]", flush=True)
    return found


def judge():
    for stage in STAGES:
        command = ["cargo", "nextest", "run", "-p", "rescind-policy", "--offline", *stage]
        try:
            done = subprocess.run(command, cwd=COPY, env=environment(), capture_output=True, text=True, timeout=LIMIT)
        except subprocess.TimeoutExpired:
            return "killed", "it does not end"
        output = done.stdout + done.stderr
        if done.returncode == 100:
            return "killed", sorted(set(FAILED.findall(output)))[0]
        if done.returncode != 0:
            reasons = [line for line in output.splitlines() if line.startswith("error")]
            return "DOES NOT BUILD", "; ".join(reasons[:2])
    return "SURVIVED", "no test fails"


def environment():
    """The same random cases for every mutant, and no time spent on making them small."""
    fixed = {"PROPTEST_RNG_SEED": "7", "PROPTEST_MAX_SHRINK_ITERS": "0", "INSTA_UPDATE": "no"}
    return {**os.environ, **fixed, "CARGO_TARGET_DIR": str(COPY.parent / "build"), "NEXTEST_COLOR": "never"}


def copy_tree():
    """Copies what git would commit, and leaves alone what is the same, for cargo's sake."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    names = {name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()}
    for old in [p for p in COPY.rglob("*") if p.is_file() and str(p.relative_to(COPY)) not in names]:
        old.unlink()
    for name in names:
        source, target = ROOT / name, COPY / name
        if not target.exists() or target.read_bytes() != source.read_bytes():
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(source.read_bytes())


if __name__ == "__main__":
    sys.exit(main([word for word in sys.argv[1:] if word != "--lib"]))
