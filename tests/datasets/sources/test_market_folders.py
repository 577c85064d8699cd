import pytest

from plipdet.datasets.sources import DukeMtmcReid, OccludedDuke
from plipdet.errors import InputError

NAMES = {
    "bounding_box_train": ["0001_c2_f0046182.jpg"],
    "query": ["0005_c2_f0046985.jpg"],
    "bounding_box_test": ["0005_c8_f0044158.jpg", "0002_c1_f0044159.jpg"],
}


def write(folder, save_image):
    for part, names in NAMES.items():
        for name in names:
            save_image(folder / part / name)


@pytest.mark.parametrize(
    ("source", "folder"),
    [
        (DukeMtmcReid, "DukeMTMC-reID"),
        (DukeMtmcReid, "dukemtmc-reid/DukeMTMC-reID"),
        (OccludedDuke, "Occluded_Duke"),
    ],
)
def test_the_names_of_duke(tmp_path, save_image, source, folder):
    write(tmp_path / folder, save_image)
    facts = [(r.split, r.person_id, r.camera_id, r.frame) for r in source(tmp_path).load()]
    assert facts == [
        ("train", 1, 2, 46182),
        ("query", 5, 2, 46985),
        ("gallery", 2, 1, 44159),
        ("gallery", 5, 8, 44158),
    ]


def test_empty_and_missing_folders(tmp_path, save_image):
    write(tmp_path, save_image)
    for path in (tmp_path / "query").iterdir():
        path.unlink()
    with pytest.raises(InputError, match=r"query holds no \.jpg picture"):
        DukeMtmcReid(tmp_path).load()
    (tmp_path / "query").rmdir()
    with pytest.raises(InputError, match="no folder 'query'; DukeMTMC-reID has"):
        DukeMtmcReid(tmp_path).load()
