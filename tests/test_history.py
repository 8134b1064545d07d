"""The translations of a session: which are kept, which go, which are shown."""

from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from space.history import LONGEST, MOST_BYTES, Past, remember, size
from space.kept import Kept

HALF = MOST_BYTES // 2


def past(name, model="model", drawing="", upload=b"", result=b""):
    kept = Kept(model, name, "fruit", not upload, 0, b"", [[0.0]], [result])
    return Past(kept, 8, drawing, upload, "a.png" if upload else "")


def names(found):
    return [one.kept.name for one in found]


def remembered(*translations):
    found = []
    for one in translations:
        found = remember(found, one)
    return found


def test_the_last_ones_stay_the_newest_first():
    found = remembered(*[past(str(i)) for i in range(LONGEST + 3)])
    assert names(found) == [str(i) for i in range(LONGEST + 2, 2, -1)]


@pytest.mark.parametrize("part", ["drawing", "upload", "result"])
def test_the_oldest_go_where_all_are_too_large(part):
    large = [("x" if part == "drawing" else b"x") * (HALF - i) for i in range(3)]
    found = remembered(*[past(str(i), **{part: data}) for i, data in enumerate(large)])
    assert names(found) == ["2", "1"]
    assert size(found) == 2 * HALF - 3 <= MOST_BYTES


def test_the_newest_is_there_however_large():
    found = remembered(past("small"), past("large", result=b"x" * (MOST_BYTES + 1)))
    assert names(found) == ["large"]


def test_a_dozen_of_large_photographs_is_remembered(tmp_path):
    pytest.importorskip("gradio")
    from space.tabs.translate_history import past_of

    noise, found = np.random.default_rng(0).integers(0, 256, (2000, 1500, 3), np.uint8), []
    Image.fromarray(noise).resize((3000, 4000)).save(tmp_path / "a.jpg", quality=95)
    assert (tmp_path / "a.jpg").stat().st_size > MOST_BYTES
    one = past("photograph")
    for number in range(LONGEST):
        photograph = past_of(one.kept._replace(drawn=False), 8, "", str(tmp_path / "a.jpg"))
        assert photograph.file_name == "a.webp"
        found = remember(found, photograph._replace(upload=photograph.upload + bytes([number])))
    assert len(found) == LONGEST
    with Image.open(BytesIO(found[0].upload)) as remembered:
        assert max(remembered.size) == 768


def test_a_small_upload_is_remembered_as_it_came(tmp_path):
    pytest.importorskip("gradio")
    from space.tabs.translate_history import past_of

    Image.new("RGB", (40, 30)).save(tmp_path / "b.png")
    kept = past("picture").kept._replace(drawn=False)
    remembered = past_of(kept, 8, "", str(tmp_path / "b.png"))
    assert remembered[3:] == ((tmp_path / "b.png").read_bytes(), "b.png")


def test_an_upload_that_is_translated_again_is_there_once():
    uploads = [bytes(bytearray(HALF)) for _ in range(5)]  # equal, as each request reads its file
    found = remembered(*[past(str(i), upload=data) for i, data in enumerate(uploads)])
    assert len(found) == 5 and size(found) == HALF
    assert len({id(one.upload) for one in found}) == 1


def test_what_one_session_remembers_is_in_no_other_list():
    begin = []
    mine = remember(begin, past("mine"))
    assert begin == [] and names(remember(begin, past("theirs"))) == ["theirs"]
    assert names(remember(mine, past("next"))) == ["next", "mine"] and names(mine) == ["mine"]


def test_the_strip_has_the_translations_of_its_model_alone():
    pytest.importorskip("gradio")
    from space.tabs.translate_history import chosen_past

    found = remembered(past("a", "one"), past("b", "two"), past("c", "one"))
    assert [chosen_past(found, "one", i).kept.name for i in (0, 1)] == ["c", "a"]
    for index in (-1, 2):
        with pytest.raises(Exception, match="kept no longer"):
            chosen_past(found, "one", index)
