import math

import numpy as np
import pytest
import torch

from training.metrics.classifier import train_classifier
from training.metrics.inception_scores import conditional_inception_score, inception_score

CONFIDENT = 50.0  # a logit above the others: all but certain


def logits_of(classes, number_of_classes=5):
    return CONFIDENT * torch.nn.functional.one_hot(torch.tensor(classes), number_of_classes)


def test_outputs_that_are_all_alike_score_nothing():
    one = logits_of([2] * 12)
    assert inception_score(one) == pytest.approx(0, abs=1e-9)
    assert inception_score(torch.rand(1, 5).expand(12, 5)) == pytest.approx(0, abs=1e-9)
    assert conditional_inception_score(one.expand(3, 12, 5)) == pytest.approx(0, abs=1e-9)


def test_confident_modes_equally_often_score_the_logarithm_of_their_number():
    assert inception_score(logits_of([0, 1, 2, 3] * 3)) == pytest.approx(math.log(4))
    both = torch.stack([logits_of([0, 1, 2, 3]), logits_of([4, 2, 4, 2])])
    expected = (math.log(4) + math.log(2)) / 2
    assert conditional_inception_score(both) == pytest.approx(expected)


def test_only_the_conditional_score_sees_that_an_input_has_one_mode():
    outputs = torch.stack([logits_of([i] * 6) for i in range(5)])
    assert conditional_inception_score(outputs) == pytest.approx(0, abs=1e-9)
    assert inception_score(outputs.flatten(0, 1)) == pytest.approx(math.log(5))


def test_the_random_numbers_of_the_caller_are_left_alone():
    torch.manual_seed(0)
    expected = torch.rand(1)
    torch.manual_seed(0)
    inception_score(logits_of([0, 1, 2]))
    assert torch.rand(1) == expected


def clusters(separation, seed=0):
    generator = torch.Generator().manual_seed(seed)
    labels = np.repeat([0, 1, 2], 20)
    centres = separation * torch.eye(3).double()[torch.from_numpy(labels)]
    return centres + torch.randn(60, 3, generator=generator).double(), labels


def test_a_classifier_learns_and_says_how_well_on_images_held_out():
    found = train_classifier(*clusters(20.0))
    assert found.accuracy == 1 and (found.n_train, found.n_held_out) == (48, 12)
    logits = found.logits(20.0 * torch.eye(3).double())
    assert logits.argmax(1).tolist() == [0, 1, 2]
    assert 0.8 * math.log(3) < inception_score(logits) < math.log(3)


def test_two_classes_have_two_logits_and_certainty_is_finite():
    features, labels = clusters(20.0)
    found = train_classifier(features[:40], labels[:40])
    logits = found.logits(1e4 * torch.eye(3).double()[:2])
    assert logits.shape == (2, 2) and logits.isfinite().all() and found.classes == 2
    assert logits.argmax(1).tolist() == [0, 1]
    assert inception_score(logits / 100) == pytest.approx(math.log(2), rel=1e-4)


def test_the_accuracy_where_there_is_nothing_to_learn_is_that_of_guessing():
    found = [train_classifier(*clusters(0.0, seed), seed=seed).accuracy for seed in range(10)]
    assert np.mean(found) == pytest.approx(1 / 3, abs=0.12)


def test_too_few_images_of_a_class_are_refused():
    features, labels = clusters(1.0)
    with pytest.raises(ValueError, match="not 2 with 4 in the smallest"):
        train_classifier(features[:24], labels[:24])
