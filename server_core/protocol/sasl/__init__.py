"""The table of SASL mechanisms, in the order they are announced."""

from server_core.protocol.sasl import gssapi, login, plain
from server_core.protocol.sasl.mechanism import Mechanism

MECHANISMS: dict[str, Mechanism] = {
    mechanism.name: mechanism for mechanism in (gssapi.MECHANISM, plain.MECHANISM, login.MECHANISM)
}
