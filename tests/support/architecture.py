"""The rules of the code base, checked on the syntax tree; `test_architecture.py` applies them.

Every rule takes a `Source` and yields one line for each place that breaks it.
"""

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from core.types import GENRES

AREAS = ("streamlit_app", "pages", "ui", "core")
"""Top to bottom: a module imports from areas below its own; within `ui` and `core` from its own, too."""

LAYERS: dict[str, tuple[frozenset[str], ...]] = {
    "core": (
        frozenset({"__main__"}),
        frozenset({"commands"}),
        frozenset({"jobs", "figures"}),
        frozenset({"training"}),
        frozenset({"evaluation"}),
        frozenset({"results"}),
        frozenset({"inference"}),
        frozenset({"models", "data"}),
        frozenset({"audio", "features", "rhythm", "metrics", "synth", "runs"}),
        frozenset({"system"}),
        frozenset({"types", "errors"}),
    ),
    "ui": (
        frozenset({"overview", "browse", "analyze", "learn", "results", "train"}),
        frozenset({"shared"}),
        frozenset({"app"}),
    ),
}
"""Folders and modules of `core` and of `ui`, top to bottom: each imports from layers below its own only."""

NUMERIC_LIBRARIES = frozenset(
    {"numpy", "scipy", "torch", "torchaudio", "torchmetrics", "sklearn", "mir_eval", "safetensors", "soundfile", "av"}
)
FEATURE_CONSTANTS = frozenset({22_050, 1_102, 551})
SAMPLE_RATE_DEFAULTS = frozenset({"core/audio/load.py", "core/synth/track.py"})
"""They repeat the sample rate as a default; a test holds them equal."""

MAX_LINES = 400
MIN_GENRES_IN_A_COPY = 8


@dataclass(frozen=True)
class Source:
    """One Python file.

    Attributes:
        path: relative to the root of the tree, with slashes.
        text: its contents.
    """

    path: str
    text: str

    @cached_property
    def tree(self) -> ast.Module:
        """The syntax tree."""
        return ast.parse(self.text, self.path)

    @cached_property
    def nodes(self) -> tuple[ast.AST, ...]:
        """Everything in it."""
        return tuple(ast.walk(self.tree))

    @cached_property
    def module(self) -> tuple[str, ...]:
        """Dotted name in parts; a package's `__init__` has the package's name."""
        parts = tuple(self.path.removesuffix(".py").split("/"))
        return parts[:-1] if parts[-1] == "__init__" and len(parts) > 1 else parts

    @property
    def area(self) -> str:
        """First part of the module name."""
        return self.module[0]

    @cached_property
    def imports(self) -> tuple[tuple[int, tuple[str, ...]], ...]:
        """Line and dotted name in parts of everything imported, wherever in the file; names of `from` included."""
        return tuple(self._find_imports())

    def _find_imports(self) -> Iterator[tuple[int, tuple[str, ...]]]:
        for node in self.nodes:
            if isinstance(node, ast.Import):
                for alias in node.names:
                    yield node.lineno, tuple(alias.name.split("."))
            elif isinstance(node, ast.ImportFrom):
                stem = self._absolute(node)
                for alias in node.names:
                    yield node.lineno, (*stem, alias.name)

    def _absolute(self, node: ast.ImportFrom) -> tuple[str, ...]:
        named = tuple(node.module.split(".")) if node.module else ()
        if not node.level:
            return named
        is_package = self.path.endswith("__init__.py")
        package = self.module if is_package else self.module[:-1]
        return package[: len(package) - (node.level - 1)] + named


def read_tree(root: Path) -> tuple[Source, ...]:
    """The project's own Python files below `root`; folders that do not exist are passed over."""
    found = [root / "streamlit_app.py"]
    for folder in ("pages", "ui", "core", "scripts", "tests"):
        found += sorted((root / folder).rglob("*.py"))
    return tuple(Source(path.relative_to(root).as_posix(), path.read_text()) for path in found if path.is_file())


def layer_of(area: str, part: str) -> int | None:
    """Index into `LAYERS`, None for a part of an area that has no place yet."""
    return next((index for index, layer in enumerate(LAYERS[area]) if part in layer), None)


def imports_point_down(source: Source) -> Iterator[str]:
    """streamlit_app -> pages -> ui -> core, never up or sideways between pages; scripts and tests are above all."""
    for line, name in source.imports:
        if name[0] not in AREAS:
            continue
        if source.area == "scripts" and name[0] != "core":
            yield f"{source.path}:{line} imports {'.'.join(name)}: a script works on core alone"
        if source.area not in AREAS:
            continue
        own, other = AREAS.index(source.area), AREAS.index(name[0])
        if other < own or (other == own and source.area not in ("ui", "core")):
            yield f"{source.path}:{line} imports {'.'.join(name)}: imports point down, {' -> '.join(AREAS)}"


