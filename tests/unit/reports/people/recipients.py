"""Letters of the example that went to recipients whose identifiers are known to the tests, before and after a rotation.

Here belongs the set-up only: pseudonyms are made with the installation's own keys, as landing makes them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import duckdb

from evidence.keys import load_pseudonym_keys, rotate_key
from ingest.pseudonym import Pseudonymizer
from publish.serving import SERVED
from tests.browser.example.names import EARLY_LETTER, HOSTILE_LETTER, LETTER, SEVERAL_LETTER
from tests.unit.reports.people.house import SNAPSHOT, House

CUSTOMER: Final = "C-8805517"
"""Got one letter before the rotation of keys, two after it."""
BUSY_CUSTOMER: Final = "C-1200034"
"""Got all ordinary letters, more than a page holds; seven of them are of CA-QC."""
STRANGER: Final = "C-9999999"
"""Got nothing."""
LETTERS: Final = (LETTER, EARLY_LETTER, SEVERAL_LETTER)


def address_letters(house: House) -> tuple[str, str]:
    """Rotate the pseudonym key, let letters of the snapshot go to the recipients; return the pseudonyms, new first."""
    folder = house.settings().keys.folder
    rotate_key(folder, "pseudonym")
    new, old = (Pseudonymizer(key) for key in load_pseudonym_keys(folder))
    letters: Mapping[str, str] = {
        EARLY_LETTER: old.pseudonym("customer", CUSTOMER),
        LETTER: new.pseudonym("customer", CUSTOMER),
        SEVERAL_LETTER: new.pseudonym("customer", CUSTOMER),
        HOSTILE_LETTER: new.pseudonym("email", "jane.roe@customer.example"),
    }
    with duckdb.connect(str(house.home / "snapshots" / SNAPSHOT / "assettrail.duckdb")) as connection:
        change = "update marts.fct_communications set recipient_pseudonym = $1 where communication_id_exstream = $2"
        connection.execute(
            """
            update marts.fct_communications
            set recipient_pseudonym = $1,
                jurisdiction_code = if(communication_id_exstream < 'COM-2026-0100007', 'CA-QC', 'US-TX')
            where communication_id_exstream like 'COM-2026-01%'
            """,
            [new.pseudonym("customer", BUSY_CUSTOMER)],
        )
        for letter, pseudonym in letters.items():
            connection.execute(change, [pseudonym, letter])
        served = SERVED["recipient_communications"]
        connection.execute(
            f"create or replace table serving.recipient_communications as {served.question} order by {served.order}"
        )
    return letters[LETTER], letters[EARLY_LETTER]
