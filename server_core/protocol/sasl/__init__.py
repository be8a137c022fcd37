"""The table of SASL mechanisms, strongest first: the order in which they are announced."""

from server_core.protocol.sasl import cram_md5, digest_md5, external, login, plain, scram
from server_core.protocol.sasl.mechanism import Mechanism

MECHANISMS: dict[str, Mechanism] = {
    mechanism.name: mechanism
    for mechanism in (
        external.MECHANISM,
        scram.SHA_256_PLUS,
        scram.SHA_1_PLUS,
        scram.SHA_256,
        scram.SHA_1,
        digest_md5.MECHANISM,
        cram_md5.MECHANISM,
        plain.MECHANISM,
        login.MECHANISM,
    )
}
