"""What every test runs under: no screen is needed, and nothing of the person's own is touched."""

from __future__ import annotations

import os

# Before any test module can import Qt.
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
# A home of the person who runs the tests must not become the home of a test.
os.environ.pop("POSTROOM_HOME", None)
# Nor may the keyring of that person: keys lie in files of the homes that tests make.
os.environ["PYTHON_KEYRING_BACKEND"] = "keyring.backends.fail.Keyring"
