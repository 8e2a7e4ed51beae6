# Now, incidents, alerts, and the page behind the link of a page.

day-heading = { $weekday }, { $date }
weekday-1 = Monday
weekday-2 = Tuesday
weekday-3 = Wednesday
weekday-4 = Thursday
weekday-5 = Friday
weekday-6 = Saturday
weekday-7 = Sunday

clock-none = no clock runs
clock-step = step { $step } in
clock-step-late = step { $step } is due since
clock-fallback = the fallback in
clock-fallback-late = the fallback is due since
clock-ack = alarms again in
clock-ack-late = was to alarm again
clock-what-step = goes on to step { $step }
clock-what-fallback = goes on to the fallback
clock-what-ack = alarms again, unless something moves
clock-tells = tells { $people }
clock-tells-nobody = reaches nobody

severity-means-0 = Everyone is hit, or data are at risk.
severity-means-1 = A main function is gone for many customers.
severity-means-2 = A main function is impaired, or gone for some.
severity-means-3 = Minor effect, with a way around.
severity-means-4 = No customer notices.
severity-max = at worst { $severity }
severity-filter-0-2 = SEV0 to SEV2
severity-filter-3-4 = SEV3 and SEV4
severity-filter-0 = SEV0
severity-filter-1 = SEV1
severity-filter-2 = SEV2
severity-filter-3 = SEV3
severity-filter-4 = SEV4
status-means-detected = Known to Hansei; nobody has looked yet.
status-means-triage = Somebody looks at what it is.
status-means-investigating = The cause is sought.
status-means-identified = The cause is known.
status-means-monitoring = A fix is in; its effect is watched.

## Now

now-title = Now
now-calm-lead = Nothing needs anybody.
now-burning = { $count ->
    [one] One open incident
   *[other] { $count } open incidents
}
now-unheld = { $total ->
    [one] , held by nobody.
   *[other] { $count ->
        [one] , one of them held by nobody.
       *[other] , { $count } of them held by nobody.
    }
}
now-next = Next:
now-mine = { $count ->
    [one] You are asked for
   *[other] You are asked for, { $count } times
}
now-burning-title = Open incidents
now-more = All open incidents
now-calm = Nothing burns
now-calm-text = No open incident. What ended lately is below.
now-calm-past = Earlier incidents
now-silent-text = A key has been made, but no alert has arrived by it yet. The set-up page shows what to paste where, and can send a test.
now-silent-go = Look at the set-up
now-first-text = No monitoring system is connected yet. Connect one, and its alerts will become incidents that reach somebody.
now-first-go = Connect a monitoring system
now-loose = Alerts without an incident
now-loose-all = All alerts
now-ended = Ended in the last 24 hours
now-ended-all = All resolved ones
now-aside = Clocks, pages and changes
now-clocks = Next clocks
now-pages = Open pages
now-changes = Changed in the last hour

## Lists

incidents-title = Incidents
incidents-states = States of incidents
incidents-tab-open = Open
incidents-tab-resolved = Resolved
incidents-tab-closed = Closed
incidents-tab-all = All
incidents-filter = Filter incidents
incidents-search = Search in titles and numbers
incidents-search-hint = Title or number
incidents-none = No incident fits
incidents-none-text = With other filters there may be some.
incidents-all-of-them = All incidents
alerts-title = Alerts
alerts-states = States of alerts
alerts-tab-firing = Firing
alerts-tab-loose = Without an incident
alerts-tab-resolved = Resolved
alerts-tab-all = All
alerts-filter = Filter alerts
alerts-search = Search in summaries, keys and labels
alerts-search-hint = Summary, key or label
alerts-none = No alert fits
alerts-none-text = With other filters there may be some.
alerts-all-of-them = All alerts
alerts-caption = Alerts, newest first
alerts-of-incident = Only those of
alerts-of-any = of all incidents
alerts-of-all = All of this incident
alerts-of-none = No alert belongs to it.
alerts-more = { $count ->
    [one] One more.
   *[other] { $count } more.
}
inc-any-severity = Any severity
inc-any-service = Any service
inc-any-holder = Any holder
inc-any-key = Any key
inc-holder-me = Me
inc-newest-first = Newest first
inc-newest = Newest
inc-older = Older
inc-pages-of-list = Pages of the list
inc-col-state = State
inc-col-alert = Alert
inc-col-incident = Incident
inc-col-since = Since
inc-col-signals = Signals
inc-no-incident = none
inc-open = Open
inc-lasted = lasted { $span }
inc-since = since { $time }
inc-ended-at = ended { $time }
shortcut-acknowledge = Acknowledge the selected
shortcut-search = Search in this list
shortcut-comment = Write a comment
palette-here = This page

