import signal
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from colour_detector import (
    BLUE,
    GREEN,
    RED,
    ColourDetector,
    save_picture,
    save_video,
    scene,
    two_walks,
)

from plipdet.apis.search import PersonSearcher, PersonStore, VideoFrames, result_scenes
from plipdet.errors import InputError, RunStoppedError, UnreadableImageError
from plipdet.models import Detector
from plipdet.structures import Detections

pytest.importorskip("lancedb")
HERE = Path(__file__).parent


@pytest.fixture
def searcher(task, tmp_path):
    return PersonSearcher(tmp_path / "store", model=task, detector=ColourDetector())


@pytest.fixture(scope="module")
def photos(tmp_path_factory):
    folder = tmp_path_factory.mktemp("photos")
    save_picture(folder / "a.png", (RED, 10), (BLUE, 100))
    save_picture(folder / "b.png", (GREEN, 60))
    save_picture(folder / "nobody.png")
    (folder / "broken.jpg").write_bytes(b"\xff\xd8\xff\xe0 cut")
    return folder


@pytest.fixture(scope="module")
def video(tmp_path_factory):
    path = tmp_path_factory.mktemp("videos") / "walks.avi"
    save_video(path, two_walks())
    return path


def index(searcher, sources, **options):
    return searcher.index(sources, progress=False, **options)


def test_finds_people_in_pictures(searcher, photos):
    counts = index(searcher, photos, camera="garden")
    assert (counts.pictures, counts.people, counts.unchanged) == (3, 3, 0)
    assert list(counts.problems) == [str(photos / "broken.jpg")]
    first = searcher.search(image=scene((GREEN, 100)), limit=2)[0]
    assert (first.rank, first.person.path) == (1, str(photos / "b.png"))
    assert first.person.views[0].box == (60, 20, 80, 80)
    assert first.person.camera == "garden"
    assert first.similarity > 0.99
    assert abs(first.crop().mean((0, 1)) - GREEN).max() < 40
    np.testing.assert_array_equal(result_scenes([first])[0].pixels, scene((GREEN, 60)))
    assert first.as_json()["start"] is None


def test_large_pictures_are_made_smaller_with_their_boxes(searcher, photos):
    index(searcher, photos)
    (shown,) = result_scenes(searcher.search(image=scene((GREEN, 100)), limit=1), largest=80)
    assert shown.pixels.shape == (48, 80, 3) and shown.box == (30, 10, 40, 40)


def test_goes_on_when_another_process_has_forgotten_files(searcher, photos):
    index(searcher, photos)
    assert len(searcher.search(text="anybody")) == 3
    with PersonStore(searcher.store, write=True) as store:
        store.forget([str(photos / "a.png")])
    assert [r.person.path for r in searcher.search(text="anybody")] == [str(photos / "b.png")]


