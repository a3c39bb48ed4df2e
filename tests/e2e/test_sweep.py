"""The sweep against moto: what events do not tell, what one invocation has no time for, what rescind lives on.

Moto knows no member accounts, no shadow trails and no limits; it lets every caller do everything.
"""

import json

import pytest

from deployment import FUNCTIONS
from runtime_api import ACCOUNT
from scenes import EVERYTHING, OUTSIDER, SERVICE, document, named
from test_functions import ACTIONS
from test_shell import batch, failures

OWN = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, "Action": "sts:AssumeRole"}
BEGIN = {"sweep": True}


class Running:
    """A deployment with a history: every message is delivered, until none is left."""

    def __init__(self, account, deployment, table):
        self.account, self.deployment, self.environment = account, deployment, {"RESCIND_TABLE": table}
        self.comes_back = False

    def deliver(self, name, message, seconds=60):
        """Runs one function on one message of a batch; its records."""
        before = len(self.account.calls_to("iam"))
        with self.deployment.function(name, **self.environment) as function:
            self.comes_back = failures(function.invoke(batch(message=message), timeout=seconds)) != []
        assert set(self.account.calls_to("iam")[before:]) <= ACTIONS[name], "no more than the template grants"
        return function.records()

    def waiting(self):
        """The messages in the queues, taken off."""
        for name, queue in self.deployment.queues.items():
            for message in self.deployment.handed_over(name):
                self.account.sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
                yield name, json.loads(message["Body"])

    def sweep(self):
        """Sweeps, and delivers what comes of it; how each pass ended, by function."""
        return self.all("sweep", BEGIN)

    def all(self, name, message):
        ends, queue = [], [(name, message)]
        while queue:
            name, message = queue.pop(0)
            ends += [(name, record["role_name"], record["outcome"]["name"]) for record in self.deliver(name, message)]
            queue += self.waiting()
        return ends


@pytest.fixture
def running(account, deployment, table):
    return Running(account, deployment, table)


def put_trust(account, role, *statements):
    account.iam.update_assume_role_policy(RoleName=role, PolicyDocument=json.dumps(document(*statements)))


def test_what_no_event_told_of_is_handed_over_and_repaired(account, running):
    account.create_role("before", document(OWN, OUTSIDER))
    for role in ("trust", "permissions", "safe"):
        account.create_role(role, document(OWN if role != "permissions" else SERVICE))
    first = running.sweep()
    assert ("sweep", "before", "unrepaired") in first, "what was there before rescind came waits for people"
    assert account.writes() == []

    put_trust(account, "trust", OWN, OUTSIDER)
    account.iam.put_role_policy(RoleName="permissions", PolicyName="all", PolicyDocument=json.dumps(document(EVERYTHING)))
    assert running.sweep() == [
        ("sweep", "trust", "handed_over"),
        ("sweep", "permissions", "handed_over"),
        ("sweep", None, "swept"),
        ("update-assume-role-policy", "trust", "repaired"),
        ("put-role-policy", "permissions", "repaired"),
    ]
    assert account.trust("trust") == document(OWN)
    assert account.inline("permissions") == {}
    assert account.trust("before") == document(OWN, OUTSIDER)
    assert sorted(account.writes()) == ["DeleteRolePolicy", "UpdateAssumeRolePolicy"]
    assert running.sweep() == [("sweep", None, "swept")]


def test_a_call_without_its_parameters_is_found_by_the_sweep(account, running):
    scene = named("update-assume-role-policy/revert--parameters-omitted")
    account.create_role(scene.role, document(SERVICE))
    running.sweep()
    put_trust(account, scene.role, SERVICE, OUTSIDER)
    ends = running.all("update-assume-role-policy", scene.event)
    assert ends[0] == ("update-assume-role-policy", None, "handed_over")
    assert ends[1:3] == [("sweep", scene.role, "handed_over"), ("sweep", None, "swept")]
    assert ("update-assume-role-policy", scene.role, "repaired") in ends
    assert account.trust(scene.role) == document(SERVICE)


