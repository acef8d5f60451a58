"""What was asked and what was answered: AuditEvents in a hash chain, before any answer leaves."""
