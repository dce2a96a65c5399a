"""The templates of the example: one behind the approved brand, one that is current, one in two Exstream domains."""

from __future__ import annotations

from collections.abc import Mapping

from tests.browser.example.names import (
    BANNER,
    COVERED_TO,
    LETTERHEAD,
    OPEN_END,
    RIGHT_TO_LEFT,
    SCRIPT,
    Row,
    at,
    key_of,
    version_key,
)

BEHIND_TEMPLATE = "tpl-renewal-letter"
TWIN_TEMPLATE = "tpl-twin"
HOSTILE_TEMPLATE = "tpl/<script>?1"
BEHIND_IMAGE = f"{BEHIND_TEMPLATE}/IMG-1"

TABLES: Mapping[str, str] = {
    "marts.dim_templates": """template_key varchar, template_id_exstream varchar, domain_code varchar,
        resource_id_exstream varchar, resource_type varchar, business_unit_code varchar, region_code varchar,
        newest_state_code varchar, newest_version_number bigint, used_version_number bigint, version_count bigint,
        is_in_use boolean, first_created_at timestamptz, first_used_at timestamptz, used_since timestamptz""",
    "marts.dim_template_versions": """template_version_key varchar, template_key varchar, version_number bigint,
        state_code varchar, created_by_id varchar, created_at timestamptz, approved_by_id varchar,
        used_from timestamptz, used_to timestamptz, is_in_use boolean""",
    "marts.dim_template_images": """domain_code varchar, resource_id_exstream varchar, newest_state_code varchar,
        is_newest_by_correction boolean""",
    "marts.fct_template_links": """template_link_key varchar, template_image_key varchar, template_key varchar,
        template_image_id varchar, template_id_exstream varchar, image_resource_id_exstream varchar,
        image_name varchar, link_way_code varchar,
        evidence_strength varchar, asset_key varchar, asset_version_key varchar, asset_id_cloudinary varchar,
        public_id varchar, etag varchar, link_state varchar, verdict varchar, ordinal bigint, version_number bigint,
        newest_approved_version_number bigint, is_live_url boolean, is_in_use boolean, is_behind boolean,
        shown_from timestamptz, shown_to timestamptz, newest_approved_since timestamptz""",
    "marts.fct_run_resources": """run_resource_key varchar, asset_key varchar, asset_version_key varchar,
        domain_code varchar, flow_instance_id_exstream varchar, job_id_exstream varchar, resource_id_exstream varchar,
        approved_by_id varchar, resource_type varchar, resource_name varchar, state_code varchar, link_way_code varchar,
        link_evidence_strength varchar, evidence_strength varchar, asset_id_cloudinary varchar, public_id varchar,
        etag varchar, resource_version_number bigint, version_number bigint, is_state_of_run boolean,
        run_started_at timestamptz, last_modified_at timestamptz, _log_index bigint""",
    "marts.fct_design_changes": """resource_change_key varchar, template_key varchar, domain_code varchar,
        resource_id_exstream varchar, resource_name varchar, resource_type varchar, version_number bigint,
        history_type varchar, operation_code varchar, state_code varchar, audited_comment varchar,
        modified_by_id varchar, modified_at timestamptz""",
    "reports.rpt_brand_currency": """brand_currency_key varchar, business_unit_code varchar, region_code varchar,
        template_count bigint, current_count bigint, old_count bigint, behind_count bigint,
        not_approved_count bigint, unknown_count bigint, without_images_count bigint, image_count bigint,
        evaluated_at timestamptz""",
    "reports.rpt_asset_blast_radius": """asset_key varchar, asset_id_cloudinary varchar, public_id varchar,
        template_count bigint, behind_template_count bigint, possible_communication_count bigint,
        communication_count bigint, use_count bigint, live_publication_count bigint, community_count bigint""",
}


def template_key(template_id: str, domain: str = "claims") -> str:
    """Return the key of a template of the example."""
    return key_of("template", domain, template_id)


