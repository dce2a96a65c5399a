"""Signed notes, checkpoints and proofs: the published example, round trips, and one test per malformation."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assettrail.errors import ConfigurationError, EvidenceBroken
from evidence.checkpoint import Checkpoint, open_checkpoint
from evidence.inclusion_proof import InclusionProof
from evidence.merkle import inclusion_proof, leaf_hash, tree_hash
from evidence.signed_note import SigningKey, VerificationKey, open_note, sign_note

# The example of golang.org/x/mod/sumdb/note, where the format comes from.
GO_PRIVATE = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
GO_PUBLIC = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
GO_TEXT = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
GO_SIGNATURE = "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM="
GO_NOTE = f"{GO_TEXT}\n\u2014 PeterNeumann {GO_SIGNATURE}\n".encode()
ORIGIN = "example.com/log"


@pytest.fixture(scope="module")
def key() -> SigningKey:
    return SigningKey.generate(ORIGIN)


def test_the_published_note_is_made_byte_for_byte() -> None:
    """A note that differs by one byte is unreadable for every other C2SP tool."""
    signing = SigningKey.from_text(GO_PRIVATE)
    assert signing.verification_key.to_text() == GO_PUBLIC
    assert sign_note(GO_TEXT, signing) == GO_NOTE
    assert open_note(GO_NOTE, VerificationKey.from_text(GO_PUBLIC)) == GO_TEXT


def test_keys_survive_their_text_form(key: SigningKey) -> None:
    """A key that reads back as another one makes every checkpoint unverifiable."""
    assert SigningKey.from_text(key.to_text()).verification_key == key.verification_key
    assert VerificationKey.from_text(key.verification_key.to_text()) == key.verification_key


def test_a_signing_key_does_not_show_its_seed(key: SigningKey) -> None:
    """A key in a traceback or a log line is a lost key."""
    seed = key.to_text().split("+", 4)[4]
    assert seed not in repr(key)
    with pytest.raises(ConfigurationError) as refused:
        SigningKey.from_text(key.to_text().replace(ORIGIN, "example.com/other"))
    assert seed not in str(refused.value)


@pytest.mark.parametrize(
    "text",
    ["", "name", "a+b", "na me+00000000+AAAA", "n+00000000+@@@", "n+00000000+AQ==", GO_PUBLIC.replace("c7", "c8")],
)
def test_text_that_is_no_key_is_refused(text: str) -> None:
    """A mistyped key must stop the program, not verify nothing."""
    with pytest.raises(ConfigurationError):
        VerificationKey.from_text(text)
    with pytest.raises(ConfigurationError):
        SigningKey.from_text("PRIVATE+KEY+" + text)


@pytest.mark.parametrize("name", ["", "two words", "a+b", "non\u00a0breaking"])
def test_a_name_that_breaks_the_format_is_refused(name: str) -> None:
    """A plus or a space in the origin would make keys and notes unreadable later."""
    with pytest.raises(ConfigurationError):
        SigningKey.generate(name)


def test_a_note_signed_by_another_key_is_not_believed(key: SigningKey) -> None:
    """A checkpoint under a stranger's key, even with the right name, must not open."""
    stranger = SigningKey.generate(ORIGIN)
    with pytest.raises(EvidenceBroken, match="signatures of"):
        open_note(sign_note("text\n", stranger), key.verification_key)


def test_a_signature_of_a_stranger_beside_ours_is_ignored(key: SigningKey) -> None:
    """Witness cosignatures may be added; they must not make the note unreadable."""
    other = sign_note("text\n", SigningKey.generate("example.com/witness")).split(b"\n\n")[1]
    assert open_note(sign_note("text\n", key) + other, key.verification_key) == "text\n"


@pytest.mark.parametrize(
    "spoil",
    [
        lambda note: note.replace(b"text", b"test"),
        lambda note: note.replace(b"\n\n", b"\n"),
        lambda note: note[:-1],
        lambda note: note + b"\n",
        lambda note: note.replace(b"\xe2\x80\x94 ", b"- "),
        lambda note: b"\x00" + note,
        lambda note: b"\xff" + note,
        lambda note: note[:-4] + b"@@@\n",
        lambda note: note[:-20] + b"AAAA\n",
        lambda note: note + b"\xe2\x80\x94 x AAAA\n",
        lambda note: b"a" * 1_000_001 + note,
        lambda _: b"",
    ],
)
def test_a_spoiled_note_is_not_believed(key: SigningKey, spoil) -> None:  # type: ignore[no-untyped-def]
    """Every malformation is our own error with its sentence, never a crash and never a pass."""
    with pytest.raises(EvidenceBroken):
        open_note(spoil(sign_note("text\n", key)), key.verification_key)


