"""Two random views of each person, 128x64: what takes the place of resizing and mirroring."""

from plipdet.datasets.transforms import (
    RandomErasing,
    RandomHorizontalFlip,
    RandomResizedPerson,
    SecondView,
)

# As LUPerson found for people (Fu et al., CVPR 2021): most of the person shows, no colour changes.
view = [
    dict(type=RandomResizedPerson, size=(128, 64), area=(0.64, 1.0), ratio=(2.0, 3.0)),
    dict(type=RandomErasing, prob=0.5),
    dict(type=RandomHorizontalFlip, prob=0.5),
]
two_views = [dict(type=SecondView, transforms=view), *view]
