"""The built functions against moto: every event of `events/`, and what IAM holds afterwards."""

import json

import pytest

from scenes import OUTSIDER, SERVICE, document, named, scenes, state

INERT = document(
    {
        "Sid": "RescindInert",
        "Effect": "Deny",
        "Principal": {"AWS": "*"},
        "Action": ["sts:AssumeRole", "sts:AssumeRoleWithSAML", "sts:AssumeRoleWithWebIdentity"],
    }
)
READ_ORDERS = {
    "Sid": "ReadOrders",
    "Effect": "Allow",
    "Action": "s3:GetObject",
    "Resource": "arn:aws:s3:::orders-111122223333/*",
}
LIST_REPORTS = {
    "Sid": "Rest",
    "Effect": "Allow",
    "Action": ["s3:ListBucket"],
    "Resource": ["arn:aws:s3:::reports", "*"],
}

# What IAM holds after the repair: of the trust policy for the first two functions, of the inline policies for
# the third.
REPAIRED = {
    "create-role/revert--external-account": INERT,
    "create-role/revert--external-account-beside-service": document({"Sid": "Functions", **SERVICE}),
    "create-role/revert--parameters-omitted": document(SERVICE),
    "create-role/revert--public": INERT,
    "put-role-policy/revert--administrator": {},
    "put-role-policy/revert--administrator-in-disguise": {"reports": document(READ_ORDERS, LIST_REPORTS)},
    "put-role-policy/revert--external-account": {},
    "put-role-policy/revert--never-action": {"organization": document(READ_ORDERS)},
    "put-role-policy/revert--parameters-omitted": {},
    "put-role-policy/revert--public": {"everything": document(READ_ORDERS)},
    "put-role-policy/revert--empty-tag": {"everything": document(READ_ORDERS)},
    "update-assume-role-policy/revert--any-arn": INERT,
    "update-assume-role-policy/revert--external-account": document({"Sid": "Functions", **SERVICE}),
    "update-assume-role-policy/revert--external-account-in-list": document(
        {
            "Sid": "Export",
            "Effect": "Allow",
            "Principal": {"AWS": ["arn:aws:iam::111122223333:root"]},
            "Action": "sts:AssumeRole",
        }
    ),
    "update-assume-role-policy/revert--parameters-omitted": document(SERVICE),
    "update-assume-role-policy/revert--public": INERT,
    "update-assume-role-policy/revert--tag-like-a-claim": INERT,
}


def of_verdict(verdict):
    return [pytest.param(scene, id=scene.name) for scene in scenes() if scene.verdict == verdict]


def outcomes(answer):
    assert not answer.failed, answer.payload
    return [record["outcome"]["name"] for record in answer.payload["records"]]


def test_every_unsafe_event_has_its_repair_here():
    assert sorted(REPAIRED) == sorted(scene.name for scene in scenes() if scene.verdict == "revert")


@pytest.mark.parametrize("scene", of_verdict("revert"))
def test_an_unsafe_change_is_undone_and_the_same_event_again_writes_nothing(scene, account, deployment):
    scene.seed(account)
    before = state(account, scene.role)
    with deployment.function(scene.function) as function:
        first = function.invoke(scene.event)
        repaired = state(account, scene.role)
        writes = account.writes()
        again = function.invoke(scene.event)

    assert "repaired" in outcomes(first)
    facet = "inline" if scene.function == "put-role-policy" else "trust"
    assert repaired == {**before, facet: REPAIRED[scene.name]}
    assert len(writes) == 1
    assert account.writes() == writes, "the same event again"
    assert state(account, scene.role) == repaired
    assert set(outcomes(again)) == {"compliant"}
    assert any(json.loads(told)["detail"]["outcome"]["name"] == "repaired" for told in deployment.published())


@pytest.mark.parametrize("scene", of_verdict("leave"))
def test_a_safe_change_is_left_alone(scene, account, deployment):
    scene.seed(account)
    before = state(account, scene.role)
    with deployment.function(scene.function) as function:
        answer = function.invoke(scene.event)

    assert outcomes(answer) == ["compliant"]
    assert account.writes() == []
    assert state(account, scene.role) == before
    assert deployment.published() == []


@pytest.mark.parametrize("scene", of_verdict("ignore"))
def test_a_failed_call_is_ignored_without_a_look(scene, account, deployment):
    scene.seed(account)
    with deployment.function(scene.function) as function:
        answer = function.invoke(scene.event)

    assert outcomes(answer) == ["ignored"]
    assert account.calls == []


@pytest.mark.parametrize("scene", of_verdict("revert"))
def test_monitor_mode_goes_the_whole_way_and_writes_nothing(scene, account, deployment):
    scene.seed(account)
    before = state(account, scene.role)
    with deployment.function(scene.function, RESCIND_MODE="monitor") as function:
        answer = function.invoke(scene.event)

    assert "would_repair" in outcomes(answer)
    assert account.writes() == []
    assert state(account, scene.role) == before


def test_all_roles_are_looked_at_when_the_parameters_are_omitted(account, deployment):
    scene = named("update-assume-role-policy/revert--parameters-omitted")
    scene.seed(account)
    account.create_role("also-unsafe", document(SERVICE, OUTSIDER))
    account.create_role("safe", document(SERVICE))
    account.create_role("break-glass", document(OUTSIDER))
    with deployment.function(scene.function) as function:
        answer = function.invoke(scene.event)

    ends = {r["role_name"]: r["outcome"]["name"] for r in answer.payload["records"] if r.get("role_name")}
    assert ends == {"padded": "repaired", "also-unsafe": "repaired", "break-glass": "protected"}
    assert account.writes() == ["UpdateAssumeRolePolicy"] * 2
    assert account.trust("break-glass") == document(OUTSIDER)
