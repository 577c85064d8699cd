"""A tiny training without labels on the tiny MiniPedes, for tests of several rooms."""

from pathlib import Path

from plipdet.engine.config import load_config

ROOT = Path(__file__).parents[1]
MINIPEDES = ROOT / "tests" / "data" / "minipedes"
FOLDER = ROOT / "configs" / "image_reid" / "unsupervised"


def tiny_unlabelled_config(work, *, name="usl_mini", steps=4, epochs=2, ranks=1):
    """Return a public config with a small model, small pictures and so many steps."""
    cfg = load_config(FOLDER / f"{name}.py", data_root=MINIPEDES, work_dir=work)
    encoder = cfg.model.image_encoder
    encoder.backbone.update(stem_width=4, stage_blocks=(1, 1, 1, 1))
    encoder.update(embed_dim=16, channels_last=False)
    loader = cfg.train_dataloader
    loader.update(batch_size=8 // ranks, num_workers=0)
    loader.sampler.update(identities=4 // ranks, images=2, steps=steps)
    pipelines = [loader.dataset.plain_pipeline]
    pipelines += [
        loader.dataset[k].pipeline for k in ("unlabelled", "labelled") if k in loader.dataset
    ]
    for pipeline in pipelines:
        pipeline[0].pop("min_size", None)
        pipeline[1].size = (64, 32)
    # A picture may be a cluster of its own: what the small model finds shall not matter.
    cfg.custom_hooks[0].update(eps=0.5, min_samples=1, k1=4, k2=2, num_workers=0, batch_size=16)
    cfg.train_cfg.max_epochs = epochs
    cfg.default_hooks.logger.interval = 2
    cfg.default_hooks.progress = None
    cfg.visualizer.vis_backends = [{"type": "LocalVisBackend"}]
    cfg.env_cfg.pop("mp_cfg", None)
    for key in ("test_dataloader", "test_cfg", "test_evaluator", "load_from_parts"):
        cfg.pop(key)
    return cfg
