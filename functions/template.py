"""Renders what `template.yaml` says of the functions: `functions/skeleton.yaml`, once for each row of FUNCTIONS.

The rows are all in which the functions differ. The result is checked in, so that whoever deploys or reviews the
template reads the whole of it; `--check` fails if it is not what this script renders.
"""

import difflib
import re
import sys
from dataclasses import dataclass, replace
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
    lockdown: tuple[str, ...] = ()
    """What it may do with the lockdown policy, and with no other."""
    hands_over_to: tuple[str, ...] = ()
    sources: tuple[str, ...] = ("iam",)
    watches: bool = False
    """It runs on a schedule, and looks whether what rescind lives on is there."""

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
READ_POLICIES = [*READ_ALL, "iam:ListEntitiesForPolicy", "iam:ListPolicyVersions"]

FUNCTIONS = [
    Function(
        "create-role",
        calls=["CreateRole"],
        actions=[*READ_ALL, "iam:UpdateAssumeRolePolicy"],
        lockdown=("iam:AttachRolePolicy", "iam:PutRolePermissionsBoundary"),
        hands_over_to=("put-role-policy", "sweep"),
    ),
    Function(
        "update-assume-role-policy",
        calls=["UpdateAssumeRolePolicy"],
        actions=[*READ_TRUST, "iam:UpdateAssumeRolePolicy"],
        hands_over_to=("put-role-policy", "sweep"),
    ),
    Function(
        "put-role-policy",
        calls=["PutRolePolicy", "DeleteRolePolicy"],
        actions=[*READ_ALL, "iam:DeleteRolePolicy", "iam:PutRolePolicy"],
        hands_over_to=("attach-role-policy", "change-policy-version", "change-permissions-boundary", "sweep"),
    ),
    Function(
        "attach-role-policy",
        calls=["AttachRolePolicy", "DetachRolePolicy"],
        actions=[*READ_ALL, "iam:DetachRolePolicy"],
        lockdown=("iam:AttachRolePolicy",),
        hands_over_to=("put-role-policy", "change-policy-version", "change-permissions-boundary", "sweep"),
    ),
    Function(
        "change-policy-version",
        calls=["CreatePolicyVersion", "SetDefaultPolicyVersion"],
        actions=[*READ_POLICIES, "iam:SetDefaultPolicyVersion"],
        hands_over_to=(
            *("put-role-policy", "attach-role-policy", "change-policy-version"),
            *("change-permissions-boundary", "sweep"),
        ),
    ),
    Function(
        "change-permissions-boundary",
        calls=["PutRolePermissionsBoundary", "DeleteRolePermissionsBoundary"],
        actions=[*READ_ALL, "iam:PutRolePermissionsBoundary"],
        hands_over_to=("put-role-policy", "attach-role-policy", "change-policy-version", "sweep"),
    ),
    Function(
        "update-role",
        calls=["UpdateRole", "UpdateRoleDescription", "TagRole", "UntagRole"],
        actions=READ_TRUST,
        hands_over_to=("update-assume-role-policy", "sweep"),
    ),
    Function(
        "sweep",
        calls=[
            *("CreateSAMLProvider", "UpdateSAMLProvider", "DeleteSAMLProvider"),
            *("CreateOpenIDConnectProvider", "DeleteOpenIDConnectProvider", "UpdateOpenIDConnectProviderThumbprint"),
            *("AddClientIDToOpenIDConnectProvider", "RemoveClientIDFromOpenIDConnectProvider"),
            *("CreateTrustAnchor", "UpdateTrustAnchor", "EnableTrustAnchor", "DisableTrustAnchor", "DeleteTrustAnchor"),
        ],
        actions=READ_POLICIES,
        hands_over_to=(
            *("update-assume-role-policy", "put-role-policy", "attach-role-policy"),
            *("change-policy-version", "change-permissions-boundary", "sweep"),
        ),
        sources=("iam", "rolesanywhere"),
        watches=True,
    ),
]

IAM = "arn:${AWS::Partition}:iam::${AWS::AccountId}"
ROLES = [f'!Sub "{IAM}:role/*"']
OWN_POLICIES = [f'!Sub "{IAM}:policy/*"']
POLICIES = [*OWN_POLICIES, '!Sub "arn:${AWS::Partition}:iam::aws:policy/*"']


@dataclass(frozen=True)
class Grant:
    """A statement of a function's policy: it holds those of its actions that the function has."""

    sid: str
    actions: list[str]
    resources: list[str]
    condition: str = ""
    only_if: str = ""
    """The condition of the template under which the statement is there."""


