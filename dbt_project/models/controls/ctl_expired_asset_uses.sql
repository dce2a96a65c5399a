{{ use_findings('EXPIRED') }}
