import copy

import pytest


@pytest.fixture(scope="session")
def task(task):
    """One for these tests alone: a finder's model is no longer to be trained."""
    return copy.deepcopy(task)
