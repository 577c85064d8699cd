import pytest

from plipdet.errors import InputError
from plipdet.models.detectors.proposal_network import ProposalNetwork


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"kept": 300}, "kept of ProposalNetwork is 300; expected two whole numbers of 1 or more"),
        ({"kept": (300, 0)}, "kept of ProposalNetwork"),
        ({"kept": "ab"}, "kept of ProposalNetwork"),
        ({"samples": 0}, "samples of ProposalNetwork is 0; expected a whole number, 1 or more"),
        ({"samples": 2.5}, "samples of ProposalNetwork is 2.5"),
        ({"ratios": ()}, "ratios of ProposalNetwork .* one at least"),
        ({"ratios": (1.0, 0)}, "ratios of ProposalNetwork .* above 0"),
        ({"ratios": 2.0}, "ratios of ProposalNetwork"),
    ],
)
def test_options_out_of_range_are_refused(options, message):
    with pytest.raises(InputError, match=message):
        ProposalNetwork(8, ((16, 32),), **options)
