"""Bad weather at every single call of a repair, and the message delivered again: the role ends safe, no document
is lost, and nothing is called repaired that is not."""

import json
import time
import zlib
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from typing import Any, Iterator

import pytest

import proxy as weathers
from account import Account
from deployment import Deployment, batch
from proxy import Proxy
from scenes import EVERYTHING, OUTSIDER, SERVICE, document, named, state

HARMLESS = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::a/*"}
OTHER_SERVICE = {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}
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


@dataclass(frozen=True)
class Played:
    """What came of a message in bad weather at one call of all that it took."""

    calls: list[str]
    ends: list[tuple[str, bool]]
    is_done: bool
    is_safe: bool
    told: list[dict[str, Any]]
    kept: str

    def is_honest(self) -> bool:
        return all(safe for end, safe in self.ends if end in ("repaired", "compliant"))


class Play:
    """One message, delivered until it is done. What IAM shows may be older than a young event, so its message comes
    again until it is two minutes old."""

    def __init__(self, scene: Scene, weather=None, at: int = -1, is_young: bool = False):
        self.scene, self.weather, self.at, self.is_young = scene, weather, at, is_young
        self.receives = 3 if is_young else 10  # then it is a dead letter

    def played(self) -> Played:
        with Account() as self.account:
            deployment = Deployment(self.account)
            self.table = deployment.table()
            self.scene.seed(self.account)
            with Proxy(self.account, self._weather if self.weather else None, self.at) as proxy:
                ends, is_done = self._deliver(deployment, proxy)
            return Played(
                calls=proxy.calls,
                ends=ends,
                is_done=is_done,
                is_safe=self.scene.is_safe(self.account),
                told=[json.loads(told)["detail"] for told in deployment.published()],
                kept="".join(self._bodies()),
            )

    def _deliver(self, deployment: Deployment, proxy: Proxy) -> tuple[list[tuple[str, bool]], bool]:
        ends = []
        for _ in range(self.receives):
            environment = {"AWS_ENDPOINT_URL": proxy.endpoint, "RESCIND_TABLE": self.table}
            with deployment.function(self.scene.function, **environment) as self._function:
                answer = self._function.invoke(batch(message=self._message()))
                is_safe = self.scene.is_safe(self.account)
            ends += [(record["outcome"]["name"], is_safe) for record in self._function.records()]
            if not answer.failed and not answer.payload["batchItemFailures"]:
                return ends, True
        return ends, False

    def _message(self) -> dict[str, Any]:
        """The event of the unsafe change. That of some time ago is not newer than what IAM shows."""
        event = named(f"{self.scene.function}/revert--public").event
        event["detail"]["requestParameters"] = {"roleName": "app", **self.scene.submitted}
        if self.is_young:
            event["detail"]["eventTime"] = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
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


def shows_what_was_before(play, _, forward):
    """A stale read: IAM answers with the state before the last change."""
    now = state(play.account, "app")
    play.scene.put(play.account, play.scene.before if now == play.scene.now else play.scene.now)
    try:
        return forward()
    finally:
        play.scene.put(play.account, now)


def somebody_writes(play, _, forward):
    unsafe = {**state(play.account, "app"), "trust": document(SERVICE, STRANGER)}
    play.scene.put(play.account, unsafe)
    return forward()


def dies_and_is_overtaken(play, _, forward):
    """And while the message is hidden, somebody makes the role safe in another way."""
    forward()
    play.kill()
    play.scene.put(play.account, {**play.scene.before, "trust": document(OTHER_SERVICE)})


WEATHERS = {
    "failure": plain(weathers.fails),
    "throttle": plain(weathers.throttles),
    "request lost": plain(weathers.loses_the_request),
    "answer lost": plain(weathers.loses_the_answer),
    "silence, not done": plain(weathers.never_answers),
    "silence, done": plain(weathers.answers_too_late),
    "death before": dies_before,
    "death after": dies_after,
}
OTHERS = {"stale": shows_what_was_before, "stranger": somebody_writes, "overtaken": dies_and_is_overtaken}

# In most bad weather there is nothing to do but to wait.
AT_ONCE = 8


@pytest.fixture(scope="module")
def pool():
    """Processes, since moto keeps one account in each."""
    with ProcessPoolExecutor(AT_ONCE, get_context("spawn")) as pool:
        yield pool


def played(scene: str, weather: str, at: int, is_young: bool = False) -> Played:
    return Play(SCENES[scene], (WEATHERS | OTHERS)[weather], at, is_young).played()


def at_each(pool, scene: str, weather: str, calls: dict[int, str], is_young=False) -> Iterator[tuple[str, Played]]:
    """The weather at each of these calls, one play for each."""
    plays = {at: pool.submit(played, scene, weather, at, is_young) for at in calls}
    for at, play in plays.items():
        yield f"{weather} at call {at}, {calls[at]}: {play.result().ends}", play.result()


def fair(scene: str) -> dict[int, str]:
    """The calls that it takes in fair weather."""
    play = Play(SCENES[scene]).played()
    assert play.is_done and play.is_safe
    return dict(enumerate(play.calls))


@pytest.mark.parametrize("weather", WEATHERS)
@pytest.mark.parametrize("scene", SCENES)
def test_bad_weather_at_any_call_is_survived(pool, scene, weather):
    for where, play in at_each(pool, scene, weather, fair(scene)):
        assert play.is_safe, where
        assert play.is_honest(), where
        assert any(mark in play.kept for mark in SCENES[scene].marks), f"the document before is lost: {where}"
        # Whoever dies while telling is believed to be telling for a minute; until then the message comes again.
        ids = {told["id"] for told in play.told}
        assert len(ids) == 1 or not (ids or play.is_done), where


IAM_READS = ("iam:Get", "iam:List")


def test_stale_reads_at_any_call_are_survived(pool):
    reads = {at: call for at, call in fair("trust").items() if call.startswith(IAM_READS)}
    for where, play in at_each(pool, "trust", "stale", reads, is_young=True):
        assert play.is_safe, where
        assert play.is_honest(), where


def test_others_may_write_before_any_call(pool):
    """Before the last calls it is too late for this message; that other call has an event of its own."""
    calls = fair("trust")
    last_read = max(at for at, call in calls.items() if call.startswith(IAM_READS))
    before = {at: call for at, call in calls.items() if at <= last_read}
    for where, play in at_each(pool, "trust", "stranger", before):
        assert play.is_done and play.is_safe, where


def test_a_repair_that_was_overtaken_is_not_forgotten(pool):
    """Its message comes again until people know; whoever died over it may be alive for a quarter of an hour."""
    for where, play in at_each(pool, "trust", "overtaken", fair("trust")):
        is_written = "iam:UpdateAssumeRolePolicy" in play.calls
        assert play.is_safe, where
        assert play.told or not is_written or not play.is_done, where
