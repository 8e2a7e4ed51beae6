# Einrichten, Anmelden, Dienste, Anbindungen, Katalog, Personen, Einstellungen, System.

## Einrichten

setup-title = Hansei einrichten
setup-lead = Diese Seite öffnet sich einmal, mit dem Link von der Konsole. Sie legt die erste Person mit Administrationsrechten an.
setup-organisation = Organisation
setup-name = Ihr Name
setup-email = E-Mail
setup-password = Passwort
setup-password-hint = Mindestens 12 Zeichen. Am besten ein ganzer Satz.
setup-locale = Sprache
setup-zone = Zeitzone
setup-zone-hint = Zeiten werden in dieser Zone gezeigt. Gespeichert wird immer UTC.
setup-go = Einrichten und anmelden
setup-done = Hansei ist eingerichtet. Drei Schritte führen zur ersten Benachrichtigung.
setup-gone-title = Dieser Einrichtungslink gilt nicht
setup-gone-used = Hansei ist bereits eingerichtet. Melden Sie sich an; eine Person mit Administrationsrechten kann Sie hinzufügen.
setup-gone-wrong = Jeder Start von Hansei mit leerem Speicher erzeugt einen neuen Link, und die früheren gelten nicht mehr. Nehmen Sie den neuesten von der Konsole, vollständig.
password-strength-short = Zu kurz: noch { $missing } Zeichen
password-strength-fair = Lang genug; länger ist sicherer
password-strength-good = Gut

## Anmelden

signin-title = Anmelden
signin-to = bei { $organisation }
signin-email = E-Mail
signin-password = Passwort
signin-go = Anmelden
signin-wrong = E-Mail oder Passwort ist falsch.
signin-throttled = Zu viele Versuche. Der nächste zählt ab { $time }, in { $span }.
signin-help = Kein Zugang? Eine Person mit Administrationsrechten kann Ihnen einen Link geben.
signin-empty = Noch kann sich niemand anmelden: Die Konsole zeigt den Link zum Einrichten.
signout-done = Sie sind abgemeldet.

## Passwort per Link

password-title = Passwort wählen
password-lead = Für { $name }, { $email }. Danach sind Sie sofort angemeldet.
password-new = Neues Passwort
password-go = Speichern und anmelden
password-done = Ihr Passwort ist gesetzt.
password-gone-title = Dieser Link gilt nicht mehr
password-gone-text = Links für ein Passwort gelten einmal und 72 Stunden; ein neuerer macht einen älteren ungültig. Eine Person mit Administrationsrechten kann Ihnen einen neuen geben.

## Erste Schritte

checklist-title = Drei Schritte bis zur ersten Benachrichtigung
checklist-progress = { $done } von 3 erledigt
checklist-service = Einen Dienst anlegen
checklist-service-text = Wovon Alarme handeln, und wer es erfährt, wenn er ausfällt.
checklist-key = Einen Absender anbinden
checklist-key-text = Prometheus, Alertmanager, PagerDuty-Ereignisse oder einfaches JSON, mit eigenem Schlüssel.
checklist-alert = Einen Testalarm senden
checklist-alert-text = Er nimmt den echten Weg, bis zur Benachrichtigung in Ihrem Postfach.
checklist-done = erledigt

## Bausteine vieler Seiten

form-needs-you = Einige Angaben brauchen Sie
copy = Kopieren
copied = Kopiert
save = Speichern
discard = Verwerfen
edit = Bearbeiten
add = Hinzufügen
remove = Entfernen
archive = Archivieren
restore = Wiederherstellen
move-up = Nach oben
move-down = Nach unten
filter = Filtern
actions = Aktionen
back = Zurück
saved = Gespeichert.
archived-done = { $name } ist archiviert. Nichts Neues kann es benutzen; was darauf verweist, bleibt lesbar.
restored-done = { $name } ist wieder in Gebrauch.
yes = ja
no = nein
none = keine
never = nie
optional = freiwillig
archived = Archiviert
from-file = Aus Datei
from-file-hint = Auch in einer Konfigurationsdatei beschrieben. Was Sie hier ändern, bleibt: Erneutes Anwenden der Datei ändert nur, was in ihr neu ist.
conflict-title = { $name } hat das geändert, während Sie es offen hatten
conflict-text = Von Ihnen ist noch nichts gespeichert; alle Eingaben stehen noch da. Geändert { $time }:
conflict-save = Meines darüber speichern
history-title = Wer hat was geändert
history-none = Noch wurde nichts geändert.
change-made = hat es angelegt
change-changed = hat es geändert
change-archived = hat es archiviert
change-restored = hat es wiederhergestellt
change-fields = { $count } Felder
via-token = mit API-Token
via-link = per Link
via-mail = per E-Mail
via-file = aus einer Konfigurationsdatei
actor-console = Die Konsole
audit-password_set = Passwort gesetzt
audit-password_link_made = Link für ein Passwort erstellt
audit-session_started = Angemeldet
audit-session_ended = Eine Sitzung beendet
audit-sessions_ended = Alle Sitzungen beendet
audit-token_created = API-Token erstellt
audit-token_revoked = API-Token widerrufen
audit-console_access = Zugang über die Konsole
audit-contact_secret_renewed = Webhook-Geheimnis erneuert
audit-trial_sent = Probe gesendet
field-name = Name
field-slug = Kurzname
field-description = Beschreibung
field-members = Mitglieder
field-email = E-Mail
field-role = Rolle
field-locale = Sprache
field-zone = Zeitzone
field-theme = Aussehen
field-contacts = Erreichbar über
field-next-contact = Nächster Kontakt nach
field-product = Produkt
field-region = Region
field-owner = Zuständig
field-components = Komponenten
field-runbook = Runbook
field-step = Stufe { $number }
field-repeat = Wiederholungen
field-exhaust = Rückfallebene nach der letzten Stufe
field-ack-timeout = Alarmiert ohne Fortschritt erneut nach
field-rule-critical = Alarm kritisch
field-rule-error = Alarm Fehler
field-rule-warning = Alarm Warnung
field-rule-info = Alarm Hinweis
field-page-up-to = Benachrichtigt bis
field-group-by = Gemeinsamer Vorfall
field-auto-resolve = Endet mit dem letzten Alarm
field-reopen-window = Öffnet sich erneut innerhalb von
field-service = Dienst
field-format = Format
field-secrets = Geheimnisse
field-fallback = Rückfallebene
step-line = nach { $span }: { $who }
rule-stays-alert = bleibt ein Alarm
group-service = alle Alarme des Dienstes
group-alert = jeder Alarm ein eigener
look-system = wie das System
look-light = hell
look-dark = dunkel
contact-email = E-Mail
contact-webhook = Webhook
contact-loopback = Selbsttest
format-pagerduty = PagerDuty Events v2
format-alertmanager = Prometheus, Alertmanager
format-json = JSON
format-internal = Hansei selbst
trial-title = Dies ist eine Probe: Es ist nichts passiert
trial-reason = Sie oder die Administration haben diesen Kontakt erproben lassen
refusal-trial_too_soon = Gerade wurde eine Probe gesendet. Bitte kurz warten und dann noch einmal
