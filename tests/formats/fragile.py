"""What a worker process may do to the server: a reader to misbehave on demand."""

import os
import time
from pathlib import Path


def misbehave(data: bytes) -> str:
    """Crash, stall, fault or write a file as told; else answer with the worker's process id."""
    if data == b"crash":
        os.abort()
    if data == b"stall":
        time.sleep(60)
    if data == b"fault":
        raise RuntimeError("a parser's own")
    if data == b"write":
        Path("left-behind").write_bytes(b"x")
    return f"{os.getpid()}"
