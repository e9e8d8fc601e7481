"""Import this first: Python then looks for garbage seldom, and not at the end of the process.

Loading the libraries makes many objects and no garbage. To look through them costs a quarter of the time of loading,
and a second at the end.
"""

import atexit
import gc

LOOK_AFTER = 20_000
"""Objects made before Python looks for garbage; its own number is 700 or 2,000."""

gc.set_threshold(LOOK_AFTER)
atexit.register(gc.freeze)  # what is frozen is not looked through
