import numpy as np
import pytest
import torch
import torch.nn.functional as F
from tiny_reid import tiny_image_reid_task

from plipdet.errors import InputError
from plipdet.models import CameraProxyHead, ClusterMemoryHead
from plipdet.models.heads.reid import ProxyMemory
from plipdet.structures import PersonBatch, ReIDFeatures

CLUSTERS, CAMERAS = torch.tensor([0, 0, 1, 1, 1, -1]), torch.tensor([0, 2, 2, 0, 0, 1])
FEATURES = F.normalize(torch.randn(6, 3, generator=torch.Generator().manual_seed(0)), dim=1)


def filled(head):
    memory = head.memory
    memory.load(memory.made_of(FEATURES, CLUSTERS, CAMERAS), "cpu")
    return head


def given(clusters, cameras=None):
    picture = torch.randn(len(clusters), 3, generator=torch.Generator().manual_seed(1))
    features = ReIDFeatures(metric=(picture,), classified=(picture,), embedding=picture)
    facts = {"person_ids": torch.tensor(clusters)}
    if cameras is not None:
        facts["camera_ids"] = torch.tensor(cameras)
    return features, PersonBatch(rows=torch.arange(len(clusters)), **facts)


def test_loss_is_the_cross_entropy_of_cosines_over_temperature():
    head = filled(ClusterMemoryHead((3,), temperature=0.05)).eval()
    features, batch = given([0, 1, -1, 1])
    terms = head.loss(features, batch)
    centres = [FEATURES[:2].mean(dim=0), FEATURES[2:5].mean(dim=0)]
    wanted = []
    for k, label in ((0, 0), (1, 1), (3, 1)):
        cosines = [F.cosine_similarity(features.embedding[k], c, dim=0) / 0.05 for c in centres]
        wanted.append(torch.stack(cosines).logsumexp(0) - cosines[label])
    assert terms.loss.item() == pytest.approx(torch.stack(wanted).mean().item(), rel=1e-5)
    assert terms.count == 3


def test_memory_follows_in_training_only_and_after_the_loss():
    head = filled(ClusterMemoryHead((3,), momentum=0.1))
    features, batch = given([0, 1, 1])
    features.embedding.requires_grad_()
    before = head.memory.vectors
    assert head.eval().loss(features, batch).loss == head.train().loss(features, batch).loss
    unit = F.normalize(features.embedding.detach(), dim=1)
    wanted = F.normalize(0.1 * before[0] + 0.9 * unit[0], dim=0)
    torch.testing.assert_close(head.memory.vectors[0], wanted)
    later = head.loss(features, batch).loss
    later.backward()  # although the memory has moved since
    assert torch.isfinite(features.embedding.grad).all()


def test_a_feature_that_is_not_finite_moves_nothing():
    head = filled(ClusterMemoryHead((3,), momentum=0.1))
    before = head.memory.vectors.clone()
    features, batch = given([0, 1])
    with torch.no_grad():
        features.embedding[0] = torch.nan
    head.train().loss(features, batch)
    assert torch.isfinite(head.memory.vectors).all()
    torch.testing.assert_close(head.memory.vectors[0], before[0])
    assert (head.memory.vectors[1] != before[1]).any()


def test_a_proxy_for_each_cluster_and_camera_that_show_it():
    head = filled(CameraProxyHead((3,)))
    memory = head.memory
    pairs = list(zip(memory.clusters.tolist(), memory.cameras.tolist(), strict=True))
    assert pairs == [(0, 0), (0, 2), (1, 0), (1, 2)]
    torch.testing.assert_close(memory.vectors[1], FEATURES[1])
    torch.testing.assert_close(memory.vectors[2], F.normalize(FEATURES[3:5].mean(dim=0), dim=0))
    places = memory.places(torch.tensor([1, 0, -1, 0, 1]), torch.tensor([2, 2, 0, 1, 0]))
    assert places.tolist() == [3, 1, -1, -1, 2]


def test_camera_losses_add_up():
    head = filled(CameraProxyHead((3,), inter_weight=0.5))
    terms = head.loss(*given([0, 1, 1, -1], [2, 0, 2, 0]))
    assert terms.count == 3
    wanted = terms.metrics["intra"] + 0.5 * terms.metrics["inter"]
    assert terms.loss.item() == pytest.approx(wanted.item())


@pytest.mark.parametrize("make", [ClusterMemoryHead, CameraProxyHead])
def test_a_batch_of_outliers_has_no_loss(make):
    terms = filled(make((3,))).loss(*given([-1, -1], [0, 0]))
    assert terms.loss == 0 and terms.count == 0


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
@pytest.mark.parametrize("make", [ClusterMemoryHead, CameraProxyHead])
def test_half_precision_features_are_compared_in_single(make, dtype):
    features, batch = given([0, 1, 1], [2, 0, 2])
    features = ReIDFeatures((), (300 * features.embedding.to(dtype),), features.embedding)
    with torch.autocast("cpu", dtype=dtype):
        loss = filled(make((3,))).loss(features, batch).loss
    assert loss.dtype == torch.float32 and torch.isfinite(loss)


def test_averages_and_checkpoints_of_weights_do_not_hold_the_memory():
    task = tiny_image_reid_task({"cluster": {"type": ClusterMemoryHead}})
    before = set(task.state_dict())
    memory = task.heads["cluster"].memory
    memory.load(memory.made_of(torch.randn(6, 128), CLUSTERS, None), "cpu")
    assert set(task.state_dict()) == before and not list(memory.parameters())
    other = ProxyMemory()
    other.load(memory.state(), "cpu")
    assert torch.equal(other.known_vectors(), memory.known_vectors())


def test_embed_mode_leaves_mirror_images_out():
    task = tiny_image_reid_task({"cluster": {"type": ClusterMemoryHead}}).eval()
    batch = PersonBatch(rows=torch.arange(2), images=torch.randn(2, 3, 64, 32))
    plain = task(batch, mode="embed")["image"]
    assert not torch.allclose(plain, task(batch, mode="predict")["image"])
    task.flip_test = False
    torch.testing.assert_close(plain, task(batch, mode="predict")["image"])


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: ClusterMemoryHead((3, 5)), "take BNNeck"),
        (lambda: CameraProxyHead((3, 5)), "take BNNeck"),
        (lambda: ClusterMemoryHead((3,), temperature=0), "temperature"),
        (lambda: ClusterMemoryHead((3,), momentum=2), "momentum"),
        (lambda: CameraProxyHead((3,), negatives=0), "negatives"),
        (lambda: ClusterMemoryHead((3,)).loss(*given([0])), "PseudoLabelHook"),
        (lambda: filled(CameraProxyHead((3,))).loss(*given([0])), "camera ids"),
        (lambda: CameraProxyHead((3,)).memory.made_of(FEATURES, CLUSTERS, None), "camera ids"),
    ],
)
def test_wrong_use_is_named(make, words):
    with pytest.raises(InputError, match=words):
        make()


def test_pictures_without_pseudo_labels_are_told():
    head = filled(ClusterMemoryHead((3,)))
    features, batch = given([0, 1])
    with pytest.raises(InputError, match="without pseudo labels"):
        head.loss(features, batch.replace(person_ids=None))


def test_gaps_in_labels_do_no_harm():
    """As when no picture of a labelled person can be read."""
    memory = ProxyMemory()
    memory.load(memory.made_of(FEATURES[:3], torch.tensor([0, 3, 3]), None), "cpu")
    assert memory.places(torch.tensor([3, 1, 0]), None).tolist() == [1, -1, 0]
    assert np.allclose(memory.vectors.norm(dim=1), 1)
