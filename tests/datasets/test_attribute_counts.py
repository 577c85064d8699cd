import numpy as np
import pytest

from plipdet.datasets import PersonDataset
from plipdet.datasets.attribute_counts import attribute_facts, attribute_labels
from plipdet.errors import InputError
from plipdet.structures import PersonTable

LABELS = [[1, 0, -1], [0, 0, -1], [1, -1, -1], [1, 1, -1]]


def table(labels, names=("hat", "bag", "ghost")):
    rows = [{"image": f"{n}.jpg", "attribute_labels": own} for n, own in enumerate(labels)]
    return PersonTable.from_rows(rows, "root", attribute_names=names)


def test_shares_are_of_known_labels():
    facts = attribute_facts(table(LABELS))
    assert facts.names == ("hat", "bag", "ghost")
    np.testing.assert_allclose(facts.positive_share, [3 / 4, 1 / 3, 0.5], rtol=1e-6)


def test_only_the_selected_rows_count():
    facts = attribute_facts(table(LABELS).select(np.array([1, 3])))
    np.testing.assert_allclose(facts.positive_share, [0.5, 0.5, 0.5])


def test_labels_are_those_of_the_items_in_order():
    np.testing.assert_array_equal(attribute_labels(table(LABELS)), LABELS)
    some = table(LABELS).select(np.array([3, 0]))
    dataset = PersonDataset(some, [])
    assert dataset.attribute_labels().dtype == np.int8
    np.testing.assert_array_equal(dataset.attribute_labels(), [LABELS[3], LABELS[0]])


def test_data_without_labels_are_refused():
    rows = [{"image": "a.jpg"}]
    with pytest.raises(InputError, match="no attribute labels"):
        attribute_facts(PersonTable.from_rows(rows, "root"))
    with pytest.raises(InputError, match="1 of 2 rows"):
        attribute_facts(table([[1, 0, 0], None]))
