"""The event-sourcing library's own test cases, importable without its optional cipher package.

Its test module imports one class that needs pycryptodome. The library ships the same class
over `cryptography`, which we have: that one stands in while the module is imported.
"""

import sys

import eventsourcing.cryptography

_NAME = "eventsourcing.cipher"
_ABSENT = _NAME not in sys.modules

if _ABSENT:
    sys.modules[_NAME] = eventsourcing.cryptography
try:
    from eventsourcing.tests import persistence
finally:
    if _ABSENT:
        del sys.modules[_NAME]

ApplicationRecorderTestCase = persistence.ApplicationRecorderTestCase
NonInterleavingNotificationIDsBaseCase = persistence.NonInterleavingNotificationIDsBaseCase
