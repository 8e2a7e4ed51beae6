# What Hansei says about itself.

audit-incident-title = Hansei’s self-audit: somebody may not have been told
audit-incident-severity = Found in two rounds of the self-audit: what should be on its way to people is not.
