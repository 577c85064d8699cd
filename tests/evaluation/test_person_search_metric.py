import numpy as np
import pytest
import slow_person_search as slow
import torch
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval
from random_scenes import World, one_world, random_world, scene_table, search_queries

from plipdet.errors import InputError
from plipdet.evaluation import PersonSearchMetric
from plipdet.evaluation.coco_detection import coco_rates
from plipdet.evaluation.scene_detection import scene_detection_rates
from plipdet.structures import Detections

FIGURES = ("mAP", "rank1", "rank5", "rank10", "search_recall", "queries", "queries_without_match")


def numbers(rng):
    drawn = rng.normal(size=3)
    return drawn / np.linalg.norm(drawn)


@pytest.fixture(scope="module")
def world():
    made = one_world([random_world(n, protocol="cuhk", numbers=numbers) for n in range(12)])
    for one in made.found:
        order = one.scores.argsort(descending=True, stable=True)
        one.boxes, one.scores = one.boxes[order], one.scores[order]
        one.embeddings = one.embeddings[order]
    return made


def evaluate(world, **options):
    metric = PersonSearchMetric(coco=False, **options)
    return metric.evaluate(world.found, world.embeddings, world.queries, world.scenes)


@pytest.mark.parametrize(
    "options", [{}, {"weigh_by_score": True}, {"cbgm": {"k1": 4, "k2": 3}, "chunk": 5}]
)
def test_figures_are_those_of_the_definition(world, options):
    found = evaluate(world, **options)
    expected = slow.rates(
        world,
        world.embeddings.double().numpy(),
        np.arange(len(world.queries)),
        weigh=options.get("weigh_by_score", False),
        cbgm=options.get("cbgm"),
    )
    assert {k: found[k] for k in FIGURES} == pytest.approx({k: expected[k] for k in FIGURES})


def test_embeddings_are_compared_by_their_direction(world):
    longer = World(world.people, world.found, world.queries, 7 * world.embeddings)
    assert evaluate(longer)["mAP"] == pytest.approx(evaluate(world)["mAP"])


def test_the_worst_queries_are_shown_with_what_they_found(world):
    result = evaluate(world, examples=3)
    assert len(result["examples"]) == 3
    asks = range(len(world.queries))
    answers = [slow.search(world, q, world.embeddings[q].double().numpy()) for q in asks]
    lowest = sorted(one[0] for one in answers if one is not None)[:3]
    assert [e["average_precision"] for e in result["examples"]] == pytest.approx(lowest)
    best = next(e for e in evaluate(world, examples=99)["examples"][::-1] if e["first"])
    similar = [one["similarity"] for one in best["first"]]
    assert similar == sorted(similar, reverse=True) and len(similar) <= 10
    assert sum(one["right"] for one in best["first"]) == best["right_answers_found"]
    gallery = {f"{s}.jpg" for s in world.queries.gallery(best["query"])}
    assert {one["image"] for one in best["first"]} <= gallery
    assert best["image"] == f"{world.queries.scenes[best['query']]}.jpg"


def test_nobody_found_is_no_error(world):
    nobody = World(
        world.people, [Detections.none() for _ in world.found], world.queries, world.embeddings
    )
    result = PersonSearchMetric().evaluate(
        nobody.found, nobody.embeddings, nobody.queries, nobody.scenes
    )
    assert result["mAP"] == result["rank10"] == result["people_found"] == 0
    assert result["detection_recall"] == result["detection_AP"] == result["coco_AP"] == 0
    assert all(example["first"] == [] for example in result["examples"])


def test_scenes_that_were_not_searched_are_named(world):
    used = int(world.queries.gallery_scenes[0])
    found = [None if s == used else one for s, one in enumerate(world.found)]
    lacking = World(world.people, found, world.queries, world.embeddings)
    with pytest.raises(InputError, match=f"searched scene {used}.jpg, which some gallery has"):
        evaluate(lacking)
    box = [0, 0, 5, 5]
    queries = search_queries([0], [box], [1], [[1]], [[(1, box)]])
    people = [[(1, box)], [(1, box)]]
    one = Detections(torch.tensor([box]).float(), torch.ones(1), torch.ones(1, 3))
    alone = World(people, [None, one], queries, torch.ones(1, 3))
    assert evaluate(alone)["mAP"] == 100
    with pytest.raises(InputError, match=r"searched scene 0.jpg, which shows a query"):
        evaluate(alone, cbgm={"k1": 1, "k2": 2})


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"topk": ()}, "topk"),
        ({"score_threshold": 1.5}, "score_threshold = 1.5"),
        ({"examples": -1}, "examples = -1"),
        ({"cbgm": {"k1": 3}}, "k2 = None"),
        ({"cbgm": {"k1": 3, "k2": 0}}, "k2 = 0"),
        ({"cbgm": {"k_1": 3, "k2": 1}}, r"no option 'k_1'; did you mean 'k1'"),
    ],
)
def test_wrong_options_are_input_errors(options, message):
    with pytest.raises(InputError, match=message):
        PersonSearchMetric(**options)


