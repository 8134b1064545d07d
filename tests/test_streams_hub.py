"""A data set of the Hub, streamed from a server on this machine by the real clients."""

import json
import os
import subprocess
import sys

from tests.hub_store import Blob
from tests.shards import write_parquet
from tests.tiny_runs import ROOT

READ = """
import json
from training.pictures import open_source
from training.sources import SourceConfig

source = SourceConfig("me/fruit", streaming=True, shuffle_buffer=4, where={"label": ["pear"]})
stream = open_source(source, "fruit", 8, "cache").stream
shown = [int(stream[i][0, 0, 0]) for i in range(9)]
print(json.dumps([stream.shards.count, shown, stream.state(5)]))
"""


def test_a_dataset_of_the_hub_is_streamed_and_not_downloaded(hub, tmp_path):
    folder = tmp_path / "made"
    folder.mkdir()
    write_parquet(folder)
    repo = hub.store.create("me/fruit", "dataset")
    files = {path.name: Blob(path.read_bytes(), True) for path in folder.iterdir()}
    repo.commit("main", files, "four shards")
    hub.fault("GET /datasets/me/fruit/resolve", times=2, status=503)  # which is tried again
    environment = os.environ | hub.environment(tmp_path) | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", READ], env=environment, cwd=tmp_path, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    count, shown, state = json.loads(done.stdout.splitlines()[-1])
    assert count == 4 and sorted(shown) == list(range(1, 18, 2))
    assert state["epoch"] == 0 and state["shown"] in range(4)
    assert hub.faults[0].times == 0
    assert not list((tmp_path / "hf_home").rglob("*.parquet"))
