"""The garbage collector of programs that run for weeks."""

import gc

YOUNG = 50_000
"""New values that may be kept until the collector looks at them; Python's own 700 are reached by each booking or two
of a push, and with 10,000 every list of 2 MB pays for a look through all that is kept. Only cycles wait for it, of
which reading and answering make few: some megabytes at most.
"""


def settle() -> None:
    """Called when a program has started: what exists now stays, and is not looked through again.

    The service begins with 300,000 values. While a long list is read, so many new ones are kept that the collector
    looks for garbage among all there are, each time anew: two fifths of the time of a list of 8 MB (measured).
    Processes that are forked from here share those values for good, too.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG, *gc.get_threshold()[1:])
