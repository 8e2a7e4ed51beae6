# Pages by mail.

mail-acknowledge = Acknowledge
mail-resolve = Resolve
mail-open = Open the incident
mail-runbook = Runbook
mail-severity = Severity
mail-service = Service
mail-status = Status
mail-noticed = Noticed
mail-alerts =
    { $count ->
        [one] 1 alert fires
       *[other] { $count } alerts fire
    }
mail-more = and { $count } more
mail-why = Why you get this
mail-reply = You can also answer this mail with "ack" or "resolve".