@given(st.integers(0, 2**63), st.binary(min_size=32, max_size=32))
def test_checkpoints_survive_their_text_form(size: int, root: bytes) -> None:
    """What is signed must be what is read."""
    checkpoint = Checkpoint(ORIGIN, size, root)
    assert Checkpoint.from_text(checkpoint.to_text()) == checkpoint


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n1\n" + base64.b64encode(bytes(32)).decode() + "\n",
        f"{ORIGIN}\n01\n" + base64.b64encode(bytes(32)).decode() + "\n",
        f"{ORIGIN}\n-1\n" + base64.b64encode(bytes(32)).decode() + "\n",
        f"{ORIGIN}\n\u0661\n" + base64.b64encode(bytes(32)).decode() + "\n",
        f"{ORIGIN}\n1\n" + base64.b64encode(bytes(31)).decode() + "\n",
        f"{ORIGIN}\n1\n@@\n",
        f"{ORIGIN}\n1\n\u00e9\n",
        f"{ORIGIN}\n1\n" + base64.b64encode(bytes(32)).decode() + "\nextension\n",
    ],
)
def test_text_that_is_no_checkpoint_is_refused(text: str) -> None:
    """A signed text that is not exactly a checkpoint must not be read as one."""
    with pytest.raises(EvidenceBroken):
        Checkpoint.from_text(text)


def test_a_checkpoint_of_another_log_is_refused(key: SigningKey) -> None:
    """One key may sign for several origins; a checkpoint of another log says nothing about this one."""
    note = Checkpoint("example.com/other", 1, bytes(32)).sign(key)
    with pytest.raises(EvidenceBroken, match="origin"):
        open_checkpoint(note, key.verification_key)


def make_proof(key: SigningKey, index: int, size: int) -> InclusionProof:
    hashes = [leaf_hash(str(number).encode()) for number in range(size)]
    note = Checkpoint(ORIGIN, size, tree_hash(hashes)).sign(key)
    return InclusionProof(index, tuple(inclusion_proof(index, hashes)), note)


@pytest.mark.parametrize(("index", "size"), [(0, 1), (3, 7), (299, 300)])
def test_a_proof_survives_its_text_form_and_holds(key: SigningKey, index: int, size: int) -> None:
    """An auditor gets the text alone; it must be enough."""
    proof = InclusionProof.from_text(make_proof(key, index, size).to_text())
    assert proof == make_proof(key, index, size)
    assert proof.verify(str(index).encode(), key.verification_key).size == size
    with pytest.raises(EvidenceBroken):
        proof.verify(b"other", key.verification_key)


def test_extra_data_in_a_proof_is_read_over(key: SigningKey) -> None:
    """C2SP allows an unauthenticated `extra` line; it must neither break nor be trusted."""
    text = make_proof(key, 1, 3).to_text().replace("\nindex", "\nextra AAAA\nindex", 1)
    assert InclusionProof.from_text(text) == make_proof(key, 1, 3)


@pytest.mark.parametrize(
    ("old", "new"),
    [("@v1", "@v2"), ("index 1", "index 01"), ("index 1", "index x"), ("index 1", "number 1"), ("\n\n", "\n")],
)
def test_a_spoiled_proof_is_refused(key: SigningKey, old: str, new: str) -> None:
    """A text that is not exactly a proof proves nothing."""
    with pytest.raises(EvidenceBroken):
        InclusionProof.from_text(make_proof(key, 1, 2).to_text().replace(old, new))


@pytest.mark.parametrize("line", ["@@@", base64.b64encode(bytes(31)).decode()])
def test_a_proof_with_a_line_that_is_no_hash_is_refused(key: SigningKey, line: str) -> None:
    """A hash of another length would shift the path."""
    text = make_proof(key, 1, 2).to_text().replace("index 1\n", f"index 1\n{line}\n")
    with pytest.raises(EvidenceBroken):
        InclusionProof.from_text(text)
