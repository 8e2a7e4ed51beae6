# Set-up, signing in, services, integrations, catalogue, people, settings, system.

## Set-up

setup-title = Set up Hansei
setup-lead = This page opens once, with the link from the console. It makes the first administrator.
setup-organisation = Organisation
setup-name = Your name
setup-email = E-mail
setup-password = Password
setup-password-hint = At least 12 characters. A sentence is best.
setup-locale = Language
setup-zone = Time zone
setup-zone-hint = Times are shown in this zone. Stored is always UTC.
setup-go = Set up and sign in
setup-done = Hansei is set up. Three steps lead to the first page.
setup-gone-title = This set-up link is not valid
setup-gone-used = Hansei has been set up already. Sign in; an administrator can add you.
setup-gone-wrong = Each start of Hansei on an empty store makes a new link, and the ones before it stop working. Take the newest one from the console, whole.
password-strength-short = Too short: { $missing } more characters
password-strength-fair = Long enough; longer is safer
password-strength-good = Good

## Signing in

signin-title = Sign in
signin-to = to { $organisation }
signin-email = E-mail
signin-password = Password
signin-go = Sign in
signin-wrong = E-mail or password is wrong.
signin-throttled = Too many tries. The next one counts at { $time }, in { $span }.
signin-help = No way in? An administrator can make you a link.
signin-empty = Nobody can sign in yet: the console shows the link to set Hansei up.
signout-done = You are signed out.

## Password by link

password-title = Choose your password
password-lead = For { $name }, { $email }. You are signed in right after.
password-new = New password
password-go = Save and sign in
password-done = Your password is set.
password-gone-title = This link is not valid any more
password-gone-text = Links for a password work once, for 72 hours, and a newer one makes an older one void. An administrator can make you a new one.

## First steps

checklist-title = Three steps to the first page
checklist-progress = { $done } of 3 done
checklist-service = Make a service
checklist-service-text = What alerts are about, and who is told when it breaks.
checklist-key = Connect a sender
checklist-key-text = Prometheus, Alertmanager, PagerDuty events or plain JSON, with a key of its own.
checklist-alert = Send a test alert
checklist-alert-text = It takes the real way, up to the page in your mailbox.
checklist-done = done

## Pieces of many pages

form-needs-you = Some fields need you
copy = Copy
copied = Copied
save = Save
discard = Discard
edit = Edit
add = Add
remove = Remove
archive = Archive
restore = Restore
move-up = Move up
move-down = Move down
filter = Filter
actions = Actions
back = Back
saved = Saved.
archived-done = { $name } is archived. Nothing new may use it; what refers to it stays readable.
restored-done = { $name } is in use again.
yes = yes
no = no
none = none
never = never
optional = optional
archived = Archived
from-file = From file
from-file-hint = Also described in a configuration file. What you change here stays: applying the file again changes only what is new in the file.
conflict-title = { $name } changed this while you had it open
conflict-text = Nothing of yours is stored yet; everything you typed is still here. Changed { $time }:
conflict-save = Save mine over it
history-title = Who changed what
history-none = Nothing has been changed yet.
change-made = made it
change-changed = changed it
change-archived = archived it
change-restored = put it into use again
change-fields = { $count } fields
via-token = with an API token
via-link = by link
via-mail = by mail
via-file = from a configuration file
actor-console = The console
audit-password_set = Password set
audit-password_link_made = Link for a password made
audit-session_started = Signed in
audit-session_ended = A session was ended
audit-sessions_ended = All sessions were ended
audit-token_created = API token made
audit-token_revoked = API token revoked
audit-console_access = Access from the console
audit-contact_secret_renewed = Webhook secret renewed
audit-trial_sent = Trial page sent
field-name = Name
field-slug = Short name
field-description = Description
field-members = Members
field-email = E-mail
field-role = Role
field-locale = Language
field-zone = Time zone
field-theme = Look
field-contacts = Reached by
field-next-contact = Next contact after
field-product = Product
field-region = Region
field-owner = Owner
field-components = Components
field-runbook = Runbook
field-step = Step { $number }
field-repeat = Repetitions
field-exhaust = Fallback after the last step
field-ack-timeout = Alarms again without progress after
field-rule-critical = Alert critical
field-rule-error = Alert error
field-rule-warning = Alert warning
field-rule-info = Alert info
field-page-up-to = Tells people up to
field-group-by = Shared incident
field-auto-resolve = Resolves with the last alert
field-reopen-window = Reopens within
field-service = Service
field-format = Format
field-secrets = Secrets
field-fallback = Fallback
step-line = after { $span }: { $who }
rule-stays-alert = stays an alert
group-service = all alerts of the service
group-alert = each alert its own
look-system = as the system
look-light = light
look-dark = dark
contact-email = E-mail
contact-webhook = Webhook
contact-loopback = Self-test
format-pagerduty = PagerDuty events v2
format-alertmanager = Prometheus, Alertmanager
format-json = JSON
format-internal = Hansei itself
trial-title = This is a trial: nothing is wrong
trial-reason = You, or an administrator, asked for a trial of this contact
refusal-trial_too_soon = A trial was sent just now. Wait a moment, then try again

## Catalogue

