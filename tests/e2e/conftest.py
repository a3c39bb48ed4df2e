"""Every test has an account of its own."""

import pytest

from account import Account
from deployment import Deployment


@pytest.fixture
def account():
    with Account() as account:
        yield account


@pytest.fixture
def deployment(account):
    return Deployment(account)


@pytest.fixture
def table(account):
    """A history table as the template makes it."""
    account.client("dynamodb").create_table(
        TableName="past",
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk")],
        BillingMode="PAY_PER_REQUEST",
    )
    return "past"