def rows() -> dict[str, list[Row]]:
    """Return the rows of every table of this domain."""
    return {
        "marts.dim_templates": [
            _template(BEHIND_TEMPLATE),
            _template("tpl-welcome", region_code="CA-QC"),
            _template(HOSTILE_TEMPLATE, business_unit_code=RIGHT_TO_LEFT, region_code=None),
            _template(TWIN_TEMPLATE),
            _template(TWIN_TEMPLATE, "life"),
        ],
        "marts.dim_template_versions": [
            _version(1, at("01-20"), at("03-01"), is_in_use=False),
            _version(2, at("03-01"), OPEN_END, is_in_use=True),
        ],
        "marts.dim_template_images": [
            {
                "domain_code": "claims",
                "resource_id_exstream": "image-1",
                "newest_state_code": "REVIEW",
                "is_newest_by_correction": True,
            }
        ],
        "marts.fct_template_links": [
            _link(BEHIND_TEMPLATE, BEHIND_IMAGE, LETTERHEAD, "old"),
            _link(BEHIND_TEMPLATE, f"{BEHIND_TEMPLATE}/IMG-2", BANNER, "current"),
            _link("tpl-welcome", "tpl-welcome/IMG-3", BANNER, "current"),
            _link(HOSTILE_TEMPLATE, f"{SCRIPT}/IMG-4", None, "unknown"),
        ],
        "marts.fct_design_changes": [
            {
                "resource_change_key": key_of("change", 1),
                "template_key": template_key(BEHIND_TEMPLATE),
                "domain_code": "claims",
                "resource_id_exstream": "resource-1",
                "resource_name": BEHIND_TEMPLATE,
                "resource_type": "exstrcommunicationset",
                "version_number": 2,
                "history_type": "STATE",
                "operation_code": "UPDATE",
                "state_code": "APPROVED",
                "audited_comment": SCRIPT,
                "modified_by_id": "x.tanaka",
                "modified_at": at("03-01"),
            }
        ],
        "reports.rpt_brand_currency": [
            _currency("personal-lines", "CA-ON", 0, 1),
            _currency("personal-lines", "CA-QC", 1, 0),
        ],
        "reports.rpt_asset_blast_radius": [
            _radius(LETTERHEAD, "brand/letterhead", 1, 12),
            _radius(BANNER, "campaigns/spring/auto-bundle-banner", 2, 40),
        ],
    }


def _template(template_id: str, domain: str = "claims", **other: object) -> Row:
    row: Row = {
        "template_key": template_key(template_id, domain),
        "template_id_exstream": template_id,
        "domain_code": domain,
        "resource_id_exstream": key_of("resource", template_id)[:36],
        "resource_type": "exstrcommunicationset",
        "business_unit_code": "personal-lines",
        "region_code": "CA-ON",
        "newest_state_code": "APPROVED",
        "newest_version_number": 2,
        "used_version_number": 2,
        "version_count": 2,
        "is_in_use": True,
        "first_created_at": at("01-20"),
        "first_used_at": at("01-21"),
        "used_since": at("03-01"),
    }
    return {**row, **other}


def _version(number: int, used_from: object, used_to: object, *, is_in_use: bool) -> Row:
    return {
        "template_version_key": key_of("template version", number),
        "template_key": template_key(BEHIND_TEMPLATE),
        "version_number": number,
        "state_code": "APPROVED",
        "created_by_id": "x.tanaka",
        "created_at": used_from,
        "approved_by_id": "m.lindqvist",
        "used_from": used_from,
        "used_to": used_to,
        "is_in_use": is_in_use,
    }


def _link(template_id: str, image_id: str, asset_id: str | None, state: str) -> Row:
    newest = 1776157952 if asset_id == LETTERHEAD else 1776672000
    return {
        "template_link_key": key_of("link", image_id),
        "template_image_key": key_of("image", image_id),
        "template_key": template_key(template_id),
        "template_image_id": image_id,
        "template_id_exstream": template_id,
        "image_resource_id_exstream": "image-1" if state == "old" else None,
        "image_name": image_id.rpartition("/")[2],
        "link_way_code": "content_hash",
        "evidence_strength": ("declared" if state == "current" else "exact") if asset_id else None,
        "asset_key": key_of("asset", asset_id) if asset_id else None,
        "asset_version_key": version_key(asset_id, 1775030400 if state == "old" else newest) if asset_id else None,
        "asset_id_cloudinary": asset_id,
        "public_id": ("brand/letterhead" if asset_id == LETTERHEAD else "campaigns/spring/auto-bundle-banner")
        if asset_id
        else None,
        "etag": key_of("etag", image_id)[:32],
        "link_state": state,
        "verdict": {"old": "SUPERSEDED", "current": "PROVEN"}.get(state, "NO_EVIDENCE"),
        "ordinal": 1,
        "version_number": 1775030400 if state == "old" else newest if asset_id else None,
        "newest_approved_version_number": newest if asset_id else None,
        "is_live_url": False,
        "is_in_use": True,
        "is_behind": state == "old",
        "shown_from": at("03-01"),
        "shown_to": OPEN_END,
        "newest_approved_since": at("04-14", "09:12:32") if asset_id else None,
    }


def _currency(unit: str, region: str, current: int, behind: int) -> Row:
    return {
        "brand_currency_key": key_of("currency", unit, region),
        "business_unit_code": unit,
        "region_code": region,
        "template_count": current + behind,
        "current_count": current,
        "old_count": behind,
        "behind_count": behind,
        "not_approved_count": 0,
        "unknown_count": 0,
        "without_images_count": 0,
        "image_count": 2,
        "evaluated_at": COVERED_TO,
    }


def _radius(asset_id: str, name: str, templates: int, letters: int) -> Row:
    return {
        "asset_key": key_of("asset", asset_id),
        "asset_id_cloudinary": asset_id,
        "public_id": name,
        "template_count": templates,
        "behind_template_count": 1 if asset_id == LETTERHEAD else 0,
        "possible_communication_count": letters,
        "communication_count": letters // 2,
        "use_count": letters,
        "live_publication_count": 2,
        "community_count": 2,
    }
