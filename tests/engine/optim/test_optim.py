import copy
import math
from functools import partial

import pytest
import timm.optim
import torch
from mmengine.optim import LinearLR, MultiStepLR
from torch import nn

from plipdet.engine.optim import (
    Adan,
    PersonAmpOptimWrapper,
    PersonOptimWrapper,
    PersonOptimWrapperConstructor,
    adan,
)
from plipdet.errors import InputError
from plipdet.registry import OPTIMIZERS, resolve


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.image_encoder = nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3))
        self.text_encoder = nn.Linear(2, 3)
        self.text_encoder.bias.requires_grad_(False)
        self.heads = nn.ModuleDict({"a": nn.Linear(3, 2), "b": nn.Linear(3, 2)})


def construct(model, paramwise=None, **optimizer):
    optimizer = {"type": Adan, "lr": 2e-3, "weight_decay": 0.02, **optimizer}
    return PersonOptimWrapperConstructor({"optimizer": optimizer}, paramwise)(model)


def test_adan_is_registered_by_name():
    assert resolve("Adan", OPTIMIZERS) is Adan


def test_adan_follows_the_paper_term_by_term():
    # Xie et al., arXiv 2208.06677, Algorithm 1 with bias correction; betas are 1 - the paper's.
    lr, (b1, b2, b3), eps, decay = 0.1, (0.98, 0.92, 0.99), 1e-8, 0.02
    gradients = [0.5, -0.3, 0.2]
    parameter = nn.Parameter(torch.tensor([1.0], dtype=torch.float64))
    optimizer = Adan([parameter], lr=lr, betas=(b1, b2, b3), eps=eps, weight_decay=decay)
    theta, m, v, n, former = 1.0, 0.0, 0.0, 0.0, None
    for step, g in enumerate(gradients, start=1):
        parameter.grad = torch.tensor([g], dtype=torch.float64)
        optimizer.step()
        difference = 0.0 if former is None else g - former
        m = b1 * m + (1 - b1) * g
        v = b2 * v + (1 - b2) * difference
        n = b3 * n + (1 - b3) * (g + b2 * difference) ** 2
        root = math.sqrt(n / (1 - b3**step)) + eps
        update = (m / (1 - b1**step) + b2 * v / (1 - b2**step)) / root
        theta = (theta - lr * update) / (1 + lr * decay)
        former = g
        assert parameter.item() == pytest.approx(theta, rel=1e-9)


def test_learning_rates_of_the_papers_schedule_over_70_epochs():
    parameters = [nn.Parameter(torch.zeros(1)), nn.Parameter(torch.zeros(1))]
    groups = [{"params": parameters[:1]}, {"params": parameters[1:], "lr": 2e-4}]
    wrapper = PersonOptimWrapper(Adan(groups, lr=2e-3))
    schedulers = [
        LinearLR(wrapper, start_factor=0.1, begin=0, end=10, by_epoch=True),
        MultiStepLR(wrapper, milestones=[30, 50], gamma=0.1, by_epoch=True, end=70),
    ]
    for epoch in range(70):
        base = (
            min(1.0, (epoch + 1) / 10) * (0.1 if epoch >= 30 else 1) * (0.1 if epoch >= 50 else 1)
        )
        rates = [group["lr"] for group in wrapper.optimizer.param_groups]
        assert rates == pytest.approx([2e-3 * base, 2e-4 * base], rel=1e-12), epoch
        for scheduler in schedulers:
            scheduler.step()


def test_groups_are_joined_and_named_by_part():
    model = Model()
    wrapper = construct(model, {"custom_keys": {"text_encoder": {"lr_mult": 0.1}}})
    groups = {group["name"]: group for group in wrapper.optimizer.param_groups}
    assert list(groups) == ["image", "text", "heads"]
    assert groups["text"]["lr"] == pytest.approx(2e-4)
    assert groups["image"]["lr"] == groups["heads"]["lr"] == 2e-3
    assert {id(p) for g in groups.values() for p in g["params"]} == {
        id(p) for p in model.parameters() if p.requires_grad
    }
    assert isinstance(wrapper, PersonOptimWrapper)


