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
audit-trial_sent = Test page sent
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
trial-title = This is a test: nothing is wrong
trial-reason = You, or an administrator, asked for a test of this contact
refusal-trial_too_soon = A test page was sent just now. Wait a moment, then try again

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

## Integrations

integrations-lead = Point a sender here. Whatever is answered 202 is on disk before the answer leaves.
integrations-empty = No sender is connected yet
integrations-empty-text = A key connects one sender with one service.
integrations-no-service = A key belongs to a service: make a service first.
key-new-lead = One key for each sender, so that each can be taken back by itself.
key-name-hint = What sends: “Prometheus eu-1”.
key-format-hint = A key opens only the doors of its format.
key-make = Make key
key-old-until = old one good until { $time }
key-since = since { $time }
key-heard = Heard
key-refused = Last one refused
key-silent = not heard since this node started
key-revoked = The key is revoked: its sender gets 401 from now on.
key-revoked-state = Revoked
key-secret-title = Key for { $name }
secret-once = Copy it now. It is stored hashed and cannot be shown again.
last-used = Last used
guide-title = Set up the sender
guide-unknown-key = The key is not known any more: put yours in place of YOUR_KEY, or renew it.
guide-prometheus = Hansei answers like an Alertmanager, so Prometheus needs no other part. Put this into prometheus.yml and reload; the second form is for versions and tools that cannot send a header.
guide-alertmanager = Keeps your Alertmanager in front, with its grouping and silences, and lets it notify Hansei.
guide-grafana = A contact point of the type Alertmanager, Grafana 10.4 or newer. By hand: URL as below, basic authentication with any name and the key as password.
guide-curl = One by hand, to see it arrive.
guide-pagerduty = Any client of PagerDuty Events v2 whose address can be changed: give it this one, and the key as routing key.
guide-hansei = From a script, with Hansei's own command line.
guide-same-key = Within a service, an alert is known by its deduplication key alone, whichever sender it comes from: two senders that use the same key speak of the same alert.
json-fields = Fields
json-fields-text = One object, or an array of at most 2,000. A field that is not known is refused by name; the good items of an array go on.
json-field-summary = Needed to trigger. One line, at most 1,024 characters.
json-field-action = trigger (if nothing is said), acknowledge or resolve.
json-field-dedup-key = Names the alert, at most 255 characters. Needed to acknowledge and resolve; a trigger without one is always a new alert.
json-field-severity = critical, error (if nothing is said), warning or info.
json-field-source = What is ill, and where it belongs. At most 255 characters each.
json-field-labels = Objects of at most 64 texts, numbers or booleans, of at most 4,096 characters each and 96 KiB together.
json-field-details = Any JSON, at most 64 KiB.
json-field-links = At most 20 of href and text; http, https or mailto.
json-field-images = At most 20 of src, href and alt; http or https. Shown as links.
json-field-client-url = The sender’s own page about it; http or https.
json-field-instants = RFC 3339. When it happened by the sender’s clock; and when the alert ends by itself unless it is repeated.
samples-title = Last payloads
samples-note = newest first, kept in the memory of this node
samples-none = Nothing has arrived since this node started.
sample-accepted = Accepted
sample-refused = Refused
sample-partly = Partly
sample-signals = { $count ->
    [0] Nothing readable
    [one] 1 signal
    *[other] { $count } signals
    }
