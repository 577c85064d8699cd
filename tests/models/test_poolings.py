import pytest
import torch
import torch.nn.functional as F

from plipdet.errors import InputError
from plipdet.models import AttentionPooling, AveragePooling, MaxPooling


def _identity(pooling, size):
    torch.nn.init.eye_(pooling.proj.weight)
    torch.nn.init.zeros_(pooling.proj.bias)
    assert pooling.embed_dim == size
    return pooling


def test_max_and_average_by_hand():
    features = torch.tensor([[[[1.0, 5.0]], [[-3.0, -1.0]]]])  # (1, 2, 1, 2)
    assert _identity(MaxPooling(2, 2), 2)(features).tolist() == [[5.0, -1.0]]
    assert _identity(AveragePooling(2, 2), 2)(features).tolist() == [[3.0, -2.0]]


def test_attention_equals_torchs():
    torch.manual_seed(0)
    pooling = AttentionPooling(12, 5, num_heads=3, map_size=(4, 2)).double()
    features = torch.randn(2, 12, 4, 2, dtype=torch.float64)
    tokens = features.flatten(2).permute(2, 0, 1)  # (H*W, B, C)
    tokens = torch.cat([tokens.mean(dim=0, keepdim=True), tokens])
    tokens = tokens + pooling.positional_embedding[:, None]
    layers = (pooling.q_proj, pooling.k_proj, pooling.v_proj)
    wanted, _ = F.multi_head_attention_forward(
        query=tokens[:1],
        key=tokens,
        value=tokens,
        embed_dim_to_check=12,
        num_heads=3,
        q_proj_weight=pooling.q_proj.weight,
        k_proj_weight=pooling.k_proj.weight,
        v_proj_weight=pooling.v_proj.weight,
        in_proj_weight=None,
        in_proj_bias=torch.cat([layer.bias for layer in layers]),
        bias_k=None,
        bias_v=None,
        add_zero_attn=False,
        dropout_p=0.0,
        out_proj_weight=pooling.c_proj.weight,
        out_proj_bias=pooling.c_proj.bias,
        use_separate_proj_weight=True,
    )
    torch.testing.assert_close(pooling(features), wanted[0])


def test_attention_names_the_size_it_needs():
    with pytest.raises(InputError, match=r"map_size=\(8, 4\).*map of \(7, 7\)"):
        AttentionPooling(16, 4)(torch.zeros(1, 16, 7, 7))
    with pytest.raises(InputError, match="does not divide"):
        AttentionPooling(18, 4)