def test_rules_within_a_part_make_groups_of_their_own():
    wrapper = construct(
        Model(), {"norm_decay_mult": 0.0, "custom_keys": {"heads.b": {"lr_mult": 9}}}
    )
    found = [
        (g["name"], round(g["lr"], 6), g["weight_decay"]) for g in wrapper.optimizer.param_groups
    ]
    assert found == [
        ("image", 2e-3, 0.02), ("image", 2e-3, 0.0), ("text", 2e-3, 0.02),
        ("heads", 2e-3, 0.02), ("heads", 0.018, 0.02),
    ]  # fmt: skip


def test_tied_parameters_are_optimised_once():
    model = Model()
    model.heads["b"].weight = model.heads["a"].weight
    parameters = [p for g in construct(model).optimizer.param_groups for p in g["params"]]
    assert len(parameters) == len({id(p) for p in parameters})


def test_wrong_settings_are_input_errors():
    with pytest.raises(InputError, match="did you mean 'text_encoder'"):
        construct(Model(), {"custom_keys": {"text_encodr": {"lr_mult": 0.1}}})
    with pytest.raises(InputError, match="no option 'learning'"):
        construct(Model(), learning=3)
    with pytest.raises(InputError, match="no trainable parameter"):
        construct(Model().requires_grad_(False))


def test_norm_is_measured_at_each_step_without_clipping_too():
    parameter = nn.Parameter(torch.tensor([3.0, 4.0]))
    wrapper = PersonOptimWrapper(torch.optim.SGD([parameter], lr=0.0))
    for _ in range(3):
        wrapper.update_params((parameter**2).sum() / 2)
    assert [float(n) for n in wrapper.take_grad_norms()] == [5.0, 5.0, 5.0]
    assert wrapper.take_grad_norms() == []


def test_clipping_limits_the_step_and_logs_the_norm_before():
    parameter = nn.Parameter(torch.tensor([3.0, 4.0]))
    wrapper = PersonOptimWrapper(torch.optim.SGD([parameter], lr=1.0), clip_grad={"max_norm": 1.0})
    wrapper.update_params((parameter**2).sum() / 2)
    assert float(wrapper.take_grad_norms()[0]) == pytest.approx(5.0)
    assert parameter.tolist() == pytest.approx([3 - 0.6, 4 - 0.8], rel=1e-5)


def test_accumulated_halves_equal_the_whole_batch():
    data = torch.randn(4, 2)
    results = []
    for counts in (1, 2):
        torch.manual_seed(0)
        layer = nn.Linear(2, 1)
        wrapper = PersonOptimWrapper(
            torch.optim.SGD(layer.parameters(), lr=0.1), accumulative_counts=counts
        )
        for part in data.chunk(counts):
            wrapper.update_params(layer(part).pow(2).mean())
        results.append(layer.weight.detach())
    torch.testing.assert_close(*results)


def test_mixed_precision_trains_on_a_cpu():
    layer = nn.Linear(2, 2)
    wrapper = PersonAmpOptimWrapper(torch.optim.SGD(layer.parameters(), lr=0.1))
    before = layer.weight.clone()
    with wrapper.optim_context(layer):
        out = layer(torch.ones(1, 2))
        assert out.dtype is torch.bfloat16
    wrapper.update_params(out.float().sum())
    assert layer.weight.dtype is torch.float32 and not torch.equal(before, layer.weight)
    state = wrapper.state_dict()
    assert "loss_scaler" in state
    wrapper.load_state_dict(state)
    del state["loss_scaler"]  # a run that began without mixed precision
    wrapper.load_state_dict(state)
    assert "loss_scaler" not in state


