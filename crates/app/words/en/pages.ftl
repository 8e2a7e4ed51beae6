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