GRANTS = [
    Grant(
        "ReadRoles",
        ["iam:GetRole", "iam:GetRolePolicy", "iam:ListAttachedRolePolicies", "iam:ListRolePolicies"],
        ROLES,
    ),
    Grant(
        "ReadPolicies",
        ["iam:GetPolicy", "iam:GetPolicyVersion", "iam:ListEntitiesForPolicy", "iam:ListPolicyVersions"],
        POLICIES,
    ),
    Grant("ReadAccount", ["iam:GetAccountAuthorizationDetails"], ['"*"']),
    Grant(
        "WriteRoles",
        [
            *("iam:DeleteRolePolicy", "iam:DetachRolePolicy"),
            *("iam:PutRolePermissionsBoundary", "iam:UpdateAssumeRolePolicy"),
        ],
        ROLES,
    ),
    Grant("RewriteInlinePolicies", ["iam:PutRolePolicy"], ROLES, only_if="InlineRewrites"),
    Grant("WritePolicies", ["iam:SetDefaultPolicyVersion"], OWN_POLICIES),
]

# Whoever attaches any policy can grant anything; what rescind attaches only denies.
LOCKDOWN_GRANTS = [
    Grant(
        "AttachLockdown",
        ["iam:AttachRolePolicy"],
        ROLES,
        condition=f'ArnEquals: {{iam:PolicyARN: !Sub "{IAM}:policy/${{LockdownPolicy}}"}}',
        only_if="HasLockdown",
    ),
    Grant(
        "BoundByLockdown",
        ["iam:PutRolePermissionsBoundary"],
        ROLES,
        condition=f'StringEquals: {{iam:PermissionsBoundary: !Sub "{IAM}:policy/${{LockdownPolicy}}-boundary"}}',
        only_if="HasLockdown",
    ),
]