def test_the_protocol_says_what_changes_a_figure():
    told = PersonSearchMetric(weigh_by_score=True, cbgm={"k1": 30, "k2": 4}).protocol()
    assert told["similarity"] == "cosine times detection score"
    assert told["cbgm"] == {"k1": 30, "k2": 4} and told["score_threshold"] == 0.5
    assert PersonSearchMetric().protocol()["cbgm"] == "none"


# --- detection ------------------------------------------------------------------------------------


def test_coco_figures_are_those_of_pycocotools_own_summary(world):
    crowd = [[(np.array([0.0, 0, 30, 30]))] if s % 2 else [] for s in range(len(world.people))]
    table = scene_table(world.people, ignored=crowd)
    searched = {s: one for s, one in enumerate(world.found) if s % 5}
    annotations, guesses = [], []
    for s, one in searched.items():
        people = [(box, 0) for _, box in world.people[s]] + [(box, 1) for box in crowd[s]]
        for box, is_crowd in people:
            wide, high = box[2] - box[0], box[3] - box[1]
            annotations.append(
                {"id": len(annotations) + 1, "image_id": s, "category_id": 1, "iscrowd": is_crowd,
                 "bbox": [box[0], box[1], wide, high], "area": wide * high}
            )  # fmt: skip
        for box, score in zip(one.boxes.tolist(), one.scores.tolist(), strict=True):
            place = [box[0], box[1], box[2] - box[0], box[3] - box[1]]
            guesses.append({"image_id": s, "category_id": 1, "bbox": place, "score": score})
    truth = COCO()
    truth.dataset = {
        "images": [{"id": s} for s in searched],
        "annotations": annotations,
        "categories": [{"id": 1}],
    }
    truth.createIndex()
    evaluation = COCOeval(truth, truth.loadRes(guesses), "bbox")
    evaluation.evaluate()
    evaluation.accumulate()
    evaluation.summarize()
    found = coco_rates(searched, table)
    assert found["coco_AP"] == pytest.approx(100 * evaluation.stats[0])
    assert found["coco_AP50"] == pytest.approx(100 * evaluation.stats[1])
    assert 0 < found["coco_AP"] < found["coco_AP50"] < 100


def test_protocol_and_coco_agree_where_detections_are_apart():
    """Where each detection meets one person at most, COCO's AP50 is the same up to its grid."""
    rng = np.random.default_rng(0)
    people, found = [], []
    for _ in range(60):
        places = [np.array([100.0 * n, 0, 100 * n + 40, 90]) for n in range(5)]
        people.append([(1, box) for box in places[:3]])
        kept = [p for p in places if rng.random() < 0.7]
        scores = np.sort(rng.random(len(kept)))[::-1].copy()
        found.append(
            Detections(
                torch.tensor(np.array(kept).reshape(-1, 4)).float(),
                torch.tensor(scores).float(),
                torch.zeros(len(kept), 3),
            )
        )
    table = scene_table(people)
    searched = dict(enumerate(found))
    protocol = scene_detection_rates(searched, table, threshold=0.0)
    coco = coco_rates(searched, table)
    assert protocol["detection_AP"] == pytest.approx(coco["coco_AP50"], abs=3)
    assert coco["coco_AP"] == pytest.approx(coco["coco_AP50"]), "boxes are exact"
    assert protocol["detection_recall"] == pytest.approx(70, abs=8)


def test_recall_counts_labelled_people_and_heights():
    tall, short, unknown = [0, 0, 40, 120], [60, 0, 75, 40], [100, 0, 140, 110]
    people = [[(3, tall), (4, short), (None, unknown)], []]
    boxes = torch.tensor([tall, unknown]).float()
    found = {0: Detections(boxes, torch.tensor([0.9, 0.4])), 1: Detections.none()}
    rates = scene_detection_rates(found, scene_table(people), threshold=0.5)
    assert rates["detection_recall"] == pytest.approx(100 / 3)
    assert rates["detection_recall_labelled"] == 50
    assert (rates["people"], rates["people_labelled"]) == (3, 2)
    bands = [(b["from"], b["people"], b["recall"]) for b in rates["detection_recall_by_height"]]
    assert bands == [(0, 1, 0), (50, 0, None), (100, 2, 50), (200, 0, None), (400, 0, None)]
    lower = scene_detection_rates(found, scene_table(people), threshold=0.4)
    assert lower["detection_recall"] == pytest.approx(200 / 3)
