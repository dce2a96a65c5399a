"""An exception leads to what it is about: the launch of a flag, the case of a message, the template, the partner."""

from __future__ import annotations

from pathlib import Path

import duckdb

from publish.reading import DATABASE
from tests.browser.example.feedback import CHANGED_FEEDBACK
from tests.browser.example.launches import LAUNCH
from tests.browser.example.names import WAITING_CASE, key_of
from tests.browser.example.partners import PARTNER
from tests.browser.example.templates import BEHIND_TEMPLATE
from tests.browser.example_snapshot import publish_example
from tests.browser.live_reports import client_of

LAUNCH_KEY, CASE_KEY = key_of("launch", LAUNCH), key_of("case", WAITING_CASE)
SUBJECTS = {
    "flag": ("ctl_overdue_flags", "select flag_key from marts.fct_flags", f"/launches/{LAUNCH}"),
    "launch_requirement": (
        "ctl_missing_launch_assets",
        f"select launch_requirement_key from reports.rpt_launch_requirements where launch_key = '{LAUNCH_KEY}'",
        f"/launches/{LAUNCH}",
    ),
    "case_message": (
        "ctl_case_answers_with_stale_links",
        f"select case_message_key from marts.fct_case_messages where case_key = '{CASE_KEY}'",
        f"/cases/{WAITING_CASE}",
    ),
    "feedback": (
        "ctl_unanswered_feedback",
        f"select feedback_key from marts.fct_feedback where feedback_id_trading_grid = '{CHANGED_FEEDBACK}'",
        f"/feedback/{CHANGED_FEEDBACK}",
    ),
    "template_link": (
        "ctl_templates_behind_approved_versions",
        f"select template_image_key from marts.fct_template_links where template_id_exstream = '{BEHIND_TEMPLATE}'",
        f"/templates/{BEHIND_TEMPLATE}?domain=claims",
    ),
    "distribution": ("ctl_outdated_artwork", "select 'sent'", f"/partners/{PARTNER}"),
    "share": ("ctl_shares_before_approval", "select 'shared'", f"/partners/{PARTNER}"),
}


def test_each_subject_leads_to_its_page_and_names_partner_and_community(tmp_path: Path) -> None:
    """Harm prevented: an officer reads that a flag is overdue, and neither whose it is nor of which launch."""
    home = tmp_path / "home"
    folder = publish_example(home, letters=1)
    with duckdb.connect(str(folder / DATABASE)) as connection:
        for subject_type, (control, question, _) in SUBJECTS.items():
            (key,) = connection.execute(f"{question} limit 1").fetchone() or (None,)
            assert key, subject_type
            values = [f"of {subject_type}", control, subject_type, key, f"ID-{subject_type}"]
            connection.execute(
                "insert into marts.fct_exceptions by name select ? as exception_key, ? as control_name, "
                "? as subject_type, ? as subject_key, ? as subject_id, true as is_standing, 'exact' as "
                "evidence_strength, timestamptz '2026-04-20 00:00:00+00' as occurred_at, 'open' as reason",
                values,
            )
            connection.execute(
                "insert into reports.rpt_exceptions by name select ? as exception_key, ? as partner_id_trading_grid, "
                "'Harbour <b>' as partner_name, 'Brokers Northern Region' as community_name",
                [f"of {subject_type}", PARTNER],
            )
    with client_of(home) as client:
        pages = {
            subject_type: client.get(f"/exceptions?text=ID-{subject_type}").raise_for_status().text
            for subject_type in SUBJECTS
        }
        twin = client.get("/exceptions.json?text=ID-flag").raise_for_status().json()["subjects"]
        one = client.get("/dispositions/of%20flag").raise_for_status().text
        for _, _, path in SUBJECTS.values():
            assert client.get(path).status_code == 200, path
    for subject_type, (_, _, path) in SUBJECTS.items():
        assert f'<a href="{path}"><bdi>ID-{subject_type}</bdi></a>' in pages[subject_type], subject_type
        assert f'<a href="/partners/{PARTNER}"><bdi>Harbour &lt;b&gt;</bdi></a>' in pages[subject_type]
    assert '<span class="quiet">none named</span>' in pages["flag"]
    assert '<span class="quiet">not resolved</span>' in pages["distribution"]
    assert twin["of flag"]["path"] == f"/launches/{LAUNCH}"
    assert 'href="/exceptions?control=ctl_overdue_flags&amp;text=ID-flag"' in one


def test_a_snapshot_that_tells_no_partner_still_lists_its_exceptions(tmp_path: Path) -> None:
    """Harm prevented: the exceptions of a signed-off period cannot be opened, as it is of before a column."""
    home = tmp_path / "home"
    folder = publish_example(home, letters=1)
    with duckdb.connect(str(folder / DATABASE)) as connection:
        for table, column in (
            ("reports.rpt_exceptions", "partner_name"),
            ("marts.fct_template_links", "template_image_key"),
        ):
            connection.execute(f"create table older as select * exclude ({column}) from {table}")
            connection.execute(f"drop table {table}")
            connection.execute(f"create table {table} as select * from older")
            connection.execute("drop table older")
        connection.execute("update marts.fct_exceptions set subject_type = 'flag' where subject_type = 'publication'")
    with client_of(home) as client:
        assert "PUB-000002" in client.get("/exceptions").raise_for_status().text
