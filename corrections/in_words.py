"""A correction's difference in words: what its object shows, and what it would show.

Here belong sentences for people who approve; the exact difference is what they approve.
"""

from __future__ import annotations

from dataclasses import asdict

from corrections.difference import Difference, Version

NOT_APPROVED = "not approved by being pushed: it is given to nobody until these bytes are approved in Cloudinary"


def before_of(difference: Difference) -> str:
    """What the object shows by the snapshot, or did when it was measured."""
    expected = difference.expected
    if expected == Version(None, None):
        return "nothing that is known"
    told = [f"version {expected.number or '?'} ({expected.etag or 'no etag'})"]
    if (better := difference.improvement) is not None:
        told += [better.delivered or "the original", str(better.before)]
    if difference.file is not None:
        told += [str(difference.file.before), f"held by {held_by(difference)}"]
    return ", ".join(told)


def after_of(difference: Difference) -> str:
    """What the object would show."""
    desired, rendition, file = difference.desired, difference.rendition, difference.file
    if file is not None:
        place = f"a new asset {file.new_public_id}" if file.new_public_id else "a new version"
        return f"{place}: {file.name} ({file.after}, etag {desired.etag}), {NOT_APPROVED}"
    if desired.number is None:
        advised = None if rendition is None else rendition.transformation
        return difference.text or advised or "nothing"
    told = [] if rendition is None else [f"{k} {v}" for k, v in asdict(rendition).items() if v is not None]
    if (better := difference.improvement) is not None:
        told.append(str(better.after))
    return ", ".join([f"version {desired.number} ({desired.etag or 'no etag'})", *told])


def held_by(difference: Difference) -> str:
    """Who held the asset when a file was pushed, counted."""
    counts = {} if difference.file is None else difference.file.held_by
    return ", ".join(f"{count} {kind}s" for kind, count in counts.items() if count) or "nobody that is known"
