"""Runs real training code on fake tensors and reads its allocated peak: no memory is used and no number is computed."""

from __future__ import annotations

import contextlib
import gc
from dataclasses import dataclass, field

import torch
import torch.nn.functional as F
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.distributed._tools.mem_tracker import MemTracker

GIB = 2**30

# What CUDA's autocast runs in fp32 and a CPU's does not: without this the simulation would show a CPU's activations.
FP32_UNDER_CUDA_AUTOCAST = {
    F: ("layer_norm", "group_norm", "softmax", "log_softmax", "cross_entropy", "mse_loss", "normalize"),
    torch: ("softmax", "rsqrt", "pow", "norm", "exp", "log"),
    torch.Tensor: ("softmax", "pow", "__pow__", "norm"),
}


def _up(value):
    half = isinstance(value, torch.Tensor) and value.dtype in (torch.bfloat16, torch.float16)
    return value.float() if half else value


def _like_cuda(function):
    """Replaced rather than intercepted: recomputation under checkpointing must cast alike."""

    def wrapped(*args, **kwargs):
        if torch.is_autocast_enabled("cpu"):
            args = [_up(a) for a in args]
            kwargs = {k: _up(v) for k, v in kwargs.items()}
        return function(*args, **kwargs)

    return wrapped


for owner, names in FP32_UNDER_CUDA_AUTOCAST.items():
    for name in names:
        setattr(owner, name, _like_cuda(getattr(owner, name)))


class Lion(torch.optim.Optimizer):
    """Chen et al. 2023, algorithm 2, one parameter after another as lion-pytorch and bitsandbytes do it."""

    def __init__(self, params, lr=1e-4):
        super().__init__(params, {"lr": lr})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is None:
                    continue
                state = self.state[p]
                if "exp_avg" not in state:
                    state["exp_avg"] = torch.zeros_like(p)
                moment = state["exp_avg"]
                update = moment.clone().mul_(0.9).add_(p.grad, alpha=0.1).sign_()
                p.add_(update, alpha=-group["lr"])
                moment.mul_(0.99).add_(p.grad, alpha=0.01)


class MuonWithAdamW:
    """torch.optim.Muon on matrices, AdamW on the rest: what its own documentation asks for."""

    def __init__(self, model):
        embeddings = {id(m.weight) for m in model.modules() if isinstance(m, torch.nn.Embedding)}
        trainable = [p for p in model.parameters() if p.requires_grad]
        matrices = [p for p in trainable if p.ndim == 2 and id(p) not in embeddings]
        chosen = {id(p) for p in matrices}
        rest = [p for p in trainable if id(p) not in chosen]
        self.parts = [torch.optim.Muon(matrices, lr=1e-3), torch.optim.AdamW(rest, lr=1e-4, foreach=True)]

    def step(self):
        for part in self.parts:
            part.step()

    def zero_grad(self):
        for part in self.parts:
            part.zero_grad()


def optimizer_for(name: str, model):
    """The optimizer with its multi-tensor step, as a CUDA device would choose it."""
    trainable = [p for p in model.parameters() if p.requires_grad]
    if name == "adamw":
        return torch.optim.AdamW(trainable, lr=1e-4, foreach=True)
    if name == "adamw-fused":
        return torch.optim.AdamW(trainable, lr=1e-4, fused=True)
    if name == "adamw-one-by-one":
        return torch.optim.AdamW(trainable, lr=1e-4, foreach=False)
    if name == "sgd-plain":
        return torch.optim.SGD(trainable, lr=1e-2, foreach=True)
    if name == "sgd":
        return torch.optim.SGD(trainable, lr=1e-2, momentum=0.9, foreach=True)
    if name == "lion":
        return Lion(trainable)
    if name == "adafactor":
        from transformers.optimization import Adafactor

        return Adafactor(trainable, lr=1e-4, scale_parameter=False, relative_step=False)
    if name == "muon":
        return MuonWithAdamW(model)
    raise ValueError(f"no optimizer {name!r} here")


class PeakTracker(MemTracker):
    """MemTracker without its peaks by module, whose upkeep after every operation takes most of the time."""

    def _update_peak_stats(self, peak_state):
        for device, now in self._curr_mem_snap.items():
            if self._peak_mem.get(device, 0) < now["Total"]:
                self._peak_mem[device] = now["Total"]
                self._peak_mem_snap[device] = dict(now)


@dataclass
class Run:
    """One simulated training run. `build` returns a model; `step` takes it and returns the loss."""

    build: object
    step: object
    dtype: str = "bf16"
    optimizer: str = "adamw"
    checkpointing: bool = False
    lora: dict | None = None
    companion_parameters: int = 0


@dataclass
class Result:
    parameters: int
    trainable: int
    peak_gib: float
    moment: str
    parts: dict = field(default_factory=dict)
    """By category at the peak, GiB."""
    marks: list = field(default_factory=list)
    """The largest total so far after each forward, backward and step, GiB."""


