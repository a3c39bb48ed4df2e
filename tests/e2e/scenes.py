"""The events of `events/`, and the account in which each of them happened."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from account import Account
from runtime_api import ROOT

FUNCTIONS = ("create-role", "update-assume-role-policy", "put-role-policy")

SERVICE = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
OUTSIDER = {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::999988887777:root"}, "Action": "sts:AssumeRole"}
EVERYTHING = {"Effect": "Allow", "Action": "*", "Resource": "*"}


def document(*statements: dict[str, Any]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


@dataclass(frozen=True)
class Scene:
    """One event file. Its name tells what must come of it: `revert--`, `leave--` or `ignore--`."""

    function: str
    path: Path

    @property
    def name(self) -> str:
        return f"{self.function}/{self.path.stem}"

    @property
    def verdict(self) -> str:
        return self.path.stem.split("--")[0]

    @property
    def event(self) -> dict[str, Any]:
        return json.loads(self.path.read_text())

    @property
    def parameters(self) -> dict[str, Any]:
        return self.event["detail"]["requestParameters"] or {}

    @property
    def role(self) -> str:
        """The role that the event names; where it names none, the role whose change it reports."""
        return self.parameters.get("roleName", "padded")

    def seed(self, account: Account) -> None:
        """Brings the account into the state that the event leaves behind."""
        is_inline = self.function == "put-role-policy"
        trust, inline = document(SERVICE), {}
        if self.verdict == "ignore":
            pass  # the call failed: it changed nothing
        elif "roleName" not in self.parameters and is_inline:
            inline = {"padded": document(EVERYTHING)}
        elif "roleName" not in self.parameters:
            trust = document(SERVICE, OUTSIDER)
        elif is_inline and "policyDocument" in self.parameters:
            inline = {self.parameters["policyName"]: json.loads(self.parameters["policyDocument"])}
        elif not is_inline:
            submitted = self.parameters.get("policyDocument") or self.parameters["assumeRolePolicyDocument"]
            trust = json.loads(submitted)
        account.create_role(self.role, trust, **inline)


def scenes() -> list[Scene]:
    paths = ((name, path) for name in FUNCTIONS for path in sorted((ROOT / "events" / name).glob("*.json")))
    return [Scene(name, path) for name, path in paths]


def named(name: str) -> Scene:
    """The scene of one event file, such as `create-role/revert--public`."""
    return next(scene for scene in scenes() if scene.name == name)


def state(account: Account, role: str) -> dict[str, Any]:
    """All that a repair may change."""
    return {"trust": account.trust(role), "inline": account.inline(role)}