rotate-title = Secret
rotate-overlap = The old one stays good for
rotate-hint = Long enough to change it in the sender without a gap.
rotate-go = Renew
overlap-0 = no longer
overlap-3600 = an hour
overlap-86400 = a day
overlap-604800 = a week
overlap-2592000 = 30 days
revoke = Revoke
revoke-ask = Revoke { $name }?
revoke-why = Whatever uses it gets 401 at once. This cannot be undone.
test-title = Test alert
test-text = Takes the way of a real one: rule, incident, pages. Whoever the service's escalation names is told.
test-severity = Severity
test-send = Send a test alert
test-alert-title = Test alert by { $name }
test-lead = What became of it. This page follows it by itself.
test-step-stored = Read and stored
test-step-stored-text = Read by the reader of its format, and on disk.
test-step-alert = Alert
test-step-incident = Incident
test-step-pages = People who are told
test-waiting = Being decided…
test-nobody = Nobody is told: the severity does not page, or somebody has taken the incident already.
test-left-below_threshold = It stays an alert: the service declares no incident for this severity.
test-left-service_archived = It stays an alert: the service is archived.
test-left-self_test = It stays an alert of the self-test.
test-end = End the test alert
test-ended = The test alert is ended.
look-again = Look again
delivery-pending = On its way
delivery-delivered = Delivered
delivery-failed = Not delivered

## Quarantine

quarantine-lead = Payloads that came with a right key but could not be read. Mend the sender, or read them again after an upgrade. The newest 1,000 of each key are kept.
quarantine-open = To be dealt with
quarantine-all = All
quarantine-empty = Everything could be read
quarantine-empty-text = Unreadable payloads would wait here, and an alert would say so.
quarantine-unreadable = Not readable
quarantine-how-replayed = Read again
quarantine-how-discarded = Discarded
quarantine-why = Why it could not be read
quarantine-replay = Read again
quarantine-discard = Discard
quarantine-discard-ask = Discard this payload?
quarantine-discard-why = It leaves this list and is deleted later; who discarded it stays known.
quarantine-replayed = { $count ->
    [one] Read: 1 signal goes on, { $bad } refused.
    *[other] Read: { $count } signals go on, { $bad } refused.
    }
quarantine-still = Still not readable: { $error }
quarantine-settled = Somebody has dealt with it already.
quarantine-truncated = Only the first 64 KiB were kept, so it cannot be read again.
quarantine-discarded = Discarded.
quarantine-view = How it is shown
quarantine-text = Text
quarantine-hex = Hexadecimal
audit-quarantine_replayed = Read a payload of the quarantine again
audit-quarantine_discarded = Discarded a payload of the quarantine
bytes = { $count } bytes
older = Older
pages = Pages of the list

## People

people-title = People
people-lead = Who works here, what they are trusted with, and whether they can be reached.
people-search = Name or e-mail
person-new = Add a person
person-new-lead = You get a link for them to choose a password.
person-add = Add and make link
person-added = { $name } is added and can be paged by e-mail from now on.
person-email-hint = They sign in with it, and it is their first contact.
role-hint-viewer = Reads everything but secrets and payloads.
role-hint-responder = Also works on alerts and incidents, and looks into quarantine.
role-hint-manager = Also changes services, the catalogue and integration keys.
role-hint-admin = Also adds people, changes roles, and looks after tokens and the organisation.
role-change-hint = Changing the role ends the person's sessions: they sign in again.
person-link = Link for a password
person-link-ask = Make a link for a new password?
person-link-why = Whoever has the link can sign in as this person, once, within 72 hours. An earlier link stops working.
link-title = Link for a password
link-for = For { $name }
link-text = Give it to this person only. It works once, until { $time }, and cannot be shown again.
link-mail = Write a mail
link-done = Done, I have copied it
link-mail-subject = Your access to Hansei
link-mail-body = Hello! Choose your password here: { $address } The link works once, until { $time }.
person-stands = Stands in
person-stands-none = No escalation names this person.
person-leave = Leaving
person-leave-text = An archived person cannot sign in and is not paged. What they did stays. Take them out of teams and steps first.
person-archive-why = Sessions and tokens end at once; nobody pages them any more.
person-archived = { $name } is archived: sessions and tokens have ended.
contacts-title = How they are reached
settings-contacts = How I am reached
contacts-none = No contact: pages reach nobody here.
contacts-pause = In this order; the next one after { $span } without a reaction.
contact-unusable = not configured on this installation
contact-test = Send a test page
contact-more = More about { $name }
contact-add = Add a contact
contact-added = The contact is added.
contact-removed = The contact is removed.
contact-kind = Kind
contact-to = Address
contact-to-hint = An e-mail address, or an https address that takes signed webhooks.
contact-remove-ask = Remove { $name }?
contact-remove-why = Pages under way keep it; new ones do not use it.
contact-secret-title = Secret of the webhook
contact-secret-text = Every message is signed with it (Standard Webhooks). Copy it now; it cannot be shown again.
contact-secret-renew = Renew secret
contact-secret-ask = Renew the secret?
contact-secret-why = The old one stops working at once.
trial-delivered = The test page was taken: look whether it arrived.
trial-failed = The test page was not taken: { $error }
sessions-title = Signed in
sessions-none = Signed in nowhere.
sessions-end = End all
sessions-end-others = End all others
sessions-end-ask = End all sessions?
sessions-end-why = Every browser has to sign in again, at once.
sessions-ended = The sessions are ended.
session-ended = The session is ended.
session-end = End
session-this = this one
session-since = since { $time }
session-unknown = Unknown browser

