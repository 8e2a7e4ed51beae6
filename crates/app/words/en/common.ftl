# Words that several places share. One word per thing.

severity-0 = Critical, everything is down
severity-1 = Critical
severity-2 = Major
severity-3 = Minor
severity-4 = No customer impact

status-detected = Detected
status-triage = Triage
status-investigating = Investigating
status-identified = Identified
status-monitoring = Monitoring
status-resolved = Resolved
status-closed = Closed
status-merged = Merged

alert-status-firing = Firing
alert-status-resolved = Resolved
alert-severity-critical = Critical
alert-severity-error = Error
alert-severity-warning = Warning
alert-severity-info = Info

source-monitoring = Monitoring
source-customer_report = Customer report
source-staff = Noticed by staff
source-unknown = Not known

role-viewer = Viewer
role-responder = Responder
role-manager = Manager
role-admin = Admin

time-impact_started = Impact started
time-detected = Detected
time-declared = Declared
time-acknowledged = Acknowledged
time-first_public = First public update
time-mitigated = Mitigated
time-impact_ended = Impact ended
time-resolved = Resolved
time-resolution_announced = Resolution announced
time-closed = Closed

evidence-graph = Graph
evidence-log = Log
evidence-change = Change
evidence-conversation = Conversation
evidence-other = Other

why-step = { $service }: step { $step } of the escalation names { $target }, { $delay } after the step before
why-step-first = { $service }: the first step of the escalation names { $target }
why-step-round = { $service }: round { $round }, step { $step } of the escalation names { $target }
why-exhausted = Nobody acknowledged in any step of the escalation; you are a fallback
why-nobody_to_page = No step of the escalation reaches anybody; you are a fallback
why-requested = { $person } asked for you
why-requested-system = You were asked for
why-handed_over = { $person } handed the incident over to you
why-handed_over-system = The incident was handed over to you
target-you = you
target-team = team { $team }
target-person = { $person }

error-field-required = This is needed
error-field-too_long = This is too long
error-field-bad_characters = This contains characters that are not allowed
error-field-malformed = This does not have the expected form
error-field-unknown = This does not exist
error-field-taken = This is taken already
error-field-out_of_range = This is out of range
error-field-contradiction = This contradicts another field

refusal-already_declared = The incident exists already
refusal-incident_ended = The incident has ended
refusal-incident_merged = Its story goes on in the incident it was merged into
refusal-merge_self = An incident cannot be merged into itself
refusal-merge_target_ended = The other incident has ended
refusal-reopen_window_over = It was resolved too long ago: declare a new incident and link it as a recurrence
refusal-not_resolved = Only a resolved incident can be closed
refusal-note_withdrawn = It has been taken back already
refusal-last_admin = Somebody else must be an admin first
refusal-entry_in_use = It is still in use
refusal-settings_needed = The settings cannot be archived
refusal-stale_generation = This link belongs to an earlier alarm of the incident
refusal-forbidden = You may not do this
refusal-not_found = This does not exist
refusal-conflict = Somebody else changed this at the same moment. Please look and try again
refusal-unavailable = Hansei cannot store this right now. Please try again in a moment
refusal-too_many_tries = Too many wrong passwords. Wait a while, then try again
refusal-merge_self_test = Hansei's own self-test stays by itself
refusal-group_has_active = Its alerts belong to another open incident now: go on there
