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
def table(deployment):
    return deployment.table()