## API tokens

tokens-lead = For scripts and the command line. A token can do what its role can, and never more than its person.
tokens-mine = Mine
tokens-all = Everybody's
tokens-empty = No token yet
tokens-empty-text = The command line and the API ask for one.
token-new = New token
token-name = What is it for
token-role-hint = As little as does.
token-days = Ends
token-days-30 = in 30 days
token-days-90 = in 90 days
token-days-365 = in a year
token-days-0 = never
token-make = Make token
token-made = Token “{ $name }”
token-owner = Whose
token-created = Made
token-over = over
token-revoked = “{ $name }” is revoked: whatever uses it gets 401 from now on.

## Settings

settings-look = Look and language
settings-password-now = Current password
settings-password-text = Changing it ends all your other sessions.
settings-password-go = Change password
password-changed = Your password is changed; your other sessions have ended.
parts-of-page = Parts of this page
organisation-title = Organisation
organisation-locale = Language of new people
organisation-zone = Time zone of new people
organisation-zone-hint = Also the zone of pages that nobody is signed in to.
fallback-hint = Told when no step reaches anybody, and when all steps went by without an acknowledgement. Nobody chosen: all administrators.
export-title = The catalogue as a file
export-text = Everything but secrets, in the form that “hansei plan” and “hansei apply” read. Applying it again changes only what is new in the file.
export-go = Download catalogue.toml

## System

system-well = All well
system-troubles = { $count ->
    [one] 1 thing is not well
    *[other] { $count } things are not well
    }
system-as-of = as of { $time }
system-version = version { $version }
system-look = Please look at this
system-vitals = Vital signs
system-canary = Self-test
system-canary-off = off
system-canary-lost = not home
system-canary-note = from intake to acknowledgement,
system-canary-never = has not come home yet
system-oldest-page = Oldest page that waits
system-oldest-page-note = late since it could be sent
system-commit = Commit, on average
system-commit-note = longest since the start { $worst }
system-audit = Self-audit
system-audit-good = in order
system-audit-none = not yet
system-audit-none-note = runs every minute
system-inbox = Signals to be decided
system-inbox-note = stored, waiting behind the 202
system-queues = Queues
system-lane = Lane
system-state = State
system-waiting = Waiting
system-oldest = Oldest
system-limit = Limit
system-late = Late
system-in-time = In time
lane-pages = Pages
lane-acks = Acknowledgements
lane-intake = Intake
lane-timeline = Timeline
lane-mail = Mail
lane-digests = Digests
system-senders = Ways of sending
system-configured = Configured
system-not-configured = Not configured
system-configure-email = Start Hansei with --smtp-url and --mail-from (or HANSEI_SMTP_URL and HANSEI_MAIL_FROM): until then nobody is paged by e-mail.
system-configure-webhook = This build has no sender for webhooks.
system-plain = People reach this installation at { $address }, without encryption. Put a proxy with TLS in front, and tell Hansei its address with --public-url.
system-store = Store
system-journal = Journal entries
system-size = Size
system-commits = Commits since the start
system-group = { $count } in one transaction on average
system-firing = Firing alerts
system-active = Active incidents
system-process = This node
system-up = Up for
system-streams = Open streams
trouble-canary = The self-test has not come home in time: something between intake and paging stands still.
trouble-audit = { $count ->
    [one] The self-audit has 1 finding, see below.
    *[other] The self-audit has { $count } findings, see below.
    }
