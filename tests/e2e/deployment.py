"""The functions as the template would deploy them: binaries, environment, queues and bus."""

import json
import os
import sys
from pathlib import Path
from typing import Any

from account import Account
from runtime_api import ROOT, Function

sys.path.append(str(ROOT / "functions"))
from template import FUNCTIONS  # noqa: E402

BINARIES = Path(os.environ.get("RESCIND_BINARIES", ROOT / "target" / "quick"))
SETTINGS = Path(__file__).with_name("settings.yaml")


class Deployment:
    """One account with the queues to hand over to and the bus for what people must know."""

    def __init__(self, account: Account):
        self.account = account
        self.queues = {
            function.name: account.sqs.create_queue(QueueName=function.name)["QueueUrl"] for function in FUNCTIONS
        }
        self.queue = self.queues["put-role-policy"]
        self._bus = account.client("events").create_event_bus(Name="findings")["EventBusArn"]
        self._published = account.sqs.create_queue(QueueName="published")["QueueUrl"]
        self._subscribe()

    def function(self, name: str, **environment: str) -> Function:
        binary = BINARIES / f"rescind-{name}"
        return Function(name, binary, {**self._environment(name), **environment})

    def table(self) -> str:
        """A table for the history, as the template makes it."""
        self.account.client("dynamodb").create_table(
            TableName="past",
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
            AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk")],
            BillingMode="PAY_PER_REQUEST",
        )
        return "past"

    def published(self) -> list[str]:
        """What came out of the bus since the last look."""
        answer = self.account.sqs.receive_message(QueueUrl=self._published, MaxNumberOfMessages=10)
        return [message["Body"] for message in answer.get("Messages", [])]

    def handed_over(self, to: str = "put-role-policy") -> list[dict]:
        """The messages that wait in the queue of a function."""
        answer = self.account.sqs.receive_message(QueueUrl=self.queues[to], MaxNumberOfMessages=10)
        return answer.get("Messages", [])

    def _environment(self, name: str) -> dict[str, str]:
        common = {
            "AWS_ENDPOINT_URL": self.account.endpoint,
            "RESCIND_MODE": "enforce",
            "RESCIND_SETTINGS": str(SETTINGS),
            "RESCIND_BUS": self._bus,
        }
        targets = next(function.hands_over_to for function in FUNCTIONS if function.name == name)
        queues = {f"RESCIND_QUEUE_{to.replace('-', '_').upper()}": self.queues[to] for to in targets}
        return {**common, **queues, "RESCIND_QUEUE": self.queues[name]}

    def _subscribe(self) -> None:
        events = self.account.client("events")
        pattern = '{"source": ["rescind"]}'
        events.put_rule(Name="carry", EventBusName="findings", EventPattern=pattern)
        attributes = self.account.sqs.get_queue_attributes(QueueUrl=self._published, AttributeNames=["QueueArn"])
        target = {"Id": "published", "Arn": attributes["Attributes"]["QueueArn"]}
        events.put_targets(Rule="carry", EventBusName="findings", Targets=[target])


def batch(**bodies: str | dict[str, Any]) -> dict[str, Any]:
    """What a function gets of its queue: one message for each body."""
    records = [
        {
            "messageId": name,
            "receiptHandle": f"receipt-{name}",
            "body": body if isinstance(body, str) else json.dumps(body),
            "attributes": {"ApproximateReceiveCount": "1"},
            "messageAttributes": {},
            "eventSource": "aws:sqs",
            "eventSourceARN": "arn:aws:sqs:us-east-1:111122223333:rescind",
            "awsRegion": "us-east-1",
        }
        for name, body in bodies.items()
    ]
    return {"Records": records}
