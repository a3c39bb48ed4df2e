"""The functions whose events do not tell the whole story, against moto: what comes of them and of what they hand over."""

import json
from pathlib import Path

import pytest

from deployment import FUNCTIONS, SETTINGS
from dumps import happen, seed
from runtime_api import ROOT
from scenes import EVERYTHING, document, named

# The writes to IAM, in any order.
REPAIRS = {
    "attach-role-policy/revert--administrator": ["DetachRolePolicy"],
    "attach-role-policy/revert--deny-detached": ["PutRolePolicy"],
    "attach-role-policy/revert--parameters-omitted": ["DetachRolePolicy"],
    "change-permissions-boundary/revert--boundary-deleted": ["PutRolePolicy"],
    "change-permissions-boundary/revert--boundary-replaced": ["PutRolePolicy"],
    "change-policy-version/revert--administrator": ["DetachRolePolicy", "DetachRolePolicy"],
    "change-policy-version/revert--boundary-widened": ["PutRolePolicy"],
    "change-policy-version/revert--old-version": ["DetachRolePolicy", "DetachRolePolicy"],
    "update-role/revert--external-account": ["UpdateAssumeRolePolicy"],
}
ACTIONS = {
    function.name: {action.split(":")[1] for action in (*function.actions, *function.lockdown)}
    for function in FUNCTIONS
}


def of_verdict(verdict):
    dumps = sorted((ROOT / "events").glob("*/account.json"))
    files = (file for dump in dumps for file in sorted(dump.parent.glob(f"{verdict}--*.json")))
    return [pytest.param(file, id=name_of(file)) for file in files]


def name_of(file: Path) -> str:
    return f"{file.parent.name}/{file.stem}"


def deliver(deployment, file):
    """Runs the function on the event, then those it hands roles over to; the outcomes in turn."""
    event = json.loads(file.read_text())
    ends, waiting = [], [(file.parent.name, event)]
    while waiting:
        name, message = waiting.pop(0)
        before = len(deployment.account.calls_to("iam"))
        with deployment.function(name) as function:
            answer = function.invoke(message)
        assert not answer.failed, answer.payload
        ends += [record["outcome"]["name"] for record in answer.payload["records"]]
        calls = set(deployment.account.calls_to("iam")[before:])
        assert calls <= ACTIONS[name], "no more than the template grants"
        for to, queue in deployment.queues.items():
            for message in deployment.handed_over(to):
                waiting.append((to, json.loads(message["Body"])))
                deployment.account.sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
    return ends


def test_every_repair_is_expected():
    assert sorted(REPAIRS) == sorted(param.id for param in of_verdict("revert"))


@pytest.mark.parametrize("file", of_verdict("revert"))
def test_what_was_weakened_is_put_right(file, account, deployment):
    seed(account, file.with_name("account.json"))
    happen(account, json.loads(file.read_text()))
    assert "repaired" in deliver(deployment, file)
    writes = account.writes()
    assert sorted(writes) == REPAIRS[name_of(file)]
    assert set(deliver(deployment, file)) == {"compliant"}
    assert account.writes() == writes, "the same event again"


@pytest.mark.parametrize("file", of_verdict("leave"))
def test_what_is_safe_is_left_alone(file, account, deployment):
    seed(account, file.with_name("account.json"))
    if "self-caused" not in file.stem:
        happen(account, json.loads(file.read_text()))
    assert set(deliver(deployment, file)) == {"compliant"}
    assert account.writes() == []
    assert deployment.published() == []


@pytest.mark.parametrize("file", of_verdict("ignore"))
def test_a_failed_call_is_ignored(file, account, deployment):
    assert deliver(deployment, file) == ["ignored"]
    assert account.calls == []


@pytest.mark.parametrize("file", of_verdict("tell"))
def test_people_are_told_who_trusts_a_changed_provider(file, account, deployment):
    seed(account, file.with_name("account.json"))
    assert deliver(deployment, file) == ["unjudged"]
    [told] = map(json.loads, deployment.published())
    assert told["detail-type"] == "Identity Provider Changed"
    trusting = {"saml-provider": ["people"], "oidc-audience": ["deploy"], "oidc-provider": [], "trust-anchor": ["machines"]}
    roles = [role.rsplit("/")[-1] for role in told["detail"]["provider"]["roles"]]
    assert roles == trusting[file.stem.split("--")[1]]
    assert account.writes() == []


def test_without_the_right_to_rewrite_an_inline_policy_is_deleted(account, deployment):
    seed(account, ROOT / "events" / "attach-role-policy" / "account.json")
    account.iam.detach_role_policy(RoleName="order-worker", PolicyArn="arn:aws:iam::111122223333:policy/no-iam")
    with deployment.function("put-role-policy", RESCIND_INLINE_REPAIR="delete") as function:
        function.invoke({"role": "order-worker"})
    assert account.writes() == ["DeleteRolePolicy"]


@pytest.fixture
def lockdown(account, tmp_path):
    """The lockdown policy, and the settings that ask for it."""
    never = '    never: ["organizations:*"]\n'
    settings = tmp_path / "settings.yaml"
    settings.write_text(SETTINGS.read_text().replace(never, f"{never}    lockdown: {{policy: rescind-lockdown}}\n"))
    denied = document({"Effect": "Deny", "Action": "organizations:*", "Resource": "*"})
    policy = account.iam.create_policy(PolicyName="rescind-lockdown", PolicyDocument=json.dumps(denied))["Policy"]
    return policy["Arn"], str(settings)


def attached(account, role):
    policies = account.iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"]
    return [policy["PolicyArn"] for policy in policies]


def test_a_new_role_carries_the_lockdown(account, deployment, lockdown):
    policy, settings = lockdown
    scene = named("create-role/leave--service")
    scene.seed(account)
    with deployment.function("create-role", RESCIND_SETTINGS=settings) as function:
        for _ in range(2):
            assert not function.invoke(scene.event).failed
            assert account.writes() == ["AttachRolePolicy"], "nothing is written twice"
    assert attached(account, scene.role) == [policy]
    assert set(account.calls_to("iam")) <= ACTIONS["create-role"]


def test_a_loosened_lockdown_goes_back_to_a_version_that_iam_still_keeps(account, deployment, lockdown):
    policy, settings = lockdown
    scene = named("create-role/leave--service")
    scene.seed(account)
    account.iam.attach_role_policy(RoleName=scene.role, PolicyArn=policy)
    loose = json.dumps(document({**EVERYTHING, "Effect": "Deny", "Action": "organizations:LeaveOrganization"}))
    account.iam.create_policy_version(PolicyArn=policy, PolicyDocument=loose, SetAsDefault=True)
    with deployment.function("change-policy-version", RESCIND_SETTINGS=settings) as function:
        answer = function.invoke({"role": scene.role})
    assert [record["outcome"]["name"] for record in answer.payload["records"]] == ["repaired"]
    assert account.writes() == ["SetDefaultPolicyVersion"]
    assert account.iam.get_policy(PolicyArn=policy)["Policy"]["DefaultVersionId"] == "v1"
    assert set(account.calls_to("iam")) <= ACTIONS["change-policy-version"]
