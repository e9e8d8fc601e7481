"""Problems of a data root: codes, texts and fixes."""

from living_panel.codes import Code, Sentence

UNKNOWN = Sentence(
    Code.LEDGER_UNKNOWN,
    "the ledger does not list {kind} {name}, so it was never published",
    "move it out of the data folder",
)


WORKER_DIED = Sentence(
    Code.LIMIT,
    "a process that works on tables or pages ended abruptly: memory was full, or somebody stopped "
    "it. Finished parts are kept",
    "end other programs, or set {variable} (megabytes) below the free memory; then run again",
)


LOG_BESIDE = Sentence(
    Code.PUBLISH_CHANGED,
    "a published file has a write-ahead log, so readers would see its content",
    "run `make run`, which moves the log away and publishes again",
)


DISK_READ_ONLY = Sentence(
    Code.DISK_ACCESS,
    "the file system is read-only; the published results are unchanged",
    "make the file system writable, then run again",
)
DISK_FULL = Sentence(
    Code.DISK_FULL,
    "the disk is full; the published results are unchanged",
    "free space on this disk, then run again",
)
QUOTA_USED = Sentence(
    Code.DISK_FULL,
    "the disk quota is used up; the published results are unchanged",
    "free space within the quota, then run again",
)
PATH_REFUSED = Sentence(
    Code.DISK_ACCESS,
    "the operating system denies access to this path",
    "correct owner and permissions of this path, then run again",
)
FILE_SIZE_LIMIT = Sentence(
    Code.DISK_FULL,
    "a file would exceed the limit of file sizes; the published results are unchanged",
    "raise the limit (`ulimit -f`), then run again",
)
DISK_FAILS = Sentence(
    Code.DISK_FULL,
    "Dagster's record of runs cannot be written ({reason}); the published results are unchanged",
    "free space on the disk of DAGSTER_STATE and make this folder writable, then run again",
)
