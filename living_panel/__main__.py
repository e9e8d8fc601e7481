"""`python -m living_panel COMMAND` is the program `living-panel`."""

import sys

from living_panel.orchestration.__main__ import main

if __name__ == "__main__":
    sys.exit(main())
