"""Renders what `template.yaml` says of the functions: `functions/skeleton.yaml`, once for each row of FUNCTIONS.

The rows are all in which the functions differ. The result is checked in, so that whoever deploys or reviews the
template reads the whole of it; `--check` fails if it is not what this script renders.
"""

import difflib
import re
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
TEMPLATE = ROOT / "template.yaml"
SKELETON = Path(__file__).with_name("skeleton.yaml").read_text()


@dataclass(frozen=True)
class Function:
    """One function: the calls it runs on, what it may do in IAM, and whose queues it may write to."""

    name: str
    calls: list[str]
    actions: list[str]
    hands_over_to: tuple[str, ...] = ()

    @property
    def camel(self) -> str:
        """`PutRolePolicy`, as the template's resources are called."""
        return "".join(word.capitalize() for word in self.name.split("-"))


READ_TRUST = ["iam:GetAccountAuthorizationDetails", "iam:GetRole"]
READ_ALL = [
    *READ_TRUST,
    "iam:GetPolicy",
    "iam:GetPolicyVersion",
    "iam:GetRolePolicy",
    "iam:ListAttachedRolePolicies",
    "iam:ListRolePolicies",
]

FUNCTIONS = [
    Function(
        "create-role",
        calls=["CreateRole"],
        actions=[*READ_TRUST, "iam:UpdateAssumeRolePolicy"],
        hands_over_to=("put-role-policy",),
    ),
    Function(
        "update-assume-role-policy",
        calls=["UpdateAssumeRolePolicy"],
        actions=[*READ_TRUST, "iam:UpdateAssumeRolePolicy"],
        hands_over_to=("put-role-policy",),
    ),
    Function(
        "put-role-policy",
        calls=["PutRolePolicy", "DeleteRolePolicy"],
        actions=[*READ_ALL, "iam:DeleteRolePolicy", "iam:PutRolePolicy"],
    ),
]

IAM = "arn:${AWS::Partition}:iam::${AWS::AccountId}"
ROLES = [f'!Sub "{IAM}:role/*"']
POLICIES = [f'!Sub "{IAM}:policy/*"', '!Sub "arn:${AWS::Partition}:iam::aws:policy/*"']


@dataclass(frozen=True)
class Grant:
    """A statement of a function's policy: it holds those of its actions that the function has."""

    sid: str
    actions: list[str]
    resources: list[str]


GRANTS = [
    Grant(
        "ReadRoles",
        ["iam:GetRole", "iam:GetRolePolicy", "iam:ListAttachedRolePolicies", "iam:ListRolePolicies"],
        ROLES,
    ),
    Grant("ReadPolicies", ["iam:GetPolicy", "iam:GetPolicyVersion"], POLICIES),
    Grant("ReadAccount", ["iam:GetAccountAuthorizationDetails"], ['"*"']),
    Grant("WriteRoles", ["iam:DeleteRolePolicy", "iam:PutRolePolicy", "iam:UpdateAssumeRolePolicy"], ROLES),
]


def section(function: Function) -> str:
    """The resources of one function."""
    parts = {
        "rules": rule(function),
        "rule arns": f"!GetAtt {function.camel}Rule.Arn",
        "queue variables": "\n".join(queue_variable(to) for to in targets(function)),
        "iam statements": iam_statements(function),
        "own roles": "\n".join(f"              - !GetAtt {own.camel}Role.Arn" for own in FUNCTIONS),
        "hand over": hand_over(function),
        "Name": function.camel,
        "name": function.name,
    }
    text = SKELETON
    for part, value in parts.items():
        line = f"<{part}>\n"
        text = text.replace(line, f"{value}\n" if value else "") if f"\n{line}" in text else text
        text = text.replace(f"<{part}>", value)
    return text


