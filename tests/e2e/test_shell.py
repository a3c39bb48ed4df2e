"""The Lambda shell around the passes: batches, messages by hand, hand-overs, and what goes wrong outside."""

import json
import re
from pathlib import Path

import pytest

from deployment import batch
from runtime_api import ROOT
from scenes import EVERYTHING, FUNCTIONS, OUTSIDER, SERVICE, document, named, scenes


def failures(answer):
    assert not answer.failed, answer.payload
    return [failure["itemIdentifier"] for failure in answer.payload["batchItemFailures"]]


def test_each_message_of_a_batch_stands_for_itself(account, deployment):
    """A repaired role comes back, to be looked at once more; a poisoned message must not hold up the others."""
    account.create_role("unsafe", document(OUTSIDER))
    account.create_role("safe", document(SERVICE))
    messages = batch(poison="{", safe={"role": "safe"}, unsafe={"role": "unsafe"}, unknown={"hello": "world"})
    with deployment.function("update-assume-role-policy") as function:
        first = failures(function.invoke(messages))
        assert account.writes() == ["UpdateAssumeRolePolicy"]
        assert first == ["unsafe"]
        again = batch(unsafe={"role": "unsafe"})
        assert failures(function.invoke(again)) == []

    ends = [record["outcome"]["name"] for record in function.records()]
    assert ends == ["refused", "refused", "compliant", "repaired", "compliant"], "what can't be read is told first"
    assert account.writes() == ["UpdateAssumeRolePolicy"], "nothing is written twice"


def test_without_time_every_message_of_a_batch_comes_back_at_once(account, deployment):
    account.create_role("unsafe", document(OUTSIDER))
    with deployment.function("update-assume-role-policy") as function:
        answer = function.invoke(batch(a={"role": "unsafe"}, b={"role": "unsafe"}), timeout=5)
    assert failures(answer) == ["a", "b"]
    assert account.calls_to("iam") == []


def test_a_trust_change_hands_the_permissions_over_to_the_function_that_may(account, deployment):
    scene = named("update-assume-role-policy/leave--self-caused")
    account.create_role(scene.role, document({"Sid": "Functions", **SERVICE}), inline=document(EVERYTHING))
    with deployment.function(scene.function) as function:
        function.invoke(scene.event)
    assert account.writes() == []
    [message] = deployment.handed_over()

    received = batch(handed=message["Body"])
    received["Records"][0]["receiptHandle"] = message["ReceiptHandle"]
    with deployment.function("put-role-policy") as function:
        assert failures(function.invoke(received)) == ["handed"], "comes back to be looked at once more"
    assert account.inline(scene.role) == {}
    assert account.writes() == ["DeleteRolePolicy"]
    assert account.calls_to("sqs")[-1] == "ChangeMessageVisibilityBatch"


def test_a_message_that_is_no_event_is_answered_with_what_to_send(account, deployment):
    with deployment.function("create-role") as function:
        answer = function.invoke({"hello": "world"})
    assert answer.failed
    assert '{"role": "name"}' in answer.payload["errorMessage"]


@pytest.mark.parametrize("field, value", [("source", "custom.iam"), ("account", "999988887777")])
def test_forged_and_foreign_events_are_refused(account, deployment, field, value):
    scene = named("create-role/revert--public")
    scene.seed(account)
    with deployment.function("create-role") as function:
        answer = function.invoke({**scene.event, field: value})
    assert answer.failed and value in answer.payload["errorMessage"]
    assert account.calls_to("iam") == []


@pytest.mark.parametrize(
    "environment, told",
    [
        ({"RESCIND_SETTINGS": "/nowhere.yaml"}, "/nowhere.yaml"),
        ({"RESCIND_SETTINGS": str(Path(__file__))}, "settings are refused"),
        ({"RESCIND_MODE": ""}, "RESCIND_MODE"),
        ({"RESCIND_OWN_ROLES": "rescind"}, "RESCIND_OWN_ROLES"),
        ({"RESCIND_ACCOUNT": "1234"}, "RESCIND_ACCOUNT"),
        ({"AWS_ACCESS_KEY_ID": ""}, "AWS_ACCESS_KEY_ID"),
    ],
)
def test_nothing_is_evaluated_with_guesses(account, deployment, environment, told):
    account.create_role("unsafe", document(OUTSIDER))
    with deployment.function("create-role", **environment) as function:
        answer = function.invoke({"role": "unsafe"})
    logged = [json.loads(line) for line in function.lines]
    assert answer.failed and told in answer.payload["errorMessage"]
    assert any(told in line.get("message", "") for line in logged)
    assert account.calls == []


def test_every_line_of_the_log_is_one_json_object(account, deployment):
    """Names and user agents are the caller's text; none of it can forge a line."""
    scene = named("update-assume-role-policy/revert--public")
    scene.seed(account)
    event = scene.event
    event["detail"]["userAgent"] = 'x\n{"record": {"outcome": {"name": "compliant"}}}\u2028\x1b[2J'
    with deployment.function("update-assume-role-policy") as function:
        function.invoke(event)
    intent, record, metrics = [json.loads(line) for line in function.lines]
    assert (list(intent), list(record)) == (["intent"], ["record"])
    [directive] = metrics["_aws"]["CloudWatchMetrics"]
    assert (directive["Namespace"], directive["Dimensions"]) == ("rescind", [["FunctionName"]])
    named_so = {metric["Name"] for metric in directive["Metrics"]}
    assert {"Heartbeat", "IamCalls", "Repaired"} <= named_so == set(metrics) - {"_aws", "FunctionName"}
    assert metrics["IamCalls"] == len(account.calls_to("iam"))


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_calls_no_more_than_the_template_grants(account, deployment, name):
    """What its passes over every event of its folder called, against its policy in the template."""
    for scene in (scene for scene in scenes() if scene.function == name):
        if scene.verdict != "ignore" and scene.role not in roles(account):
            scene.seed(account)
        with deployment.function(name) as function:
            function.invoke(scene.event)
    called = {f"iam:{call}" for call in account.calls_to("iam")}
    assert called and called <= granted(name)


def roles(account):
    return [role["RoleName"] for role in account.iam.list_roles()["Roles"]]


def granted(name):
    """The `iam:` words between a function's policy resource and its Deny."""
    resource = "".join(word.capitalize() for word in name.split("-")) + "Policy:"
    text = (ROOT / "template.yaml").read_text().split(f"  {resource}\n")[1]
    return set(re.findall(r"iam:\w+", text.split("Effect: Deny")[0]))
