"""The history in a DynamoDB table: the suite of every history, what a pass costs, and what a past is good for."""

import json
import subprocess

from deployment import BINARIES
from scenes import OUTSIDER, SERVICE, document

OWN = {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:root"}, "Action": "sts:AssumeRole"}


def command(account, binary, *arguments):
    """A person's command, with the credentials of the environment."""
    environment = {
        "AWS_ENDPOINT_URL": account.endpoint,
        "AWS_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
        "AWS_SECRET_ACCESS_KEY": "local",
        "USER": "dana",
    }
    return subprocess.run([BINARIES / binary, *arguments], env=environment, capture_output=True, text=True)


def run(deployment, table, role, **environment):
    with deployment.function("update-assume-role-policy", RESCIND_TABLE=table, **environment) as started:
        answer = started.invoke({"role": role})
    assert not answer.failed, answer.payload
    [record] = answer.payload["records"]
    return record


def ask(account, table, *arguments):
    return command(account, "rescind", *arguments, "--table", table, "--output", "json")


def lines(answer):
    return [json.loads(line) for line in answer.stdout.splitlines()]


def put_trust(account, *statements):
    account.iam.update_assume_role_policy(RoleName="app", PolicyDocument=json.dumps(document(*statements)))


def test_the_table_does_what_every_history_must(account, table):
    answer = command(account, "examples/history_conformance", table)
    assert answer.returncode == 0, answer.stdout + answer.stderr
    assert set(account.calls_to("dynamodb")) <= {"GetItem", "PutItem", "Query", "UpdateItem"}


def test_a_safe_role_that_shows_nothing_new_costs_one_read(account, deployment, table):
    account.create_role("app", document(OWN))
    assert run(deployment, table, "app")["outcome"]["name"] == "compliant"
    account.calls.clear()
    assert run(deployment, table, "app")["outcome"]["name"] == "compliant"
    assert account.calls_to("dynamodb") == ["GetItem"]


def test_without_a_recorded_intent_nothing_is_written(account, deployment, table):
    account.create_role("app", document(OWN, OUTSIDER))
    record = run(deployment, "no-such-table", "app")
    assert record["outcome"]["name"] == "unjudged"
    account.faults = [("dynamodb:PutItem", 400, "ValidationException")]
    record = run(deployment, table, "app")
    assert (record["outcome"]["name"], account.writes()) == ("unrepaired", [])
    assert run(deployment, table, "app")["outcome"]["name"] == "repaired"


def test_two_bad_documents_in_a_row_bring_the_good_one_back(account, deployment, table):
    account.create_role("app", document(SERVICE))
    assert run(deployment, table, "app")["outcome"]["name"] == "compliant"
    other = {**OUTSIDER, "Sid": "again"}
    for bad in (OUTSIDER, other):
        put_trust(account, bad)
        assert run(deployment, table, "app")["outcome"]["name"] == "repaired"
        assert account.trust("app") == document(SERVICE)


def test_what_was_undone_is_held_until_the_document_changes(account, deployment, table):
    account.create_role("app", document(OWN, OUTSIDER))
    repair = run(deployment, table, "app")["repair"]
    past = lines(ask(account, table, "history", "app"))
    assert [entry["verdict"] for entry in past if entry["entry"] == "version"] == ["unsafe", "safe"]
    assert [entry["repair"] for entry in past if entry["entry"] == "repair"] == [repair]
    assert ask(account, table, "diff", "app").returncode == 1

    # Nothing is written unless asked for.
    assert ask(account, table, "undo", repair).returncode == 0
    assert account.trust("app") == document(OWN)
    undone = ask(account, table, "undo", repair, "--apply", "--yes")
    assert undone.returncode == 0, undone.stdout + undone.stderr
    assert account.trust("app") == document(OWN, OUTSIDER)
    [hold] = lines(ask(account, table, "history", "--holds"))
    assert (hold["by"], hold["facet"]) == ("dana", "trust")

    writes = account.writes()
    assert run(deployment, table, "app")["outcome"]["name"] == "held"
    assert account.writes() == writes
    put_trust(account, OWN, {**OUTSIDER, "Sid": "other"})
    assert run(deployment, table, "app")["outcome"]["name"] == "repaired"
    again = ask(account, table, "undo", repair, "--apply", "--yes")
    assert (again.returncode, account.trust("app")) == (0, document(OWN, OUTSIDER))


def test_a_role_of_the_same_name_has_no_past(account, deployment, table):
    account.create_role("app", document(SERVICE))
    run(deployment, table, "app")
    put_trust(account, OWN, OUTSIDER)
    repair = run(deployment, table, "app")["repair"]
    account.iam.delete_role(RoleName="app")
    account.create_role("app", document(OUTSIDER))
    assert run(deployment, table, "app")["outcome"]["name"] == "repaired"
    assert account.trust("app")["Statement"][0]["Effect"] == "Deny"
    refused = ask(account, table, "undo", repair, "--apply", "--yes")
    assert refused.returncode == 1
    assert "another role" in refused.stdout
