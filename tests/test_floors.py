"""Every room has a floor, and doors only lead down (docs: design; lazy imports count)."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

# The longest name that fits decides; a folder that is one room stands here once.
FLOORS = {
    "elara_local": 0,
    "elara_local.bootstrap": 0,
    "elara_local.entries": 0,
    "elara_local.errors": 0,
    "elara_local.records": 0,
    "elara_local.gguf_layout": -1,
    "elara_local.weights": 0,
    "elara_local.proofs": 1,
    "elara_local.chat_models": 3,
    "elara_local.proving": 3,
    "elara_local.events": 1,
    "elara_local.roles": 1,
    "elara_local.settings": 2,
    "elara_local.ports": 1,
    "elara_local.text": 1,
    "elara_local.vitals": 1,
    "elara_local.vital_patterns": 0,
    "elara_local.numerals": 0,
    "elara_local.catalogue": 1,
    "elara_local.offline": 1,
    "elara_local.metrics": 1,
    "elara_local.intent": 1,
    "elara_local.pages": 1,
    "elara_local.drawing": 2,
    "elara_local.common_words": 2,
    "elara_local.wheels": 2,
    "elara_local.screening": 2,
    "elara_local.prompts": 2,
    "elara_local.grounding": 2,
    "elara_local.render": 2,
    "elara_local.sources": 2,
    "elara_local.language": 3,
    "elara_local.emergency": 3,
    "elara_local.refusal": 3,
    "elara_local.emergency_likeness": 4,
    "elara_local.bands": 1,
    "elara_local.patient": 3,
    "elara_local.spelling": 3,
    "elara_local.medicines": 3,
    "elara_local.classes": 3,
    "elara_local.presence": 4,
    "elara_local.aspects": 2,
    "elara_local.titles": 4,
    "elara_local.regimens": 3,
    "elara_local.cards": 3,
    "elara_local.clinical": 4,
    "elara_local.confidence": 4,
    "elara_local.reckoning": 5,
    "elara_local.differences": 5,
    "elara_local.sums": 5,
    "elara_local.discord": 4,
    "elara_local.passages": 3,
    "elara_local.precedence": 3,
    "elara_local.engines": 4,
    "elara_local.turn": 4,
    "elara_local.briefing": 4,
    "elara_local.drafts": 4,
    "elara_local.ranking": 1,
    "elara_local.condense": 3,
    "elara_local.coverage": 3,
    "elara_local.lab_values": 1,
    "elara_local.synonyms": 3,
    "elara_local.naming": 3,
    "elara_local.gate": 4,
    "elara_local.retrieve": 5,
    "elara_local.health": 4,
    "elara_local.facts": 5,
    "elara_local.deriving": 5,
    "elara_local.provision": 6,
    "elara_local.assistant": 6,
    "elara_local.evaluation": 9,
    "elara_local.engine_table": 7,
    "elara_local.assemble": 8,
    "elara_local.ui": 10,
    "elara_local.cli": 11,
    "elara_local.__main__": 12,
    "index": 0,
    "index.documents": 2,
    "index.handbook": 2,
    "index.review": 1,
    "index.leaflets": 4,
    "index.card_rules": 4,
    "index.concordance": 5,
    "index.inspection": 7,
    "index.records": 1,
    "index.clean": 2,
    "index.sketches": 2,
    "index.quality": 3,
    "index.sameness": 4,
    "index.dedupe": 5,
    "index.stretches": 6,
    "index.articles": 7,
    "index.isolation": 3,
    "index.reading": 4,
    "index.fetch": 3,
    "index.cutting": 4,
    "index.slices": 4,
    "index.shards": 8,
    "index.merge": 9,
    "index.build": 6,
    "index.add": 6,
    "index.collection": 10,
    "index.cluster": 11,
    "index.verbs": 9,
    "index.builds": 12,
    "index.__main__": 13,
    "convert": 0,
    "convert.progress": 1,
    "convert.dialogues": 5,
    "convert.questions": 4,
    "convert.shelf": 4,
    "convert.grounded": 6,
    "convert.weights": 5,
    "convert.quantizing": 5,
    "convert.merge": 6,
    "convert.quantize": 6,
    "convert.imatrix": 6,
    "convert.adapter": 7,
    "convert.peft_models": 6,
    "convert.export": 9,
    "convert.encoders": 6,
    "convert.proving": 8,
    "convert.training": 10,
    "convert.orders": 9,
    "convert.verbs": 12,
    "convert.__main__": 13,
    "launcher": 12,
}
# Rooms that are folders: files inside may open doors to each other, in one direction.
FOLDERS = tuple(
    f"elara_local.{name}"
    for name in (
        "bootstrap",
        "cli",
        "clinical",
        "engines",
        "evaluation",
        "grounding",
        "passages",
        "screening",
        "ui",
    )
) + (
    "index.documents",
    "index.fetch",
    "index.isolation",
    "convert.weights",
    "convert.quantizing",
    "convert.encoders",
    "convert.proving",
    "convert.training",
    "convert.verbs",
)
NEVER = {"elara_local": ("index", "convert")}


def read_modules() -> dict[str, Path]:
    modules = {"launcher": ROOT / "launcher.py"}
    for package in ("elara_local", "index", "convert"):
        for path in sorted((ROOT / package).rglob("*.py")):
            parts = path.relative_to(ROOT).with_suffix("").parts
            modules[".".join(p for p in parts if p != "__init__")] = path
    return modules


MODULES = read_modules()


def room_of(module: str) -> str:
    while module not in FLOORS and "." in module:
        module = module.rpartition(".")[0]
    return module


def read_doors(module: str) -> set[str]:
    """The first-party modules that a module imports, anywhere in its tree."""
    tree = ast.parse(MODULES[module].read_text(encoding="utf-8"))
    package = module if MODULES[module].name == "__init__.py" else module.rpartition(".")[0]
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                above = package.split(".")[: len(package.split(".")) - node.level + 1]
                base = ".".join([*above, base] if base else above)
            names |= {base} | {f"{base}.{alias.name}" for alias in node.names}
    known = {name for name in names if name in MODULES}
    return {n for n in known if not any(m != n and m.startswith(f"{n}.") for m in known)}


@pytest.mark.parametrize("module", sorted(MODULES))
def test_every_room_has_a_floor(module):
    top = room_of(module)
    assert top in FLOORS, f"{module} has no floor: place it in tests/test_floors.py"
    assert "." not in module or top != module.partition(".")[0], f"{module} has no floor"


@pytest.mark.parametrize("module", sorted(MODULES))
def test_doors_only_lead_down(module):
    room = room_of(module)
    for door in read_doors(module):
        other = room_of(door)
        if other == room and (room in FOLDERS or door == module):
            continue
        assert FLOORS[other] < FLOORS[room] or door in ("elara_local", "index"), (
            f"{module} (floor {FLOORS[room]}) opens a door to {door} (floor {FLOORS[other]})"
        )
        forbidden = NEVER.get(module.partition(".")[0], ())
        assert door.partition(".")[0] not in forbidden, f"{module} imports {door}"


def test_there_is_no_cycle():
    doors = {module: read_doors(module) - {module} for module in MODULES}
    settled: set[str] = set()

    def visit(module: str, trail: tuple[str, ...]) -> None:
        assert module not in trail, f"a cycle: {' -> '.join([*trail, module])}"
        if module not in settled:
            for door in doors[module]:
                visit(door, (*trail, module))
            settled.add(module)

    for module in doors:
        visit(module, ())


def test_a_door_upwards_would_be_seen(tmp_path, monkeypatch):
    path = tmp_path / "text.py"
    path.write_text("def f():\n    from elara_local import assistant\n", encoding="utf-8")
    monkeypatch.setitem(MODULES, "elara_local.text", path)
    with pytest.raises(AssertionError, match="opens a door to elara_local.assistant"):
        test_doors_only_lead_down("elara_local.text")


def test_only_one_module_reads_the_environment():
    readers = {
        module
        for module, path in MODULES.items()
        if re.search(r"os\.environ|getenv", path.read_text(encoding="utf-8"))
    }
    assert readers <= {"elara_local.settings", "elara_local.offline", "launcher"}
