# Sentences of timelines and histories. Arguments are people, instants, severities and the like; never markup.

who-system = Hansei
who-console = The console
who-integration = An integration
door-token = through the API
door-link = by the link of a page
door-mail = by mail reply
door-file = from the configuration file

line-declared = { $actor } declared the incident as { $severity }
line-declared-held = { $actor } declared the incident as { $severity } and holds it
line-declared-rule = The rule of { $service } declared the incident as { $severity }
line-requested = { $actor } asked for { $people }
line-acknowledged = { $actor } acknowledged and holds the incident
line-acknowledged-sender = { $actor } acknowledged it on the sender’s side
line-acknowledged-sender-alert = { $actor } acknowledged { $alert } on the sender’s side
line-answered = { $actor } has answered as well
line-ack-expired = { $person } had taken it, and nothing moved since: it alarms again
line-ack-expired-nobody = It had been taken, and nothing moved since: it alarms again
line-handed-over = { $actor } handed the incident over to { $person }
line-handed-over-untaken = { $actor } gave the incident to { $person }; until somebody takes it, the escalation goes on
line-taken-over = { $actor } took the incident over from { $from }
line-taken = { $actor } took the incident
line-status = { $actor } changed the state from { $from } to { $to }
line-severity-raised = { $actor } raised the severity from { $from } to { $to }
line-severity-lowered = { $actor } lowered the severity from { $from } to { $to }
line-severity-alert = The severity went from { $from } to { $to }
line-alerts-joined = { $count ->
    [one] One alert joined
   *[other] { $count } alerts joined
}
line-retitled = { $actor } changed the title from “{ $from }” to “{ $to }”
line-time-set = { $actor } set “{ $which }” to { $to }
line-time-changed = { $actor } changed “{ $which }” from { $from } to { $to }
line-time-cleared = { $actor } cleared “{ $which }”, which was { $from }
line-time-cleared-unset = { $actor } cleared “{ $which }”
line-scope-added = { $actor } added to the scope: { $places }
line-scope-changed = { $actor } corrected the scope: { $places }
line-scope-ended = { $actor } noted that this is over: { $places }
line-scope-removed = { $actor } removed from the scope: { $places }
line-scope-removed-unknown = { $actor } removed a range from the scope
line-commented = { $actor } commented
line-pinned = { $actor } pinned evidence: { $evidence }
line-corrected = { $actor } corrected what was written
line-withdrawn = { $actor } took back what was written
line-resolved = { $actor } resolved the incident
line-resolved-last-alert = The last alert ended, and the incident with it
line-reopened = { $actor } reopened the incident
line-reopened-alert = One of its alerts fires again: the incident is open again
line-closed = { $actor } closed the incident
line-merged-into = { $actor } merged the incident into { $incident }
line-absorbed = { $actor } merged { $incident } into this one
line-recurrence-of = { $actor } linked the incident as a recurrence of { $incident }
line-recurrence-none = { $actor } took back that the incident is a recurrence
line-recurred-later = It came back as { $incident }
line-recurred-not = { $actor } took back that it came back as { $incident }
line-past-impact = { $actor } corrected an earlier impact: { $from } is now { $to }
line-deadlines-moved = The clock was wrong and was set back: what was to come is counted anew

line-escalation = { $steps ->
    [0] The escalation began, but it has no steps
    [one] The escalation began: one step
   *[other] The escalation began: { $steps } steps
}
line-escalation-again = { $steps ->
    [0] Alarm { $generation } began, but the escalation has no steps
    [one] The escalation began anew (alarm { $generation }): one step
   *[other] The escalation began anew (alarm { $generation }): { $steps } steps
}
line-step-awaited = First step of the escalation: { $at }
line-escalation-again-by = { $steps ->
    [0] { $actor } began alarm { $generation }, but the escalation has no steps
    [one] { $actor } began the escalation anew (alarm { $generation }): one step
   *[other] { $actor } began the escalation anew (alarm { $generation }): { $steps } steps
}
line-step = Step { $step } told { $people }
line-step-round = Step { $step } told { $people } in round { $round }
line-step-nobody = Step { $step } reaches nobody; the next one follows at once
line-exhausted = No step was answered: the fallback was told, { $people }
line-exhausted-nobody = No step reaches anybody: the fallback was told, { $people }
line-exhausted-silent = No step was answered, and there is no fallback: nobody else was told

