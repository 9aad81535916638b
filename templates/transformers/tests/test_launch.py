"""Where a process stands among many, what that changes, and what it rules out."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import pytest
from accelerate.commands.config import load_config_from_file

import pipeline.launch
from conftest import ROOT
from pipeline.adapters import quantization_config
from pipeline.arguments import planned_steps
from pipeline.errors import ConfigError
from pipeline.launch import Place, exit_code, place
from pipeline.manifest import build_manifest, require_same_run
from pipeline.memory import out_of_memory_advice
from pipeline.settings import MethodConfig, Quantization, RunConfig
from pipeline.strategy import Launch, check_strategy, examples_per_step, launch


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    """Act as a process that a launcher started."""

    def start(strategy: str, processes: int = 2, rank: int = 0, offload: bool = False) -> Launch:
        monkeypatch.setenv("WORLD_SIZE", str(processes))
        monkeypatch.setenv("RANK", str(rank))
        monkeypatch.setenv("LOCAL_RANK", str(rank))
        monkeypatch.setenv("ACCELERATE_USE_FSDP", str(strategy == "fsdp").lower())
        if strategy.startswith("zero"):
            zero = {"stage": int(strategy[-1])} | ({"offload_optimizer": {}} if offload else {})
            path = tmp_path / "deepspeed.json"
            path.write_text(json.dumps({"zero_optimization": zero}), encoding="utf-8")
            monkeypatch.setenv("ACCELERATE_USE_DEEPSPEED", "true")
            monkeypatch.setenv("ACCELERATE_DEEPSPEED_CONFIG_FILE", str(path))
        return launch()

    return start


NOBODY_SAID = argparse.Namespace(
    nnodes=None, node_rank=None, nproc_per_node=None, master_addr=None, master_port=None
)


def test_a_process_started_by_nobody_is_alone() -> None:
    assert launch() == Launch("single", 1, 0, 0)


@pytest.mark.parametrize("strategy", ["ddp", "fsdp", "zero-2", "zero-3"])
def test_a_process_knows_its_strategy_and_its_place(started: Any, strategy: str) -> None:
    assert started(strategy, processes=8, rank=3) == Launch(strategy, 8, 3, 3)
    assert not launch().is_first


def test_one_device_with_states_in_host_memory_is_deepspeeds(started: Any) -> None:
    assert started("zero-2", processes=1, offload=True) == Launch("zero-2", 1, 0, 0, offload=True)


def test_an_optimizer_step_sees_the_examples_of_every_process(started: Any, smoke: Any) -> None:
    batch = ["training.micro_batch_size=2", "training.gradient_accumulation_steps=2"]
    config = smoke("training.max_steps=null", "training.epochs=1.0", *batch)
    assert (examples_per_step(config), planned_steps(config, 50)) == (2 * 2, 13)
    started("ddp", processes=4)
    assert (examples_per_step(config), planned_steps(config, 50)) == (2 * 2 * 4, 4)


@pytest.mark.parametrize(
    ("strategy", "overrides", "remedy"),
    [
        ("fsdp", ["training.optimizer=adamw-8bit"], r"training\.optimizer: adamw"),
        ("fsdp", ["training.optimizer=adafactor"], r"training\.optimizer: adamw"),
        ("zero-2", ["training.dtype=bf16"], "bf16-mixed"),
        ("zero-2 offload", ["training.optimizer=paged-adamw-8bit"], "adamw"),
    ],
)
def test_what_a_strategy_cannot_train_is_refused_with_a_remedy(
    started: Any, smoke: Any, strategy: str, overrides: list[str], remedy: str
) -> None:
    name, _, offload = strategy.partition(" ")
    started(name, offload=bool(offload))
    with pytest.raises(ConfigError, match=remedy):
        check_strategy(smoke(*overrides))
    check_strategy(smoke())


def with_qlora(config: RunConfig, quantization: Quantization) -> RunConfig:
    """The configuration on a quantized base, whatever the methods of the task are."""
    return config.model_copy(
        update={"method": MethodConfig(name="qlora", quantization=quantization)}
    )


@pytest.mark.parametrize(
    ("strategy", "quantization", "remedy"),
    [("fsdp", "int8", "quantization: nf4"), ("zero-3", "nf4", "FSDP")],
)
def test_a_quantized_base_that_a_strategy_cannot_cut_is_refused_with_a_remedy(
    started: Any, smoke: Any, strategy: str, quantization: Quantization, remedy: str
) -> None:
    started(strategy)
    with pytest.raises(ConfigError, match=remedy):
        check_strategy(with_qlora(smoke("training.dtype=bf16-mixed"), quantization))


def test_four_bit_weights_are_stored_in_sixteen_bit_numbers_that_fsdp_can_cut(
    started: Any, smoke: Any
) -> None:
    config = with_qlora(smoke("training.dtype=bf16-mixed"), "nf4")
    plain = quantization_config(config)
    assert plain is not None
    assert str(plain.bnb_4bit_quant_storage) == "torch.uint8"
    started("fsdp")
    sharded = quantization_config(config)
    assert sharded is not None
    assert str(sharded.bnb_4bit_quant_storage) == "torch.bfloat16"


def test_a_checkpoint_goes_on_with_as_many_processes_as_it_had(started: Any, smoke: Any) -> None:
    config = smoke()
    alone = build_manifest(config)
    require_same_run(config, alone)
    require_same_run(config, {key: value for key, value in alone.items() if key != "launch"})
    started("fsdp", processes=4)
    with pytest.raises(ConfigError, match=r"processes \(1 then, 4 now\)"):
        require_same_run(config, alone)


def test_copies_that_do_not_fit_are_told_of_shards(started: Any, smoke: Any) -> None:
    assert not any("FSDP" in line for line in out_of_memory_advice(smoke()))
    started("ddp")
    assert any("FSDP" in line for line in out_of_memory_advice(smoke()))
    started("fsdp")
    assert not any("8bit" in line for line in out_of_memory_advice(smoke()))


def test_the_launch_file_is_one_that_accelerate_takes() -> None:
    settings = load_config_from_file(str(ROOT / "configs" / "accelerate.yaml"))
    assert settings.num_processes >= settings.num_machines >= 1


def test_one_machine_takes_any_free_port() -> None:
    assert place(NOBODY_SAID, {}, 1, 8) == Place(1, 8, 0, "127.0.0.1", 0)


def test_a_machine_of_several_is_told_its_place_by_the_environment_or_arguments() -> None:
    environment = {"NODE_RANK": "1", "MASTER_ADDR": "10.0.0.5"}
    assert place(NOBODY_SAID, environment, 2, 16) == Place(2, 8, 1, "10.0.0.5", 29500)
    other = {"NNODES": "4", "NPROC_PER_NODE": "1", "MASTER_PORT": "1234"}
    assert place(NOBODY_SAID, environment | other, 2, 16) == Place(4, 1, 1, "10.0.0.5", 1234)
    said = argparse.Namespace(**vars(NOBODY_SAID) | {"node_rank": 0, "master_addr": "head"})
    assert place(said, environment, 2, 16) == Place(2, 8, 0, "head", 29500)


@pytest.mark.parametrize(
    "environment",
    [{}, {"NODE_RANK": "0"}, {"MASTER_ADDR": "a"}, {"NODE_RANK": "2", "MASTER_ADDR": "a"}],
)
def test_a_machine_that_does_not_know_its_place_says_so(environment: dict[str, str]) -> None:
    with pytest.raises(ConfigError, match="NODE_RANK"):
        place(NOBODY_SAID, environment, 2, 16)


def test_a_killed_process_ends_as_a_shell_tells_it() -> None:
    assert (exit_code(71), exit_code(-9)) == (71, 137)


@pytest.fixture
def scripts(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    """Scripts in place of the project's that end as they are told; gives who ran, in order."""
    ran = tmp_path / "ran"
    ran.touch()

    def end(training: int, evaluation: int) -> Path:
        for name, constant, code in (
            ("train.py", "DEFAULT_SCRIPT", training),
            ("evaluate.py", "EVALUATION", evaluation),
        ):
            line = f"import sys; open({str(ran)!r}, 'a').write({name!r} + ' '.join(sys.argv[1:]))"
            (tmp_path / name).write_text(f"{line}\nsys.exit({code})\n", encoding="utf-8")
            monkeypatch.setattr(pipeline.launch, constant, str(tmp_path / name))
        return ran

    monkeypatch.setattr("signal.signal", lambda *_: None)
    return end