def layers_point_down(source: Source) -> Iterator[str]:
    """Inside core and ui a module imports from lower layers, or from its own folder."""
    area = source.area
    if area not in LAYERS or len(source.module) < 2:
        return
    part = source.module[1]
    own = layer_of(area, part)
    if own is None:
        yield f"{source.path} has no layer: give {area}.{part} its place in LAYERS of tests/support/architecture.py"
        return
    for line, name in source.imports:
        if name[0] != area or len(name) < 2 or name[1] == part:
            continue
        other = layer_of(area, name[1])
        if other is not None and other <= own:
            yield f"{source.path}:{line} imports {area}.{name[1]}, which is not below {area}.{part}"


def libraries_stay_in_place(source: Source) -> Iterator[str]:
    """core knows no Streamlit, pages no numpy or torch, and only core.training knows Lightning."""
    for line, name in source.imports:
        library, where = name[0], f"{source.path}:{line} imports {name[0]}"
        if library in ("lightning", "pytorch_lightning") and source.module[:2] != ("core", "training"):
            if source.area != "tests":
                yield f"{where}: only core/training may, so that the web process never loads it"
        elif library == "streamlit" and source.area == "core":
            yield f"{where}: core is usable without it"
        elif library in NUMERIC_LIBRARIES and source.area in ("pages", "streamlit_app"):
            yield f"{where}: pages hold no numeric code, move it to core"


def caches_live_in_ui(source: Source) -> Iterator[str]:
    """`st.cache_data` and `st.cache_resource` are used in ui alone."""
    if source.area in ("ui", "tests"):
        return
    for node in source.nodes:
        if isinstance(node, ast.Attribute) and node.attr in ("cache_data", "cache_resource"):
            yield f"{source.path}:{node.lineno} uses {node.attr}: caching lives in ui"


def no_star_imports(source: Source) -> Iterator[str]:
    """No `from x import *`."""
    for line, name in source.imports:
        if name[-1] == "*":
            yield f"{source.path}:{line} imports everything from {'.'.join(name[:-1])}: name what is needed"


def no_blanket_except(source: Source) -> Iterator[str]:
    """No `except:`, `except Exception` or `except BaseException`."""
    for node in source.nodes:
        if not isinstance(node, ast.ExceptHandler):
            continue
        caught = node.type.elts if isinstance(node.type, ast.Tuple) else [node.type]
        names = {ast.unparse(kind) if kind else "everything" for kind in caught}
        if names & {"everything", "Exception", "BaseException"}:
            yield f"{source.path}:{node.lineno} catches {', '.join(sorted(names))}: name the errors that are expected"


def files_are_small(source: Source) -> Iterator[str]:
    """No file beyond `MAX_LINES` lines."""
    n_lines = len(source.text.splitlines())
    if n_lines > MAX_LINES:
        yield f"{source.path} has {n_lines} lines, more than {MAX_LINES}: split it"


def feature_constants_appear_once(source: Source) -> Iterator[str]:
    """Sample rate, window and hop are written in core/features/specs.py and nowhere else."""
    if source.area == "tests" or source.path == "core/features/specs.py":
        return
    allowed = set(_sample_rate_defaults(source.tree)) if source.path in SAMPLE_RATE_DEFAULTS else set()
    for node in source.nodes:
        is_number = isinstance(node, ast.Constant) and isinstance(node.value, int | float)
        if is_number and node.value in FEATURE_CONSTANTS and node not in allowed:
            yield f"{source.path}:{node.lineno} repeats the feature constant {node.value}: take it from FeatureSpec"


def _sample_rate_defaults(tree: ast.Module) -> Iterator[ast.expr]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            arguments = [*node.args.posonlyargs, *node.args.args]
            defaults = zip(arguments[len(arguments) - len(node.args.defaults) :], node.args.defaults, strict=True)
            keyword_defaults = zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True)
            for argument, default in [*defaults, *keyword_defaults]:
                if argument.arg == "sample_rate" and default is not None:
                    yield default


def genre_names_appear_once(source: Source) -> Iterator[str]:
    """The list of the ten genres is written in core/types/base.py and nowhere else."""
    if source.area == "tests" or source.path == "core/types/base.py":
        return
    for node in source.nodes:
        if isinstance(node, ast.Tuple | ast.List | ast.Set | ast.Dict):
            items = node.keys if isinstance(node, ast.Dict) else node.elts
            names = {item.value for item in items if isinstance(item, ast.Constant)}
            if len(names & set(GENRES)) >= MIN_GENRES_IN_A_COPY:
                yield f"{source.path}:{node.lineno} repeats the genre names: take them from core.types.GENRES"


RULES: tuple[Callable[[Source], Iterator[str]], ...] = (
    imports_point_down,
    layers_point_down,
    libraries_stay_in_place,
    caches_live_in_ui,
    no_star_imports,
    no_blanket_except,
    files_are_small,
    feature_constants_appear_once,
    genre_names_appear_once,
)
