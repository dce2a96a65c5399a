"""The names of the controls of the audit trail, which causes of many kinds violate beside their own."""

BEFORE_APPROVAL = "ctl_shares_before_approval"
AFTER_END = "ctl_shares_after_approval_ended"
NEVER_SHARED = "ctl_receipts_of_what_was_never_shared"
SELF_APPROVED = "ctl_shares_approved_by_their_uploader"
AUDIT_CONTROLS = (BEFORE_APPROVAL, AFTER_END, NEVER_SHARED, SELF_APPROVED)
