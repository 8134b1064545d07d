"""Small pages, served in this process as the page is: lines, bounds, deletion."""

import threading
import time

import pytest

pytest.importorskip("gradio")

import gradio as gr
import torch
from PIL import Image

from munit_hub.image_processor import open_image
from space import checked, gate, live, page, serving, style_map
from tests.hostile import Visitor, refused
from tests.hostile_files import SKETCH

CALLED = 0.05  # seconds between two looks


@pytest.fixture
def serve(monkeypatch, tmp_path):
    """Serves blocks with a function as /work and again as /other; returns a visitor."""
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path / "files"))
    monkeypatch.setenv("CPU_CORES", "1")
    monkeypatch.setenv("GRADIO_ANALYTICS_ENABLED", "False")
    served = []

    def start(work, kept=3600.0):
        with checked.CheckedBlocks(delete_cache=(3600, 3600)) as blocks:
            given, made = gr.Textbox(), gr.Textbox()
            gr.on([], work, given, made, api_name="work")
            gr.on([], lambda text: work(text), given, made, api_name="other")
        serving.share_workers(blocks)
        options = serving.options(kept) | {"prevent_thread_lock": True, "quiet": True}
        _, url, _ = blocks.launch(server_name="127.0.0.1", **options)
        visitor = Visitor(url.rstrip("/"))
        visitor.blocks = blocks
        served.append(visitor)
        return visitor

    yield start
    for visitor in served:
        visitor.http.close()
        visitor.blocks.close(verbose=False)


def until(true, patience=30.0):
    end = time.monotonic() + patience
    while not true() and time.monotonic() < end:
        time.sleep(CALLED)
    assert true()


def test_a_page_whose_machine_is_busy_at_the_start_is_not_given_up(serve, monkeypatch):
    monkeypatch.setattr("gradio.networking.url_ok", lambda url: False)
    assert "event: complete" in serve(str.upper).call("work", ["a"]).text


def test_a_full_queue_says_busy_and_is_served_later(serve):
    go, working = threading.Event(), threading.Semaphore(0)

    def work(text):
        working.release()
        go.wait(30)
        return text

    visitor = serve(work)

    def ask():
        return visitor.http.post("call/work", json={"data": ["a"]})

    assert ask().is_success and working.acquire(timeout=30)  # one works, so many wait:
    waiting = [ask() for _ in range(16)]
    assert all(answer.is_success for answer in waiting)
    full = ask()
    assert full.status_code == 503
    assert "please try again" in refused(full)
    go.set()
    for answer in waiting:
        told = visitor.http.get(f"call/work/{answer.json()['event_id']}").text
        assert "event: complete" in told
    assert "event: complete" in visitor.call("work", ["b"]).text


def test_all_functions_wait_in_one_line(serve):
    at_once, most = [], []

    def work(text):
        at_once.append(text)
        most.append(len(at_once))
        time.sleep(0.2)
        at_once.remove(text)
        return text

    visitor = serve(work)
    asked = [visitor.http.post(f"call/{name}", json={"data": [name]}) for name in ("work", "other")]
    for name, answer in zip(("work", "other"), asked, strict=True):
        told = visitor.http.get(f"call/{name}/{answer.json()['event_id']}").text
        assert "event: complete" in told
    assert most == [1, 1]


def test_nobody_passes_the_line(serve):
    answer = serve(str).http.post("run/work", json={"data": ["a"]})
    assert answer.status_code == 404 and "join the queue" in refused(answer)


def test_work_that_takes_too_long_is_stopped(serve, monkeypatch):
    monkeypatch.setattr(checked, "LONGEST", 0.2)
    done = []

    def work(text):
        end = time.monotonic() + 10  # unless it is stopped
        while text == "slow" and time.monotonic() < end:
            torch.nn.Identity()(torch.zeros(1))
        done.append(text)
        return text

    visitor = serve(work)
    assert "longer than" in refused(visitor.call("work", ["slow"]))
    assert "event: complete" in visitor.call("work", ["quick"]).text and done == ["quick"]


