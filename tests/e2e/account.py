"""An AWS account on the loopback: moto, and a record of every call that a function makes to it."""

import json
import os
import threading
import urllib.parse
from io import BytesIO
from typing import Any

from runtime_api import ACCOUNT

os.environ["MOTO_ACCOUNT_ID"] = ACCOUNT  # read when moto is imported

import boto3  # noqa: E402
from moto.cloudtrail.models import cloudtrail_backends  # noqa: E402
from moto.dynamodb.models import dynamodb_backends  # noqa: E402
from moto.events.models import events_backends  # noqa: E402
from moto.iam.models import iam_backends  # noqa: E402
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app  # noqa: E402
from moto.s3.models import s3_backends  # noqa: E402
from moto.sqs.models import sqs_backends  # noqa: E402
from werkzeug.serving import WSGIRequestHandler, make_server  # noqa: E402

# How long the end of a server may take.
POLL_SECONDS = 0.01
WRITES = ("Add", "Attach", "Create", "Delete", "Detach", "Put", "Remove", "Set", "Tag", "Untag", "Update")


class Account:
    """Use it as a context manager: the server ends with it.

    `faults` are answered instead of what moto would say, each once: the call, the HTTP status, the error's code.
    """

    def __enter__(self) -> "Account":
        self.calls: list[str] = []
        self.faults: list[tuple[str, int, str]] = []
        reset()
        moto = DomainDispatcherApplication(create_backend_app)
        self._server = make_server(
            "127.0.0.1", 0, self._recording(moto), threaded=True, request_handler=_Quiet
        )
        threading.Thread(target=self._server.serve_forever, args=(POLL_SECONDS,), daemon=True).start()
        self.endpoint = f"http://127.0.0.1:{self._server.port}"
        self.iam = self.client("iam")
        self.sqs = self.client("sqs")
        return self

    def __exit__(self, *_) -> None:
        self._server.shutdown()

    def client(self, service: str):
        return boto3.client(
            service,
            endpoint_url=self.endpoint,
            region_name="us-east-1",
            aws_access_key_id="AKIAIOSFODNN7EXAMPLE",
            aws_secret_access_key="local",
        )

    def create_role(self, name: str, trust: dict[str, Any], path: str = "/", **inline: dict[str, Any]) -> None:
        self.iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust), Path=path)
        for policy, document in inline.items():
            self.iam.put_role_policy(RoleName=name, PolicyName=policy, PolicyDocument=json.dumps(document))

    def trust(self, role: str) -> dict[str, Any]:
        return self.iam.get_role(RoleName=role)["Role"]["AssumeRolePolicyDocument"]

    def inline(self, role: str) -> dict[str, dict[str, Any]]:
        names = self.iam.list_role_policies(RoleName=role)["PolicyNames"]
        return {
            name: self.iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"] for name in names
        }

    def calls_to(self, service: str) -> list[str]:
        """The function's calls to one service so far, such as `GetRole`."""
        return [call.split(":")[1] for call in self.calls if call.startswith(f"{service}:")]

    def writes(self) -> list[str]:
        return [call for call in self.calls_to("iam") if call.startswith(WRITES)]

    def _fault(self, call: str) -> tuple[str, int, str] | None:
        fault = next((fault for fault in self.faults if fault[0] == call), None)
        if fault:
            self.faults.remove(fault)
        return fault

    def _recording(self, application):
        """Notes the calls of functions; what the tests themselves call is not counted."""

        def record(environ, start_response):
            if "aws-sdk-rust" in environ.get("HTTP_USER_AGENT", ""):
                body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
                environ["wsgi.input"] = BytesIO(body)
                target = environ.get("HTTP_X_AMZ_TARGET", "")
                self.calls.append(name_of_call(environ["HTTP_AUTHORIZATION"], target, body))
                if fault := self._fault(self.calls[-1]):
                    return _error(fault, start_response)
                if b"PolicyUsageFilter=PermissionsBoundary" in body:
                    return _bounded(body, start_response)
            return application(environ, start_response)

        return record


def reset() -> None:
    """Empties the account: moto keeps its state for as long as the process lives."""
    for backends in (iam_backends, sqs_backends, events_backends, dynamodb_backends, cloudtrail_backends, s3_backends):
        backends.reset()


def name_of_call(authorization: str, target: str, body: bytes) -> str:
    """`iam:GetRole`: the service from the signature's scope, the call from the target header or the form."""
    service = authorization.split("/")[3]
    return f"{service}:{target.rpartition('.')[2] or urllib.parse.parse_qs(body.decode())['Action'][0]}"


def _error(fault: tuple[str, int, str], start_response) -> list[bytes]:
    """An error as IAM spells it."""
    _, status, code = fault
    start_response(f"{status} -", [("Content-Type", "text/xml")])
    error = f"<Error><Type>Sender</Type><Code>{code}</Code><Message>on demand</Message></Error>"
    return [f"<ErrorResponse>{error}<RequestId>0</RequestId></ErrorResponse>".encode()]


def _bounded(body: bytes, start_response) -> list[bytes]:
    """Who has the policy as their boundary. Moto reads over the filter and lists those who have it attached."""
    policy = urllib.parse.parse_qs(body.decode())["PolicyArn"][0]
    roles = (role for role in iam_backends[ACCOUNT]["aws"].roles.values() if role.permissions_boundary_arn == policy)
    members = "".join(f"<member><RoleName>{role.name}</RoleName><RoleId>{role.id}</RoleId></member>" for role in roles)
    result = f"<PolicyRoles>{members}</PolicyRoles><IsTruncated>false</IsTruncated>"
    start_response("200 -", [("Content-Type", "text/xml")])
    call = "ListEntitiesForPolicy"
    return [f"<{call}Response><{call}Result>{result}</{call}Result></{call}Response>".encode()]


class _Quiet(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"

    def log(self, *_) -> None:
        pass
