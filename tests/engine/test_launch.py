import argparse

from mmengine.config import Config

from plipdet.engine.launch import add_run_options, go_on


def test_settings_of_a_repeated_option_all_count():
    parser = argparse.ArgumentParser()
    add_run_options(parser)
    twice = ["--cfg-options", "a=1", "b=2", "--cfg-options", "c=3"]
    assert parser.parse_args(["toy.py", *twice]).cfg_options == ["a=1", "b=2", "c=3"]
    assert parser.parse_args(["toy.py"]).cfg_options == []


def test_resuming_starts_as_configured_where_there_is_nothing_to_go_on_from(tmp_path):
    fresh = Config({"work_dir": str(tmp_path), "load_from": "plip.pth"})
    go_on(fresh, "auto")
    assert (fresh.get("resume"), fresh.load_from) == (None, "plip.pth")
    (tmp_path / "epoch_1.pth").write_bytes(b"cut")
    go_on(fresh, "auto")
    assert (fresh.resume, fresh.load_from) == (True, None)
    go_on(fresh, "other.pth")
    assert (fresh.resume, fresh.load_from) == (True, "other.pth")
