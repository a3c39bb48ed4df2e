"""Writes `tests/data/aws-managed.jsonl.gz`: all AWS managed policies that the Python package `moto` ships.

One line per policy, `[name, "<the document as text>"]`. The documents are AWS's own;
`moto` is only how they are fetched. Run with `pip install moto==5.2.1`.
"""

import gzip
import json
import pathlib

from moto.iam.aws_managed_policies import aws_managed_policies_data

target = pathlib.Path(__file__).parent.parent / "data" / "aws-managed.jsonl.gz"
policies = json.loads(aws_managed_policies_data)
lines = [
    json.dumps([name, json.dumps(policy["Document"], indent=2)]) + "\n"
    for name, policy in sorted(policies.items())
]
with open(target, "wb") as raw, gzip.GzipFile(fileobj=raw, mode="wb", compresslevel=9, mtime=0, filename="") as out:
    out.write("".join(lines).encode())
print(f"{len(lines)} policies, {target.stat().st_size} bytes")
