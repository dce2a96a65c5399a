{{ use_findings('NOT_APPROVED') }}
