"""`python -m munit_hub.cli` is `munit-hub`."""

import sys

from munit_hub.cli import main

sys.exit(main())