catalogue-title = Catalogue
catalogue-kinds = Kinds of entries
catalogue-products = Products
catalogue-components = Components
catalogue-pods = Pods
catalogue-teams = Teams
catalogue-products-lead = What customers know by name.
catalogue-components-lead = The parts of a product that can fail by themselves.
catalogue-pods-lead = Independent installations, each serving some of the customers.
catalogue-teams-lead = People who own services and are told together.
catalogue-products-empty = No product yet
catalogue-components-empty = No component yet
catalogue-pods-empty = No pod yet
catalogue-teams-empty = No team yet
catalogue-new-product = Add a product
catalogue-new-component = Add a component
catalogue-new-pod = Add a pod
catalogue-new-team = Add a team
catalogue-team-empty = nobody: paging it reaches nobody
catalogue-team-empty-text = This team has no members. A step that names only this team reaches nobody and is passed over.
kind-team = Team
kind-person = Person
kind-product = Product
kind-component = Component
kind-pod = Pod
kind-service = Service
kind-key = Key
kind-settings = Settings
slug-hint = Stands in addresses, files and the command line. Links with the old one stop working.
slug-hint-new = Stands in addresses, files and the command line. Left empty, it is made from the name.
members-hint = In this order; all are told at once when a step names the team.
picker-empty = Nothing to choose from yet.
unreachable = cannot be reached
used-by = Used by
used-by-nothing = nothing
right-now = Right now
quiet = quiet
facts = Facts
breadcrumb = Where you are
edit-named = Edit { $name }
search-here = Search in this list
nothing-found = Nothing found
nothing-found-text = Nothing fits this filter.
archive-ask = Archive { $name }?
archive-why = Nothing new may use it then. What refers to it stays readable, and it can be put into use again.
archive-used = It can be archived once nothing uses it any more.
open-incidents = { $count ->
    [one] 1 incident
    *[other] { $count } incidents
    }
alerts-firing = { $count ->
    [one] 1 alert fires
    *[other] { $count } alerts fire
    }

## Services

services-title = Services
services-lead = What alerts come in for, who owns it, and who is paged.
services-empty = No service yet
services-empty-text = A service is what alerts are about. It says when an alert becomes an incident, and who is told.
service-new = Add a service
any-team = Any team
service-steps = { $count ->
    [0] no steps: the fallback is paged
    [one] 1 step
    *[other] { $count } steps
    }
service-second = { $span } to the second
service-keys = { $count ->
    [one] 1 key
    *[other] { $count } keys
    }
service-warnings = { $count ->
    [one] 1 warning
    *[other] { $count } warnings
    }
service-quiet = No incident is open and no alert fires.
service-all-alerts = All alerts of this service
service-who = Who would be paged right now
service-who-alert = If this alert came in:
service-becomes = It becomes an incident
service-tells-nobody = and nobody is told: this severity does not page.
service-stays-alert = It stays an alert: no incident, and nobody is told.
service-rule = From alert to incident
service-rule-text = What each severity of alerts leads to. “Stays an alert” means: it can be seen, and nobody is told.
rule-alert = Alert
rule-becomes = becomes
rule-tells = tells people
group-labels = alerts with the same { $names }
service-no-keys = No sender can reach this service yet.
service-archive-keys = Revoke its keys before archiving the service.
service-what = What it is
service-owner-hint = Whose it is. Who is told stands in the steps below.
service-runbook-hint = Every page carries this link.
service-components-hint = The parts of products that this service carries.
service-escalation = Who is told, and when
service-escalation-text = Each step waits its delay after the step before and then tells all its people at once, until somebody acknowledges. Incidents under way keep the steps they started with.
step-delay = Delay (5 min, 45 s, 1 h 30 min)
step-targets = Who is told
step-add = Add a step
step-remove = Remove step
repeat-hint = How many times all steps are walked again, 0 to 9, before the fallback is told.
exhaust-hint = How long after the last step without an acknowledgement.
ack-timeout-hint = A taken incident that nobody moves on for this long goes back to step 1. Empty: never.
page-up-to-hint = The mildest severity that still tells people. Milder incidents are only listed.
group-service-hint = One incident at a time: whatever fires joins it.
group-alert-hint = Every alert has an incident of its own. For few, rare alerts.
group-by-labels = the same labels
group-by-labels-hint = Alerts that agree in the labels below share an incident: one per pod, one per cluster.
rule-labels = Labels
rule-labels-hint = Separated by commas; only for “the same labels”.
auto-resolve-hint = An incident that began with alerts ends when the last of them does.
reopen-hint = If it fires again this soon after resolving, the same incident is reopened instead of a new one declared.
rehearsal-title = What would happen
rehearsal-text = Plays the form as it stands, saved or not, against the people as they are right now. Nobody is told.
rehearsal-of = An alert comes in: { $severity }
ladder-at-once = at once
ladder-after = after { $span }
ladder-fallback = Fallback
ladder-fallback-nobody = Fallback, since no step reaches anybody
ladder-nobody = Reaches nobody; passed over at once.
ladder-repeats = { $count ->
    [one] Then all steps once more, until somebody acknowledges.
    *[other] Then all steps { $count } more times, until somebody acknowledges.
    }
ladder-warnings = Look at this before the night does
warn-no-steps = There are no steps: the fallback is told at once.
warn-step-nobody = Step { $step } reaches nobody and is passed over.
warn-unreachable = Step { $step } names { $person }, who has no way to be reached.
warn-no-sender = Step { $step } names { $person }, but none of their contacts can be used: this installation has no sender for them.
warn-nobody-at-all = Nobody at all would be told: no step and no fallback reaches anybody.
integrations-keys = Integration keys
key-new = New key
