"""Accounts and calls of the event files that tell only half: `account.json` beside them is the account before."""

import json
from pathlib import Path
from typing import Any

from botocore import xform_name

from account import Account


def seed(account: Account, dump: Path) -> None:
    """Makes moto hold what the answer of `GetAccountAuthorizationDetails` tells."""
    details = json.loads(dump.read_text())
    for policy in details["Policies"]:
        for version in reversed(policy["PolicyVersionList"]):
            document = json.dumps(version["Document"])
            if version["VersionId"] == "v1":
                account.iam.create_policy(PolicyName=policy["PolicyName"], PolicyDocument=document)
            else:
                account.iam.create_policy_version(
                    PolicyArn=policy["Arn"], PolicyDocument=document, SetAsDefault=version["IsDefaultVersion"]
                )
    for role in details["RoleDetailList"]:
        inline = {policy["PolicyName"]: policy["PolicyDocument"] for policy in role["RolePolicyList"]}
        account.create_role(role["RoleName"], role["AssumeRolePolicyDocument"], **inline)
        for policy in role["AttachedManagedPolicies"]:
            account.iam.attach_role_policy(RoleName=role["RoleName"], PolicyArn=policy["PolicyArn"])
        if boundary := role.get("PermissionsBoundary"):
            account.iam.put_role_permissions_boundary(
                RoleName=role["RoleName"], PermissionsBoundary=boundary["PermissionsBoundaryArn"]
            )


def happen(account: Account, event: dict[str, Any]) -> None:
    """Makes the call that the event reports, where IAM serves it and its parameters are there."""
    detail = event["detail"]
    parameters = detail["requestParameters"]
    if detail["eventSource"] == "iam.amazonaws.com" and "omitted" not in parameters:
        getattr(account.iam, xform_name(detail["eventName"]))(**as_sent(parameters))


def as_sent(value: Any) -> Any:
    """CloudTrail writes the names of parameters with a small first letter."""
    if isinstance(value, dict):
        return {name[0].upper() + name[1:]: as_sent(inner) for name, inner in value.items()}
    return [as_sent(item) for item in value] if isinstance(value, list) else value