def _apply(module, fn, recurse=True):
    """`Module._apply` for fake tensors, whose storages cannot be swapped."""
    for child in module.children() if recurse else ():
        _apply(child, fn)
    for name, p in list(module._parameters.items()):
        if p is not None and (changed := fn(p)).dtype != p.dtype:
            module._parameters[name] = torch.nn.Parameter(changed.detach(), requires_grad=p.requires_grad)
    for name, b in list(module._buffers.items()):
        if b is not None:
            module._buffers[name] = fn(b)
    return module


# Initial values do not matter, and some initialisers look at them, which fake tensors refuse.
torch.nn.init._no_grad_trunc_normal_ = lambda tensor, *args, **kwargs: tensor
torch.nn.Module._apply = _apply


class _NoHook:
    def remove(self) -> None: ...


def cast(model, dtype, only=lambda p: True):
    """`model.to(dtype)`, which fake tensors do not survive: each parameter is replaced, shared ones stay shared."""
    replaced: dict[int, torch.nn.Parameter] = {}
    for module in model.modules():
        for name, p in list(module._parameters.items()):
            if p is None or p.dtype == dtype or not p.is_floating_point() or not only(p):
                continue
            if id(p) not in replaced:
                replaced[id(p)] = torch.nn.Parameter(torch.empty(p.shape, dtype=dtype), requires_grad=p.requires_grad)
            module._parameters[name] = replaced[id(p)]
        for name, b in list(module._buffers.items()):
            if b is not None and b.is_floating_point() and dtype == torch.bfloat16 and "inv_freq" not in name:
                module._buffers[name] = torch.empty(b.shape, dtype=dtype)
    return model


def _prepare(run: Run):
    model = run.build()
    mixed = run.dtype.endswith("mixed")
    if run.lora:
        from peft import LoraConfig, get_peft_model

        cast(model, torch.float32 if run.dtype == "fp32" else torch.bfloat16)
        model = get_peft_model(model, LoraConfig(**run.lora), autocast_adapter_dtype=False)
        cast(model, torch.bfloat16 if run.dtype == "bf16" else torch.float32, lambda p: p.requires_grad)
    else:
        cast(model, torch.bfloat16 if run.dtype == "bf16" else torch.float32, lambda p: p.requires_grad)
    model.train()
    if run.checkpointing:
        if hasattr(model, "gradient_checkpointing_enable"):
            model.gradient_checkpointing_enable(gradient_checkpointing_kwargs={"use_reentrant": False})
        elif hasattr(model, "enable_gradient_checkpointing"):
            model.enable_gradient_checkpointing()
        else:
            model.set_grad_checkpointing(True)
        if run.lora and hasattr(model, "enable_input_require_grads"):
            model.enable_input_require_grads()
    return model, mixed


def simulate(run: Run) -> Result:
    """Two steps: the optimizer's states appear at the first step's end, so the second step holds them throughout."""
    gc.collect()
    with FakeTensorMode(allow_non_fake_inputs=True):
        model, mixed = _prepare(run)
        frozen = torch.nn.Parameter(
            torch.empty(max(1, int(run.companion_parameters)), dtype=torch.bfloat16), requires_grad=False
        )
        model.register_parameter("companion", frozen)
        optimizer = optimizer_for(run.optimizer, model)
        tracker = PeakTracker()
        for p in model.parameters():
            if not p.requires_grad:
                # The tracker hooks every parameter's gradient, and a frozen one has none.
                tracker._param_to_grad_hook_handles[p] = (_NoHook(), _NoHook())
        tracked = optimizer.parts if isinstance(optimizer, MuonWithAdamW) else [optimizer]
        tracker.track_external(model, *tracked)
        marks: list[tuple[str, float]] = []

        def largest() -> float:
            return max((s["Total"] for s in tracker.get_tracker_snapshot("peak").values()), default=0)

        with tracker:
            for step in range(2):
                autocast = torch.autocast("cpu", dtype=torch.bfloat16) if mixed else contextlib.nullcontext()
                with autocast:
                    loss = run.step(model)
                marks.append(("loss", largest()))
                loss.backward()
                marks.append(("backward", largest()))
                optimizer.step()
                marks.append(("optimizer-step", largest()))
                optimizer.zero_grad()
                del loss
                if step == 0:
                    tracker.reset_mod_stats()
        snapshot = max(tracker.get_tracker_snapshot("peak").values(), key=lambda s: s["Total"])
        peak = snapshot["Total"]
        moment = next(name for name, value in marks if value >= peak)
        parameters = sum(p.numel() for n, p in model.named_parameters() if n != "companion")
        return Result(
            parameters=parameters,
            trainable=sum(p.numel() for p in model.parameters() if p.requires_grad),
            peak_gib=peak / GIB,
            moment=moment,
            parts={str(getattr(k, "value", k)): round(v / GIB, 4) for k, v in snapshot.items() if v},
            marks=[(name, round(value / GIB, 4)) for name, value in marks],
        )
