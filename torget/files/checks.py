"""The doctor's look at the files: a sample each time, every one when everything is to be read."""

import hashlib
import random
from collections.abc import Iterable, Iterator

from django.conf import settings

from torget.core import clock
from torget.core.doctor import Check
from torget.core.errors import Refused
from torget.files.actions import CHUNK, open_blob
from torget.files.models import Blob
from torget.files.store import store

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


def place() -> Iterable[Check]:
    """The object store answers, takes a file, gives it back and lets it go; nothing where files lie in the folder."""
    if not settings.TORGET_FILES_S3_BUCKET:
        return
    body = b"torget doctor " + clock.now().isoformat().encode()
    sha = hashlib.sha256(body).hexdigest()
    where = store()
    try:
        where.put_bytes(sha, body)
        with where.open(sha) as file:
            same = file.read() == body
        where.remove(sha)
    except (OSError, ImportError) as error:
        remedy = "Kontrollera TORGET_FILES_S3_BUCKET, _ENDPOINT, _REGION, _KEY och _SECRET, och att nyckeln får läsa och skriva."
        says = "delarna för S3 är inte installerade (tillägget scale)" if isinstance(error, ImportError) else str(error)
        yield Check("fillager", False, f"S3: {says}", remedy)
        return
    yield Check("fillager", same, "S3: en fil gick dit och kom tillbaka" if same else "S3: filen kom tillbaka ändrad")


def all_files() -> Iterable[Check]:
    """Every file, read and hashed anew."""
    yield from _told(Blob.objects.order_by("sha256").iterator(chunk_size=1000), whole=True)


def fault(blob: Blob) -> str:
    """What is wrong with the file of a blob; empty when its bytes are those that came."""
    try:
        with open_blob(blob.sha256) as file:
            found, size = hashlib.sha256(), 0
            while chunk := file.read(CHUNK):
                found.update(chunk)
                size += len(chunk)
    except Refused:
        return "saknas"
    except OSError as error:
        return f"går inte att läsa ({error.strerror or error})"
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
                yield Check(name, False, f"{store().place(blob.sha256)} {problem}", REMEDY)
    if wrong > 10:
        yield Check(name, False, f"{wrong} av {read} filer är skadade eller borta", REMEDY)
    elif not wrong:
        yield Check(name, True, f"{read} lästa, alla är som de kom")
