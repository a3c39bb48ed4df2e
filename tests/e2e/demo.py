"""Runs the real functions on unsafe events against an account on this machine, and shows what comes of it.

No AWS account and no container is involved: moto plays AWS, and the Lambda runtime API is `runtime_api.py`.
"""

import difflib
import json
import signal
import sys
import textwrap
from typing import Any

from account import Account
from deployment import Deployment
from runtime_api import Answer, Function
from scenes import Scene, scenes, state

SHOWN = {
    "create-role": ("revert--external-account", "leave--own-account"),
    "update-assume-role-policy": (
        "revert--public",
        "revert--parameters-omitted",
        # Attacks: a tag whose key looks like an issuer's claim, and a pattern that is any ARN.
        "revert--tag-like-a-claim",
        "revert--any-arn",
    ),
    # The last is an attack: a tag may be empty.
    "put-role-policy": ("revert--public", "revert--administrator", "revert--empty-tag"),
}
BOLD, RED, GREEN, DIM, PLAIN = (f"\x1b[{code}m" if sys.stdout.isatty() else "" for code in (1, 31, 32, 2, 0))


def main() -> int:
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    written_again, missed = 0, []
    for number, (function, names) in enumerate(SHOWN.items(), 1):
        heading(f"{number}. {function}")
        for scene in (s for s in scenes() if s.function == function and s.path.stem in names):
            repaired, writes = show(scene)
            written_again += writes
            if repaired != (scene.verdict == "revert"):
                missed.append(scene.name)
    heading("The same events again")
    print(f"Writes to IAM: {written_again}")
    for name in missed:
        print(f"{RED}{name} did not end as its name says{PLAIN}")
    return 1 if written_again or missed else 0


def show(scene: Scene) -> tuple[bool, int]:
    """Shows one event. Was a role repaired, and how many writes did the same event cause when it came again?"""
    with Account() as account:
        deployment = Deployment(account)
        scene.seed(account)
        before = state(account, scene.role)
        with deployment.function(scene.function) as function:
            answer = function.invoke(scene.event)
            calls = account.calls_to("iam")
            tell_event(scene)
            tell_findings(answer)
            tell_difference(before, state(account, scene.role))
            tell_outcome(answer, function, calls)
            writes = account.writes()
            function.invoke(scene.event)
            repaired = any(record["outcome"]["name"] == "repaired" for record in records(answer))
            return repaired, len(account.writes()) - len(writes)


def heading(text: str) -> None:
    print(f"\n{BOLD}{text}{PLAIN}\n{'=' * len(text)}")


def tell_event(scene: Scene) -> None:
    detail = scene.event["detail"]
    who = detail["userIdentity"]
    who = who.get("arn") or who.get("principalId")
    print(f"\n{BOLD}events/{scene.function}/{scene.path.name}{PLAIN}")
    line("event", f"{detail['eventName']} at {detail['eventTime']} from {detail['sourceIPAddress']}")
    line("by", who)
    omitted = " (CloudTrail left the parameters out: every role is looked at)"
    line("role", scene.role + (omitted if scene.parameters.get("omitted") else ""))


def tell_findings(answer: Answer) -> None:
    findings = [finding for record in records(answer) for finding in record["findings"]]
    for finding in findings:
        line("finding", f"{RED}{finding['severity']}{PLAIN} {finding['sentence']}")
        if finding.get("witness") and finding["witness"] not in finding["sentence"]:
            line("", f"for example: {finding['witness']}")
    if not findings:
        line("finding", "none")


def tell_difference(before: dict[str, Any], after: dict[str, Any]) -> None:
    old, new = (json.dumps(document, indent=2).splitlines() for document in (before, after))
    changes = list(difflib.unified_diff(old, new, lineterm="", n=2))[2:]
    colours = {"-": RED, "+": GREEN}
    for text in changes:
        print(f"    {colours.get(text[0], DIM)}{text}{PLAIN}")


def tell_outcome(answer: Answer, function: Function, calls: list[str]) -> None:
    for record in records(answer):
        outcome = record["outcome"]
        role = record.get("role_name") or "all roles"
        why = f": {outcome['why']}" if outcome.get("why") else ""
        line("outcome", f"{GREEN}{outcome['name']}{PLAIN} ({role}){why}")
    line("calls", ", ".join(calls))
    line("time", f"{answer.milliseconds:.0f} ms, after a start of {function.init_milliseconds:.0f} ms")


def records(answer: Answer) -> list[dict[str, Any]]:
    if answer.failed:
        raise RuntimeError(answer.payload["errorMessage"])
    return answer.payload["records"]


def line(label: str, text: str) -> None:
    indent = {"initial_indent": f"  {label:<9}", "subsequent_indent": " " * 11}
    print(textwrap.fill(text, 110, break_on_hyphens=False, break_long_words=False, **indent))


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
