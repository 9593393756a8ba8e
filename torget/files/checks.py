"""The doctor's look at the files: a sample each time, every one when everything is to be read."""

import hashlib
import random
from collections.abc import Iterable, Iterator

from torget.core.doctor import Check
from torget.files.actions import CHUNK, path_of
from torget.files.models import Blob

SAMPLE, SAMPLE_BYTES = 20, 50_000_000
REMEDY = "Hämta filen ur en säkerhetskopia till samma plats: torget restore visar hur. Bytena prövas mot namnet."


def sample() -> Iterable[Check]:
    """A few files, the newest and some by chance."""
    newest = list(Blob.objects.order_by("-created_at")[: SAMPLE // 2])
    # By a place in the order of hashes: a count of all files would be dearer than reading these.
    place = f"{random.getrandbits(32):08x}"  # nosec B311  # no secret
    others = list(Blob.objects.filter(sha256__gte=place).order_by("sha256")[: SAMPLE // 2])
    chosen = {blob.pk: blob for blob in newest + others if blob.size <= SAMPLE_BYTES // 5}
    yield from _told(chosen.values(), whole=False)


def all_files() -> Iterable[Check]:
    """Every file, read and hashed anew."""
    yield from _told(Blob.objects.order_by("sha256").iterator(chunk_size=1000), whole=True)


def fault(blob: Blob) -> str:
    """What is wrong with the file of a blob; empty when its bytes are those that came."""
    try:
        with path_of(blob.sha256).open("rb") as file:
            found, size = hashlib.sha256(), 0
            while chunk := file.read(CHUNK):
                found.update(chunk)
                size += len(chunk)
    except FileNotFoundError:
        return "saknas"
    except OSError as error:
        return f"går inte att läsa ({error.strerror})"
    if size != blob.size:
        return f"har {size} byte i stället för {blob.size}"
    return "" if found.hexdigest() == blob.sha256 else "har ändrats: innehållet är inte det som kom"


def _told(blobs: Iterable[Blob], *, whole: bool) -> Iterator[Check]:
    name = "alla filer" if whole else "filer"
    read, wrong = 0, 0
    for blob in blobs:
        read += 1
        if problem := fault(blob):
            wrong += 1
            # Ten are named; where a whole disk is gone a number says more.
            if wrong <= 10:
                yield Check(name, False, f"{path_of(blob.sha256)} {problem}", REMEDY)
    if wrong > 10:
        yield Check(name, False, f"{wrong} av {read} filer är skadade eller borta", REMEDY)
    elif not wrong:
        yield Check(name, True, f"{read} lästa, alla är som de kom")
