"""Backbones: a picture to a tuple of maps, fine to coarse."""

from .backbone import Backbone
from .mmpretrain_backbone import MMPretrainBackbone
from .plip_resnet import PLIPResNet
from .timm_backbone import TimmBackbone

__all__ = ["Backbone", "MMPretrainBackbone", "PLIPResNet", "TimmBackbone"]
