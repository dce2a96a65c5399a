{{ use_findings('SUPERSEDED') }}
