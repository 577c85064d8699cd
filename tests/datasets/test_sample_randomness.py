import itertools

from plipdet.datasets.sample_randomness import sample_generator


def test_every_sample_has_a_stream_of_its_own():
    keys = list(itertools.product(range(3), repeat=3))
    draws = {sample_generator(s, epoch=e, row=r).bytes(8) for s, e, r in keys}
    assert len(draws) == len(keys)
    assert sample_generator(1, epoch=2, row=0).bytes(8) == sample_generator(
        1, epoch=2, row=0
    ).bytes(8)
