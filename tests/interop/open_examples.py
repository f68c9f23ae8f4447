"""The examples of docs/protocol, opened by code that shares nothing with ours.

Written from PROTOCOL.md, RFC 9180 and the X-Wing draft, on Python's standard library and the
package `cryptography`, so that ML-KEM, X25519, HKDF, AES-GCM, AES-SIV and Ed25519 are OpenSSL's or
its kin's. It reads docs/protocol/vectors.json and the examples of docs/operations, which tests of ours
hold to the code that ships.

    python3 tests/interop/open_examples.py

The last line is `N passed`; anything that differs ends it with a traceback and exit code 1.
"""

import base64
import datetime
import hashlib
import hmac
import json
import pathlib

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM, AESSIV

DOCS = pathlib.Path(__file__).parents[2] / "docs"
VECTORS = DOCS / "protocol" / "vectors.json"
OPERATIONS = DOCS / "operations"
V = {name: bytes.fromhex(value) for name, value in json.loads(VECTORS.read_text()).items()}


# --- what the standards say -----------------------------------------------------------------------


def item(b, i=0):
    """One CBOR item (RFC 8949) of our profile: its value, and where the next begins."""
    major, minor, i = b[i] >> 5, b[i] & 31, i + 1
    if major == 7:
        return {20: False, 21: True, 22: None}[minor], i
    size = {24: 1, 25: 2, 26: 4, 27: 8}.get(minor, 0)
    n = int.from_bytes(b[i : i + size], "big") if size else minor
    i += size
    if major in (0, 1):
        return (n if major == 0 else -1 - n), i
    if major in (2, 3):
        content = b[i : i + n]
        return (content if major == 2 else content.decode()), i + n
    values = []
    for _ in range(n if major == 4 else 2 * n):
        value, i = item(b, i)
        values.append(value)
    return (values if major == 4 else dict(zip(values[::2], values[1::2]))), i


def whole(b):
    value, end = item(b)
    assert end == len(b)
    return value


def text(content):
    return head(3, content.encode())


def head(major, content):
    """A byte string (2) or text (3) with its head, up to 65,535 bytes."""
    n = len(content)
    if n < 24:
        start = bytes([major << 5 | n])
    elif n < 256:
        start = bytes([major << 5 | 24, n])
    else:
        start = bytes([major << 5 | 25]) + n.to_bytes(2, "big")
    return start + content


def extract(salt, secret):
    return hmac.digest(salt or bytes(32), secret, "sha256")