## Declaring

declare-what = What is wrong
declare-what-hint = What customers notice, in a few words. It can be changed later.
declare-no-service = None yet
declare-service-hint = People are told by the steps of this service. Without one, the fallback is told.
declare-unsure = Unsure? Take the graver one; it can be lowered later.
declare-page = Tell people now
declare-page-hint = By the steps of the service.
declare-hold = I hold it
declare-impact-hint = If it is known. It can be added later.
declare-go = Declare
declare-done = The incident is declared.

## One incident

inc-crumbs = Where you are
inc-on-this-page = On this page
inc-facts = Facts
inc-life-cycle = Life cycle
inc-stage-skipped = skipped
inc-holds-it = holds it
inc-held-it = held it last
inc-taken-by-sender = taken on the sender’s side
inc-nobody-holds = Nobody holds it
inc-more-actions = More actions
inc-runbook = Runbook
inc-copy-link = Copy link
inc-copy-text = Copy
inc-link-copied = Copied
inc-print = Print
inc-merged-into = Its story goes on in
inc-key-durations = Key durations
inc-duration-to = to
inc-duration-running = still running
inc-duration-intervals = over several intervals
inc-duration-negative = the other way round than usual
timeline = Timeline
timeline-show = Show in the timeline
timeline-all = All
timeline-decisions = Decisions
timeline-comments = Comments
timeline-evidence = Evidence
timeline-pages = Pages
timeline-alerts = Alerts
timeline-newest-first = Newest first
timeline-oldest-first = Oldest first
timeline-empty = Nothing of this kind yet.
timeline-first = To the beginning of the list
timeline-more = More entries
timeline-parts = Parts of the timeline
inc-entered = entered { $time }
inc-comment-hint = What do you see, what did you try?
inc-comment-go = Add comment
inc-evidence-pinned = Pinned evidence
inc-corrected-at = Corrected at { $time }
inc-withdrawn-at = Taken back at { $time }
inc-entry-actions = Actions for the entry of { $time }
inc-people-and-pages = People and pages
inc-ladder-empty = Nobody has been told about this incident.
inc-silent-rule = { $severity } is milder than what the service tells people about.
inc-silent-person = Whoever declared it did not ask for it.
inc-generation = { $generation ->
   *[other] Alarm number { $generation } of this incident. Links of earlier ones no longer act.
}
rung-step = Step { $step }
rung-fallback = Fallback
rung-requested = Asked for
rung-round = round { $round }
rung-comes = comes { $time }
rung-delay = { $span } after the step before
rung-spared = Not told: it had been taken, or had ended, before.
rung-reaches-nobody = Reaches nobody as things stand.
rung-reached-nobody = Reached nobody.
inc-rounds-left = { $rounds ->
    [one] All steps are walked once more before the fallback.
   *[other] All steps are walked { $rounds } more times before the fallback.
}
inc-earlier-pages = { $count ->
    [one] One page of an earlier alarm
   *[other] { $count } pages of earlier alarms
}
inc-why-paged = Why was { $name } told?
page-unreachable = No contact
page-failing = Failing
page-pending = Under way
page-delivered = Delivered
page-acknowledged = Acknowledged
page-resolved = Over
page-superseded = Replaced
page-escalated = No answer
page-merged = Merged
page-gone = Gone
page-delivered-at = delivered { $time }
page-requested-at = asked for { $time }
try-delivered = delivered { $time }
try-failed = failed { $time }
try-again = tried again { $time }
try-given-up = not tried again
try-pending = under way
try-next = from { $time }:
inc-scope = Scope
inc-scope-none = Nothing has been said about what is hit.
inc-scope-actions = Actions for this range
inc-scope-from-unknown = beginning not known
inc-scope-now = now
inc-scope-open = end not known
inc-key-times = Key times
inc-time-by-hand = set by hand
inc-time-unset = not yet
inc-time-edit = Change “{ $which }”
inc-time-changes = { $count ->
    [one] Changed once
   *[other] Changed { $count } times
}
inc-past-impacts = Earlier impact
inc-impact-assumed = (until the resolution; nobody said when it ended)
inc-about-incident = About
inc-former-titles = Earlier titles
inc-absorbed = Merged into this
inc-recurrence-of = Recurrence of
inc-recurrences = Came back as
inc-auto-resolve-yes = Yes
inc-auto-resolve-no = No, a person resolves it
reopens-until = until { $time }

