"""Write the base model's commit on the hub into model.revision of configs/base.yaml.

Until it stands there two runs may load different weights. Run it again to take a newer commit: the
change shows in the diff, as that of a package's version does.
"""

from __future__ import annotations

import json

from pipeline.cli import config_from, parser, run
from pipeline.revision import pin


def main() -> None:
    """Pin, and print what changed."""
    arguments = parser(__doc__)
    arguments.add_argument("--branch", default="main", help="a branch or tag (default: main)")
    options = arguments.parse_args()
    config = config_from(options)
    print(json.dumps(pin(options.configs, config, options.branch), indent=2))


if __name__ == "__main__":
    run(main)
