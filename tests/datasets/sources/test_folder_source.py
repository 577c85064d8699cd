import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from plipdet.datasets.sources import FolderSource
from plipdet.errors import InputError

SIX = "man,short hair,white shirt,unknown,black shoes,backpack"


@pytest.fixture
def folder(tmp_path, save_image):
    def write(*names):
        for n, name in enumerate(names):
            save_image(tmp_path / "mine" / name, seed=n)
        return tmp_path / "mine"

    return write


def csv(folder, text, name="persons.csv"):
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(text, encoding="utf-8")
    return folder


def test_folders_with_names_get_numbers_that_are_kept(folder):
    root = folder("zoë/1.jpg", "adam/door.PNG", "adam/b c.jpeg")
    (root / "adam/notes.txt").write_text("no picture")
    table = FolderSource(root).load()
    assert [(row.image, row.person_id) for row in table] == [
        ("adam/b c.jpeg", 1),
        ("adam/door.PNG", 1),
        ("zoë/1.jpg", 2),
    ]
    assert table.identity_names == {1: "adam", 2: "zoë"}
    assert FolderSource(root).load().identity_names == {1: "adam", 2: "zoë"}
    assert table.numbers("camera_id") is None and table[0].split is None


def test_folders_with_numbers_keep_them(folder):
    table = FolderSource(folder("0007/a.jpg", "12/a.jpg")).load()
    assert [row.person_id for row in table] == [7, 12] and table.identity_names == {}


def test_numbers_below_zero_and_zero_mean_what_they_do_in_market(folder):
    table = FolderSource(folder("-1/1.jpg", "0/1.jpg", "7/1.jpg", "7/2.jpg")).load()
    assert table.numbers("person_id").tolist() == [0, 7, 7]  # junk is gone, nobody is renumbered


def test_folders_of_splits(folder):
    table = FolderSource(folder("train/a/1.jpg", "query/b/1.jpg", "gallery/b/2.jpg")).load()
    assert [(row.split, row.person_id) for row in table] == [
        ("gallery", 2),
        ("query", 2),
        ("train", 1),
    ]
    assert len(table.where_split("query")) == 1


def test_a_new_picture_is_noticed(folder):
    assert len(FolderSource(folder("a/1.jpg", "b/1.jpg")).load()) == 2
    assert len(FolderSource(folder("a/2.jpg")).load()) == 3


def test_csv_with_all_columns(folder):
    root = folder("x/1.jpg", "2.jpg")
    text = (
        "image,person_id,camera_id,frame,split,captions,prompt_captions,attribute_phrases,box\n"
        f'x/1.jpg,Ann,3,7,train,"A man, walking.",,"{SIX}",1 2 30.5 40\n'
        '2.jpg,Bob,,,query,"[""One."", ""Two.""]",,,"[0, 0, 5, 5]"\n'
        "\n"
    )
    first, second = FolderSource(csv(root, text)).load()
    assert (first.person_id, first.camera_id, first.frame, first.split) == (1, 3, 7, "train")
    assert first.captions == ["A man, walking."] and first.box == [1, 2, 30.5, 40]
    assert first.attribute_phrases[2:5] == ["white shirt", None, "black shoes"]
    assert second.captions == ["One.", "Two."] and second.box == [0, 0, 5, 5]
    assert second.camera_id is None and second.prompt_captions is None


def test_parquet_as_pandas_writes_it(folder):
    root = folder("1.jpg", "2.jpg")
    columns = {
        "image": ["1.jpg", "2.jpg"],
        "person_id": pa.array([4, 9]),
        "camera_id": pa.array([1.0, float("nan")]),
        "captions": [["One.", "Two."], None],
    }
    pq.write_table(pa.table(columns), root / "persons.parquet")
    first, second = FolderSource(root).load()
    assert (first.person_id, first.camera_id, first.captions) == (4, 1, ["One.", "Two."])
    assert (second.person_id, second.camera_id, second.captions) == (9, None, None)