def section(function: Function) -> str:
    """The resources of one function."""
    parts = {
        "rules": rule(function) + (schedule() if function.watches else ""),
        "rule arns": rule_arns(function),
        "own loop": own_loop(function),
        "queue variables": "\n".join(queue_variable(to) for to in targets(function)),
        "iam statements": iam_statements(function),
        "watched": watched() if function.watches else "",
        "watch": watch() if function.watches else "",
        "silence": silence() if function.watches else "",
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
    """The rule over CloudTrail's events."""
    names = "\n".join(f"            - {call}" for call in function.calls)
    return f"""\
  <Name>Rule:
    Type: AWS::Events::Rule
    Properties:
      Description: The calls that <name> looks into, as CloudTrail reports them; failed ones left out
      EventPattern:
        source: [{", ".join(f"aws.{source}" for source in function.sources)}]
        detail-type: [{{suffix: API Call via CloudTrail}}]
        account: [!Ref AWS::AccountId]
        detail:
          eventSource: [{", ".join(f"{source}.amazonaws.com" for source in function.sources)}]
          eventName:
{names}
          errorCode: [{{exists: false}}]
      Targets:
        - Id: queue
          Arn: !GetAtt <Name>Queue.Arn
          DeadLetterConfig: {{Arn: !GetAtt <Name>DeadLetters.Arn}}
"""


def schedule() -> str:
    """The rule over time."""
    return """
  <Name>Schedule:
    Type: AWS::Events::Rule
    Properties:
      Description: Has <name> begin, whether or not an event came
      ScheduleExpression: !Sub "rate(${SweepMinutes} minutes)"
      Targets:
        - Id: queue
          Arn: !GetAtt <Name>Queue.Arn
          Input: '{"sweep": true}'
          DeadLetterConfig: {Arn: !GetAtt <Name>DeadLetters.Arn}
"""


def rule_arns(function: Function) -> str:
    rules = ["Rule", "Schedule"] if function.watches else ["Rule"]
    arns = [f"!GetAtt {function.camel}{rule}.Arn" for rule in rules]
    return arns[0] if len(arns) == 1 else f"[{', '.join(arns)}]"


def watched() -> str:
    """The rule and the queue of each function."""
    names = (f"            {one.name}=${{{one.camel}Rule}}=${{{one.camel}Queue.QueueName}}" for one in FUNCTIONS)
    return "\n".join(["          RESCIND_WATCHED: !Sub >-", *names])


def watch() -> str:
    """What it takes to look whether they are there, and whether a trail reports."""
    trails = ["cloudtrail:DescribeTrails", "cloudtrail:GetEventSelectors", "cloudtrail:GetTrailStatus"]
    rules = [f"!GetAtt {one.camel}Rule.Arn" for one in FUNCTIONS]
    queues = [f"!GetAtt {one.camel}Queue.Arn" for one in FUNCTIONS]
    grants = [
        Grant("WatchTrails", trails, ['"*"']),
        Grant("WatchRules", ["events:DescribeRule", "events:ListTargetsByRule"], rules),
        Grant("WatchQueues", ["sqs:GetQueueAttributes"], queues),
    ]
    return "\n".join(statement(grant) for grant in grants)


def silence() -> str:
    """The alarm on what does not happen."""
    return """
  <Name>SilenceAlarm:
    Type: AWS::CloudWatch::Alarm
    Properties:
      AlarmDescription: <name> has not run for an hour, so nobody finds what events do not tell.
      Namespace: AWS/Lambda
      MetricName: Invocations
      Dimensions: [{Name: FunctionName, Value: !Ref <Name>Function}]
      Statistic: Sum
      Period: 1800
      EvaluationPeriods: 2
      Threshold: 1
      ComparisonOperator: LessThanThreshold
      TreatMissingData: breaching
      AlarmActions: [!Ref Alerts]"""


def own_loop(function: Function) -> str:
    """Lambda takes a function that writes to its own queue for one that runs away, and stops it after 16 times."""
    goes_on = function.name in function.hands_over_to
    return "      RecursiveLoop: Allow # what is left to do goes on in another invocation" if goes_on else ""


def targets(function: Function) -> list[Function]:
    return [to for to in FUNCTIONS if to.name in function.hands_over_to]


def queue_variable(to: Function) -> str:
    return f"          RESCIND_QUEUE_{to.name.replace('-', '_').upper()}: !Ref {to.camel}Queue"


def hand_over(function: Function) -> str:
    queues = [f"!GetAtt {to.camel}Queue.Arn" for to in targets(function)]
    return statement(Grant("HandOver", ["sqs:SendMessage"], queues)) if queues else ""


def iam_statements(function: Function) -> str:
    held = [*narrowed(GRANTS, function.actions), *narrowed(LOCKDOWN_GRANTS, function.lockdown)]
    granted = sorted(action for grant in held for action in grant.actions)
    if granted != sorted([*function.actions, *function.lockdown]):
        raise SystemExit(f"each action of {function.name} needs one row of grants; it gets {granted}")
    return "\n".join(statement(grant) for grant in held)


def narrowed(grants: list[Grant], actions: list[str] | tuple[str, ...]) -> list[Grant]:
    """What of the grants is for these actions."""
    held = (replace(grant, actions=[one for one in grant.actions if one in actions]) for grant in grants)
    return [grant for grant in held if grant.actions]


def statement(grant: Grant) -> str:
    lines = [f"Sid: {grant.sid}", "Effect: Allow", f"Action: [{', '.join(grant.actions)}]"]
    if len(grant.resources) == 1:
        lines += [f"Resource: {grant.resources[0]}"]
    else:
        lines += ["Resource:", *(f"  - {resource}" for resource in grant.resources)]
    if grant.condition:
        lines += ["Condition:", f"  {grant.condition}"]
    if grant.only_if:
        lines = ["Fn::If:", f"  - {grant.only_if}", *listed(lines, "  "), "  - !Ref AWS::NoValue"]
    return "\n".join(f"          {line}" for line in listed(lines))


def listed(lines: list[str], indent: str = "") -> list[str]:
    """The lines as one item of a list."""
    return [f"{indent}{'  ' if number else '- '}{line}" for number, line in enumerate(lines)]


def own_roles() -> str:
    pairs = (f"          ${{{own.camel}Role.Arn}}=${{{own.camel}Role.RoleId}}" for own in FUNCTIONS)
    return "\n".join(["        RESCIND_OWN_ROLES: !Sub >-", *pairs])


def outputs() -> str:
    def value(attribute: str) -> str:
        roles = "\n".join(f"          - !GetAtt {own.camel}Role.{attribute}" for own in FUNCTIONS)
        return f"""\
    Value:
      Fn::Join:
        - ","
        -
{roles}"""

    return f"""\
  OwnRoles:
    Description: The roles of rescind's functions, which no function may write to
{value("Arn")}
  OwnRoleIds:
    Description: Their unique ids
{value("RoleId")}"""


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


if __name__ == "__main__":
    main(sys.argv[1:])