def test_mixed_precision_refuses_what_cannot_work():
    layer = nn.Linear(2, 2)
    with pytest.raises(InputError, match="did you mean 'float16'"):
        PersonAmpOptimWrapper(torch.optim.SGD(layer.parameters(), lr=0.1), dtype="float61")
    if not torch.cuda.is_available():
        with pytest.raises(InputError, match="needs a GPU"):
            PersonAmpOptimWrapper(torch.optim.SGD(layer.parameters(), lr=0.1), dtype="float16")


def _trained(optimizer_class, steps, *, state=None, seed=0, memory_format=torch.contiguous_format):
    """Weights after some steps on random gradients, and the optimizer."""
    generator = torch.Generator().manual_seed(seed)
    shapes = ((3, 4, 5, 6), (7,), (300_000,))
    parameters = [nn.Parameter(torch.randn(shape, generator=generator)) for shape in shapes]
    parameters[0].data = parameters[0].data.contiguous(memory_format=memory_format)
    groups = [{"params": parameters[:1], "lr": 1e-2}, {"params": parameters[1:]}]
    optimizer = optimizer_class(groups, lr=1e-3, weight_decay=0.02)
    if state is not None:
        optimizer.load_state_dict(state)
    for step in range(steps):
        for parameter in parameters:
            gradient = torch.randn(parameter.shape, generator=generator)
            parameter.grad = None if step == 1 and parameter.ndim == 4 else gradient
        optimizer.step()
    return parameters, optimizer


def test_adan_equals_timms():
    wanted, _ = _trained(timm.optim.Adan, 12)
    for memory_format in (torch.contiguous_format, torch.channels_last):
        found, _ = _trained(Adan, 12, memory_format=memory_format)
        torch.testing.assert_close(found, wanted, rtol=1e-5, atol=1e-6)


def test_adan_goes_on_with_a_state_of_timms():
    _, timms = _trained(timm.optim.Adan, 3)
    wanted, _ = _trained(timm.optim.Adan, 3, state=copy.deepcopy(timms.state_dict()), seed=1)
    found, _ = _trained(Adan, 3, state=copy.deepcopy(timms.state_dict()), seed=1)
    torch.testing.assert_close(found, wanted, rtol=1e-5, atol=1e-6)


def test_adan_gives_the_same_bits_in_pieces(monkeypatch):
    whole, _ = _trained(Adan, 4)
    monkeypatch.setattr("plipdet.engine.optim.adan._PIECE", 100)
    for memory_format in (torch.contiguous_format, torch.channels_last):
        pieces, _ = _trained(Adan, 4, memory_format=memory_format)
        assert all(torch.equal(a, b) for a, b in zip(whole, pieces, strict=True))


@pytest.mark.parametrize(
    "options", [{"foreach": True}, {"foreach": False}, {"fused": True}], ids=str
)
def test_adan_is_the_same_in_every_form(options, monkeypatch):
    update = adan._update_compilable  # without the minute that compiling takes
    monkeypatch.setattr(adan, "_compiled", lambda: torch.compile(update, backend="aot_eager"))
    wanted, _ = _trained(timm.optim.Adan, 12)
    found, _ = _trained(partial(Adan, **options), 12)
    torch.testing.assert_close(found, wanted, rtol=1e-5, atol=1e-6)


def test_adan_is_compiled_into_one_pass():
    parameter, other = (nn.Parameter(torch.ones(7)) for _ in range(2))
    forms = Adan([parameter], fused=True), Adan([other])
    for step in range(3):
        for optimizer, own in zip(forms, (parameter, other), strict=True):
            optimizer.param_groups[0]["lr"] = 0.1 / (step + 1)
            own.grad = torch.arange(7.0) - step
            optimizer.step()
    torch.testing.assert_close(parameter, other)


def test_adan_has_one_form(monkeypatch):
    parameters = [nn.Parameter(torch.ones(1))]
    with pytest.raises(InputError, match="foreach or fused, not both"):
        Adan(parameters, foreach=True, fused=True)
    monkeypatch.setattr("shutil.which", lambda name: None)
    with pytest.raises(InputError, match=r"fused=True: torch.compile needs a C\+\+ compiler"):
        Adan(parameters, fused=True)
