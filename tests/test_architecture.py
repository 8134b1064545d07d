"""Who may import whom, read from the source."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
# Each row of munit_hub may import the rows above it, never its own or a later one.
ROWS = [
    [
        "__init__",
        "arguments",
        "norms",
        "files",
        "domains",
        "one_output",
        "image_processor",
        "edges",
        "papers",
        "card_text",
        "figures",
        "hub_errors",
        "precision",
    ],
    ["layers", "drawings", "model_card", "weights", "fitting", "committing"],
    ["upsampling", "sharing", "card_figures", "spaces"],
    ["base"],
    [
        "encoders",
        "decoders",
        "discriminators",
        "domain_discriminator",
        "exportable",
        "generators",
        "guiding",
    ],
    [
        "modeling_munit",
        "modeling_unit",
        "modeling_cyclegan",
        "modeling_bicyclegan",
        "modeling_tunit",
    ],
    ["conversion", "loading"],
    ["programs"],
    ["program_files"],
    ["exported"],
    ["pipeline"],
    ["bulk", "export"],
    ["preparing"],
    ["cli"],
]
ROW = {name: row for row, names in enumerate(ROWS) for name in names}


def sources(room):
    return sorted((ROOT / room).rglob("*.py"))


def imports(path):
    """Every dotted name a file imports, wherever in the file."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} line {node.lineno}: write the import in full"
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def packages(path):
    return {name.split(".")[0] for name in imports(path)}


@pytest.mark.parametrize(
    ("room", "others"),
    [
        ("munit_hub", {"training", "space", "tests", "benchmarks"}),
        ("training", {"space", "tests", "benchmarks"}),
        ("space", {"training", "tests", "benchmarks"}),
    ],
)
def test_rooms_do_not_look_into_each_other(room, others):
    for path in sources(room):
        assert not packages(path) & others, path


def test_only_the_page_knows_gradio():
    knowing = {"gradio", "gradio_client", "spaces"}
    for path in sources("munit_hub") + sources("training"):
        assert not packages(path) & knowing, path


def test_only_the_trainer_knows_accelerate():
    for path in [*sources("munit_hub"), *sources("space"), ROOT / "app.py"]:
        if path.exists():
            assert not packages(path) & {"accelerate", "jsonargparse"}, path


def test_what_is_for_some_is_imported_where_it_is_used():
    for path in [*sources("munit_hub"), *sources("space")]:
        if path.parent.name not in ("bulk", "preparing"):
            assert not packages(path) & {"av", "datasets", "pyarrow"}, path
    modules = [".".join(p.relative_to(ROOT).with_suffix("").parts) for p in sources("munit_hub")]
    script = f"""import importlib, sys
for name in {[name for name in modules if not name.endswith("__")]}: importlib.import_module(name)
print({{"av", "datasets", "pyarrow"}} & {{*sys.modules}})"""
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "set()"


def module_of(path):
    """The module or package of munit_hub that a file belongs to."""
    return path.relative_to(ROOT / "munit_hub").parts[0].removesuffix(".py")


def test_every_row_names_modules_that_there_are():
    assert set(ROW) <= {module_of(path) for path in sources("munit_hub")}


def test_munit_hub_imports_flow_one_way():
    for path in sources("munit_hub"):
        own = module_of(path)
        if own == "__init__":
            continue
        assert own in ROW, f"give {own} a row in this test"
        for name in imports(path):
            package, _, rest = name.partition(".")
            module = rest.split(".")[0]
            if package == "munit_hub" and module in ROW and module != own:
                assert ROW[module] < ROW[own], f"{path} imports {name}"


def test_importing_the_package_is_light():
    script = "import munit_hub, sys; print(munit_hub.__version__, 'torch' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["0.1.0", "False"]


def test_the_command_line_answers_without_torch():
    script = "import munit_hub.cli, sys; print({'torch', 'huggingface_hub'} & {*sys.modules})"
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "set()"


def test_every_promised_name_is_there():
    import munit_hub

    for name in munit_hub.__all__:
        assert getattr(munit_hub, name).__name__ == name
    with pytest.raises(AttributeError, match="no_such_name"):
        _ = munit_hub.no_such_name


def test_requirements_are_those_of_the_package_and_its_page():
    tomllib = pytest.importorskip("tomllib", reason="Python 3.10 has no reader for TOML")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    lines = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    listed = [line for line in lines if line and not line.startswith("#")]
    assert listed == project["dependencies"] + project["optional-dependencies"]["space"]


def test_what_is_installed_is_imported():
    tomllib = pytest.importorskip("tomllib", reason="Python 3.10 has no reader for TOML")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    listed = project["dependencies"] + extras["training"] + extras["space"]
    modules = {"pillow": "PIL", "opencv-python-headless": "cv2", "pyyaml": "yaml"}
    modules |= {"scikit-learn": "sklearn", "markdown-it-py": "markdown_it"}
    names = {re.match(r"[\w-]+", line).group() for line in listed}
    paths = [path for room in ("munit_hub", "training", "space") for path in sources(room)]
    imported = set().union(*map(packages, paths)) | {"tensorboard"}  # which accelerate imports
    assert {modules.get(name, name) for name in names} <= imported
