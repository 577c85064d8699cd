import copy

import pytest
import torch
from tiny_task import tiny_batch, tiny_task
from torch._dynamo.utils import counters

from plipdet.engine.compilation import compile_parts
from plipdet.errors import InputError


@pytest.fixture(autouse=True)
def no_memory_of_other_tests():
    torch._dynamo.reset()
    counters.clear()


def cut(batch, length):
    shorter = ("token_ids", "token_mask", "phrase_slots")
    return batch.replace(**{k: getattr(batch, k)[:, :length].contiguous() for k in shorter})


def losses_and_gradients(task, batch):
    torch.manual_seed(0)
    task.zero_grad()
    losses = task(task.data_preprocessor(batch, True)["batch"])
    losses["loss"].backward()
    gradients = {k: p.grad.clone() for k, p in task.named_parameters() if p.grad is not None}
    return {k: v.detach() for k, v in losses.items()}, gradients


def test_values_are_the_same_and_new_lengths_are_not_compiled_again():
    plain = tiny_task()
    compiled = copy.deepcopy(plain)
    names = compile_parts(compiled, {"backend": "eager"})
    assert names == [
        "image_encoder", "text_encoder", "heads.colorization", "heads.attributes"
    ]  # fmt: skip
    graphs = []
    for length in (10, 9, 8, 7):
        batch = cut(tiny_batch(seed=length), length)
        wanted, found = losses_and_gradients(plain, batch), losses_and_gradients(compiled, batch)
        torch.testing.assert_close(found, wanted, rtol=0, atol=0)
        graphs.append(counters["stats"]["unique_graphs"])
    assert graphs[0] and graphs[1] == graphs[3], "a graph for every length of captions"
    if torch.torch_version.TorchVersion(torch.__version__) >= (2, 7):
        assert not counters["graph_break"]  # 2.6 breaks at a table of classes of transformers
    assert list(compiled.state_dict()) == list(plain.state_dict())


def test_under_mixed_precision():
    plain = tiny_task()
    compiled = copy.deepcopy(plain)
    compile_parts(compiled, {"backend": "eager"})
    with torch.autocast("cpu", torch.bfloat16):
        wanted = losses_and_gradients(plain, tiny_batch())
        found = losses_and_gradients(compiled, tiny_batch())
    torch.testing.assert_close(found, wanted, rtol=0, atol=0)


def test_a_copy_of_a_compiled_task_has_weights_of_its_own():
    task = tiny_task()
    compile_parts(task, {"backend": "eager"})
    batch = tiny_batch()
    losses_and_gradients(task, batch)
    other = copy.deepcopy(task)  # as an average of the weights is made
    with torch.no_grad():
        other.image_encoder.pooling.proj.weight.zero_()
    assert losses_and_gradients(other, batch)[0] != losses_and_gradients(task, batch)[0]


def test_wrong_backend_and_missing_compiler_are_input_errors(monkeypatch, tmp_path):
    with pytest.raises(InputError, match="did you mean 'inductor'"):
        compile_parts(tiny_task(), {"backend": "inductr"})
    for name in ("CC", "CXX"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(InputError, match="needs a C\\+\\+ compiler"):
        compile_parts(tiny_task(), {})