ONE_PROCESS = ("--nnodes", "1", "--nproc-per-node", "1", "--evaluate", "--set", "a=1")


@pytest.mark.parametrize(
    ("training", "evaluation", "code", "ran"),
    [
        (0, 0, 0, "train.py--set a=1evaluate.py--set a=1"),
        (0, 1, 0, "train.py--set a=1evaluate.py--set a=1"),
        (0, 71, 71, "train.py--set a=1evaluate.py--set a=1"),
        (75, 0, 75, "train.py--set a=1"),
    ],
    ids=["promoted", "not-promoted-is-an-answer", "evaluation-failed", "interrupted"],
)
def test_a_training_is_evaluated_where_it_ran(
    scripts: Any, training: int, evaluation: int, code: int, ran: str
) -> None:
    told = scripts(training, evaluation)
    assert pipeline.launch.main(ONE_PROCESS) == code
    assert told.read_text(encoding="utf-8") == ran


@pytest.mark.parametrize(("evaluation", "code"), [(0, 0), (1, 0), (71, 71)])
def test_an_evaluation_alone_is_not_repeated_for_its_answer(
    scripts: Any, evaluation: int, code: int
) -> None:
    told = scripts(0, evaluation)
    script = pipeline.launch.EVALUATION
    assert pipeline.launch.main(["--nnodes", "1", script, "--baseline"]) == code
    assert told.read_text(encoding="utf-8") == "evaluate.py--baseline"


@pytest.mark.parametrize("asked", ["--evaluate", "scripts/evaluate.py"])
@pytest.mark.parametrize(("rank", "ran"), [(0, "evaluate.py"), (1, "")])
def test_the_first_of_several_machines_evaluates(
    scripts: Any, monkeypatch: pytest.MonkeyPatch, rank: int, ran: str, asked: str
) -> None:
    told = scripts(0, 0)
    monkeypatch.setattr(pipeline.launch, "_start_many", lambda *_: 0)
    monkeypatch.setattr(pipeline.launch, "_check_devices", lambda _: None)
    place = ("--nnodes", "2", "--nproc-per-node", "1", "--master-addr", "a")
    script = asked if asked.startswith("--") else pipeline.launch.EVALUATION
    assert pipeline.launch.main([*place, "--node-rank", str(rank), script]) == 0
    assert told.read_text(encoding="utf-8") == ran


def test_only_a_training_is_evaluated() -> None:
    with pytest.raises(ConfigError, match=r"not scripts/probe_memory\.py"):
        pipeline.launch.main(["scripts/probe_memory.py", "--evaluate"])
