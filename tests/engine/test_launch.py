import argparse

from plipdet.engine.launch import add_run_options


def test_settings_of_a_repeated_option_all_count():
    parser = argparse.ArgumentParser()
    add_run_options(parser)
    twice = ["--cfg-options", "a=1", "b=2", "--cfg-options", "c=3"]
    assert parser.parse_args(["toy.py", *twice]).cfg_options == ["a=1", "b=2", "c=3"]
    assert parser.parse_args(["toy.py"]).cfg_options == []
