"""A run's model to the Hub while it trains: checked at the start, pushed in the background."""

from __future__ import annotations

import logging
import shutil
import threading
from pathlib import Path

from huggingface_hub import HfApi, ModelCard
from huggingface_hub.errors import HfHubHTTPError, OfflineModeIsEnabled

from munit_hub.hub_errors import first_line, told_of
from munit_hub.sharing import push_folder
from training.config import TrainConfig

DELAYS = (5.0, 20.0, 60.0, 180.0)  # seconds between the tries of one push

logger = logging.getLogger(__name__)


def check_push(config: TrainConfig) -> None:
    """Make the repository that the run will push to; ValueError where the Hub would refuse it.

    A Hub that has no answer today is a warning: it may have one when there is something to push.
    """
    repo_id = config.hub_model_id
    assert repo_id is not None  # TrainConfig sees to it
    try:
        with told_of(repo_id, write=True):
            api = HfApi()
            made = api.create_repo(repo_id, private=config.hub_private or None, exist_ok=True)
            api.auth_check(made.repo_id, write=True)  # it may have been there, and another's
            ModelCard(f"---\nlicense: {config.card.license}\n---\n").validate("model")
    except ValueError as error:
        cause = error.__cause__
        answer = cause.response if isinstance(cause, HfHubHTTPError) else None
        answered = answer is not None and answer.status_code < 500 and answer.status_code != 429
        if answered or isinstance(cause, ValueError | OfflineModeIsEnabled):
            raise ValueError(f"push_to_hub: {error}") from error
        logger.warning("push_to_hub: %s Training starts all the same.", error)


class HubPushes:
    """Pushes of one run, one at a time; none of them ever raises.

    A push that fails is tried again after each of DELAYS, and then given up with a warning.
    """

    def __init__(self, config: TrainConfig):
        self.repo_id, self.private = config.hub_model_id or "", config.hub_private or None
        self.every, self.last = config.hub_push_steps, config.max_steps
        self.folder = Path(config.output_dir) / "hub"  # what is being pushed, meanwhile
        self.thread: threading.Thread | None = None
        self.superseded = threading.Event()  # what is under way is not tried again
        self.pushed: list[int] = []
        self.failed: dict[int, str] = {}

    def due(self, step: int) -> bool:
        """Whether to push the model of this step: not the last one, nor while another is."""
        if self.every == 0 or step % self.every or step >= self.last:
            return False
        if self.thread is not None and self.thread.is_alive():
            logger.warning("The model of step %d is not pushed: an older one still is.", step)
            return False
        return True

    def start(self, step: int) -> None:
        """Push what was written to `folder`, in the background; the folder is removed after."""
        # A daemon: a hanging upload keeps no process alive that was told to stop.
        self.thread = threading.Thread(target=self._push_snapshot, args=(step,), daemon=True)
        self.thread.start()

    def abandon(self, step: int, error: Exception) -> None:
        """Give up the push of a model that could not be written to `folder`."""
        shutil.rmtree(self.folder, ignore_errors=True)
        self._give_up(step, first_line(error))

    def finish(self, directory: Path, step: int) -> None:
        """Push the model of a whole run in the foreground, after what is still under way."""
        self.superseded.set()
        if self.thread is not None:
            self.thread.join()
        self.superseded.clear()
        self._push(directory, step)

    def summary(self) -> str:
        """What reached the Hub and what did not, in a line or two."""
        steps = ", ".join(map(str, self.pushed)) or "nothing"
        lines = [f"Pushed to {self.repo_id}: {'step ' if self.pushed else ''}{steps}."]
        lines += [f"Not pushed: step {step}. {reason}" for step, reason in self.failed.items()]
        if self.failed and max(self.failed) > max(self.pushed, default=0):
            lines.append(f"To push it by hand: munit-hub push {self.folder.parent} {self.repo_id}")
        return "\n".join(lines)

    def _push_snapshot(self, step: int) -> None:
        self._push(self.folder, step)
        shutil.rmtree(self.folder, ignore_errors=True)

    def _push(self, directory: Path, step: int) -> None:
        for delay in (*DELAYS, None):
            try:
                message = f"Step {step}"
                push_folder(directory, self.repo_id, private=self.private, commit_message=message)
                self.pushed.append(step)
                return
            except Exception as error:  # whatever it is, training is worth more
                reason = first_line(error)
            if delay is None or self.superseded.wait(delay):
                break
            logger.warning("The push of step %d is tried again: %s", step, reason)
        self._give_up(step, reason)

    def _give_up(self, step: int, reason: str) -> None:
        self.failed[step] = reason
        logger.warning("The push of step %d is given up: %s", step, reason)
