"""Signs a statement with Ed25519 and checks it off-line: an envelope as DSSE describes it.

What is signed is not the statement but the envelope's type and the statement's exact bytes, so
nothing has to be written in a canonical form before it can be checked.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from torq_conformance.errors import KitError
from torq_conformance.model import foreign_json
from torq_conformance.model.values import FormError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import (
        Ed25519PrivateKey,
        Ed25519PublicKey,
    )

TYPE = "application/vnd.in-toto+json"
KEY_MAX = 65_536
"""Bytes of a file of a key."""

KEY_HINT = "Make a pair: torq-conformance report key FILE."
INSTALL = "Install it: pip install 'torq-conformance[signing]'."


class ForgedError(Exception):
    """A signature that is not one of the key over what it should be."""


def new_key(path: Path) -> Path:
    """Write a private key, for its owner alone, and beside it the public one, which is returned."""
    check_installed()
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    public = path.with_name(f"{path.name}.pub")
    made = Ed25519PrivateKey.generate()
    private = made.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    opened = made.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    for one, data, mode in ((path, private, 0o600), (public, opened, 0o644)):
        try:
            descriptor = os.open(one, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
        except OSError as error:
            problem = f"{one} cannot be written: {error.strerror}."
            raise KitError(problem, "Name a new file: no key is written over.") from error
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
    return public


def signed(statement: Mapping[str, Any], key: Path) -> str:
    """The envelope around a statement, signed by the private key in a file."""
    check_installed()
    private = _private(key)
    payload = json.dumps(statement, sort_keys=True).encode()
    signature = {
        "keyid": key_id(private.public_key()),
        "sig": _text(private.sign(_signed_bytes(TYPE, payload))),
    }
    envelope = {"payloadType": TYPE, "payload": _text(payload), "signatures": [signature]}
    return json.dumps(envelope, indent=1) + "\n"


def opened(path: Path, key: Path) -> dict[str, Any]:
    """The statement in an envelope; ForgedError where the public key in ``key`` did not sign it."""
    check_installed()
    from cryptography.exceptions import InvalidSignature

    public = _public(key)
    payload, signatures = _envelope(path)
    own = key_id(public)
    for keyid, signature in signatures:
        try:
            public.verify(signature, _signed_bytes(TYPE, payload))
        except InvalidSignature:
            if keyid == own:
                raise ForgedError("what is signed has been changed") from None
            continue
        return _statement(payload, path)
    signers = ", ".join(keyid for keyid, _ in signatures) or "nobody"
    raise ForgedError(f"it is signed by {signers}, not by the key {own}")


def key_id(public: Ed25519PublicKey) -> str:
    """The first digits of the SHA-256 of a key's bytes."""
    return hashlib.sha256(public.public_bytes_raw()).hexdigest()[:16]


def _signed_bytes(type_: str, payload: bytes) -> bytes:
    """What DSSE calls the pre-authentication encoding."""
    return b"DSSEv1 %d %s %d %s" % (len(type_), type_.encode(), len(payload), payload)


def _envelope(path: Path) -> tuple[bytes, list[tuple[str, bytes]]]:
    hint = "Sign the results again: torq-conformance report sign."
    try:
        document = foreign_json.read(path)
    except FileNotFoundError as error:
        raise KitError(f"There is no signature file {path}.", hint) from error
    except (OSError, FormError) as error:
        raise KitError(f"{path} cannot be read as a signature: {error}.", hint) from error
    try:
        if document["payloadType"] != TYPE:
            raise KitError(f"{path} is a signature of something else.", hint)
        payload = base64.b64decode(document["payload"], validate=True)
        signatures = [
            (str(one.get("keyid", ""))[:64], base64.b64decode(one["sig"], validate=True))
            for one in document["signatures"]
        ]
    except (*foreign_json.WRONG, binascii.Error) as error:
        raise KitError(f"{path} is no signature: {error!r:.80}.", hint) from error
    return payload, signatures


def _statement(payload: bytes, path: Path) -> dict[str, Any]:
    try:
        statement = foreign_json.parse(payload)
    except FormError as error:
        raise KitError(f"{path} holds no statement: {error}.", "Sign the results again.") from error
    if not isinstance(statement, dict):
        raise KitError(f"{path} holds no statement.", "Sign the results again.")
    return statement


def _private(path: Path) -> Ed25519PrivateKey:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    key = _loaded(path, lambda data: load_pem_private_key(data, None))
    if not isinstance(key, Ed25519PrivateKey):
        raise KitError(f"{path} is no private key of Ed25519.", KEY_HINT)
    return key


def _public(path: Path) -> Ed25519PublicKey:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    key = _loaded(path, load_pem_public_key)
    if not isinstance(key, Ed25519PublicKey):
        raise KitError(f"{path} is no public key of Ed25519.", KEY_HINT)
    return key


def _loaded(path: Path, load: Any) -> object:
    """The key in a file; KitError where it holds none, or one with a password."""
    from cryptography.exceptions import UnsupportedAlgorithm

    try:
        with path.open("rb") as file:
            key: object = load(file.read(KEY_MAX))
    except OSError as error:
        raise KitError(f"The key {path} cannot be read: {error.strerror}.", KEY_HINT) from error
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        problem = f"{path} holds no key that can be read: PEM without a password is."
        raise KitError(problem, KEY_HINT) from error
    return key


def check_installed() -> None:
    """Refuse to go on without the library that signs."""
    try:
        import cryptography  # noqa: F401
    except ModuleNotFoundError as error:
        raise KitError("Signing needs the library cryptography.", INSTALL) from error


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()
