import numpy as np
import pytest

from training.clusters import agreement, confusion, matching


def test_the_names_of_domains_do_not_matter():
    labels, domains = np.array([0, 0, 1, 1, 2, 2]), np.array([2, 2, 0, 0, 1, 1])
    counts = confusion(labels, domains, 3, 3)
    assert counts.tolist() == [[0, 0, 2], [2, 0, 0], [0, 2, 0]]
    assert matching(counts) == {2: 0, 0: 1, 1: 2}
    assert agreement(labels, domains, counts) == pytest.approx(
        {"hungarian_accuracy": 1, "nmi": 1, "ari": 1}
    )


def test_a_class_in_two_domains_counts_with_the_larger_one():
    labels, domains = np.array([0, 0, 0, 1]), np.array([0, 0, 1, 2])
    counts = confusion(labels, domains, 2, 4)
    assert matching(counts) == {0: 0, 2: 1}
    assert agreement(labels, domains, counts)["hungarian_accuracy"] == 0.75


def test_two_classes_in_one_domain_count_with_the_larger_one():
    labels, domains = np.array([0, 0, 0, 1]), np.zeros(4, np.int64)
    counts = confusion(labels, domains, 2, 1)
    assert matching(counts) == {0: 0}
    found = agreement(labels, domains, counts)
    assert found["hungarian_accuracy"] == 0.75 and found["ari"] == 0
