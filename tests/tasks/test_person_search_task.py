import pytest
import torch
from tiny_scenes import tiny_encoder, tiny_person_search, tiny_scenes
from tiny_task import TINY_BERT, tiny_task
from torchvision.ops import box_iou

from plipdet.errors import InputError
from plipdet.models import (
    BertTextEncoder,
    BoxTextContrastHead,
    OIMHead,
    PyramidRegions,
    TripletHead,
    TwoLevelEmbedding,
)
from plipdet.structures import SceneBatch
from plipdet.tasks import PersonSearchTask

PYRAMID = {
    "regions": {"type": PyramidRegions, "channels": 8, "convolutions": 1},
    "embedding": {"type": TwoLevelEmbedding, "embed_dim": 8},
}
OF_A_PERSON = ("boxes", "box_images", "person_ids", "ignored")
VARIANTS = [{}, {"sequential": False}, {"embedding": {"type": TwoLevelEmbedding}}, PYRAMID]


def losses_of(task, batch):
    return task(**task.data_preprocessor(batch, True), mode="loss")


@pytest.mark.parametrize("options", VARIANTS, ids=["seqnet", "nae", "two levels", "pyramid"])
def test_every_trainable_weight_gets_a_gradient(options):
    task = tiny_person_search(**options).train()
    found = losses_of(task, tiny_scenes())
    weights = {**task.loss_weights, "oim": 1.0}
    total = sum(w * found[f"{name}/loss"] for name, w in weights.items())
    torch.testing.assert_close(found["loss"], total)
    found["loss"].backward()
    for name, parameter in task.named_parameters():
        if parameter.requires_grad:
            assert parameter.grad is not None and parameter.grad.isfinite().all(), name
    assert ("first_person/loss" in found) == options.get("sequential", True)


def test_a_scene_with_nobody_trains_too():
    batch = tiny_scenes()
    nobody = batch.replace(
        boxes=torch.zeros(0, 4),
        box_images=torch.zeros(0, dtype=torch.int64),
        person_ids=torch.zeros(0, dtype=torch.int64),
        ignored=torch.zeros(0, dtype=torch.bool),
    )
    found = losses_of(tiny_person_search().train(), nobody)
    assert found["loss"].isfinite() and found["oim/loss"] == 0 and found["boxes/loss"] == 0


@torch.no_grad()
@pytest.mark.parametrize("options", VARIANTS, ids=["seqnet", "nae", "two levels", "pyramid"])
def test_people_are_reported_in_pixels_of_the_picture_on_disk(options):
    task = tiny_person_search(score_threshold=0.0, max_people=7, **options).eval()
    batch = task.data_preprocessor(tiny_scenes(), False)["batch"]
    found = task(batch, mode="predict")
    for people, (height, width) in zip(found, [(128, 160), (240, 600)], strict=True):
        assert 0 < len(people) <= 7
        assert (people.boxes[:, :2] >= 0).all() and (people.boxes[:, 2] <= width + 1e-3).all()
        assert (people.boxes[:, 3] <= height + 1e-3).all()
        assert (people.scores.diff() <= 0).all()
        lengths = people.embeddings.norm(dim=1)
        torch.testing.assert_close(lengths, torch.ones_like(lengths))
    assert found[1].boxes[:, 2].max() > 160  # wider than the resized picture
    task.score_threshold = 1.0
    assert [len(people) for people in task(batch, mode="predict")] == [0, 0]


def test_boxes_of_a_mirrored_picture_turn_back():
    batch = tiny_scenes().replace(flips=torch.tensor([False, True]))
    box = torch.tensor([[0.0, 0.0, 30.0, 60.0]])
    assert batch.to_original(box, 1).tolist() == [[480.0, 0.0, 600.0, 120.0]]
    assert batch.to_original(box, 0).tolist() == box.tolist()


@torch.no_grad()
def test_embeddings_of_boxes_lie_at_their_boxes():
    task = tiny_person_search().eval()
    batch = task.data_preprocessor(tiny_scenes(), False)["batch"]
    found = task(batch, mode="boxes")
    assert found.shape == (5, 16) and (found[4] == 0).all()  # an ignored region is nobody
    alone = SceneBatch(
        **{name: getattr(batch, name)[1:] for name in
           ("rows", "images", "sizes", "original_sizes", "flips")},
        boxes=batch.boxes[3:4], box_images=torch.tensor([0]), person_ids=batch.person_ids[3:4],
        ignored=batch.ignored[3:4],
    )  # fmt: skip
    torch.testing.assert_close(task(alone, mode="boxes")[0], found[3])


def test_the_first_head_starts_as_the_encoders_last_stage():
    task = tiny_person_search()
    encoder = {k: v for k, v in tiny_task().state_dict().items() if "backbone" in k}
    own = task.image_encoder.backbone.layer4.state_dict()
    for value in own.values():
        value.add_(1) if value.is_floating_point() else None
    task.weights_loaded(encoder)
    for name, value in task.first_head.state_dict().items():
        torch.testing.assert_close(value, own[name])
    before = task.first_head.state_dict()["0.conv1.weight"].clone()
    own["0.conv1.weight"].add_(1)
    task.weights_loaded(["first_head.0.conv1.weight"])  # a trained file has its own
    torch.testing.assert_close(task.first_head.state_dict()["0.conv1.weight"], before)


