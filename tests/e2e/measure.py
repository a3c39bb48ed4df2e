"""Measures the functions as they are deployed, with the plain local runtime API.

What is not in these figures: a TLS handshake, the network, and Lambda's share of a processor.
"""

import statistics
import urllib.parse

from account import Account
from deployment import BINARIES, SETTINGS, Deployment
from http1 import Request, Response, Server
from runtime_api import Function
from scenes import FUNCTIONS, Scene, named, scenes

STARTS = 25
EVENTS = 500
ROLE = """<GetRoleResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><GetRoleResult><Role>
<Path>/</Path><Arn>arn:aws:iam::111122223333:role/audit-reader</Arn><RoleName>audit-reader</RoleName>
<AssumeRolePolicyDocument>{trust}</AssumeRolePolicyDocument><RoleId>AROA3AEW23DC76AD3735E</RoleId>
<CreateDate>2026-11-20T09:14:02Z</CreateDate><MaxSessionDuration>3600</MaxSessionDuration></Role></GetRoleResult>
<ResponseMetadata><RequestId>7a62c49f-347e-4fc4-9331-6e8eEXAMPLE</RequestId></ResponseMetadata></GetRoleResponse>"""


def main() -> None:
    print("binary")
    for name in FUNCTIONS:
        show(f"  {name}", f"{(BINARIES / f'rescind-{name}').stat().st_size / 1e6:.1f} MB")
    compliant = named("update-assume-role-policy/leave--own-account")
    over_a_stub(compliant)
    print("calls to IAM, over moto")
    for each in scenes():
        if each.verdict != "ignore":
            show(f"  {each.name}", calls(each))


def over_a_stub(compliant: Scene) -> None:
    trust = urllib.parse.quote(compliant.parameters["policyDocument"], safe="")
    answer = Response(200, {"content-type": "text/xml"}, ROLE.format(trust=trust).encode())
    stub = Server(lambda _: answer)
    inits, firsts = [], []
    for _ in range(STARTS):
        with function(compliant, stub) as started:
            firsts.append(started.invoke(compliant.event).milliseconds)
            inits.append(started.init_milliseconds)
    with function(compliant, stub) as warmed:
        warm = [warmed.invoke(compliant.event).milliseconds for _ in range(EVENTS)]
        peak = warmed.peak_kilobytes()
    print(f"{compliant.name}, over a stub")
    show("  start to first poll", spread(inits))
    show("  first event", spread(firsts))
    show("  warm event", spread(warm[EVENTS // 10 :]))
    show(f"  peak memory after {EVENTS} events", f"{peak / 1024:.1f} MiB")
    stub.close()


def function(scene: Scene, stub: Server) -> Function:
    environment = {
        "AWS_ENDPOINT_URL": f"http://{stub.address}",
        "RESCIND_MODE": "enforce",
        "RESCIND_SETTINGS": str(SETTINGS),
    }
    return Function(scene.function, BINARIES / f"rescind-{scene.function}", environment)


def calls(scene: Scene) -> str:
    with Account() as account:
        scene.seed(account)
        with Deployment(account).function(scene.function) as started:
            answer = started.invoke(scene.event)
            peak = started.peak_kilobytes()
        ends = "+".join(record["outcome"]["name"] for record in answer.payload["records"])
        made = account.calls_to("iam")
        return f"{len(made)}, {ends}, {answer.milliseconds:.0f} ms, {peak / 1024:.1f} MiB: {', '.join(made)}"


def spread(figures: list[float]) -> str:
    ordered = sorted(figures)
    p99 = ordered[int(len(ordered) * 0.99)]
    return f"median {statistics.median(ordered):.2f} ms, min {ordered[0]:.2f}, p99 {p99:.2f} ({len(ordered)} times)"


def show(label: str, value: str) -> None:
    print(f"{label:<64}{value}")


main()
