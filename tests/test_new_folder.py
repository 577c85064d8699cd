import pytest

from plipdet.errors import InputError
from plipdet.new_folder import new_folder


def make(out, text="new", **arguments):
    with new_folder(out, **{"overwrite": False, "marker": "m.json", **arguments}) as part:
        (part / "m.json").write_text(text)


def test_a_new_folder_is_whole_or_absent(tmp_path):
    out = tmp_path / "deep" / "out"
    with pytest.raises(KeyboardInterrupt), new_folder(out, overwrite=False, marker="m") as part:
        (part / "half").write_text("")
        raise KeyboardInterrupt
    assert list(out.parent.iterdir()) == []
    make(out)
    assert [p.name for p in out.parent.iterdir()] == ["out"] and (out / "m.json").is_file()


def test_remains_of_a_killed_run_are_removed_and_those_of_a_live_one_stay(tmp_path):
    (tmp_path / ".out.99999999.part").mkdir()
    (tmp_path / ".out.1.part").mkdir()
    make(tmp_path / "out")
    assert {p.name for p in tmp_path.iterdir()} == {"out", ".out.1.part"}


def test_only_own_folders_are_overwritten(tmp_path):
    out = tmp_path / "out"
    make(out, "old")
    with pytest.raises(InputError, match="add --overwrite"):
        make(out)
    make(out, "new", overwrite=True)
    assert (out / "m.json").read_text() == "new" and len(list(tmp_path.iterdir())) == 1
    (out / "m.json").unlink()
    (out / "thesis.txt").write_text("years of work")
    with pytest.raises(InputError, match="this tool did not make it"):
        make(out, overwrite=True)
    assert (out / "thesis.txt").is_file()
    with pytest.raises(InputError, match="is a file"):
        make(out / "thesis.txt", overwrite=True)


def test_a_failed_run_keeps_the_earlier_folder(tmp_path):
    make(tmp_path / "out", "old")
    arguments = {"overwrite": True, "marker": "m.json"}
    with pytest.raises(KeyError), new_folder(tmp_path / "out", **arguments):
        raise KeyError
    assert (tmp_path / "out" / "m.json").read_text() == "old"