trouble-lane = { $lane }: the oldest waits for { $span }.
trouble-inbox = { $count } signals wait to be decided.
trouble-due = A deadline passed a while ago and has not been dealt with.
trouble-mail = No mail server is configured: nobody is paged by e-mail.
trouble-fallback = No fallback person can be reached. Choose one under Organisation.

## Help

help-title = Help
help-lead = What the words mean, and which keys work.
help-glossary = Words
help-more = More
help-shortcuts-text = Single keys work while no field has the focus. Press ? on any page to see those of that page.
term-signal = Signal
meaning-signal = One message of a monitoring system: something is wrong, or over.
term-alert = Alert
meaning-alert = What signals with the same key are about, from its first trigger to its resolve, and again. Seeing one is not yet a reason to wake anybody.
term-incident = Incident
meaning-incident = Trouble that needs people, declared by a rule or by a person. It has a number for ever, a severity, a scope, a timeline.
term-severity = Severity
meaning-severity = How badly customers are hit, 0 (worst) to 4 (not at all). Unsure? Take the graver one.
term-service = Service
meaning-service = What alerts are about. It has an owner, a rule that makes incidents of alerts, and an escalation.
term-component = Component
meaning-component = A part of a product that can fail by itself; what an incident's scope names.
term-pod = Pod
meaning-pod = An independent installation that serves some of the customers.
term-escalation = Escalation
meaning-escalation = Who is told, in which order, until somebody acknowledges. An incident under way keeps the one it began with.
term-step = Step
meaning-step = One stage of an escalation: after a delay, all its people are told at once.
term-page = Page
meaning-page = One person being told about one incident, over their contacts in order, until it is delivered and somebody reacts. Each says why this person got it.
term-acknowledge = Acknowledge
meaning-acknowledge = To say “I have it”. Nobody else is told from then on.
term-fallback = Fallback
meaning-fallback = People who are told when no step reaches anybody, or all steps went by in vain.
term-holder = Holder
meaning-holder = Who has taken an incident. It can be handed over, never shared.
term-timeline = Timeline
meaning-timeline = Everything that happened in an incident, by whom and when. Corrections are added; nothing is overwritten.
term-runbook = Runbook
meaning-runbook = What to do first; every page carries its link.
term-key = Integration key
meaning-key = With it one sender may send signals about one service, and nothing else.
term-token = API token
meaning-token = With it a script acts for a person, with at most a chosen role.
term-quarantine = Quarantine
meaning-quarantine = Where payloads wait that came with a right key but could not be read.
term-journal = Journal
meaning-journal = Every change ever made, chained so that nothing can be changed or removed unnoticed.
term-canary = Self-test
meaning-canary = An alert of Hansei's own that walks the whole way, to prove that paging works.

## Design

design-title = Design system
design-lead = Every component once, in every state. Pages are made of these and nothing else.
design-type = Type
design-buttons = Buttons
design-badges = Severity, state, level
design-forms = Forms
design-callouts = Callouts and empty states
design-figures = Figures and clocks
design-lang = The same in three languages
design-people = People
design-code = Code, secrets, key and value
design-over = Menus, dialogs, toasts, disclosure
design-lists = Lists and tables
design-incident = Incident
design-history = Changes
design-icons = Icons