def test_what_goes_wrong_inside_is_a_sentence_without_the_reason(serve, caplog):
    def work(text):
        raise RuntimeError(f"/secret/path {text}")

    sentence = refused(serve(work).call("work", ["mine"]))
    assert "secret" not in sentence and "secret" not in caplog.text
    assert "RuntimeError at test_serving.py" in caplog.text


def test_an_upload_is_deleted_after_its_time(serve, tmp_path):
    visitor = serve(str, kept=1.0)
    stored = visitor.upload(SKETCH)["path"]
    assert visitor.http.get(f"file={stored}").content == SKETCH
    until(lambda: not [*(tmp_path / "files").rglob("picture.png")])
    assert visitor.http.get(f"file={stored}").status_code == 403


def test_what_a_killed_server_left_is_deleted_by_the_next(serve, tmp_path):
    left = tmp_path / "files" / ("a" * 64) / "left.png"
    left.parent.mkdir(parents=True)
    left.write_bytes(SKETCH)
    time.sleep(0.1)
    serve(str, kept=0.05)
    until(lambda: not left.exists())


def test_a_sender_who_falls_silent_is_answered(serve, monkeypatch):
    monkeypatch.setattr(gate, "_SILENCE", 0.2)

    def body():
        yield b'{"data": ['
        time.sleep(1)
        yield b'"a"]}'

    answer = serve(str).http.post("call/work", content=body())
    assert answer.status_code == 408 and "stopped arriving" in refused(answer)


def test_uploads_stop_while_the_disk_is_full(serve, monkeypatch):
    visitor = serve(str)
    monkeypatch.setattr(gate, "_ROOM", 2**70)
    assert "try again" in refused(visitor.upload(SKETCH))
    assert "event: complete" in visitor.call("work", ["a"]).text


def test_calls_of_programs_leave_no_session_behind(serve):
    visitor = serve(str)
    for _ in range(3):
        assert "event: complete" in visitor.call("work", ["a"]).text
    assert not visitor.blocks.state_holder.session_data


def test_the_session_of_a_visitor_who_left_is_forgotten(serve):
    visitor = serve(str, kept=1.0)
    sessions = visitor.blocks.state_holder.session_data
    asked = {"data": ["a"], "fn_index": 0, "session_hash": "mine"}
    assert visitor.http.post("queue/join", json=asked).is_success
    assert "process_completed" in visitor.http.get("queue/data?session_hash=mine").text
    assert "mine" in sessions
    until(lambda: "mine" not in sessions)


def test_pictures_that_nobody_looks_at_any_longer_are_forgotten(tiny_sketch_model):
    picture, target = Image.new("RGB", (32, 32)), "edges"
    made = style_map.draw_map(tiny_sketch_model, picture, target)
    kept = [style_map._MAPS, live._SEEN, *live._DECODERS.things()]
    assert made in style_map._MAPS.things() and all(shelf.things() for shelf in kept)
    live.forget(0)
    style_map.forget(0)
    assert not any(shelf.things() for shelf in kept)


def test_a_picture_that_was_deleted_meanwhile_is_to_be_uploaded_again(tmp_path):
    file = str(tmp_path / "wide.jpg")
    sentence = "'wide.jpg was deleted after an hour: upload it again.'"
    with pytest.raises(gr.Error, match=f"^{sentence}$"), page.said_to_the_visitor(None, file):
        open_image(file)


@pytest.mark.parametrize(
    ("said", "cores", "workers", "threads"),
    [({"CPU_CORES": "2"}, 2, 2, 1), ({"CPU_CORES": "8", "MUNIT_HUB_WORKERS": "2"}, 8, 2, 4)],
)
def test_workers_and_their_threads_share_the_cores(monkeypatch, said, cores, workers, threads):
    for name, value in said.items():
        monkeypatch.setenv(name, value)
    assert (serving.cores(), serving.workers(), serving.threads()) == (cores, workers, threads)
