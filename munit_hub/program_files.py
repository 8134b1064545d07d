"""A program's file: traced and written as ONNX or torch.export, and loaded again."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

import torch
from torch import Tensor, nn

from munit_hub.programs import Port, Program

MANIFEST = "export.json"  # beside the programs: what they are
SUFFIXES = {"onnx": ".onnx", "torch-export": ".pt2"}
NEEDS = {"onnx": ("onnx", "onnxscript", "onnxruntime"), "torch-export": ()}  # packages
Run = Callable[..., Tensor]


def check_packages(packages: Sequence[str], what: str) -> None:
    """ValueError unless the packages that `what` needs are installed."""
    missing = [name for name in packages if find_spec(name) is None]
    if missing:
        raise ValueError(f"{what} needs {', '.join(missing)}: pip install 'munit_hub[export]'.")


@contextmanager
def quiet() -> Iterator[None]:
    """Without what the exporter says of itself: that torchvision is not here, what will change."""
    logger = logging.getLogger("torch.onnx")
    level = logger.level
    logger.setLevel(logging.ERROR)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            yield
        finally:
            logger.setLevel(level)


class _Traced(nn.Module):
    """A program as the module that a tracer asks for, with no more than its own parts."""

    def __init__(self, program: Program):
        super().__init__()
        self.parts = nn.ModuleList(program.parts)
        self.function = program.function

    def forward(self, *inputs: Tensor) -> Tensor:
        return self.function(*inputs)


@quiet()
def write_program(program: Program, smallest: int, file: Path) -> None:
    """Trace a program, for images of at least `smallest` units a side, and write it."""
    onnx = file.suffix == SUFFIXES["onnx"]
    batch, h, w = torch.export.Dim("batch"), *(torch.export.Dim(n, min=smallest) for n in "hw")
    inputs, dynamic = [], []
    for port in program.inputs:
        one = onnx and one_content(program) and port.name == "content"
        inputs.append(random_input(port, 1 if one else 2, smallest + 1, smallest + 2))
        axes = {} if one else {0: batch}
        dynamic.append(axes | ({2: port.scale * h, 3: port.scale * w} if port.scale else {}))
    shapes = (tuple(dynamic),)
    exported = torch.export.export(_Traced(program), tuple(inputs), dynamic_shapes=shapes)
    if onnx:
        _write_onnx(exported, program, file)
    else:
        torch.export.save(exported, file)


def one_content(program: Program) -> bool:
    """Whether one content serves all styles: traced with one, which ONNX then broadcasts."""
    return [port.name for port in program.inputs] == ["content", "style"]


def _write_onnx(exported: torch.export.ExportedProgram, program: Program, file: Path) -> None:
    names = [port.name for port in program.inputs]
    made = torch.onnx.export(
        exported,
        dynamo=True,
        verbose=False,
        input_names=names,
        output_names=[program.output.name],
    )
    from onnx_ir import Shape

    assert made is not None
    graph = made.model.graph
    for node in graph:  # whose shapes were inferred for one content
        for value in node.outputs:
            value.shape = None
    for value, port in zip([*graph.inputs, *graph.outputs], program.ports, strict=True):
        value.shape = Shape(symbolic_shape(port, one_content(program)))
    made.save(file, external_data=False)


def symbolic_shape(port: Port, shared: bool) -> list[int | str]:
    """The shape with names for what is dynamic: h and w count units of `size_multiple` pixels."""
    times = f"{port.scale}*" if port.scale > 1 else ""
    batch = "1 or batch" if shared and port.name == "content" else "batch"
    return [batch, port.channels, *(f"{times}{n}" for n in "hw" if port.scale)]


def random_input(port: Port, batch: int, h: int, w: int) -> Tensor:
    """Numbers such as an input may hold, the same for the same shape."""
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(port.shape(batch, h, w), generator=generator)
    return x.tanh() if port.name == "image" else x


def load_program(path: Path) -> Run:
    """A program's file as a function of tensors, run by onnxruntime or by PyTorch."""
    if path.suffix == SUFFIXES["torch-export"]:
        loaded = torch.export.load(path).module()
        return lambda *inputs: loaded(*inputs)
    import onnxruntime  # type: ignore[import-untyped]

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = torch.get_num_threads()
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    names = [port.name for port in session.get_inputs()]

    def run(*inputs: Tensor) -> Tensor:
        arrays = (x.contiguous().numpy() for x in inputs)
        return torch.from_numpy(session.run(None, dict(zip(names, arrays, strict=True)))[0])

    return run
