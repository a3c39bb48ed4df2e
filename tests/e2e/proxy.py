"""A proxy before the account, with bad weather at one call: what networks, busy services and other people do.

A weather is given the call and the way to the account, and returns the answer; `None` closes the connection.
"""

import http.client
import json
import time
from typing import Callable

from account import Account, name_of_call
from http1 import Request, Response, Server

Forward = Callable[[], Response]
Weather = Callable[[str, Forward], Response | None]

# Longer than a function waits for one answer.
PATIENCE_SECONDS = 6


class Proxy:
    """Use it as a context manager. Notes every call; at the call with the number `at` there is bad weather."""

    def __init__(self, account: Account, weather: Weather | None = None, at: int = -1):
        self.calls: list[str] = []
        self._weather, self._at = weather, at
        self._target = account.endpoint.removeprefix("http://")
        self._server = Server(self._handle)
        self.endpoint = f"http://{self._server.address}"

    def __enter__(self) -> "Proxy":
        return self

    def __exit__(self, *_) -> None:
        self._server.close()

    def _handle(self, request: Request) -> Response | None:
        headers = request.headers
        call = name_of_call(headers["authorization"], headers.get("x-amz-target", ""), request.body)
        self.calls.append(call)
        if self._weather and len(self.calls) - 1 == self._at:
            return self._weather(call, lambda: self._forward(request))
        return self._forward(request)

    def _forward(self, request: Request) -> Response:
        connection = http.client.HTTPConnection(self._target)
        try:
            connection.request(request.method, request.path, request.body, request.headers)
            answer = connection.getresponse()
            headers = {name: value for name, value in answer.getheaders() if name.lower() not in HOP}
            return Response(answer.status, headers, answer.read())
        finally:
            connection.close()


HOP = ("connection", "content-length", "transfer-encoding")


def fails(call: str, _: Forward) -> Response:
    return _error(call, 500, "ServiceFailure")


def throttles(call: str, _: Forward) -> Response:
    return _error(call, 400, "Throttling" if call.startswith("iam:") else "ThrottlingException")


def loses_the_request(_call: str, _: Forward) -> None:
    return None


def loses_the_answer(_: str, forward: Forward) -> None:
    forward()


def never_answers(_call: str, _: Forward) -> None:
    time.sleep(PATIENCE_SECONDS)


def answers_too_late(_: str, forward: Forward) -> None:
    forward()
    time.sleep(PATIENCE_SECONDS)


def _error(call: str, status: int, code: str) -> Response:
    """An error as the service spells it: IAM in XML, the others in JSON."""
    if call.startswith("iam:"):
        error = f"<Error><Type>Sender</Type><Code>{code}</Code><Message>on demand</Message></Error>"
        text = f"<ErrorResponse>{error}<RequestId>0</RequestId></ErrorResponse>"
        return Response(status, {"Content-Type": "text/xml"}, text.encode())
    text = json.dumps({"__type": code, "message": "on demand"})
    return Response(status, {"Content-Type": "application/x-amz-json-1.0"}, text.encode())
