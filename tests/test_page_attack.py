"""Hostile pictures, values and file names: each gets a sentence, and nothing is given away."""

import pytest

pytest.importorskip("gradio")

from tests.hostile import ROOT, named, refused
from tests.hostile_files import BROKEN, NAMES, film

pytestmark = pytest.mark.usefixtures("unharmed")


@pytest.mark.parametrize("name", BROKEN)
def test_what_is_no_picture_is_named(visitor, honest, name):
    file = visitor.upload(BROKEN[name], name)
    assert name in refused(visitor.translate(file, "fruit"))
    assert name in refused(visitor.translate(honest, "fruit", 1, 0, file))


@pytest.mark.parametrize(("kind", "frames"), [("GIF", 3000), ("WEBP", 1000)])
def test_of_a_film_the_first_frame_counts(visitor, kind, frames):
    file = visitor.upload(film(kind, frames), f"film.{kind.lower()}")
    assert "event: complete" in visitor.translate(file, "fruit", 1).text


@pytest.mark.parametrize("name", NAMES)
def test_a_files_name_is_text(visitor, name):
    file = visitor.upload(b"no picture", NAMES[name])
    refused(visitor.translate(file, "fruit") if isinstance(file, dict) else file)


NUMBERS = [-1, 10**400, 1e308, float("nan"), float("inf"), "8; drop table", [8], {"a": 8}]


@pytest.mark.parametrize("number", NUMBERS, ids=str)
def test_numbers_are_bounded(visitor, honest, number):
    refused(visitor.translate(honest, "fruit", number))
    refused(visitor.translate(honest, "fruit", 1, number))


@pytest.mark.parametrize(
    "text", ["vegetables", "<script>alert(1)</script>", "a" * 10_000, 5, None, [], {"path": "/"}],
    ids=lambda text: str(text)[:20],
)  # fmt: skip
def test_a_target_is_one_of_two(visitor, honest, text):
    refused(visitor.translate(honest, text, 1))


@pytest.mark.parametrize("values", [[], [5], ["/etc/passwd"], [[]], [{"path": 5}], [True], [None]])
def test_a_picture_is_a_file(visitor, values):
    refused(visitor.translate(*values))


def places(port, page):
    """Files of the server and addresses inside its network."""
    return [
        *("/etc/passwd", "../../../etc/passwd", "file:///etc/passwd", "/proc/self/environ"),
        *(str(ROOT / "app.py"), "app.py", "/", "~/.bashrc", "a\0b", "/" + "a" * 5000),
        *(f"http://127.0.0.1:{port}/a", f"http://localhost:{port}/b", f"http://[::1]:{port}/c"),
        *(f"HTTP://127.1:{port}/d", "http://169.254.169.254/latest", "https://huggingface.co/e"),
        *(f"http://127.0.0.1:{port}/gradio_api/file=/etc/passwd", "data:image/png;base64,aGVsbG8="),
        *(f"{page}/gradio_api/file={ROOT}/README.md", f"gopher://127.0.0.1:{port}/f"),
    ]


def test_no_file_that_a_client_names_is_opened_nor_fetched(visitor, honest, trap):
    port, came = trap
    for place in places(port, visitor.url):
        for file in (named(place), named(place, is_stream=True), named(place, url=place)):
            for values in ([file], [honest, "fruit", 1, 0, file]):
                sentence = refused(visitor.translate(*values))
                assert "Addresses are not opened" in sentence or "://" not in place or "=/" in place
    address = f"http://127.0.0.1:{port}/g"
    forged = visitor.translate(honest | {"url": address, "mime_type": "text/html"}, "fruit", 1)
    assert "event: complete" in forged.text and not came


IDS = [
    *("a" * 10_000, "a/" * 5_000, "../../etc", "/etc", "~", ".", "space/models/tunit-fruits10"),
    *(str(ROOT / "space" / "models" / "munit-edges2fruit"), "file:///etc", "http://127.0.0.1:{}/a"),
    *("<script>alert(1)</script>/b", "a/b\0c", "owner/name; rm -rf /", "a/b@refs/../c", "\r\na/b"),
]


@pytest.mark.parametrize("wanted", IDS, ids=lambda text: text[:20])
def test_a_model_is_an_id_of_the_hub(visitor, trap, wanted):
    port, came = trap
    page = visitor.http.get("../config").json()
    box = next(c["id"] for c in page["components"] if c["props"].get("elem_id") == "wanted")
    opens = [d for d in page["dependencies"] if d["inputs"][:1] == [box]]
    assert opens
    for event in opens:
        typed = [wanted.format(port)] + [None] * (len(event["inputs"]) - 1)
        sentence = refused(visitor.ask(event["id"], typed))
        assert "gradio" not in sentence and "page, and try again" not in sentence
    assert not came
