"""The local side of the Lambda runtime API: starts a function's binary and invokes it.

What a binary sees here is what it sees on Lambda: the environment, `/next`, `/response`, `/error`.
"""

import itertools
import json
import queue
import subprocess
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from http1 import Request, Response, Server

ROOT = Path(__file__).resolve().parents[2]
ACCOUNT = "111122223333"
TIMEOUT_SECONDS = 60


@dataclass(frozen=True)
class Answer:
    """What an invocation came to: the payload of `/response` or of `/error`, and how long it took."""

    payload: Any
    failed: bool
    milliseconds: float


@dataclass
class Function:
    """A function's binary, running. Use it as a context manager: the process ends with it."""

    name: str
    binary: Path
    environment: dict[str, str]
    lines: list[str] = field(default_factory=list)
    init_milliseconds: float = 0.0

    def __enter__(self) -> "Function":
        self._events: queue.Queue[tuple[str, bytes]] = queue.Queue()
        self._answers: queue.Queue[tuple[bool, bytes, float]] = queue.Queue()
        self._ids = itertools.count(1)
        self._polled = threading.Event()
        self._api = Server(self._handle)
        self._started = time.perf_counter()
        self._process = subprocess.Popen(
            [self.binary], env=self._environment(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        self._reader = threading.Thread(target=self._read_log, daemon=True)
        self._reader.start()
        if not self._polled.wait(TIMEOUT_SECONDS):
            self.__exit__()
            raise RuntimeError(f"{self.name} did not start: {self.lines}")
        return self

    def kill(self) -> None:
        self._process.kill()

    def __exit__(self, *_) -> None:
        self.kill()
        self._process.wait()
        self._reader.join()
        self._api.close()

    def invoke(self, event: Any, timeout: float = TIMEOUT_SECONDS) -> Answer:
        body = json.dumps(event).encode()
        self._deadline = int((time.time() + timeout) * 1_000)
        self._events.put((f"request-{next(self._ids)}", body))
        failed, payload, ended = self._answers.get(timeout=timeout + 5)
        return Answer(json.loads(payload), failed, (ended - self._began) * 1_000)

    def records(self) -> list[dict[str, Any]]:
        """The records among the log lines; all of them once the process has ended."""
        entries = [json.loads(line) for line in self.lines]
        return [entry["record"] for entry in entries if "record" in entry]

    def peak_kilobytes(self) -> int:
        status = Path(f"/proc/{self._process.pid}/status").read_text()
        return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM"))

    def _environment(self) -> dict[str, str]:
        return {
            "AWS_LAMBDA_RUNTIME_API": self._api.address,
            "AWS_LAMBDA_FUNCTION_NAME": self.name,
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "256",
            "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
            "AWS_LAMBDA_LOG_GROUP_NAME": self.name,
            "AWS_LAMBDA_LOG_STREAM_NAME": "local",
            "AWS_REGION": "us-east-1",
            "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
            "AWS_SECRET_ACCESS_KEY": "local",
            **self.environment,
        }

    def _read_log(self) -> None:
        for line in self._process.stdout:
            self.lines.append(line.rstrip("\n"))
        self._answers.put((True, b'{"errorMessage": "the process ended"}', time.perf_counter()))

    def _handle(self, request: Request) -> Response:
        if request.path.endswith("/invocation/next"):
            return self._next()
        if request.path.endswith(("/response", "/error")):
            self._answers.put((request.path.endswith("/error"), request.body, time.perf_counter()))
            return Response(202, {}, b"")
        return Response(404, {}, b"")

    def _next(self) -> Response:
        if not self._polled.is_set():
            self.init_milliseconds = (time.perf_counter() - self._started) * 1_000
            self._polled.set()
        request_id, body = self._events.get()
        headers = {
            "Lambda-Runtime-Aws-Request-Id": request_id,
            "Lambda-Runtime-Deadline-Ms": str(self._deadline),
            "Lambda-Runtime-Invoked-Function-Arn": f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:{self.name}",
            "Content-Type": "application/json",
        }
        self._began = time.perf_counter()
        return Response(200, headers, body)