def test_several_files_in_one_folder_have_a_table_each(folder):
    root = folder("1.jpg", "2.jpg", "3.jpg")
    csv(root, "image\n1.jpg\n", "a.csv")
    csv(root, "image\n2.jpg\n3.jpg\n", "b.csv")
    sizes = [len(FolderSource(root, file=name).load()) for name in ("a.csv", "b.csv")]
    assert sizes == [1, 2] and len(list(root.glob(".plipdet/folder-*_csv-*.arrow"))) == 2
    assert FolderSource(root, file="a.csv").load().numbers("person_id") is None


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("image,persn_id\n1.jpg,1\n", "'persn_id'; did you mean 'person_id'"),
        ("image,image\n1.jpg,1.jpg\n", "two columns 'image'"),
        ("person_id\n1\n", "no column 'image'; its columns are person_id"),
        ("", "no column 'image'"),
        ("image\n", "names no picture"),
        ("image,split\n1.jpg,tests\n", r"line 2: has split 'tests'; did you mean 'test'"),
        ("image,captions\n1.jpg,a man, walking\n", "line 2: it has 3 cells for 2 columns"),
        ("image,camera_id\n1.jpg,door\n", "camera_id = 'door'; expected a whole number"),
        ("image,camera_id\n1.jpg,-1\n", "camera_id = -1; expected a whole number"),
        ("image,box\n1.jpg,5 5 1 1\n", "expected 'x1 y1 x2 y2'"),
        ("image,box\n1.jpg,5 5 left 1\n", "expected 'x1 y1 x2 y2'"),
        ("image,box\n1.jpg,0 0 inf 10\n", "expected 'x1 y1 x2 y2'"),
        (f"image,captions\n1.jpg,{'[' * 100_000}\n", "no JSON list"),
        ('image,captions\n1.jpg,"[""\\ud800""]"\n', "among its captions"),
        ('image,captions\n1.jpg,"[1, 2]"\n', "has 1 among its captions"),
        ('image,captions\n1.jpg,"[""a"n', "no CSV in UTF-8"),
        ("image,captions\n1.jpg,[oh no\n", "no JSON list"),
        ('image,attribute_phrases\n1.jpg,"man,hat"\n', "wrong attribute_phrases: .*2 phrases"),
        ("image,person_id\n,1\n1.jpg,2\n", "line 2: has no image"),
        ("image,person_id\n1.jpg,7\n1.jpg,007\n", "'007' and '7', the same number"),
        ("image,person_id\n1.jpg,7\n1.jpg,7\n", "all 2 pictures .* one identity, '7'"),
        ("image\n9.jpg\n", "1 of 1 images are missing .*9.jpg"),
    ],
)
def test_wrong_tables(folder, text, says):
    with pytest.raises(InputError, match=says):
        FolderSource(csv(folder("1.jpg"), text)).load()


def test_other_wrong_files(folder):
    root = folder("a/1.jpg", "b/1.jpg")
    with pytest.raises(InputError, match=r"no file .*people.csv; .* has no \.csv"):
        FolderSource(root, file="people.csv").load()
    with pytest.raises(InputError, match=r"expected a name that ends in \.csv"):
        FolderSource(root, file="people.xlsx")
    (root / "persons.parquet").write_bytes(b"PAR1 and no more")
    with pytest.raises(InputError, match="is no whole Parquet file"):
        FolderSource(root).load()
    (root / "persons.csv").write_bytes("image\nbø.jpg\n".encode("latin-1"))
    with pytest.raises(InputError, match="no CSV in UTF-8"):
        FolderSource(root).load()
    cells = {"image": ["a/1.jpg"], "split": [3]}
    pq.write_table(pa.table(cells), root / "odd.parquet")
    with pytest.raises(InputError, match=r"row 0 \(from 0\): has split = 3; expected a text"):
        FolderSource(root, file="odd.parquet").load()


def test_wrong_folders(tmp_path, folder):
    with pytest.raises(InputError, match="nowhere does not exist; name the folder of your"):
        FolderSource(tmp_path / "nowhere").load()
    (tmp_path / "mine").mkdir()
    with pytest.raises(InputError, match="holds no picture"):
        FolderSource(tmp_path / "mine").load()
    root = folder("a/1.jpg", "a/2.jpg")
    with pytest.raises(InputError, match=r"all 2 pictures .* are of one identity, 'a'"):
        FolderSource(root).load()
    folder("loose.jpg")
    with pytest.raises(InputError, match=r"loose.jpg is not in a folder of its person"):
        FolderSource(root).load()


def test_pictures_of_people_nobody_knows_lie_anywhere(tmp_path, save_image):
    for name in ("a.jpg", "day 1/b.jpg", "day 1/camera 2/c.jpg"):
        save_image(tmp_path / name)
    with pytest.raises(InputError, match="identities=False"):
        FolderSource(tmp_path).load()
    table = FolderSource(tmp_path, identities=False).load()
    assert table.column("image").to_pylist() == ["a.jpg", "day 1/b.jpg", "day 1/camera 2/c.jpg"]
    assert table.numbers("person_id") is None and not table.identity_names
    empty = tmp_path / "empty"
    empty.mkdir()
    with pytest.raises(InputError, match="holds no picture"):
        FolderSource(empty, identities=False).load()


def test_a_file_may_know_cameras_but_nobody(tmp_path, save_image):
    for name in ("a.jpg", "b.jpg"):
        save_image(tmp_path / name)
    (tmp_path / "persons.csv").write_text("image,camera_id\na.jpg,1\nb.jpg,2\n")
    table = FolderSource(tmp_path, identities=False).load()
    assert table.numbers("camera_id").tolist() == [1, 2] and table.numbers("person_id") is None
