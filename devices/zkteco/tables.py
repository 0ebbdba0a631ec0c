"""Which table of a terminal is read, and which is answered and let go."""

# Last levels of topics that the dialog makes.
ALIVE, REFUSED, UNAPPROVED = "alive", "refused", "unapproved"

RECORDS = frozenset({"attlog", "operlog", "rtlog", "rtstate", "transaction"})
COUNTED = frozenset({"attlog", "operlog"})  # answered with how many
# Nothing about a person's body and no picture reaches the disk, not even in quarantine.
BIOMETRIC = frozenset(
    {"biodata", "biophoto", "userpic", "templatev10", "attphoto", "fingertmp", "facetmp", "face",
     "fptemp", "fvtemp", "ssrface7", "photo", "snapshot", "fpimage"}
)  # fmt: skip
