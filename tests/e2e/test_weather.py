"""Bad weather at every single call of a repair, and the message delivered again: the role ends safe, no document
is lost, and nothing is called repaired that is not."""

import json
import time
import zlib
from dataclasses import dataclass
from typing import Any

import pytest

import proxy as weathers
from account import Account
from deployment import Deployment, batch
from proxy import Proxy
from scenes import EVERYTHING, OUTSIDER, SERVICE, document, named, state

HARMLESS = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::a/*"}
STRANGER = {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::777766665555:root"}, "Action": "sts:AssumeRole"}


@dataclass(frozen=True)
class Scene:
    """An unsafe role: who repairs it, what it was before somebody made it unsafe, by which document, what it is now,
    and what in it is unsafe."""

    function: str
    before: dict[str, Any]
    submitted: dict[str, str]
    now: dict[str, Any]
    marks: tuple[str, ...]

    def seed(self, account: Account) -> None:
        account.create_role("app", document(SERVICE))
        self.put(account, self.now)

    def put(self, account: Account, what: dict[str, Any]) -> None:
        """Without a word to the function: this is somebody else's call."""
        account.iam.update_assume_role_policy(RoleName="app", PolicyDocument=json.dumps(what["trust"]))
        for name in account.inline("app"):
            account.iam.delete_role_policy(RoleName="app", PolicyName=name)
        for name, inline in what["inline"].items():
            account.iam.put_role_policy(RoleName="app", PolicyName=name, PolicyDocument=json.dumps(inline))

    def is_safe(self, account: Account) -> bool:
        return not any(mark in json.dumps(state(account, "app")) for mark in self.marks)


def roles(trust, inline=None):
    return {"trust": document(*trust), "inline": inline or {}}


SCENES = {
    "trust": Scene(
        "update-assume-role-policy",
        roles([SERVICE]),
        {"policyDocument": json.dumps(document(SERVICE, OUTSIDER))},
        roles([SERVICE, OUTSIDER]),
        ("999988887777", "777766665555"),
    ),
    "inline": Scene(
        "put-role-policy",
        roles([SERVICE], {"p": document(HARMLESS)}),
        {"policyName": "p", "policyDocument": json.dumps(document(HARMLESS, EVERYTHING))},
        roles([SERVICE], {"p": document(HARMLESS, EVERYTHING)}),
        ('"Action": "*"',),
    ),
}


class Play:
    """One message, delivered until it is done, with bad weather at one call of all that it takes."""

    receives = 10  # then it is a dead letter

    def __init__(self, scene: Scene, weather=None, at: int = -1):
        self.scene, self.weather, self.ends = scene, weather, []
        with Account() as self.account:
            deployment = Deployment(self.account)
            self.table = deployment.table()
            scene.seed(self.account)
            with Proxy(self.account, self._weather if weather else None, at) as proxy:
                self.is_done = self._deliver(deployment, proxy)
            self.calls = proxy.calls
            self.is_safe = scene.is_safe(self.account)
            self.told = [json.loads(told)["detail"] for told in deployment.published()]
            self.kept = "".join(self._bodies())

    def _deliver(self, deployment: Deployment, proxy: Proxy) -> bool:
        for _ in range(self.receives):
            environment = {"AWS_ENDPOINT_URL": proxy.endpoint, "RESCIND_TABLE": self.table}
            with deployment.function(self.scene.function, **environment) as self._function:
                answer = self._function.invoke(batch(message=self._message()))
                is_safe = self.scene.is_safe(self.account)
            for record in self._function.records():
                self.ends.append((record["outcome"]["name"], is_safe))
            if not answer.failed and not answer.payload["batchItemFailures"]:
                return True
        return False

    def _message(self) -> dict[str, Any]:
        """The event of the unsafe change, of some time ago: what IAM shows is not older than it."""
        event = named(f"{self.scene.function}/revert--public").event
        event["detail"]["requestParameters"] = {"roleName": "app", **self.scene.submitted}
        return event

    def _weather(self, call, forward):
        return self.weather(self, call, forward)

    def kill(self) -> None:
        self._function.kill()

    def _bodies(self):
        for item in self.account.client("dynamodb").scan(TableName=self.table)["Items"]:
            if "body" in item:
                yield zlib.decompress(item["body"]["B"]).decode().replace("\\", "")


def plain(weather):
    return lambda _, call, forward: weather(call, forward)


def dies_before(play, _call, _forward):
    play.kill()


def dies_after(play, _, forward):
    forward()
    play.kill()


WEATHERS = {
    "failure": plain(weathers.fails),
    "throttle": plain(weathers.throttles),
    "request lost": plain(weathers.loses_the_request),
    "answer lost": plain(weathers.loses_the_answer),
    "death before": dies_before,
    "death after": dies_after,
}


@pytest.mark.parametrize("weather", WEATHERS)
@pytest.mark.parametrize("scene", SCENES)
def test_bad_weather_at_any_call_is_survived(scene, weather):
    scene = SCENES[scene]
    fair = Play(scene)
    assert fair.is_done and fair.is_safe
    for at, call in enumerate(fair.calls):
        play = Play(scene, WEATHERS[weather], at)
        where = f"{weather} at call {at}, {call}: {play.ends}"
        assert play.is_safe, where
        assert all(safe for end, safe in play.ends if end in ("repaired", "compliant")), where
        assert any(mark in play.kept for mark in scene.marks), f"the document before is lost: {where}"
        # Whoever dies while telling is believed to be telling for a minute; until then the message comes again.
        ids = {told["id"] for told in play.told}
        assert len(ids) == 1 or not (ids or play.is_done), where


IAM_READS = ("iam:Get", "iam:List")


def shows_what_was_before(play, _, forward):
    """A stale read: IAM answers with the state before the last change."""
    now = state(play.account, "app")
    play.scene.put(play.account, play.scene.before if now == play.scene.now else play.scene.now)
    try:
        return forward()
    finally:
        play.scene.put(play.account, now)


class PlayOfAYoungEvent(Play):
    """What IAM shows may be older than the event, so its message comes again until it is two minutes old."""

    receives = 3

    def _message(self) -> dict[str, Any]:
        event = super()._message()
        event["detail"]["eventTime"] = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        return event


def test_stale_reads_at_any_call_are_survived():
    scene = SCENES["trust"]
    calls = Play(scene).calls
    for at in (at for at, call in enumerate(calls) if call.startswith(IAM_READS)):
        play = PlayOfAYoungEvent(scene, shows_what_was_before, at)
        where = f"at call {at}, {calls[at]}: {play.ends}"
        assert play.is_safe, where
        assert all(safe for end, safe in play.ends if end in ("repaired", "compliant")), where


def somebody_writes(play, _, forward):
    unsafe = {**state(play.account, "app"), "trust": document(SERVICE, STRANGER)}
    play.scene.put(play.account, unsafe)
    return forward()


def test_others_may_write_before_any_call():
    """Before the last calls it is too late for this message; that other call has an event of its own."""
    scene = SCENES["trust"]
    calls = Play(scene).calls
    last_read = max(at for at, call in enumerate(calls) if call.startswith(IAM_READS))
    for at in range(last_read + 1):
        play = Play(scene, somebody_writes, at)
        assert play.is_done and play.is_safe, f"at call {at}, {calls[at]}: {play.ends}"


def test_a_call_that_is_never_answered_ends_in_time():
    scene = SCENES["trust"]
    calls = Play(scene).calls
    for call in ("iam:GetRole", "dynamodb:PutItem", "iam:UpdateAssumeRolePolicy"):
        play = Play(scene, plain(weathers.never_answers), calls.index(call))
        assert play.is_done and play.is_safe, f"{call}: {play.ends}"