def test_people_and_sentences_share_a_space():
    heads = {"oim": {"type": OIMHead}, "texts": {"type": BoxTextContrastHead}}
    torch.manual_seed(0)
    text = {"type": BertTextEncoder, "model": TINY_BERT, "freeze_layers": 1, "mask_token_id": 3}
    task = PersonSearchTask(tiny_encoder(), text, heads=heads, samples=8)
    task.meet_identities(torch.tensor([3, 5, 9]).numpy())
    mask = torch.tensor([[1, 1, 1], [0, 0, 0], [1, 1, 0], [1, 1, 1], [0, 0, 0]]).bool()
    tokens = torch.randint(4, 30, (5, 3)).where(mask, 0)
    batch = tiny_scenes().replace(token_ids=tokens, token_mask=mask)
    found = losses_of(task.train(), batch)
    assert found["texts/count"] == 3
    found["loss"].backward()
    assert all(p.grad is not None for p in task.text_encoder.parameters() if p.requires_grad)
    for silent in (mask & False, mask[:0]):  # nobody is described, or nobody is there
        alone = {"token_ids": tokens[: len(silent)], "token_mask": silent}
        people = {name: getattr(batch, name)[: len(silent)] for name in OF_A_PERSON}
        task.zero_grad()
        losses_of(task, batch.replace(**alone, **people))["loss"].backward()
        assert all(p.grad is not None for p in task.parameters() if p.requires_grad)
    with pytest.raises(InputError, match="TokenizeBoxCaptions"):
        losses_of(task, tiny_scenes())


def test_parts_that_do_not_fit_are_refused():
    with pytest.raises(InputError, match="no heads"):
        tiny_person_search(heads={})
    with pytest.raises(InputError, match="SearchHead"):
        tiny_person_search(heads={"a": {"type": TripletHead}})
    with pytest.raises(InputError, match="no text_encoder"):
        tiny_person_search(heads={"a": {"type": BoxTextContrastHead}})
    with pytest.raises(InputError, match="did you mean 'first_boxes'"):
        tiny_person_search(loss_weights={"first_box": 1})
    with pytest.raises(InputError, match="TwoLevelEmbedding"):
        tiny_person_search(regions=PYRAMID["regions"])
    with pytest.raises(InputError, match="SceneDataset"):
        tiny_person_search().loss_terms(None)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"proposals": {"sampls": 3}}, "'sampls' .*proposals.*; did you mean 'samples'"),
        ({"proposals": {"channels": 8}}, "'channels', which the regions give"),
        ({"proposals": {"anchor_sizes": ((8,),)}}, "'anchor_sizes', which the regions give"),
        ({"proposals": {"kept": 300}}, "kept of ProposalNetwork is 300; expected two whole"),
        ({"samples": 0}, "samples of PersonSearchTask is 0; expected a whole number, 1 or more"),
        ({"samples": 2.5}, "samples of PersonSearchTask is 2.5"),
        ({"score_threshold": 5}, "score_threshold of PersonSearchTask is 5; expected .* 0 to 1"),
        ({"score_threshold": -0.1}, "0 to 1"),
        ({"max_people": 0}, "max_people of PersonSearchTask is 0; expected a whole number, 1 or"),
    ],
)
def test_options_out_of_range_are_refused(options, message):
    with pytest.raises(InputError, match=message):
        tiny_person_search(**options)


@pytest.mark.slow
def test_it_learns_to_find_people_and_to_tell_them_apart():
    batch = tiny_scenes()
    images = torch.full_like(batch.images, 60)
    colours = {3: (230, 40, 40), -1: (40, 40, 230), 9: (40, 220, 40), 5: (230, 230, 40)}
    people = zip(batch.boxes.long().tolist(), batch.box_images.tolist(),
                 batch.person_ids.tolist(), batch.ignored.tolist(), strict=True)  # fmt: skip
    for (left, top, right, bottom), picture, person, ignored in people:
        if not ignored:
            colour = torch.tensor(colours[person], dtype=torch.uint8)[:, None, None]
            images[picture, :, top:bottom, left:right] = colour
    batch = batch.replace(images=images)
    task = tiny_person_search(score_threshold=0.5, samples=8).train()
    optimizer = torch.optim.Adam(task.parameters(), lr=3e-3)
    for _ in range(120):
        optimizer.zero_grad()
        losses_of(task, batch)["loss"].backward()
        optimizer.step()
    task.eval()
    with torch.no_grad():
        normalised = task.data_preprocessor(batch, False)["batch"]
        found = task(normalised, mode="predict")
        own = task(normalised, mode="boxes")
    for picture in (0, 1):
        mine = (batch.box_images == picture) & ~batch.ignored
        wanted = torch.stack([batch.to_original(b[None], picture)[0] for b in batch.boxes[mine]])
        overlap = box_iou(found[picture].boxes, wanted)
        assert (overlap.amax(dim=0) > 0.5).all()  # everybody was found
        best = overlap.argmax(dim=0)
        cosines = found[picture].embeddings[best] @ own[~batch.ignored].T
        places = torch.nonzero(mine[~batch.ignored]).squeeze(1)
        assert cosines.argmax(dim=1).tolist() == places.tolist()
