"""Each tiny model's answers depend on each of its cached blocks, on a real engine.

Long, because it starts four engines of its own: the everyday negative control is e2e's, which
loads a forged block from the pool.
"""

import os
from pathlib import Path

import pytest
from rig.engines import Engine, EngineSpec, prompt
from rig.sensitivity import measure

pytestmark = pytest.mark.long


def _engine(shape: str, folder: Path) -> Engine:
    models = Path(os.environ["MOONPOOL_TEST_MODELS"])
    python = Path(os.environ["MOONPOOL_TEST_PYTHON"])
    return Engine(EngineSpec(python, models / shape, in_process=True), folder / f"{shape}.log")


@pytest.mark.parametrize("shape", ["mha", "gqa", "swa"])
def test_every_cached_block_matters(shape: str, tmp_path: Path) -> None:
    with _engine(shape, tmp_path) as engine:
        found = measure(engine)
    assert found.blocks_tried > 0
    assert found.proven, found


def test_mla_answers_depend_on_early_tokens(tmp_path: Path) -> None:
    """Without a connector this build caches no MLA blocks: a changed token stands in for one."""
    ids = prompt(seed=1, length=1000)
    with _engine("mla", tmp_path) as engine:
        reference = engine.generate(ids)
        assert reference.same_answer(engine.generate(ids))
        assert not reference.same_answer(engine.generate([ids[0] + 1, *ids[1:]]))