def expand(prk, info, length):
    key, block = b"", b""
    for counter in range(1, -(-length // 32) + 1):
        block = hmac.digest(prk, block + info + bytes([counter]), "sha256")
        key += block
    return key[:length]


class XWing:
    """draft-connolly-cfrg-xwing-kem: the decapsulation key of a seed."""

    def __init__(self, seed):
        expanded = hashlib.shake_256(seed).digest(96)
        self.m = MLKEM768PrivateKey.from_seed_bytes(expanded[:64])
        self.x = X25519PrivateKey.from_private_bytes(expanded[64:])
        self.public_x = self.x.public_key().public_bytes_raw()
        self.public = self.m.public_key().public_bytes_raw() + self.public_x

    def decapsulate(self, enc):
        ct_m, ct_x = enc[:1088], enc[1088:]
        ss_m = self.m.decapsulate(ct_m)
        ss_x = self.x.exchange(X25519PublicKey.from_public_bytes(ct_x))
        return hashlib.sha3_256(ss_m + ss_x + ct_x + self.public_x + b"\\.//^\\").digest()


class Receiver:
    """HPKE base mode (RFC 9180 §5.1) with KEM 0x647a, HKDF-SHA256, AES-256-GCM."""

    SUITE = b"HPKE" + bytes.fromhex("647a00010002")

    def __init__(self, shared, info):
        context = b"\0" + self.extract(b"", b"psk_id_hash", b"")
        context += self.extract(b"", b"info_hash", info)
        secret = self.extract(shared, b"secret", b"")
        self.key = self.expand(secret, b"key", context, 32)
        self.nonce = self.expand(secret, b"base_nonce", context, 12)
        self.exporter = self.expand(secret, b"exp", context, 32)

    def extract(self, salt, label, secret):
        return extract(salt, b"HPKE-v1" + self.SUITE + label + secret)

    def expand(self, prk, label, info, length):
        labelled = length.to_bytes(2, "big") + b"HPKE-v1" + self.SUITE + label + info
        return expand(prk, labelled, length)

    def export(self, context):
        return self.expand(self.exporter, b"sec", context, 32)


def ed25519(seed):
    return Ed25519PrivateKey.from_private_bytes(seed).public_key()


def signed(cose, external, payload):
    """The Sig_structure of a COSE_Sign1 (RFC 9052 §4.4)."""
    return b"\x84" + text("Signature1") + head(2, cose[0]) + head(2, external) + head(2, payload)


def lengths(*parts):
    return b"".join(len(part).to_bytes(8, "big") + part for part in parts)


def base32(content):
    return base64.b32encode(content).decode().rstrip("=").lower()


def unpadded(padded):
    length = int.from_bytes(padded[:4], "big")
    assert not any(padded[4 + length :]) and len(padded) >= 256
    return padded[4 : 4 + length]


# --- the examples ---------------------------------------------------------------------------------

CONFIGURATION = whole(V["key_configuration"])
DIGEST = hashlib.sha384(b"vouchsafe/evidence/v1" + V["key_configuration"]).digest()


def the_key_configuration_names_the_key_of_its_seed():
    public = XWing(V["x_wing_seed"]).public
    assert CONFIGURATION["hpke_public_key"] == public
    named = hashlib.sha256(b"vouchsafe/key-id/v1" + public).digest()[:16]
    assert CONFIGURATION["key_id"] == named
    assert V["evidence_user_data"] == DIGEST
    assert V["kms_user_data"] == hashlib.sha384(b"vouchsafe/kms/v1").digest()
    assert CONFIGURATION["bundle_digest"] == hashlib.sha384(V["bundle"]).digest()


def the_sealed_request_opens_and_its_proof_holds():
    protected, unprotected, ciphertext = whole(V["sealed_request"])
    assert whole(protected) == {1: -65701, 4: CONFIGURATION["key_id"]}
    enc = unprotected[-4]
    receiver = Receiver(XWing(V["x_wing_seed"]).decapsulate(enc), DIGEST)
    aad = b"\x83" + text("Encrypt0") + head(2, protected) + head(2, b"")
    padded = AESGCM(receiver.key).decrypt(receiver.nonce, ciphertext, aad)
    assert padded == V["request_plaintext"]
    inside = whole(unpadded(padded))
    assert inside["body"] == V["request"] and whole(V["request"])["operation"] == "mask"
    binding = hashlib.sha384(
        b"vouchsafe/proof/v1"
        + hashlib.sha256(enc).digest()
        + DIGEST
        + hashlib.sha256(inside["body"]).digest()
    ).digest()
    assert binding == V["proof_digest"]
    proof = whole(inside["proof"]["Registered"]["signature"])
    assert whole(proof[0]) == {1: -8} and proof[1] == {} and proof[2] is None
    ed25519(V["caller_ed25519_seed"]).verify(proof[3], signed(proof, b"", binding))
    assert receiver.export(b"vouchsafe/reply/v1") == V["exported"]


def the_sealed_reply_opens():
    random, ciphertext = V["sealed_reply"][:32], V["sealed_reply"][32:]
    request = hashlib.sha256(V["sealed_request"]).digest()
    prk = extract(request + random, V["exported"])
    key = expand(prk, b"vouchsafe/reply/v1/key", 32)
    nonce = expand(prk, b"vouchsafe/reply/v1/nonce", 12)
    request_id = whole(V["request"])["id"]
    aad = b"\x83" + text("vouchsafe/reply/v1") + head(2, request_id) + head(2, request)
    assert unpadded(AESGCM(key).decrypt(nonce, ciphertext, aad)) == V["reply"]


def the_record_opens_in_its_place():
    protected, unprotected, ciphertext, recipients = whole(V["sealed_record"])
    header = whole(protected)
    assert header == {1: 3, -65711: 1}
    (recipient,) = recipients
    assert whole(recipient[0]) == {1: -65702}
    # The recipient as it stands in the record: the one element of its last array.
    encoded = V["sealed_record"][V["sealed_record"].index(b"\x81\x83\x47\xa1") + 1 :]
    external = b"\xa7" + b"".join(
        [
            text("format") + text("vouchsafe/record/v1"),
            text("tenant") + text("acme"),
            text("dataset") + text("customers"),
            text("epoch") + bytes([header[-65711]]),
            text("field") + text("ssn"),
            text("record_id") + text("17"),
            text("recipient") + head(2, hashlib.sha256(encoded).digest()),
        ]
    )
    aad = b"\x83" + text("Encrypt") + head(2, protected) + head(2, external)
    value = AESGCM(V["data_key"]).decrypt(unprotected[5], ciphertext, aad)
    assert value == b"078-05-1120"


def the_bundle_is_signed_by_the_authority_of_the_anchor():
    bundle = whole(V["bundle"])
    assert whole(bundle[0]) == {1: -8} and bundle[1] == {}
    key = ed25519(V["authority_ed25519_seed"])
    key.verify(bundle[3], signed(bundle, b"vouchsafe/bundle/v1", bundle[2]))
    (authority,) = json.loads(V["trust_anchor"])["authorities"]
    published = base64.urlsafe_b64encode(key.public_bytes_raw()).decode().rstrip("=")
    assert authority["key"]["x"] == published
    assert json.loads(bundle[2])["serial"] == 7


def pseudonym_and_token_follow_from_the_root():
    place, version = (b"acme", b"US_SSN", b"claims"), (3).to_bytes(4, "big")

    def derived(purpose, length):
        info = lengths(b"vouchsafe", purpose, *place, version)
        return expand(extract(b"", V["root"]), info, length)

    key = derived(b"pseudonymize", 32)
    assert key == V["pseudonym_key"]
    message = lengths(b"vp1", b"US_SSN", b"claims", b"078-05-1120")
    pseudonym = base32(hmac.digest(key, message, "sha256"))
    assert V["pseudonym"].decode() == f"vp1.US_SSN.k3.{pseudonym}" == first_answer("pseudonymize")
    key = derived(b"tokenize", 64)
    assert key == V["token_key"]
    token = base32(AESSIV(key).encrypt(b"078-05-1120", [b"vs1", *place, version]))
    assert V["token"].decode() == f"vs1.US_SSN.k3.{token}" == first_answer("tokenize")


def indexes_formats_and_shifts_follow_from_the_root():
    """The examples of docs/operations: a blind index, a token of nine digits, a date of a row."""

    def derived(purpose, entity):
        info = lengths(b"vouchsafe", purpose, b"acme", entity, b"claims", (3).to_bytes(4, "big"))
        return expand(extract(b"", V["root"]), info, 32)

    message = lengths(b"vb1", b"US_SSN", b"claims", b"078-05-1120")
    index = hmac.digest(derived(b"blind_index", b"US_SSN"), message, "sha256")
    assert first_answer("blind_index") == f"vb1.US_SSN.k3.{base32(index[:4])}"

    token = ff1_digits(
        derived(b"encrypt_format", b"US_SSN"),
        lengths(b"vouchsafe", b"vf1", b"acme", b"US_SSN", b"claims", (3).to_bytes(4, "big")),
        "078051120",
    )
    token = f"{token[:3]}-{token[3:5]}-{token[5:]}"
    assert first_answer("encrypt_format") == {"text": token, "version": 3}

    key, most = derived(b"shift_date", b"DATE_TIME"), 30
    number = int.from_bytes(hmac.digest(key, lengths(b"vd1", b"17"), "sha256")[:8], "big")
    place = number % (2 * most)
    days = -(place + 1) if place < most else place - most + 1
    shifted = datetime.date(1984, 7, 3) + datetime.timedelta(days)
    assert first_answer("shift_date") == shifted.isoformat()


def first_answer(operation):
    """What the first example on the page of an operation answers."""
    page = (OPERATIONS / f"{operation}.md").read_text()
    line = page.split("```examples\n")[1].splitlines()[0]
    asked, arrow, answer = line.partition(" -> ")
    assert arrow and asked.startswith(f"{operation} ")
    return json.loads(answer)


def ff1_digits(key, tweak, digits):
    """FF1 over decimal digits (NIST SP 800-38G, algorithm 7)."""
    u = len(digits) // 2
    v = len(digits) - u
    size = ((10**v - 1).bit_length() + 7) // 8
    length = 4 * ((size + 3) // 4) + 4
    begin = bytes([1, 2, 1]) + (10).to_bytes(3, "big") + bytes([10, u % 256])
    begin += len(digits).to_bytes(4, "big") + len(tweak).to_bytes(4, "big")
    a, b = digits[:u], digits[u:]
    for turn in range(10):
        block = tweak + bytes((-len(tweak) - size - 1) % 16) + bytes([turn])
        message = begin + block + int(b).to_bytes(size, "big")
        aes = Cipher(algorithms.AES(key), modes.ECB()).encryptor()
        state = bytes(16)
        for at in range(0, len(message), 16):
            state = aes.update(bytes(x ^ y for x, y in zip(state, message[at : at + 16])))
        width = u if turn % 2 == 0 else v
        number = (int(a) + int.from_bytes(state[:length], "big")) % 10**width
        a, b = b, str(number).zfill(width)
    return a + b


TESTS = [
    the_key_configuration_names_the_key_of_its_seed,
    the_sealed_request_opens_and_its_proof_holds,
    the_sealed_reply_opens,
    the_record_opens_in_its_place,
    the_bundle_is_signed_by_the_authority_of_the_anchor,
    pseudonym_and_token_follow_from_the_root,
    indexes_formats_and_shifts_follow_from_the_root,
]

if __name__ == "__main__":
    for test in TESTS:
        test()
        print(f"ok  {test.__name__.replace('_', ' ')}")
    print(f"{len(TESTS)} passed")