def test_what_one_invocation_has_no_time_for_goes_on_in_another(account, running):
    for number in range(30):
        account.create_role(f"role-{number:02}", document(OWN))
    message, told, invocations = BEGIN, [], 0
    while message:
        # Twenty seconds are kept back to end what was begun.
        told += running.deliver("sweep", message, seconds=21)
        messages = [message] if running.comes_back else [message for _, message in running.waiting()]
        assert len(messages) <= 1 and all("marker" not in str(message) for message in messages)
        message, invocations = (messages or [None])[0], invocations + 1
    assert invocations > 1
    assert told[-1]["outcome"]["why"].startswith("all roles looked at: 30;")
    roles = [record["role_name"] for record in told if record["role_name"]]
    assert sorted(roles) == [f"role-{number:02}" for number in range(30)], "each once"


@pytest.fixture
def watched(account, running):
    """Rules and a trail as the template and an operator make them."""
    events, names = account.client("events"), []
    for function in FUNCTIONS:
        pattern = {
            "source": [f"aws.{source}" for source in function.sources],
            "detail-type": [{"suffix": "API Call via CloudTrail"}],
            "account": [ACCOUNT],
            "detail": {
                "eventSource": [f"{source}.amazonaws.com" for source in function.sources],
                "eventName": function.calls,
                "errorCode": [{"exists": False}],
            },
        }
        events.put_rule(Name=f"{function.name}-rule", EventPattern=json.dumps(pattern))
        arn = f"arn:aws:sqs:us-east-1:{ACCOUNT}:{function.name}"
        events.put_targets(Rule=f"{function.name}-rule", Targets=[{"Id": "queue", "Arn": arn}])
        names.append(f"{function.name}={function.name}-rule={function.name}")
    account.client("s3").create_bucket(Bucket="logs")
    trails = account.client("cloudtrail")
    trails.create_trail(Name="all", S3BucketName="logs", IsMultiRegionTrail=True)
    trails.start_logging(Name="all")
    running.environment["RESCIND_WATCHED"] = " ".join(names)
    return running


def gaps(running):
    told = [record for record in running.deliver("sweep", BEGIN) if record.get("blind")]
    return [(gap["part"], gap["name"].rpartition("/")[2], gap["gap"]) for record in told for gap in record["blind"]]


def test_rescind_knows_whether_it_sees(account, watched):
    assert gaps(watched) == []
    trails, events = account.client("cloudtrail"), account.client("events")
    trails.put_event_selectors(
        TrailName="all",
        AdvancedEventSelectors=[
            {
                "FieldSelectors": [
                    {"Field": "eventCategory", "Equals": ["Management"]},
                    {"Field": "readOnly", "Equals": ["true"]},
                ]
            }
        ],
    )
    assert gaps(watched) == [("trail", "all", "no_writes")]
    trails.stop_logging(Name="all")
    assert gaps(watched) == [("trail", "all", "not_logging")]
    trails.delete_trail(Name="all")
    events.disable_rule(Name="create-role-rule")
    events.remove_targets(Rule="update-role-rule", Ids=["queue"])
    events.remove_targets(Rule="put-role-policy-rule", Ids=["queue"])
    events.delete_rule(Name="put-role-policy-rule")
    account.sqs.delete_queue(QueueUrl=watched.deployment.queues["attach-role-policy"])
    assert gaps(watched) == [
        ("trail", "*", "absent"),
        ("rule", "create-role-rule", "disabled"),
        ("rule", "put-role-policy-rule", "absent"),
        ("queue", "attach-role-policy", "absent"),
        ("rule", "update-role-rule", "not_wired"),
    ]
    kinds = {json.loads(told)["detail-type"] for told in watched.deployment.published()}
    assert "Rescind Blind" in kinds
    looks = {"cloudtrail:DescribeTrails", "cloudtrail:GetTrailStatus", "events:DescribeRule", "sqs:GetQueueAttributes"}
    assert looks <= set(account.calls)