def rule(function: Function) -> str:
    """The rule over CloudTrail's events of IAM."""
    return f"""\
  <Name>Rule:
    Type: AWS::Events::Rule
    Properties:
      Description: {" and ".join(function.calls)} in CloudTrail's events; failed calls left out
      EventPattern:
        source: [aws.iam]
        detail-type: [{{suffix: API Call via CloudTrail}}]
        account: [!Ref AWS::AccountId]
        detail:
          eventSource: [iam.amazonaws.com]
          eventName: [{", ".join(function.calls)}]
          errorCode: [{{exists: false}}]
      Targets:
        - Id: queue
          Arn: !GetAtt <Name>Queue.Arn
          DeadLetterConfig: {{Arn: !GetAtt <Name>DeadLetters.Arn}}
"""


def targets(function: Function) -> list[Function]:
    return [to for to in FUNCTIONS if to.name in function.hands_over_to]


def queue_variable(to: Function) -> str:
    return f"          RESCIND_QUEUE_{to.name.replace('-', '_').upper()}: !Ref {to.camel}Queue"


def hand_over(function: Function) -> str:
    queues = [f"!GetAtt {to.camel}Queue.Arn" for to in targets(function)]
    return statement("HandOver", ["sqs:SendMessage"], queues) if queues else ""


def iam_statements(function: Function) -> str:
    granted = [action for grant in GRANTS for action in grant.actions]
    for action in function.actions:
        if granted.count(action) != 1:
            raise SystemExit(f"{action} stands in {granted.count(action)} rows of GRANTS; {function.name} needs one")
    held = [(grant, [action for action in grant.actions if action in function.actions]) for grant in GRANTS]
    return "\n".join(statement(grant.sid, actions, grant.resources) for grant, actions in held if actions)


def statement(sid: str, actions: list[str], resources: list[str]) -> str:
    lines = [f"- Sid: {sid}", "  Effect: Allow", f"  Action: [{', '.join(actions)}]"]
    if len(resources) == 1:
        lines += [f"  Resource: {resources[0]}"]
    else:
        lines += ["  Resource:", *(f"    - {resource}" for resource in resources)]
    return "\n".join(f"          {line}" for line in lines)


def own_roles() -> str:
    pairs = (f"          ${{{own.camel}Role.Arn}}=${{{own.camel}Role.RoleId}}" for own in FUNCTIONS)
    return "\n".join(["        RESCIND_OWN_ROLES: !Sub >-", *pairs])


def outputs() -> str:
    return f"""\
  OwnRoles:
    Description: The roles of rescind's functions, which no function may write to
    Value: !Join [",", [{", ".join(f"!GetAtt {own.camel}Role.Arn" for own in FUNCTIONS)}]]
  OwnRoleIds:
    Description: Their unique ids
    Value: !Join [",", [{", ".join(f"!GetAtt {own.camel}Role.RoleId" for own in FUNCTIONS)}]]"""


def rendered(template: str) -> str:
    """The template with what stands between its markers written anew."""
    parts = {
        "own roles": own_roles(),
        "functions": "\n".join(section(function) for function in FUNCTIONS).rstrip(),
        "outputs": outputs(),
    }
    for name, text in parts.items():
        begin, end = f"# rendered by functions/template.py: {name}\n", f"# end of {name}\n"
        pattern = re.compile(f"({re.escape(begin)}).*?( *{re.escape(end)})", re.DOTALL)
        template, count = pattern.subn(lambda found: f"{found[1]}{text}\n{found[2]}", template)
        if count != 1:
            raise SystemExit(f"{TEMPLATE.name} has {count} sections `{name}`; one is expected")
    return template


def main(arguments: list[str]) -> None:
    before = TEMPLATE.read_text()
    after = rendered(before)
    if arguments == ["--check"]:
        lines = before.splitlines(), after.splitlines()
        changes = list(difflib.unified_diff(*lines, "checked in", "rendered", lineterm=""))
        if changes:
            print("\n".join(changes))
            raise SystemExit(f"{TEMPLATE.name} is not what functions/template.py renders: run `make render`")
    elif not arguments:
        TEMPLATE.write_text(after)
    else:
        raise SystemExit("usage: template.py [--check]")


main(sys.argv[1:])