def test_a_picture_query_takes_the_person_in_it(searcher, photos):
    index(searcher, photos)
    asked = scene((RED, 30), (BLUE, 80))
    surest, other, all_of_it = (
        searcher.embed(image=asked),
        searcher.embed(image=asked, box=(80, 20, 100, 80)),
        searcher.embed(image=np.ascontiguousarray(asked[20:80, 30:50] // 2 + 40)),
    )
    np.testing.assert_allclose(surest, searcher.embed(image=asked, box=(30, 20, 50, 80)), atol=1e-6)
    assert np.abs(surest - other).max() > 1e-4  # the tiny model sees little difference
    assert all_of_it.shape == surest.shape
    with pytest.raises(InputError, match="has 3 numbers; expected 4"):
        searcher.embed(image=asked, box=(80, 20, 100))
    with pytest.raises(InputError, match="limit is 10000000000; expected a whole number of 1 to"):
        searcher.search(image=asked, limit=10**10)
    with pytest.raises(InputError, match="not inside of the 160x96 picture"):
        searcher.embed(image=asked, box=(80, 20, 200, 80))


def test_a_sentence_asks_as_the_model_embeds_it(searcher, photos, task, inputs):
    index(searcher, photos)
    results = searcher.search(text="a man in a red shirt")
    ids, mask, _ = inputs.tokenizer("a man in a red shirt")
    with torch.no_grad():
        wanted = task.embed_texts(torch.as_tensor(ids)[None], torch.as_tensor(mask)[None])
    wanted = torch.nn.functional.normalize(wanted, dim=1)[0].numpy()
    np.testing.assert_allclose(searcher.embed(text="a man in a red shirt"), wanted, atol=1e-6)
    stored = {r.number: r.similarity for r in results}
    rows = PersonStore(searcher.store)._people.search().to_arrow().to_pylist()
    assert stored == pytest.approx(
        {r["id"]: np.dot(r["embedding"], wanted) for r in rows}, abs=1e-5
    )
    assert list(stored.values()) == sorted(stored.values(), reverse=True)


def test_indexes_what_is_new_or_changed_only(searcher, photos, tmp_path):
    folder = tmp_path / "copy"
    folder.mkdir()
    save_picture(folder / "a.png", (RED, 10))
    assert index(searcher, folder).people == 1
    save_picture(folder / "b.png", (RED, 10), (BLUE, 90))
    counts = index(searcher, [folder, folder / "a.png"])
    assert (counts.people, counts.unchanged, len(searcher)) == (2, 1, 3)
    save_picture(folder / "b.png", (GREEN, 10))
    counts = index(searcher, folder)
    assert (counts.people, counts.unchanged, len(searcher)) == (1, 1, 2)


def test_one_walk_is_one_result(searcher, video):
    counts = index(searcher, video, stride=1)
    assert (counts.videos, counts.frames, counts.people, counts.problems) == (1, 71, 3, {})
    results = searcher.search(text="anybody")
    walks = sorted((r.person.start, r.person.end) for r in results)
    assert walks == [(0, 2.5), (0, 2.5), (5.1, 7.0)]
    late = searcher.search(text="anybody", where="time > 4 and path ~ walks")
    assert [r.person.start for r in late] == [5.1]
    view = late[0].person.views[0]
    box = [round(v) for v in view.box]
    found = result_scenes(late)[0].pixels
    assert (
        abs(found[box[1] + 5 : box[3] - 5, box[0] + 5 : box[2] - 5].mean((0, 1)) - GREEN).max() < 25
    )


def test_a_stride_looks_at_some_frames(searcher, video):
    counts = index(searcher, video, stride=4, batch_size=3)
    assert (counts.frames, counts.people) == (18, 3)


def test_goes_on_after_a_kill(searcher, task, video, text_config, tmp_path):
    checkpoint = tmp_path / "model.pth"
    torch.save({"state_dict": task.state_dict()}, checkpoint)
    killed = tmp_path / "killed"
    arguments = [text_config, checkpoint, killed, video, 20]
    ended = subprocess.run(
        [sys.executable, HERE / "index_and_die.py", *map(str, arguments)],
        env={"PYTHONPATH": f"{HERE}:{HERE.parents[2]}", "PATH": "", "OMP_NUM_THREADS": "1"},
        capture_output=True,
        timeout=300,
        check=False,
    )
    assert ended.returncode == -signal.SIGKILL, ended.stderr[-2000:]
    with PersonStore(killed) as store:
        record = store.files()[str(video)]
        assert (record.state, record.frames) == ("partial", 19)
        assert len(store) == 2
    again = PersonSearcher(killed, model=task, detector=ColourDetector())
    counts = index(again, video, stride=1)
    assert (counts.resumed, counts.frames, len(again)) == (1, 71 - 19, 3)
    index(searcher, video, stride=1)
    whole = {r.person.track: r for r in searcher.search(text="anybody")}
    for result in again.search(text="anybody"):
        wanted = whole[result.person.track]
        assert (result.person.start, result.person.end) == (wanted.person.start, wanted.person.end)
        assert result.person.views == wanted.person.views
        assert result.similarity == pytest.approx(wanted.similarity, abs=1e-5)


class _Interrupts(Detector):
    def detect(self, pictures):
        raise KeyboardInterrupt


def test_ctrl_c_says_how_to_go_on(task, tmp_path, video):
    searcher = PersonSearcher(tmp_path / "store", model=task, detector=_Interrupts())
    with pytest.raises(RunStoppedError, match=r"0 people in .*goes on there"):
        index(searcher, video)
    assert index(
        PersonSearcher(searcher.store, model=task, detector=ColourDetector()), video
    ).people


def test_a_cut_video_gives_what_is_readable(searcher, video, tmp_path):
    cut = tmp_path / "cut.avi"
    cut.write_bytes(video.read_bytes()[: video.stat().st_size // 2])
    (tmp_path / "noise.mp4").write_bytes(b"no video at all")
    counts = index(searcher, tmp_path, stride=1)
    assert counts.people >= 2
    assert "does not open as a video" in counts.problems[str(tmp_path / "noise.mp4")]
    assert str(cut) in counts.problems or VideoFrames(cut).count == counts.frames


def test_labels_by_phrases(task, tmp_path, photos):
    searcher = PersonSearcher(
        tmp_path / "store",
        model=task,
        detector=ColourDetector(),
        attributes=["a red shirt", "a person"],
    )
    index(searcher, photos)
    labels = {r.number: r.person.labels for r in searcher.search(text="x")}
    some = searcher.search(text="x", where="label = a red shirt")
    assert {r.number for r in some} == {n for n, own in labels.items() if "a red shirt" in own}


def test_another_model_is_refused(searcher, task, photos):
    index(searcher, photos)
    weight = task.image_encoder.embed_dim
    head = next(p for p in task.parameters() if p.ndim == 4)
    assert weight == 16
    with torch.no_grad():
        head[0, 0, 0, 0] += 1e-3
    try:
        other = PersonSearcher(searcher.store, model=task, detector=ColourDetector())
        with pytest.raises(InputError, match="embeddings of another model"):
            other.search(text="x")
        with pytest.raises(InputError, match="embeddings of another model"):
            index(other, photos)
    finally:
        with torch.no_grad():
            head[0, 0, 0, 0] -= 1e-3


def test_says_what_is_missing(task, tmp_path, searcher):
    alone = PersonSearcher(tmp_path / "store", model=task)
    with pytest.raises(InputError, match="does not find people; name a detector"):
        alone.index(tmp_path)
    with pytest.raises(InputError, match="there is no store"):
        searcher.search(text="x")
    save_picture(tmp_path / "nobody.png")
    assert index(searcher, tmp_path / "nobody.png").people == 0
    assert searcher.search(text="x") == alone.search(text="x") == []
    with pytest.raises(InputError, match="does not find people; name a detector"):
        alone.search(image=tmp_path / "nobody.png")
    with pytest.raises(InputError, match="either a text or an image"):
        searcher.search()
    with pytest.raises(InputError, match="no sentence"):
        searcher.search(text="  ")
    with pytest.raises(UnreadableImageError):
        searcher.search(image=tmp_path / "gone.png")
    with pytest.raises(InputError, match="stride is 0"):
        index(searcher, tmp_path, stride=0)


def test_large_pictures_are_made_smaller_and_boxes_not(task, tmp_path):
    class Sees(Detector):
        def detect(self, pictures):
            self.shape = pictures[0].shape
            return [Detections(torch.tensor([[96.0, 192, 192, 480]]), torch.tensor([0.9]))]

    detector = Sees()
    searcher = PersonSearcher(tmp_path / "store", model=task, detector=detector)
    large = cv2.resize(scene((RED, 40)), (3840, 1920))
    found = searcher.finder.find([large])[0]
    assert detector.shape == (3, 960, 1920)
    torch.testing.assert_close(found.boxes, torch.tensor([[192.0, 384, 384, 960]]))


def test_leaves_out_who_is_too_small_unsure_or_flat(task, tmp_path):
    boxes = [[0.0, 0, 20, 40], [30, 0, 50, 24], [60, 0, 105, 33], [110, 0, 130, 40]]

    class Sees(Detector):
        def detect(self, pictures):
            return [Detections(torch.tensor(boxes), torch.tensor([0.9, 0.8, 0.7, 0.2]))]

    detector, picture = Sees(), scene()
    found = PersonSearcher(tmp_path, model=task, detector=detector).finder.find([picture])[0]
    torch.testing.assert_close(found.boxes, torch.tensor(boxes[:1]))
    options = {"least_score": 0.1, "least_height": 20, "least_ratio": 0.5}
    searcher = PersonSearcher(tmp_path, model=task, detector=detector, **options)
    assert len(searcher.finder.find([picture])[0]) == 4