## Doing something to it

act-acknowledge = Acknowledge
act-handover = Hand over
act-status = Change state
act-severity = Change severity
act-title = Change title
act-resolve = Resolve
act-reopen = Reopen
act-close = Close
act-merge = Merge into another
act-recurrence = Link as a recurrence
act-people = Tell more people
act-escalate = Escalate anew
act-comment = Comment
act-evidence = Pin evidence
act-correct = Correct
act-withdraw = Take back
act-time = Change an instant
act-impact = Correct an earlier impact
act-scope-add = Add to the scope
act-scope-change = Correct or end
act-scope-remove = Remove
go-acknowledge = Acknowledge
go-handover = Hand over
go-status = Change state
go-severity = Change severity
go-title = Change title
go-resolve = Resolve
go-reopen = Reopen
go-close = Close
go-merge = Merge
go-recurrence = Save
go-people = Tell them
go-escalate = Escalate
go-comment = Add comment
go-evidence = Pin
go-correct = Correct
go-withdraw = Take back
go-time = Save
go-impact = Save
go-scope-add = Add
go-scope-change = Save
go-scope-remove = Remove
done-already = It was so already.
done-acknowledge = You hold it.
done-handover = Handed over.
done-status = State changed.
done-severity = Severity changed.
done-title = Title changed.
done-resolve = Resolved.
done-reopen = Reopened.
done-close = Closed.
done-merge = Merged.
done-recurrence = Saved.
done-people = They are being told.
done-escalate = The escalation began anew.
done-comment = Comment added.
done-evidence = Evidence pinned.
done-correct = Corrected.
done-withdraw = Taken back.
done-time = Saved.
done-impact = Saved.
done-scope-add = Scope added.
done-scope-change = Scope changed.
done-scope-remove = Removed from the scope.
inc-changed-title = Somebody changed this while you were writing
inc-changed-text = Nothing of yours is lost. Look at it, and send it again if it still holds.
inc-acknowledge-text = You take it and hold it from then on. The escalation stops.
inc-handover-hint = They are told at once. Until they answer, the incident is not theirs yet: it alarms again if nobody does.
inc-handover-note = What they must know
inc-field-recurrence = Number of the earlier incident
recurrence-hint = Leave it empty if it is no recurrence. Both incidents will say so.
inc-title-hint = The earlier title stays readable, and old links keep working.
resolve-firing = { $count ->
    [one] One alert still fires. Resolving ends it here; if it fires again, the incident opens again or a new one begins.
   *[other] { $count } alerts still fire. Resolving ends them here; if they fire again, the incident opens again or a new one begins.
}
resolve-impact-hint = Since when customers are no longer hit, if it is known.
resolve-note = What made it stop
resolve-earlier = It was resolved earlier
resolve-at-hint = Empty means now.
reopen-text = The incident goes on with a new alarm. Links of earlier alarms no longer act.
reopen-page = Tell people by the steps of the service
inc-close-text = Nothing is left to do. A closed incident can still be read, corrected and, for a while, reopened.
merge-hint = The number of an open incident.
merge-text = Its alerts, timeline and evidence are shown there, too. It keeps its number and points to the other one. This cannot be undone.
inc-people-hint = They are told now, whatever the steps say.
inc-people-unreachable = None of them can be reached: no contact is known, or they are out of use.
inc-picker-filter = Filter
inc-escalate-text = The steps of the service begin anew at the first one, as they are now. Whoever holds it is told like everybody else, and must acknowledge again.
inc-occurred-hint = If it was not now.
inc-evidence-what = What it shows
inc-url-hint = Where it can be seen.
inc-correct-hint = The earlier words stay readable, struck through.
inc-withdraw-text = It stays readable, struck through.
inc-time-hint = Empty means: not known. The earlier value stays in the history.
inc-scope-remove-text = Only if it was wrong. If it is over, enter its end instead.
inc-scope-all-pods-label = All pods
inc-scope-empty = Name a product, component, pod or symptom
inc-symptom-hint = How customers notice it.
inc-scope-from-hint = Empty means: not known.
inc-scope-until-hint = Empty means: still.
inc-field-to = To
inc-field-status = State
inc-field-severity = Severity
inc-field-title = Title
inc-field-into = Into
inc-field-people = People
inc-field-teams = Teams
inc-field-text = Text
inc-field-comment = Comment
inc-field-url = Link
inc-field-evidence = Kind
inc-field-occurred = When it happened
inc-field-at = When
inc-field-scope = Scope
inc-field-symptom = Symptom
inc-field-products = Products
inc-field-components = Components
inc-field-pods = Pods
inc-field-from = From
inc-field-until = Until
inc-field-note = Note
inc-field-reason = Reason
inc-field-source = Source
inc-field-service = Service
inc-field-team = Team
inc-field-holder = Holder
inc-field-key = Integration key
inc-field-generation = Alarm number
inc-field-auto-resolve = Resolves with its last alert
inc-field-reopens = Can be reopened
inc-field-slug = Short address