line-page-requested = { $person } is told
line-page-no-channel = { $person } cannot be told: no contact is known
line-page-channel = No answer yet: { $person } is told by { $channel }, too
line-page-delivered = Page to { $person } by { $channel } was accepted
line-page-failed = Page to { $person } by { $channel } failed at attempt { $attempt }: { $error }
line-page-escalated = { $person } did not answer before the next step
line-page-ended-acknowledged = Page to { $person } ended: somebody took the incident
line-page-ended-resolved = Page to { $person } ended with the incident
line-page-ended-superseded = Page to { $person } ended: a newer alarm replaced it
line-page-ended-escalated = Page to { $person } ended: others were asked since
line-page-ended-merged = Page to { $person } ended: the incident goes on in another one
line-page-ended-gone = Page to { $person } ended: they no longer use Hansei
line-page-retry-moved = The clock was set back: { $person } is tried again now, by { $channel }
line-page-channel-moved = The clock was set back: the next channel for { $person } begins at { $at }

line-alert-opened = Alert { $alert } fires (reported by { $actor })
line-alert-reopened = Alert { $alert } fires again (reported by { $actor })
line-alert-changed = Alert { $alert } says something new (reported by { $actor })
line-alert-resolved-unseen = { $actor } reported the end of alert { $alert } before its beginning
line-alert-resolved-sender = Alert { $alert } ended (reported by { $actor })
line-alert-resolved-expired = Alert { $alert } ended: nothing more was heard of it in time
line-alert-resolved-incident = Alert { $alert } ended with the incident
line-alert-resolved-person = { $actor } ended alert { $alert }

line-entry-put = { $actor } saved “{ $entry }”
line-entry-archived = { $actor } archived “{ $entry }”
line-entry-restored = { $actor } restored “{ $entry }”
line-entry-audited = { $actor } worked on “{ $entry }”

placed-this = this incident
placed-declared = The rule declared { $incident } for it
placed-same_group = It joined { $incident }, which was open for the same group of alerts
placed-recurred = It came back within the reopening window of { $incident }
placed-person = A person put it into { $incident }
left-below_threshold = No incident: the service declares none for alerts of this severity
left-service_archived = No incident: the service has been archived
left-self_test = No incident: a self-test of Hansei’s own
line-alert-waited = Nothing was heard of it, but its sender may not have come through: it is waited for until { $until }

fact-for-alert = For alert { $alert }
fact-source = Source: { $source }
fact-severity-rule = An alert of severity “{ $alert }” makes { $severity }
fact-severity-worse = An alert of severity “{ $alert }” joined
fact-severity-merged = { $incident }, which was that bad, was merged in
fact-recurrence = It is a recurrence of { $incident }
fact-alarms-again = Alarms again, unless something moves: { $at }
fact-next-step = Next step, unless somebody takes it: { $at }
fact-impact-ended = Customers are no longer hit since { $at }
fact-alert-severity = Severity of the alert: { $severity }
fact-senders-clock = By the sender’s clock at { $at }
fact-receipt = The answer was: { $receipt }
fact-tried-again = Next attempt at { $at }
fact-not-tried-again = This channel is not tried again

paged-exhausted = No step of the escalation was answered; { $person } is a fallback
paged-nobody_to_page = No step of the escalation reaches anybody; { $person } is a fallback
paged-requested = { $actor } asked for { $person }
paged-handed_over = { $actor } handed the incident over to { $person }

channel-email = e-mail
channel-webhook = webhook
channel-loopback = self-test
channel-unknown = a channel

scope-all-pods = all pods
scope-from-until = From { $from } until { $until }
scope-from = Since { $from }
scope-until = Until { $until }, beginning not known

trace-first = No alert of { $service } with this key was known: a new one
trace-again = { $service } knows this key: this is firing number { $episode }
trace-unseen = Only its end has been reported so far; should its beginning arrive late, it will not fire
trace-rule = The rule of { $service } makes { $severity } of an alert of severity “{ $alert }”
trace-rule-none = The rule of { $service } declares no incident for alerts of severity “{ $alert }”
trace-expires = If nothing more is heard, it ends by itself at { $at }
trace-until-resolved = It fires until its sender, its incident or a person ends it
