"""What IAM can answer, through the SDK: errors, managed policies, and rescind's own roles."""

import json

from scenes import EVERYTHING, OUTSIDER, SERVICE, document, named


def run(deployment, event, function="update-assume-role-policy", **environment):
    with deployment.function(function, **environment) as started:
        answer = started.invoke(event)
    assert not answer.failed, answer.payload
    return answer.payload["records"]


def ends(records):
    return [record["outcome"]["name"] for record in records]


def test_throttled_calls_are_tried_again(account, deployment):
    account.create_role("unsafe", document(OUTSIDER))
    throttled = [("iam:GetRole", 400, "Throttling")] * 2 + [("iam:UpdateAssumeRolePolicy", 400, "Throttling")]
    account.faults = [*throttled]
    [record] = run(deployment, {"role": "unsafe"})
    assert record["outcome"]["name"] == "repaired"
    assert record["iam_calls"] == len(account.calls_to("iam"))
    assert account.faults == []


def test_a_denied_write_is_reported_and_not_tried_again(account, deployment):
    account.create_role("unsafe", document(OUTSIDER))
    account.faults = [("iam:UpdateAssumeRolePolicy", 403, "AccessDenied")]
    [record] = run(deployment, {"role": "unsafe"})
    assert record["outcome"]["name"] == "unrepaired"
    assert "access denied" in record["outcome"]["why"]
    assert account.writes() == ["UpdateAssumeRolePolicy"]
    [told] = deployment.published()
    assert json.loads(told)["detail"]["outcome"]["name"] == "unrepaired"


def test_a_role_that_only_aws_can_change_is_reported(account, deployment):
    account.create_role("unsafe", document(OUTSIDER))
    account.faults = [("iam:UpdateAssumeRolePolicy", 400, "UnmodifiableEntity")]
    assert ends(run(deployment, {"role": "unsafe"})) == ["unmodifiable"]


def test_a_role_that_does_not_exist_is_gone(deployment):
    assert ends(run(deployment, {"role": "nobody"})) == ["gone"]


def test_a_bus_that_takes_nothing_is_no_reason_to_leave_a_role_unsafe(account, deployment):
    account.create_role("unsafe", document(OUTSIDER))
    account.faults = [("events:PutEvents", 400, "AccessDeniedException")]
    [record] = run(deployment, {"role": "unsafe"})
    assert record["outcome"]["name"] == "repaired"
    assert account.trust("unsafe") != document(OUTSIDER)


def managed(account, name, *statements):
    text = json.dumps(document(*statements))
    return account.iam.create_policy(PolicyName=name, PolicyDocument=text)["Policy"]["Arn"]


def test_attached_policies_and_the_boundary_are_judged_in_their_default_versions(account, deployment):
    """An administrator by attachment is handed over to the function that may detach."""
    harmless = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::a/*"}
    account.create_role("worker", document(SERVICE))
    arn = managed(account, "wide", harmless)
    account.iam.create_policy_version(
        PolicyArn=arn, PolicyDocument=json.dumps(document(EVERYTHING)), SetAsDefault=True
    )
    account.iam.attach_role_policy(RoleName="worker", PolicyArn=arn)

    for event in ({"role": "worker"}, named("put-role-policy/revert--parameters-omitted").event):
        record = run(deployment, event, "put-role-policy")[0]
        assert record["outcome"]["name"] == "handed_over"
        assert arn in json.dumps(record["findings"])

    account.iam.put_role_permissions_boundary(
        RoleName="worker", PermissionsBoundary=managed(account, "narrow", harmless)
    )
    [bounded] = run(deployment, {"role": "worker"}, "put-role-policy")
    assert bounded["before"]["permissions"]["boundary"]["text"] == json.dumps(document(harmless))
    assert account.writes() == []


def test_own_roles_are_known_by_arn_and_id_and_never_written(account, deployment):
    account.create_role("rescind-own", document(OUTSIDER))
    account.create_role("rescind-alike", document(OUTSIDER))
    own = account.iam.get_role(RoleName="rescind-own")["Role"]
    roles = f"{own['Arn']}={own['RoleId']}"
    assert ends(run(deployment, {"role": "rescind-own"}, RESCIND_OWN_ROLES=roles)) == ["protected"]
    assert account.writes() == []
    assert ends(run(deployment, {"role": "rescind-alike"}, RESCIND_OWN_ROLES=roles)) == ["repaired"]