## One alert

alert-says = What it says
alert-says-nothing = Only its end has been reported.
alert-trace = Why it led here
alert-history = What happened to it
alert-history-cut = Earlier history is in the journal.
alert-repeats = { $count ->
    [one] One signal in all.
   *[other] { $count } signals in all. Repeats are counted, not entered in the journal.
}
alert-details = Details as sent
alert-severity = Severity
alert-source = Affected
alert-component = Component
alert-group = Group
alert-class = Class
alert-last-seen = Last heard of
alert-expires = Ends by itself
alert-dedup = Key
alert-format = Format
alert-episodes = Times it fired
alert-end = End by hand
alert-end-ask = End this alert by hand?
alert-end-why = If it fires again, it begins anew. If it is the last one of its incident and the rule lets it, the incident resolves, too.
alert-ended = The alert is ended.
ended-by-sender = ended by its sender
ended-by-expired = not heard of any more
ended-by-incident_resolved = ended with the incident
ended-by-person = ended by hand

## Behind the link of a page

respond-resolve = It is over: resolve
respond-open = Open the incident
respond-merged = It was merged
respond-merged-text = Its story goes on in { $number }.
respond-over = It is over
respond-resolved = Resolved
respond-over-text = There is nothing more to do by this link.
respond-stale = It has alarmed again since
respond-stale-text = This link belongs to an earlier alarm and no longer acts. You may have a newer one; otherwise open the incident.
respond-yours = You hold it
respond-yours-text = Nobody else will be told.
respond-taken = { $name } has it
respond-taken-sender = It has been taken
respond-taken-text = Nobody else will be told.
respond-again = Without progress it alarms again: { $time }.
respond-last = Nobody else will be told: all steps have been walked.
respond-since = Since { $time }
respond-more-alerts = and { $count } more
respond-as = This link acts for { $name }, for this alarm only.
respond-everything = Everything about the incident
