"""What every benchmark uses: a row of the table, and how CPU time, wall time and memory are taken."""

import gc
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table. `bar` is what is asked for, `limit` what the same stack manages when it only returns the bytes.

    With `at_most`, smaller is better and the bar holds when value <= bar; without, larger is better.
    """

    name: str
    value: float
    unit: str
    bar: float | None = None
    limit: float | None = None
    note: str = ""
    at_most: bool = True

    @property
    def holds(self) -> bool | None:
        """Whether the bar holds; None without a bar."""
        if self.bar is None:
            return None
        return self.value <= self.bar if self.at_most else self.value >= self.bar


@dataclass(frozen=True, slots=True)
class Cost:
    """What one call costs, the median of the rounds: CPU and wall time in milliseconds."""

    cpu: float
    wall: float


def cost(work: Callable[[], object], *, rounds: int = 50, warm: int = 3, batch: int = 1) -> Cost:
    """CPU (all threads of this process) and wall time of a call, after some that are not counted; `batch` calls a round."""
    for _ in range(warm):
        work()
    cpus, walls = [], []
    # A collection in the middle of a round would be counted against it; between rounds it is not.
    gc.collect()
    gc.disable()
    try:
        for _ in range(rounds):
            wall, cpu = time.perf_counter(), time.process_time()
            for _ in range(batch):
                work()
            cpus.append((time.process_time() - cpu) / batch)
            walls.append((time.perf_counter() - wall) / batch)
    finally:
        gc.enable()
    return Cost(cpu=median(cpus) * 1000, wall=median(walls) * 1000)


def rate(work: Callable[[], int]) -> float:
    """Things a second for a call that says how many things it did."""
    began = time.perf_counter()
    count = work()
    return count / (time.perf_counter() - began)


def cpu_of(pid: int) -> float:
    """CPU seconds that a process of ours has used, from /proc (Linux), to a hundredth."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    ticks = int(fields[11]) + int(fields[12])
    return ticks / 100


def memory_of(pid: int) -> float:
    """Resident memory of a process in MB, shared pages counted by their part (PSS), from /proc (Linux)."""
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) / 1024
    raise RuntimeError(f"no Pss for process {pid}")
