{{ use_findings('NOT_ELIGIBLE') }}
