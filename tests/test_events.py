"""What the page's parts set off, as gradio's script in the browser will take it."""

from collections import defaultdict

import pytest

pytest.importorskip("gradio")

from gradio.components import State

from space.ui import build


@pytest.fixture(scope="module")
def blocks(tiny_sketch_model):
    return build(tiny_sketch_model)


def test_no_event_of_a_part_repeats_itself_for_ever(blocks):
    """Gradio 6 answers "a function is still at work when its turn comes again" by repeating the
    whole event, all functions of it, and two such in one event keep calling each other up. A
    State's functions are repeated each for itself.
    """
    repeated = defaultdict(list)
    for function in blocks.fns.values():
        for part, event in function.targets:
            if function.fn and function.trigger_mode == "always_last" and part in blocks.blocks:
                repeated[blocks.blocks[part], event].append(function.name)
    assert repeated
    for (part, event), functions in repeated.items():
        assert isinstance(part, State) or len(functions) == 1, (part, event, functions)
