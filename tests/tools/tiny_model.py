"""Options that make the model of configs/plip/pretrain_mini.py small enough for a test."""

TINY = (
    "--cfg-options",
    "model.image_encoder.backbone.stem_width=8",
    "model.image_encoder.backbone.stage_blocks=[1,1,1,1]",
    "model.heads.colorization.channels=4",
)
